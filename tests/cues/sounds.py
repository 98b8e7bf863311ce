"""Made voices for the cue tests: syllables of known number, pitch and colour, int16."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.cues.acoustics import Acoustics, Hops
from coach.cues.call import CallCues, CueSettings
from coach.events import SPEAKERS, Event, Speaker

RATE = 8000


def times(seconds: float, rate: int = RATE) -> np.ndarray:
    """Sample times."""
    return np.arange(round(seconds * rate)) / rate


def tone(hz: float, seconds: float, level: float = 0.3) -> Samples:
    """A pure tone."""
    return pcm(level * np.sin(2 * np.pi * hz * times(seconds)))


def vowel(hz: float, seconds: float, *, rate: int = RATE, bright: float = 0.0, low_hz: float = 300.0) -> np.ndarray:
    """A steady voice of pitch `hz`: harmonics from `low_hz` to 3400 Hz that fall by 9 - `bright` dB per octave."""
    t = times(seconds, rate)
    sound = np.zeros(len(t))
    for k in range(1, int(3400 / hz) + 1):
        if k * hz >= low_hz:
            loss_db = (9.0 - bright) * np.log2(max(k * hz, 500.0) / 500.0)
            sound += 10 ** (-loss_db / 20) * np.cos(2 * np.pi * k * hz * t + k * k)
    return 0.1 * sound / max(np.sqrt(np.mean(sound**2)), 1e-9)


def speech(seconds: float, per_second: float, *, hz: float = 140.0, rate: int = RATE, bright: float = 0.0,
           level: float = 1.0, seed: int = 0) -> np.ndarray:
    """Syllables of slightly different length, strength and pitch; about `per_second` of them."""
    rng = np.random.default_rng(seed)
    parts, length = [], 0.0
    while length < seconds:
        duration = rng.uniform(0.85, 1.15) / per_second
        pitch = hz * 2 ** (rng.uniform(-1.5, 1.5) / 12)
        one = vowel(pitch, duration, rate=rate, bright=bright) * rng.uniform(0.7, 1.0) * level
        edge = np.minimum(1.0, np.minimum(np.arange(len(one)), np.arange(len(one))[::-1]) / (0.3 * len(one)))
        parts.append(one * (0.08 + 0.92 * np.sin(edge * np.pi / 2) ** 2))
        length += duration
    return np.concatenate(parts)[: round(seconds * rate)]


def noise(seconds: float, level: float, rate: int = RATE, seed: int = 1) -> np.ndarray:
    """White noise of the root mean square `level`."""
    return np.random.default_rng(seed).standard_normal(round(seconds * rate)) * level


def pcm(sound: np.ndarray) -> Samples:
    """Floats in -1..1 to int16, clipped."""
    return np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)


def frames(samples: Samples, speaker: Speaker = "customer", rate: int = RATE) -> Iterator[Frame]:
    """All frames, the last one filled up."""
    size = round(rate * FRAME_S)
    padded = np.concatenate((samples, np.zeros(-len(samples) % size, np.int16)))
    for i in range(len(padded) // size):
        yield Frame(speaker, i, rate, padded[i * size : (i + 1) * size])


def loud(samples: Samples, rate: int = RATE) -> list[bool]:
    """A speech detector for made voices: which frames are within 26 dB of the loudest, with a hangover of 0.2 s."""
    level = np.array([np.sqrt(np.mean(f.samples.astype(float) ** 2)) for f in frames(samples, rate=rate)])
    heard = level > max(level.max() / 20, 10.0)
    return [bool(heard[max(0, i - 10) : i + 1].any()) for i in range(len(heard))]


def hops(sound: np.ndarray, rate: int = RATE) -> list[Hops]:
    """What the cues measure of a sound, all of it taken for speech where it is loud."""
    acoustics, samples = Acoustics(rate), pcm(sound)
    pairs = zip(frames(samples, rate=rate), loud(samples, rate), strict=True)
    return [block for frame, speaking in pairs if (block := acoustics.push(frame, speaking))]


def run(agent: np.ndarray | None, customer: np.ndarray, rate: int = RATE, settings: CueSettings | None = None,
        events: list[Event] | None = None) -> list[Event]:
    """The cues of a call; `events` are told when their time has come. Both sides are made equally long."""
    length = max(len(customer), 0 if agent is None else len(agent))
    sides = []
    for speaker, sound in zip(SPEAKERS, (agent, customer), strict=True):
        if sound is not None:
            samples = pcm(np.pad(sound, (0, length - len(sound))))
            sides.append(zip(frames(samples, speaker, rate), loud(samples, rate), strict=True))
    cues, waiting, found = CallCues(rate, settings), list(events or []), []
    for pair in zip(*sides, strict=True):
        for frame, speaking in pair:
            found += cues.frame(frame, speaking)
        while waiting and waiting[0].at <= pair[0][0].end:
            found += cues.event(waiting.pop(0))
    return found


def of(events: list[Event], kind: str) -> list[Event]:
    """Events of a type, or Dynamics of a kind."""
    return [e for e in events if kind in (e.type, getattr(e, "kind", ""))]
