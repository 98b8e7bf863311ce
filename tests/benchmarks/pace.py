"""Speaking rate and its changes: against counted syllables, with tempo changed by a known factor, and on real calls.

    python -m tests.benchmarks.pace [--shared DIR] [--out FILE.json] [--streams N]

Rates are of the telephone condition, with the one calibration that ships; the words' part is simulated by transcripts
with 5 % noise in their counts. A stream is utterances of one speaker in random order with pauses of a second; the
change, where there is one, comes after 30 s of speech. AISHELL has one sentence for each speaker, so its stream is of
all speakers brought to one pace, which is harder than one speaker. "found" is within 30 s of changed speech.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from coach.cues.acoustics import Hops
from coach.cues.pace import PaceMeter
from coach.cues.spectrum import BLOCK, HOP_S
from coach.cues.syllables import SyllableMeter
from coach.events import SPEAKERS, Event, PaceChange, Transcript
from tests.benchmarks.corpora import Clip, at_tempo, clips, development_calls, hops, interval, narrow, show
from tests.benchmarks.telephone import parser, write

TEMPOS = (1 / 1.3, 1.0, 1.15, 1.3, 1.5)
CHANGE_AFTER_S, FOUND_WITHIN_S = 30.0, 30.0


@dataclass(frozen=True)
class Heard:
    """An utterance as the pace meter gets it, by tempo."""

    speaker: str
    syllables: int
    blocks: dict[float, list[tuple[Hops, float]]]

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


# -- how right the rate is -------------------------------------------------------------------------------------------


def windows(heard: Sequence[Heard], seconds: float, tempo: float = 1.0) -> list[tuple[float, float]]:
    """Counted and true syllables of utterances put together until there are `seconds` of talk."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(10):
        said = counted = talk = 0.0
        for i in rng.permutation(len(heard)):
            said += heard[i].syllables
            counted += heard[i].rate(tempo) * heard[i].talk_s(tempo)
            talk += heard[i].talk_s(tempo)
            if talk >= seconds:
                found.append((counted, said))
                said = counted = talk = 0.0
    return found


def rates(name: str, heard: Sequence[Heard]) -> dict[str, object]:
    """Figures of one corpus."""
    ours, true = np.array([h.rate() for h in heard]), np.array([h.true_rate() for h in heard])

    def error(chosen: Sequence[int]) -> float:
        return float(np.mean(np.abs(ours[chosen] / true[chosen] - 1)))

    def bias(chosen: Sequence[int]) -> float:
        return float(ours[chosen].sum() / true[chosen].sum() - 1)

    def correlation(chosen: Sequence[int]) -> float:
        return float(np.corrcoef(ours[chosen], true[chosen])[0, 1])

    figures: dict[str, object] = {key: interval(f, len(heard)) for key, f in
                                  (("error", error), ("bias", bias), ("r", correlation))}
    for seconds in (5, 10, 20):
        pairs = np.array(windows(heard, seconds))
        figures[f"error_{seconds}_s"] = float(np.mean(np.abs(pairs[:, 0] / pairs[:, 1] - 1)))
    for tempo in TEMPOS:
        if tempo != 1.0:
            read = interval(lambda chosen, t=tempo: float(np.exp(np.mean(
                [np.log(heard[i].rate(t) / heard[i].rate()) for i in chosen]))), len(heard))
            true_ratio = float(np.exp(np.mean([np.log(h.true_rate(tempo) / h.true_rate()) for h in heard])))
            figures[f"reads_x{tempo:.2f}"] = (*read, true_ratio)
    print(f"{name:12s} " + "  ".join(f"{k} {show(figures[k])}" for k in ("error", "bias", "r")))  # type: ignore[arg-type]
    print(" " * 13 + "  ".join(f"{s} s {figures[f'error_{s}_s']:.3f}" for s in (5, 10, 20)) + "  " + "  ".join(
        f"x{v[3]:.2f} reads x{v[0]:.2f}" for k, v in figures.items() if k.startswith("reads")))  # type: ignore[index]
    return figures


# -- when it changes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stream:
    """Blocks in order, what was said in which (first, last, syllables), and the block of the change."""

    blocks: list[tuple[Hops, float]]
    said: list[tuple[int, int, int]]
    change: int


def stream(heard: Sequence[Heard], rng: np.random.Generator, talk_s: float, tempo: float) -> Stream:
    """Utterances in random order, faster from `CHANGE_AFTER_S` of talk on."""
    blocks: list[tuple[Hops, float]] = []
    said, talk, change, last = [], 0.0, 0, -1
    quiet = replace(heard[0].blocks[1.0][0][0], sounding=np.zeros(BLOCK, bool), speech=np.zeros(BLOCK, bool))
    while talk < talk_s:
        i = int(rng.integers(len(heard)))
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


def detection(name: str, speakers: dict[str, list[Heard]], count: int, *, words: bool) -> dict[str, object]:
    """False alarms on streams without a change; share found and delay with one."""
    usable = [h for h in speakers.values() if len(h) >= 7]
    alarms, hours = [], []
    for i in range(count):
        rng = np.random.default_rng(i)
        run = stream(usable[i % len(usable)], rng, 150.0, 1.0)
        found = decisions(run, rng if words else None)
        alarms.append([sum(e.direction == d for _, _, e in found) for d in ("faster", "slower")])
        hours.append(sum(float(b.sounding.sum()) for b, _ in run.blocks) * HOP_S / 3600)
    figures: dict[str, object] = {}
    for column, direction in enumerate(("faster", "slower")):
        figures[f"false_{direction}_per_hour"] = interval(
            lambda chosen, c=column: sum(alarms[i][c] for i in chosen) / sum(hours[i] for i in chosen), count)
    for tempo in TEMPOS:
        if tempo != 1.0:
            figures[f"x{tempo:.2f}"] = _found(usable, tempo, count, words=words)
    source = "words" if words else "sound"
    print(f"{name:12s} {source}: false alarms/h faster {show(figures['false_faster_per_hour'], '.1f')} "  # type: ignore[arg-type]
          f"slower {show(figures['false_slower_per_hour'], '.1f')}; " + "; ".join(  # type: ignore[arg-type]
              f"x{t:.2f} {v['found'][0]:.2f} in {v['median_s']:.1f} s"  # type: ignore[index]
              for t in TEMPOS if t != 1.0 for v in (figures[f"x{t:.2f}"],)))
    return figures


def _found(usable: list[list[Heard]], tempo: float, count: int, *, words: bool) -> dict[str, object]:
    want = "faster" if tempo > 1 else "slower"
    delays: list[float] = []
    for i in range(count):
        rng = np.random.default_rng(10_000 + i)
        run = stream(usable[i % len(usable)], rng, CHANGE_AFTER_S + FOUND_WITHIN_S + 5, tempo)
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


# -- corpora and calls -----------------------------------------------------------------------------------------------


def one_pace(clip: Clip, rate: float = 4.4) -> Clip:
    """The clip brought to `rate` syllables per second of talk."""
    return replace(clip, samples=at_tempo(clip.samples, rate / listen(clip, (1.0,)).true_rate()))


def voices(shared: Path) -> dict[str, list[Heard]]:
    """The synthetic voices of the development calls: turns of four syllables and more, at the voice's own speed."""
    found: dict[str, list[Heard]] = defaultdict(list)
    for path in development_calls(shared):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        samples, rate = soundfile.read(path, always_2d=True)
        turns = truth["turns"]
        for turn, after in itertools.zip_longest(turns, turns[1:]):
            overlapped = after is not None and after["start_s"] < turn["end_s"]
            if turn["speed"] == 1.0 and turn["syllables"] > 3 and not overlapped:
                part = samples[int((turn["start_s"] - 0.1) * rate):int((turn["end_s"] + 0.1) * rate),
                               SPEAKERS.index(turn["who"])]
                voice = truth[turn["who"]]
                clip = Clip("voices", path.stem, voice, "", turn["syllables"], soxr.resample(part, rate, 16000))
                found[voice].append(listen(clip))
    return found


def by_speaker(heard: Iterable[Heard]) -> dict[str, list[Heard]]:
    grouped: dict[str, list[Heard]] = defaultdict(list)
    for one in heard:
        grouped[one.speaker].append(one)
    return grouped


def main() -> None:
    options = parser("pace", __doc__ or "")
    options.add_argument("--streams", type=int, default=60)
    chosen = options.parse_args()
    read = functools.partial(clips, chosen.shared)
    corpora = {
        "zh": [listen(clip) for clip in read("zh")],
        "voices": [h for group in voices(chosen.shared).values() for h in group],
        "ko": [listen(clip) for clip in read("ko") if clip.syllables > 5],
        "emodb calm": [listen(clip) for clip in read("emodb", lambda row: row["emotion"] == "neutral")],
    }
    print("rate from the sound alone, telephone")
    figures: dict[str, object] = {name: rates(name, heard) for name, heard in corpora.items()}
    print("\nchanges")
    streams = {name: by_speaker(heard) for name, heard in corpora.items()}
    streams["zh"] = {"all": [listen(one_pace(clip)) for clip in read("zh")]}
    for name, speakers in streams.items():
        for words in (False, True):
            figures[f"{name}, {'words' if words else 'sound'}"] = detection(name, speakers, chosen.streams, words=words)
    write(figures, chosen.out)


if __name__ == "__main__":
    main()
