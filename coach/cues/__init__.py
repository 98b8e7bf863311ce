"""How a customer speaks, against how the same customer spoke before."""
