"""Pitch on the telephone against Praat on the undamaged recording: gross errors, median error, voicing, cost.

    python -m tests.benchmarks.pitch [--shared DIR] [--out FILE.json]

A gross error is a window that both call voiced with pitches more than 20 % apart. Praat on the telephone condition
itself is measured beside ours. The reference is Praat's autocorrelation, 75 to 500 Hz.
"""

from __future__ import annotations

import time

import numpy as np
import parselmouth

from coach.audio.frames import Samples
from coach.cues.spectrum import BLOCK, window_time
from tests.benchmarks.corpora import CONDITIONS, clips, hops, interval, narrow, show
from tests.benchmarks.telephone import parser, write

CORPORA = {"zh": 1, "ko": 2, "emodb": 6}
"""Every so many clips."""


def praat(samples: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and pitches, 0 = unvoiced."""
    pitch = parselmouth.Sound(samples, rate).to_pitch_ac(time_step=0.01, pitch_floor=75, pitch_ceiling=500)
    return pitch.xs(), pitch.selected_array["frequency"]


def ours(samples: Samples, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """The same from the product's blocks; the quiet line before the clip is taken off again."""
    pad_s = 0.6
    blocks = hops(samples, rate, pad_s)
    times = [window_time(block.first + i) - pad_s for block in blocks for i in range(BLOCK)]
    return np.array([0.0, *times]), np.concatenate([np.zeros(1), *(block.pitch_hz for block in blocks)])


def compare(reference: tuple[np.ndarray, np.ndarray], found: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Of one clip: [gross, both voiced, reference voiced, we voiced of its unvoiced, its unvoiced], then semitones."""
    times, pitch = reference
    nearest = np.clip(np.searchsorted(found[0], times - 0.005), 0, len(found[0]) - 1)
    here = np.where(np.abs(found[0][nearest] - times) < 0.006, found[1][nearest], 0.0)
    both = (pitch > 0) & (here > 0)
    ratio = here[both] / pitch[both]
    counts = [(np.abs(ratio - 1) > 0.2).sum(), both.sum(), (pitch > 0).sum(), ((pitch == 0) & (here > 0)).sum(),
              (pitch == 0).sum()]
    return np.concatenate((counts, np.abs(12 * np.log2(ratio))))


def summary(rows: list[np.ndarray]) -> dict[str, tuple[float, float, float]]:
    """Figures with intervals over clips."""
    def share(upper: int, lower: int) -> tuple[float, float, float]:
        return interval(lambda chosen: sum(rows[i][upper] for i in chosen) / sum(rows[i][lower] for i in chosen),
                        len(rows))

    semitones = interval(lambda chosen: float(np.median(np.concatenate([rows[i][5:] for i in chosen]))), len(rows), 100)
    return {"gross": share(0, 1), "median_semitones": semitones,
            "voiced_found": share(1, 2), "voiced_wrong": share(3, 4)}


def cost(samples: Samples) -> float:
    """Share of a core for pitch alone, on speech without a pause."""
    from coach.cues.pitch import PitchTracker
    from coach.cues.spectrum import Spectra

    spectra, tracker = Spectra(8000), PitchTracker()
    blocks = [spectra.push(samples[i:i + 1600]) for i in range(0, len(samples) - 1600, 1600)]
    loud = np.zeros(BLOCK, dtype=bool)
    start = time.process_time()
    for block in blocks:
        tracker.push(block, loud)
    return (time.process_time() - start) / (len(blocks) * 0.2)


def main() -> None:
    options = parser("pitch", __doc__ or "").parse_args()
    figures: dict[str, object] = {}
    for corpus, every in CORPORA.items():
        chosen = list(clips(options.shared, corpus))[::every]
        references = [praat(clip.samples, 16000) for clip in chosen]
        found = {name: [ours(*convert(clip.samples)) for clip in chosen] for name, convert in CONDITIONS.items()}
        lines = [narrow(clip.samples) for clip in chosen]
        found["telephone, Praat"] = [praat(samples / 32768.0, rate) for samples, rate in lines]
        for name, pitches in found.items():
            figure = summary([compare(r, p) for r, p in zip(references, pitches, strict=True)])
            figures[f"{corpus}, {name}"] = figure
            print(f"{corpus:6s} {name:18s} " + "  ".join(f"{k} {show(v)}" for k, v in figure.items()))
    speech = np.concatenate([narrow(clip.samples)[0] for clip in clips(options.shared, "zh")])
    figures["core_share"] = cost(speech)
    print(f"pitch alone: {figures['core_share']:.4f} of a core")
    write(figures, options.out)


if __name__ == "__main__":
    main()
