"""Streams of speech with and without a change of pace, and what the product's detector makes of them; for pace.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.cues.acoustics import Hops
from coach.cues.pace import PaceMeter
from coach.cues.spectrum import BLOCK, HOP_S
from coach.cues.syllables import SyllableMeter
from coach.events import Event, PaceChange, Transcript
from tests.benchmarks.corpora import Clip, at_tempo, hops, interval, narrow, show

TEMPOS = (1 / 1.3, 1.0, 1.15, 1.3, 1.5)
CHANGE_AFTER_S, FOUND_WITHIN_S = 30.0, 30.0
Blocks = list[tuple[Hops, float]]
"""Blocks of 200 ms with the syllables heard in them."""


@dataclass(frozen=True)
class Heard:
    """An utterance as the pace meter gets it, by tempo."""

    speaker: str
    syllables: int
    blocks: dict[float, Blocks]

    def rate(self, tempo: float = 1.0) -> float:
        """Syllables per second that the sound alone gives."""
        return sum(heard for _, heard in self.blocks[tempo]) / self.talk_s(tempo)

    def talk_s(self, tempo: float = 1.0) -> float:
        """Seconds of talk."""
        return max(sum(float(block.sounding.sum()) for block, _ in self.blocks[tempo]) * HOP_S, HOP_S)

    def true_rate(self, tempo: float = 1.0) -> float:
        """Syllables of the text per second of talk."""
        return self.syllables / self.talk_s(tempo)


def listen(clip: Clip, tempos: Iterable[float] = TEMPOS) -> Heard:
    """Run one clip through the front of the cues at each tempo. The spectra are not kept."""
    blocks = {}
    for tempo in tempos:
        meter = SyllableMeter()
        found = [(block, meter.push(block)) for block in hops(*narrow(at_tempo(clip.samples, tempo)))]
        blocks[tempo] = [(replace(block, spectra=block.spectra[:0]), heard) for block, heard in found]
    return Heard(clip.speaker, clip.syllables, blocks)


@dataclass(frozen=True)
class Stream:
    """Blocks in order, what was said in which (first, last, syllables), and the block of the change."""

    blocks: Blocks
    said: list[tuple[int, int, int]]
    change: int


def stream(heard: Sequence[Heard], rng: np.random.Generator, talk_s: float, tempo: float, *, spoken: bool) -> Stream:
    """Utterances in random order, or as `spoken` from a random one on; faster from `CHANGE_AFTER_S` of talk on."""
    blocks: Blocks = []
    said, talk, change, last = [], 0.0, 0, -1
    quiet = replace(heard[0].blocks[1.0][0][0], sounding=np.zeros(BLOCK, bool), speech=np.zeros(BLOCK, bool))
    while talk < talk_s:
        i = (last + 1) % len(heard) if spoken and last >= 0 else int(rng.integers(len(heard)))
        if i == last:
            continue
        last = i
        if talk >= CHANGE_AFTER_S and not change:
            change = len(blocks)
        now = tempo if change else 1.0
        said.append((len(blocks), len(blocks) + len(heard[i].blocks[now]), heard[i].syllables))
        blocks += heard[i].blocks[now]
        blocks += [(quiet, 0.0)] * int(rng.integers(3, 8))
        talk += heard[i].talk_s(now)
    return Stream(blocks, said, change)


def decisions(run: Stream, rng: np.random.Generator | None) -> list[tuple[int, float, PaceChange]]:
    """Block, seconds of talk since the start, the event; with `rng`, transcripts come 0.8 s after each utterance."""
    meter = PaceMeter("customer")
    said, talk, found = list(run.said), 0.0, []
    for i, (block, heard) in enumerate(run.blocks):
        at = (i + 2) * BLOCK * HOP_S
        talk += float(block.sounding.sum()) * HOP_S
        events: list[Event] = meter.hops(replace(block, first=i * BLOCK), heard, at)
        if rng is not None and said and i >= said[0][1] + 4:
            first, last, count = said.pop(0)
            words = "字" * max(round(count * (1 + 0.05 * rng.standard_normal())), 1)
            start, end = first * BLOCK * HOP_S, last * BLOCK * HOP_S
            events += meter.words(Transcript(at, "customer", start, end, words, final=True))
        found += [(i, talk, event) for event in events if isinstance(event, PaceChange)]
    return found


def detection(name: str, speakers: dict[str, list[Heard]], count: int, *, words: bool = False,
              spoken: bool = False) -> dict[str, object]:
    """False alarms on streams without a change; share found and delay with one."""
    usable = [h for h in speakers.values() if len(h) >= 7]
    alarms, hours = [], []
    for i in range(count):
        rng = np.random.default_rng(i)
        run = stream(usable[i % len(usable)], rng, 85.0 if spoken else 150.0, 1.0, spoken=spoken)
        found = decisions(run, rng if words else None)
        alarms.append([sum(e.direction == d for _, _, e in found) for d in ("faster", "slower")])
        hours.append(sum(float(b.sounding.sum()) for b, _ in run.blocks) * HOP_S / 3600)
    figures: dict[str, object] = {}
    for column, direction in enumerate(("faster", "slower")):
        figures[f"false_{direction}_per_hour"] = interval(
            lambda chosen, c=column: sum(alarms[i][c] for i in chosen) / sum(hours[i] for i in chosen), count)
    for tempo in TEMPOS:
        if tempo != 1.0:
            figures[f"x{tempo:.2f}"] = _found(usable, tempo, count, words=words, spoken=spoken)
    source = "words" if words else "sound"
    print(f"{name:16s} {source}: false alarms/h faster {show(figures['false_faster_per_hour'], '.1f')} "  # type: ignore[arg-type]
          f"slower {show(figures['false_slower_per_hour'], '.1f')}; " + "; ".join(  # type: ignore[arg-type]
              f"x{t:.2f} {v['found'][0]:.2f} in {v['median_s']:.1f} s"  # type: ignore[index]
              for t in TEMPOS if t != 1.0 for v in (figures[f"x{t:.2f}"],)))
    return figures


def _found(usable: list[list[Heard]], tempo: float, count: int, *, words: bool,
           spoken: bool) -> dict[str, object]:
    want = "faster" if tempo > 1 else "slower"
    delays: list[float] = []
    for i in range(count):
        rng = np.random.default_rng(10_000 + i)
        run = stream(usable[i % len(usable)], rng, CHANGE_AFTER_S + FOUND_WITHIN_S + 5, tempo, spoken=spoken)
        talk = np.cumsum([float(b.sounding.sum()) * HOP_S for b, _ in run.blocks])
        found = decisions(run, rng if words else None)
        before = [e.direction for at, _, e in found if at < run.change]
        if before and before[-1] == want:
            continue  # a false alarm stood already: counted above
        after = [t - talk[run.change - 1] for at, t, e in found if at >= run.change and e.direction == want]
        delays.append(min(after, default=np.inf))
    hits = interval(lambda chosen: float(np.mean([delays[i] <= FOUND_WITHIN_S for i in chosen])), len(delays))
    timely = [d for d in delays if d <= FOUND_WITHIN_S]
    return {"found": hits, "median_s": float(np.median(timely)) if timely else float("nan"), "streams": len(delays)}
