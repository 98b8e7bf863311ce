"""Fits what the events of the syllable counters are worth (SyllableSettings in coach/cues/syllables.py).

    python models/syllables/fit.py FOLDER

FOLDER is what render.py wrote. Least squares of the relative error of the count, telephone condition, every clip
weighing as its talk; events are worth something or nothing, the constant per second of talk is free. A little ridge
keeps the counters, which agree most of the time, from trading places.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.optimize import lsq_linear

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from coach.cues.spectrum import HOP_S
from coach.cues.syllables import SyllableMeter
from tests.benchmarks.corpora import hops, narrow

NAMES = ("whole", "formant", "mean", "onset", "per_second")
RIDGE = 0.055


def events(samples: np.ndarray) -> np.ndarray:
    """Events of each counter in a clip, and its seconds of talk."""
    meter = SyllableMeter()
    blocks = hops(*narrow(samples))
    return np.append(sum(meter.events(b) for b in blocks), sum(float(b.sounding.sum()) for b in blocks) * HOP_S)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    with (folder / "clips.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    found = np.array([events(soundfile.read(folder / row["file"])[0]) for row in rows])
    true = np.array([float(row["syllables"]) for row in rows])
    talk = found[:, -1]
    weight = np.sqrt(talk / talk.mean()) / true / np.sqrt(len(rows))
    ridge = np.diag([RIDGE] * (len(NAMES) - 1) + [0.0])
    matrix = np.concatenate((found * weight[:, None], ridge))
    target = np.concatenate((true * weight, np.zeros(len(NAMES))))
    lowest = np.array([0.0] * (len(NAMES) - 1) + [-np.inf])
    worth = lsq_linear(matrix, target, (lowest, np.full(len(NAMES), np.inf))).x
    for name, value in zip(NAMES, worth, strict=True):
        print(f"{name:11s} {value:+.2f}")
    print(f"mean relative error of the count on these clips: {np.mean(np.abs(found @ worth / true - 1)):.3f}")


if __name__ == "__main__":
    main()
