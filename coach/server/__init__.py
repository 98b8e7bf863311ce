"""The sockets: audio in, cards and boards out."""
