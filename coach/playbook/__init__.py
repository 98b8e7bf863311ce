"""What to say to the agent, and when: the playbook language, its matcher and its pure step function."""

from coach.playbook.loader import load
from coach.playbook.model import Playbook
from coach.playbook.state import State
from coach.playbook.step import step

__all__ = ["Playbook", "State", "load", "step"]
