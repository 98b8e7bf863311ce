"""What the benchmarks share: the telephone condition, sounds that are not speech, and where figures go."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from scipy import signal

from coach.audio.decode import decode, encode
from coach.audio.resample import to_int16

ROOT = Path(__file__).resolve().parents[2]


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """`--shared` folder of reference recordings, `--out` file for the figures."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks" / f"{name}.json")
    return options


def write(figures: dict[str, Any], out: Path) -> None:
    """The figures as JSON."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nwritten to {out}")


def telephone(wide: np.ndarray, *, order: int = 4, zero_phase: bool = False) -> np.ndarray:
    """16 kHz to 8 kHz, Butterworth band-pass 300-3400 Hz, G.711 mu-law there and back."""
    sos = signal.butter(order, [300, 3400], "bandpass", fs=8000, output="sos")
    narrow = soxr.resample(wide.astype(np.float64), 16000, 8000)
    return mulaw(to_int16((signal.sosfiltfilt if zero_phase else signal.sosfilt)(sos, narrow)))


def mulaw(samples: np.ndarray) -> np.ndarray:
    """G.711 mu-law there and back."""
    return decode(encode([samples], "mulaw"), "mulaw", 1)[0]


def line_sounds(rate: int, seconds: int = 60) -> dict[str, np.ndarray]:
    """Sounds of a telephone line that nobody says, int16."""
    rng = np.random.default_rng(5)
    t = np.arange(rate * seconds) / rate

    def tones(*hz: float) -> np.ndarray:
        return sum(6000 / len(hz) * np.sin(2 * np.pi * one * t) for one in hz)

    digit = (t // 0.25).astype(int)
    keys = np.sin(2 * np.pi * np.array([697, 770, 852, 941])[digit % 4] * t)
    keys = keys + np.sin(2 * np.pi * np.array([1209, 1336, 1477])[digit % 3] * t)
    typing = rng.standard_normal(len(t)) * 20
    for at in np.cumsum(rng.exponential(0.18, int(seconds / 0.2))):
        start, length = int(at * rate), int(0.02 * rate)
        if start + length < len(t):
            click = rng.standard_normal(length) * np.exp(-np.arange(length) / (0.004 * rate))
            typing[start:start + length] += click * rng.uniform(1500, 6000)
    hum = 200 * np.sin(2 * np.pi * 50 * t) + 80 * np.sin(2 * np.pi * 150 * t)
    sounds = {
        "ring-back, China": tones(450) * (t % 5 < 1),
        "ring-back, USA": tones(440, 480) * (t % 6 < 2),
        "ring-back, UK": tones(400, 450) * ((t % 3 < 0.4) | ((t % 3 > 0.6) & (t % 3 < 1.0))),
        "busy": tones(450) * (t % 0.7 < 0.35),
        "keys (DTMF)": keys * 4000 * (t % 0.25 < 0.1),
        "keyboard": typing,
        "line noise and hum": rng.standard_normal(len(t)) * 150 + hum,
        "loud hiss": rng.standard_normal(len(t)) * 2000,
    }
    return {name: to_int16(sound) for name, sound in sounds.items()}
