"""Families of commands that are too big for cli.py: arguments, a call into the house, printing."""
