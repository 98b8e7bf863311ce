"""What speech detection and all cues cost: share of a core for each channel, and memory over an hour.

    python -m tests.benchmarks.cue_cost [--shared DIR] [--out FILE.json] [--hour]

Processor time of one process over audio time, on the development calls (half of each channel is silence) and on speech
without a pause. `--hour` plays an hour of both sides and compares the size of the state at ten minutes and at sixty.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence

import numpy as np

from coach.audio.frames import Samples
from coach.audio.wavfile import read_call
from coach.cues import CallCues
from coach.events import SPEAKERS
from coach.speech.segmenter import Segmenter
from tests.benchmarks.corpora import clips, development_calls, frames, interval, narrow, show
from tests.benchmarks.telephone import parser, write

GOAL = 0.02
"""Of a core for each channel in real time."""


def cost(sides: Sequence[Samples], rate: int) -> dict[str, float]:
    """Processor seconds for each second and channel: speech detection, cues, both."""
    feeds = [frames(samples, rate, speaker) for speaker, samples in zip(SPEAKERS, sides, strict=True)]
    segmenters = [Segmenter(speaker, rate=rate) for speaker in SPEAKERS]
    cues = CallCues(rate)
    start = time.process_time()
    speaking = [[_speaking(segmenter, frame) for frame in feed]
                for segmenter, feed in zip(segmenters, feeds, strict=True)]
    middle = time.process_time()
    for i, pair in enumerate(zip(*feeds, strict=True)):
        for side, frame in enumerate(pair):
            cues.frame(frame, speaking[side][i])
    end = time.process_time()
    seconds = 2 * len(feeds[0]) * 0.02
    return {"speech": (middle - start) / seconds, "cues": (end - middle) / seconds, "both": (end - start) / seconds}


def _speaking(segmenter: Segmenter, frame: object) -> bool:
    segmenter.process(frame)  # type: ignore[arg-type]
    return segmenter.speaking


def hour(sides: Sequence[Samples], rate: int) -> dict[str, int]:
    """Bytes of the pickled state of the cues after ten minutes and after sixty, the sides played in a loop."""
    feeds = [frames(samples, rate, speaker) for speaker, samples in zip(SPEAKERS, sides, strict=True)]
    cues, sizes = CallCues(rate), {}
    for index in range(60 * 60 * 50):
        for feed in feeds:
            frame = feed[index % len(feed)]
            cues.frame(type(frame)(frame.speaker, index, rate, frame.samples), speaking=True)
        if index + 1 in (10 * 60 * 50, 60 * 60 * 50):
            sizes[f"{(index + 1) // 3000} min"] = len(pickle.dumps(cues))
    return sizes


def main() -> None:
    options = parser("cue_cost", __doc__ or "")
    options.add_argument("--hour", action="store_true")
    chosen = options.parse_args()
    figures: dict[str, object] = {}
    rows = []
    for path in development_calls(chosen.shared):
        call = read_call(path)
        rows.append(cost([call.channels[s] for s in SPEAKERS], call.rate))
    for part in ("speech", "cues", "both"):
        figures[f"calls, {part}"] = interval(lambda i, p=part: float(np.mean([rows[k][p] for k in i])), len(rows))
        print(f"development calls, {part:6s} {show(figures[f'calls, {part}'], '.4f')} of a core for each channel")
    speech = np.concatenate([narrow(clip.samples)[0] for clip in clips(chosen.shared, "zh")])
    figures["speech without a pause"] = cost([speech, speech[::-1].copy()], 8000)
    print("speech without a pause " + "  ".join(f"{k} {v:.4f}" for k, v in figures["speech without a pause"].items()))
    if chosen.hour:
        figures["state"] = hour([speech, speech[::-1].copy()], 8000)
        print("bytes of state " + "  ".join(f"{k}: {v}" for k, v in figures["state"].items()))
    write(figures, chosen.out)


if __name__ == "__main__":
    main()
