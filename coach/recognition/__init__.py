"""Speech becomes words: the recogniser protocol, its engines and the store of their models."""
