"""Speaking rate and its changes: against counted syllables, with tempo changed by a known factor, and on real calls.

    python -m tests.benchmarks.pace [--shared DIR] [--out FILE.json] [--streams N]

Rates are of the telephone condition, with the one calibration that ships; the words' part is simulated by transcripts
with 5 % noise in their counts. A stream is utterances of one speaker in random order with pauses of a second; the
change, where there is one, comes after 30 s of speech. AISHELL has one sentence for each speaker, so its stream is of
all speakers brought to one pace, which is harder than one speaker. "found" is within 30 s of changed speech. The
channels of a real call are heard as spoken, from a random utterance on (a customer who warms to his subject speeds up,
which counts as a false alarm here), and in random order, where nothing changes for long.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from coach.audio.resample import to_int16
from coach.events import SPEAKERS, Speech
from coach.speech.segmenter import Segmenter
from tests.benchmarks.corpora import Clip, at_tempo, clips, development_calls, interval, show
from tests.benchmarks.pace_streams import TEMPOS, Heard, detection, listen
from tests.benchmarks.telephone import parser, write
from tests.cues.sounds import frames

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


def channels(shared: Path) -> dict[str, list[Heard]]:
    """Real call channels, utterance by utterance in their order; nobody counted their syllables."""
    found: dict[str, list[Heard]] = {}
    for path in sorted((shared / "data" / "calls_en").glob("*.flac")):
        samples, rate = soundfile.read(path, always_2d=True)
        for speaker, channel in zip(SPEAKERS, samples.T, strict=True):
            segmenter = Segmenter(speaker, rate=rate)
            spoken = [event for frame in frames(to_int16(channel * 32768), speaker, rate)
                      for event in segmenter.process(frame) if isinstance(event, Speech)]
            parts = [channel[max(int((e.start - 0.1) * rate), 0):int((e.end + 0.1) * rate)] for e in spoken]
            found[f"{path.stem} {speaker}"] = [
                listen(Clip("calls", path.stem, speaker, "", 0, soxr.resample(part, rate, 16000))) for part in parts]
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
    for name, heard in channels(chosen.shared).items():
        for spoken in (True, False):
            label = f"{name.split('_')[-1]}, {'as spoken' if spoken else 'shuffled'}"
            figures[f"{name}, {label}"] = detection(label, {name: heard}, chosen.streams // 2, spoken=spoken)
    write(figures, chosen.out)


if __name__ == "__main__":
    main()
