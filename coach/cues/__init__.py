"""How a customer speaks, against how the same customer spoke before."""

from coach.cues.call import CallCues, CueSettings

__all__ = ["CallCues", "CueSettings"]
