"""What a sequence-to-sequence recogniser says about noise, and its loops: told from speech and left out.

Whisper always says something. On 88 turns of telephone Mandarin its probability of no speech was at most 0.22 and the
mean log probability of its tokens at least -1.2. On hold music, taps, animals, tones, noise and silence of 0.5 to 8 s
the first was over 0.6, or the second under -1.2, or it repeated a syllable or two. The limits below lie between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coach.recognition.spelling import unit_spans

MAX_SYLLABLES_PER_S = 9.0
"""Nobody says more."""

LOOP_SYLLABLES_PER_S = 6.5
"""Faster than this, a phrase that is there twice in a row was said once."""

MIN_LOGPROB = -1.2
SURE_LOGPROB = -0.4
MAX_NO_SPEECH = 0.6
MAX_NO_SPEECH_REPEATED = 0.3

AGAIN_SYLLABLES = 8
"""So many syllables of the beginning, word for word at the end: the model has started over after the last word."""

MANY_REPEATS = 8
"""So often in a row nobody says the same one or two syllables."""

MIN_MEAN_LOG_CONF = -1.6
"""Of a text's pieces, given the audio: at least -1.16 in the turns above, at most -2.1 in what noise was left."""


def spoken_part(text: str, seconds: float, logprob: float, no_speech: float) -> int:
    """How many characters of `text`, from its beginning, were plausibly said in `seconds`: all, none, or a loop once.

    `logprob` is the mean log probability of its tokens, `no_speech` the model's probability that nobody speaks.
    """
    if logprob < MIN_LOGPROB or (no_speech > MAX_NO_SPEECH and logprob < SURE_LOGPROB):
        return 0
    spans = unit_spans(text)
    count = len(spans)
    said = [text[start:end] for start, end in spans]
    loop = _loop(said)
    if loop is not None:
        if no_speech > MAX_NO_SPEECH_REPEATED and loop.repeats >= 3:
            return 0
        if loop.period < 3 and loop.repeats >= MANY_REPEATS:
            return 0
        if loop.period >= 3 and count > LOOP_SYLLABLES_PER_S * seconds:
            count = loop.start + loop.period
    else:
        count -= _started_over(said)
    if count > MAX_SYLLABLES_PER_S * seconds + 1:
        return 0
    return len(text) if count == len(spans) else spans[count - 1][1]


def is_believable(confs: Sequence[float]) -> bool:
    """Whether the model, shown the whole text, finds its pieces in the audio; `confs` 0..1, one per piece."""
    return sum(math.log(max(conf, 1e-6)) for conf in confs) >= MIN_MEAN_LOG_CONF * len(confs)


def _started_over(said: Sequence[str]) -> int:
    """How many units at the end of `said` are its beginning again."""
    for again in range(len(said) // 2, AGAIN_SYLLABLES - 1, -1):
        if said[-again:] == said[:again]:
            return again
    return 0


@dataclass(frozen=True, slots=True)
class _Loop:
    start: int
    period: int
    repeats: float  # the last one may be cut short


def _loop(said: Sequence[str]) -> _Loop | None:
    """The longest way to read the end of `said` as one phrase again and again, at least twice."""
    best = None
    for period in range(1, len(said) // 2 + 1):
        start = len(said) - period
        while start > 0 and said[start - 1] == said[start - 1 + period]:
            start -= 1
        repeats = (len(said) - start) / period
        if repeats >= 2 and (best is None or start < best.start):
            best = _Loop(start, period, repeats)
    return best
