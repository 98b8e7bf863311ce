"""The Vosk engine: streaming, with partial results; one core per stream while it decodes, the GIL released.

Vosk is given 16 kHz, always: a model fed another rate than it was trained on may abort the process, and telephone
audio that was merely resampled recognises badly, so its upper band is put back first (coach/audio/bandwidth.py).
"""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from coach.audio.bandwidth import BandwidthExtender
from coach.audio.frames import Samples
from coach.audio.resample import to_int16
from coach.errors import RecognitionError
from coach.events import Speaker, Word
from coach.recognition.protocol import Hypothesis, Recogniser
from coach.recognition.spelling import joined

log = logging.getLogger(__name__)

RATE = 16000
"""Samples per second that models are made for and recognisers are given."""

PARTIAL_EVERY_S = 0.3
"""Partial results are asked for this often; one costs little."""

FLUSH_S = 0.35
"""Audio that the model must have heard after the end of a stretch; what lacks of it is made up with silence.

The network looks ahead, and by this the last word is out while what the model has learnt about the voice is kept for
the next stretch (a "final result" of Vosk's would drop it): measured in Korean, 4 points of character error."""

WARM_UP_S = 0.5
"""Silence that a new recogniser hears first. Its first chunk costs 0.9 s of CPU, whatever it is, later ones a tenth."""

RENEW_S = 590.0
"""Audio after which a decoder is replaced, between two stretches of speech.

It remembers every state of the decoding graph that it has been in: up to 14 MB for a minute of speech. What it has
learnt about the voice is not lost by this, for Vosk itself drops that after 600 s."""

DITHER = np.random.RandomState(0).normal(size=RATE).round().astype(np.float32)
"""Noise of one step, one second of it over and over: on digital silence the features would be far from any that the
model was trained with. Kaldi's own dither has the same power but is drawn anew for every decode of the process, so
that no two decodes of one recording agree; it is switched off. The old generator's numbers are the same for ever."""

REQUIRED = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf")
GRAPHS = (("graph/HCLG.fst",), ("graph/HCLr.fst", "graph/Gr.fst"))
"""The decoding graph: whole, or in two parts that are composed while decoding."""
IVECTOR = ("final.dubm", "final.ie", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")
"""What the folder ivector/ must hold where there is one."""


class VoskEngine:
    """The model in folder `path`. Loading takes seconds. `options` replace decoder options of its conf/model.conf.

    Raises RecognitionError: "model.files" when files of a Vosk model are missing or empty, "model.rate" when it is made
    for another sample rate, "model.broken" when Vosk refuses it, "engine.missing" without the package vosk.
    """

    name = "vosk"
    latency_s = 0.3
    gated = True
    linger_s = 0.25
    reusable = True

    def __init__(self, path: Path, why: str, *, model: str = "", options: Mapping[str, str] | None = None) -> None:
        self.model = model or path.name
        self.why = why
        missing = missing_files(path)
        if missing:
            raise RecognitionError("model.files", f"{path} is not a whole Vosk model: it lacks {', '.join(missing)}")
        rate = sample_rate(path)
        if rate != RATE:
            raise RecognitionError("model.rate", f"the model in {path} is made for {rate} samples per second; "
                                   f"only models for {RATE} are supported")
        self._vosk = _library()
        try:
            with _with_options(path, {"mfcc.conf": {"dither": "0"}, "model.conf": options or {}}) as folder:
                self._loaded = self._vosk.Model(str(folder))
            self._build()  # some faults show only here
        except Exception as error:  # Vosk raises Exception itself
            raise RecognitionError("model.broken", f"Vosk cannot use the model in {path}; fetch it again") from error

    def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
        """A recogniser for audio of `rate` samples per second, warmed up. Takes a second of CPU and 125 MB."""
        recogniser = VoskRecogniser(self._build(), rate, self._build)
        recogniser.warm_up()
        return recogniser

    def _build(self) -> Any:
        kaldi = self._vosk.KaldiRecognizer(self._loaded, RATE)
        kaldi.SetWords(True)
        return kaldi


class VoskRecogniser:
    """One channel. `kaldi` is a vosk.KaldiRecognizer for 16 kHz that gives words, `renew` makes another like it."""

    def __init__(self, kaldi: Any, rate: int, renew: Callable[[], Any] | None = None) -> None:
        self._kaldi = kaldi
        self._renew = renew
        self._rate = rate
        self._widen = BandwidthExtender() if rate != RATE else None
        self._clock = _Clock()
        self._heard = 0.0  # audio time up to which audio was accepted
        self._start = 0.0  # of the stretch
        self._told = 0.0  # audio time of the last partial result
        self._partial = ""

    def warm_up(self) -> None:
        """Hear a little silence, so that the first word need not wait until the decoding graph has been opened up."""
        self._decode(np.zeros(round(WARM_UP_S * RATE), np.int16))
        self._kaldi.FinalResult()

    def accept(self, samples: Samples, start: float) -> list[Hypothesis]:
        repeated = max(0, round((self._heard - start) * self._rate))
        samples = samples[repeated:]  # given again after a cut: the model goes on where it was
        if not len(samples):
            return []
        start += repeated / self._rate
        if start > self._heard + 0.5 / self._rate:
            self._clock.jump(start)
            self._start = self._told = start
        self._heard = start + len(samples) / self._rate
        if self._decode(self._widen.process(samples) if self._widen else samples):
            return self._final()
        return self._so_far()

    def finish(self, end: float) -> list[Hypothesis]:
        silence = np.zeros(max(0, round((FLUSH_S - (self._heard - end)) * RATE)), np.int16)
        rest = self._widen.flush() if self._widen else silence[:0]
        ahead = np.concatenate((rest, silence))
        said = self._final() if len(ahead) and self._decode(ahead) else []
        said += self._final()
        if self._renew and self._clock.samples > RENEW_S * RATE:
            self._kaldi, self._clock = self._renew(), _Clock()
            self.warm_up()
        self._clock.jump(self._heard)
        self._start = self._told = self._heard
        return said

    def _decode(self, samples: Samples) -> bool:
        """Whether the model itself found that the utterance ended."""
        noise = np.take(DITHER, np.arange(len(samples)) + self._clock.samples, mode="wrap")
        self._clock.run(len(samples))
        return bool(self._kaldi.AcceptWaveform(to_int16(samples + noise).tobytes()))

    def _so_far(self) -> list[Hypothesis]:
        if self._heard - self._told < PARTIAL_EVERY_S:
            return []
        self._told = self._heard
        text = joined(json.loads(self._kaldi.PartialResult())["partial"].split())
        if not text or text == self._partial:
            return []
        self._partial = text
        return [Hypothesis(self._start, self._heard, text, final=False)]

    def _final(self) -> list[Hypothesis]:
        self._partial = ""
        found = json.loads(self._kaldi.Result()).get("result", ())
        words = tuple(
            Word(each["word"], self._audio_time(each["start"]), self._audio_time(each["end"]), each["conf"])
            for each in found
        )
        if not words:
            return []
        return [Hypothesis(words[0].start, words[-1].end, joined(word.word for word in words), final=True, words=words)]

    def _audio_time(self, model: float) -> float:
        return min(self._clock.audio_time(model), self._heard)


@dataclass(frozen=True, slots=True)
class _Mark:
    """From this moment of the model's time on, audio time runs beside it."""

    model: float
    audio: float


class _Clock:
    """The model's time counts the samples it was given, silence between stretches left out; this finds audio time."""

    def __init__(self) -> None:
        self.samples = 0
        """Samples that the model was given."""
        self._marks: deque[_Mark] = deque([_Mark(0.0, 0.0)], maxlen=32)

    def run(self, samples: int) -> None:
        """The model gets this many samples."""
        self.samples += samples

    def jump(self, audio: float) -> None:
        """The model's next sample belongs to audio time `audio`."""
        self._marks.append(_Mark(self.samples / RATE, audio))

    def audio_time(self, model: float) -> float:
        """Audio time of a moment of the model's time; none is later than the next stretch's beginning."""
        limit = float("inf")
        for mark in reversed(self._marks):
            if model >= mark.model or mark is self._marks[0]:
                return min(mark.audio + model - mark.model, limit)
            limit = mark.audio
        raise AssertionError("there is always a mark")


def missing_files(path: Path) -> list[str]:
    """What folder `path` lacks of a Vosk model. A file that is empty is missing."""

    def there(name: str) -> bool:
        file = path / name
        return file.is_file() and file.stat().st_size > 0

    missing = [name for name in REQUIRED if not there(name)]
    if not any(all(map(there, graph)) for graph in GRAPHS):
        missing.append(" or ".join(" with ".join(graph) for graph in GRAPHS))
    if (path / "ivector").is_dir():
        missing += [f"ivector/{name}" for name in IVECTOR if not there(f"ivector/{name}")]
    return missing


def sample_rate(path: Path) -> int:
    """Samples per second that the model in `path` was trained on: what its conf/mfcc.conf says, or Kaldi's default."""
    text = (path / "conf/mfcc.conf").read_text(encoding="utf-8", errors="replace")
    said = re.search(r"^\s*--sample-frequency=(\d+)", text, re.MULTILINE)
    return int(said[1]) if said else RATE


@contextmanager
def _with_options(path: Path, options: Mapping[str, Mapping[str, str]]) -> Iterator[Path]:
    """The model in `path` with other options in the files of its conf/: Vosk takes them no other way."""
    with TemporaryDirectory(prefix="call-coach-") as name:
        folder = Path(name)
        for part in path.iterdir():
            (folder / part.name).symlink_to(part.resolve()) if part.name != "conf" else (folder / "conf").mkdir()
        for conf in (path / "conf").iterdir():
            if conf.name not in options:
                (folder / "conf" / conf.name).symlink_to(conf.resolve())
                continue
            ours = options[conf.name]
            lines = conf.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines if line.strip().lstrip("-").partition("=")[0] not in ours]
            text = "\n".join([*kept, *(f"--{key}={value}" for key, value in ours.items()), ""])
            (folder / "conf" / conf.name).write_text(text, encoding="utf-8")
        yield folder


def _library() -> Any:
    try:
        import vosk
    except (ImportError, OSError) as error:  # OSError: its shared library does not load here
        raise RecognitionError("engine.missing", f"Vosk cannot be loaded: {error}") from error
    vosk.SetLogLevel(-1)
    return vosk
