"""What the calls of a serving process share, as the settings name it."""

from __future__ import annotations

from coach.call.decoding import DecodePool
from coach.call.session import Sessions
from coach.playbook import load
from coach.recognition.engines import open_engine
from coach.recognition.protocol import Engine
from coach.settings import Settings

TELEPHONE_RATE = 8000
"""Of the calls that recognisers are kept ready for, samples per second."""


def open_sessions(settings: Settings) -> Sessions:
    """Load the playbook and the engine. Slow: not for the event loop. Raises CoachError."""

    def engine(language: str) -> Engine:
        return open_engine(settings.recogniser, language, settings=settings)

    playbook = load(settings.playbook)
    pool = DecodePool(settings.decode_threads)
    usual = engine(settings.language)
    pool.warm(usual, TELEPHONE_RATE)
    return Sessions(usual, settings.language, playbook, pool, engine)
