"""What every recognition engine must do. Pure: PCM in, hypotheses out; no threads, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from coach.audio.frames import Samples
from coach.events import Speaker, Word


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Words for a stretch of one speaker's audio; times in audio time, seconds."""

    start: float
    end: float
    text: str
    final: bool
    words: tuple[Word, ...] = ()


class Recogniser(Protocol):
    """Recognises one speaker of one call. Not thread-safe; never called from two threads at once."""

    def accept(self, samples: Samples, start: float) -> list[Hypothesis]:
        """Take int16 mono samples at the call's frame rate that begin at audio time `start`.

        Calls between two `finish` are contiguous. May return partials, and finals where the engine ends an utterance
        by its own rule.
        """
        ...

    def finish(self, end: float) -> list[Hypothesis]:
        """The stretch of speech ended at `end`: return what is left, final. Ready for the next stretch afterwards.

        Audio accepted beyond `end` was the silence that told the end; it may be given again with the next stretch.
        """
        ...


class Engine(Protocol):
    """A loaded model that makes recognisers. Thread-safe; loading and `recogniser` may be slow: never on a loop."""

    name: str  # "vosk", "whisper", "transcript", "none"
    model: str  # name of the model, shown to people
    why: str  # why this engine was chosen, and what was tried before; shown to people
    latency_s: float
    """Audio time allowed for a decode: a hypothesis asked for at t becomes an event at t + latency_s, always, so that
    live and replayed calls agree. One that is not done by then arrives late, visibly."""
    gated: bool
    """True: wants only speech, with pre-roll. False: wants every frame (an engine with its own clock)."""
    linger_s: float
    """A stretch of speech is finished so long after its end was noticed, and not if speech goes on by then: for engines
    that lose by a sentence in two pieces what they gain by an early end. Audio time."""
    reusable: bool
    """True: recognisers of one rate are alike until used, so that some can be built ahead of need."""

    def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
        """A new recogniser for `speaker`'s audio of `rate` (8000 or 16000) samples per second."""
        ...
