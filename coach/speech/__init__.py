"""Frames in, speech started and ended out."""
