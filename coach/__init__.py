"""Real-time coaching of bank phone calls: audio in, short prompts out, nothing leaves the machine."""

__version__ = "0.1.0"
