"""Fits coach/audio/bandwidth.py's mapping anew: a few minutes on two cores, the same result each time.

    python models/bandwidth/fit.py --data ../shared/data [--out models/bandwidth/mapping.npz]

Wide-band recordings are put through telephone lines of several kinds; the network learns to tell the power of the
bands that the line cut from those it let through. See README.md beside this file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy import signal

from coach.audio.bandwidth import ADDED, CONTEXT, HEARD, HOP, WINDOW, Mapping, log_bands, with_context
from coach.audio.decode import decode, encode
from coach.audio.resample import to_int16

UNITS = 128
EPOCHS, BATCH, RATE = 8, 512, 2e-3
LOWER_DB = 3.0
"""The answer is this much below the mean of the logarithm: better too little than a hiss nobody made."""

LINES = {  # filter order, forth and back (no phase), law
    "gentle": (2, False, "mulaw"),
    "steep": (4, False, "mulaw"),
    "steepest": (4, True, "mulaw"),
    "digital": (0, False, "alaw"),
}


def line(wide: np.ndarray, name: str) -> np.ndarray:
    """16 kHz int16 to 8 kHz int16 through one of LINES."""
    order, zero_phase, law = LINES[name]
    narrow = soxr.resample(wide.astype(np.float64), 16000, 8000)
    if order:
        band = signal.butter(order, [300, 3400], "bandpass", fs=8000, output="sos")
        narrow = (signal.sosfiltfilt if zero_phase else signal.sosfilt)(band, narrow)
    return decode(encode([to_int16(narrow)], law), law, 1)[0]


def power(samples: np.ndarray, scale: int) -> np.ndarray:
    """Power spectra of windows that `BandwidthExtender` would take; `scale` 1 for 8 kHz, 2 for 16 kHz."""
    size, hop = WINDOW * scale, HOP * scale
    padded = np.concatenate((np.zeros(size - hop), samples, np.zeros(size)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * np.sqrt(np.hanning(size + 1)[:-1])
    # Half the amplitude at 16 kHz: twice the samples, the same scale as the 8 kHz spectrum that is completed.
    return (np.abs(np.fft.rfft(windows, axis=1)) / scale) ** 2


def examples(path: Path, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """What was heard, what was cut (both relative to the level), and weights: speech counts five times as much."""
    wide, rate = soundfile.read(path, dtype="int16")
    if rate != 16000:
        raise SystemExit(f"{path}: {rate} samples per second; 16000 are needed")
    found = []
    for name in LINES:
        gain = 3000 / max(wide.astype(float).std(), 1) * 10 ** (rng.uniform(-12, 6) / 20)
        loud = to_int16(wide * gain)
        heard = log_bands(power(line(loud, name), 1), HEARD)
        cut = log_bands(power(loud, 2), ADDED)
        hops = min(len(heard), len(cut))
        seen, level = with_context(np.pad(heard[:hops], ((CONTEXT, CONTEXT), (0, 0)), mode="edge"))
        weight = np.where(level[:, 0] > np.percentile(level, 95) - 7, 1.0, 0.2)
        found.append((seen, cut[:hops] - level, weight))
    return found


def fit(seen: np.ndarray, cut: np.ndarray, weight: np.ndarray, rng: np.random.Generator) -> Mapping:
    """One hidden layer by Adam (Kingma & Ba 2015), mean squared error, inputs standardised."""
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-3
    seen = (seen - mean) / spread
    inputs, outputs = seen.shape[1], cut.shape[1]
    parameters = [rng.standard_normal((inputs, UNITS)) / np.sqrt(inputs), np.zeros(UNITS),
                  rng.standard_normal((UNITS, outputs)) * 0.1 / np.sqrt(UNITS), cut.mean(axis=0)]
    parameters = [value.astype(np.float32) for value in parameters]
    first = [np.zeros_like(value) for value in parameters]
    second = [np.zeros_like(value) for value in parameters]
    step = 0
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS)) + 1e-5
        order = rng.permutation(len(seen))
        total = 0.0
        for at in range(0, len(order) - BATCH, BATCH):
            pick = order[at:at + BATCH]
            x, w = seen[pick], weight[pick, None]
            hidden = np.tanh(x @ parameters[0] + parameters[1])
            error = hidden @ parameters[2] + parameters[3] - cut[pick]
            total += float((error**2 * w).mean())
            slope = error * w * 2 / BATCH
            back = slope @ parameters[2].T * (1 - hidden**2)
            gradients = [x.T @ back, back.sum(axis=0), hidden.T @ slope, slope.sum(axis=0)]
            step += 1
            for number, gradient in enumerate(gradients):
                first[number] = 0.9 * first[number] + 0.1 * gradient
                second[number] = 0.999 * second[number] + 0.001 * gradient**2
                parameters[number] -= rate * (first[number] / (1 - 0.9**step)) / (
                    np.sqrt(second[number] / (1 - 0.999**step)) + 1e-8)
        print(f"epoch {epoch + 1}: weighted squared error {total / (len(order) // BATCH):.3f}", flush=True)
    hidden = parameters[0] / spread[:, None]
    return Mapping(hidden, parameters[1] - mean @ hidden, parameters[2],
                   parameters[3] - np.float32(LOWER_DB * np.log(10) / 10))


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with zh/ and emotion/emodb/")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("mapping.npz"))
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    mandarin = sorted((args.data / "zh").glob("*.flac")) * 2
    german = sorted((args.data / "emotion" / "emodb").glob("*.flac"))
    found = [example for path in mandarin + german for example in examples(path, rng)]
    seen, cut, weight = (np.concatenate(part).astype(np.float32) for part in zip(*found, strict=True))
    print(f"{len(seen)} hops of 10 ms")
    mapping = fit(seen, cut, weight, rng)
    np.savez_compressed(args.out, **{name: getattr(mapping, name).astype(np.float16)
                                     for name in ("hidden", "hidden_bias", "out", "out_bias")})


if __name__ == "__main__":
    main()
