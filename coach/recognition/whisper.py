"""The Whisper engine: each stretch of speech as a whole, by faster-whisper's parts on CTranslate2.

Whisper was made for windows of 30 s. Its encoder is given only the stretch itself and half a second of silence, for a
tenth of the cost; the loops that it falls into on short windows are caught (coach/recognition/guards.py). One thread
per decode and no sampling, so the same audio gives the same words.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import soxr
import zhconv
from numpy.typing import NDArray

from coach.audio.frames import Samples
from coach.errors import RecognitionError
from coach.events import Speaker, Word
from coach.recognition.guards import MAX_SYLLABLES_PER_S, is_believable, spoken_part
from coach.recognition.protocol import Hypothesis, Recogniser
from coach.recognition.spelling import chinese_marks, unit_spans

RATE = 16000
PAD_S = 0.5
"""Silence after the stretch, without which the last words are lost. Measured against 0.3 and 1.0."""

MIN_S, MAX_S = 0.2, 28.0
"""A stretch shorter than this holds no word; one as long as the model's window, less the pad, is decoded at once."""

BEAM, LENGTH_PENALTY = 5, 0.6
"""Measured on 88 turns of telephone Mandarin: 8 hypotheses are no better, a penalty of 1 favours loops."""

TOKENS_PER_SYLLABLE = 1.6
FRAME_S = 0.02
"""Of the encoder's output, which times are counted in."""


class WhisperEngine:
    """The model in `folder` for calls in `language`. `workers`: decodes at the same time, one thread each.

    Raises RecognitionError "engine.missing", "model.files", "model.broken", "model.language".
    """

    name = "whisper"
    latency_s = 1.0
    gated = True
    linger_s = 0.0
    reusable = True

    def __init__(self, folder: Path, language: str, why: str, *, workers: int = 1, model: str = "") -> None:
        self.model = model or folder.name
        self.why = why
        self.chinese = language == "zh"
        missing = [name for name in ("model.bin", "config.json", "tokenizer.json") if not (folder / name).is_file()]
        if missing:
            raise RecognitionError("model.files", f"{folder} is not a Whisper model: it lacks {', '.join(missing)}")
        try:
            import ctranslate2
            import tokenizers
            from faster_whisper.feature_extractor import FeatureExtractor
            from faster_whisper.tokenizer import Tokenizer
        except ImportError as error:
            raise RecognitionError("engine.missing", "Whisper is not installed: pip install 'call-coach[whisper]'"
                                   ) from error
        try:
            self._model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8",
                                                     inter_threads=workers, intra_threads=1)
            spelling = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # the one raises RuntimeError, the other Exception itself
            raise RecognitionError("model.broken", f"the model in {folder} cannot be loaded; fetch it again") from error
        try:
            self._tokens = Tokenizer(spelling, multilingual=True, task="transcribe", language=language)
        except ValueError as error:
            raise RecognitionError("model.language", f"{self.model} knows no language {language!r}") from error
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):
            zhconv.loaddict()  # once, and it leaves a file open
        self._view = ctranslate2.StorageView.from_array
        self._features = FeatureExtractor()
        self._suppressed = [-1, *self._with_digits()] if self.chinese else [-1]

    def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
        """A recogniser for audio of `rate` samples per second; costs nothing."""
        return WhisperRecogniser(self, rate)

    def decode(self, audio: NDArray[np.float32]) -> list[_Piece]:
        """What is said in `audio` (16 kHz, -1..1), in pieces of one character or a few."""
        seconds = len(audio) / RATE
        mel = self._features(np.pad(audio, (0, round(PAD_S * RATE))), padding=0)
        encoded = self._model.encode(self._view(np.ascontiguousarray(mel[np.newaxis], np.float32)))
        start = self._tokens.sot_sequence
        found = self._model.generate(
            encoded, [start], beam_size=BEAM, length_penalty=LENGTH_PENALTY, suppress_tokens=self._suppressed,
            return_scores=True, return_no_speech_prob=True,
            max_length=len(start) + 8 + math.ceil(seconds * MAX_SYLLABLES_PER_S * TOKENS_PER_SYLLABLE),
        )[0]
        ids = found.sequences_ids[0]
        logprob = found.scores[0] * len(ids) ** LENGTH_PENALTY / (len(ids) + 1)
        spelled = self._spelled(ids)
        kept = spoken_part("".join(text for text, _ in spelled), seconds, logprob, found.no_speech_prob)
        while sum(len(text) for text, _ in spelled) > kept:
            spelled.pop()
        if not spelled:
            return []
        tokens = [token for _, tokens in spelled for token in tokens]
        aligned = self._model.align(encoded, start, [tokens], [round(seconds * 100)])[0]
        pieces = _timed(spelled, aligned.alignments, aligned.text_token_probs, seconds)
        return pieces if is_believable([piece.conf for piece in pieces]) else []

    def _spelled(self, ids: list[int]) -> list[tuple[str, list[int]]]:
        """Text with its tokens, in the smallest pieces of whole characters; a blank where the model saw a pause."""
        spelled: list[tuple[str, list[int]]] = []
        tokens: list[int] = []
        pause = ""
        for token in ids:
            if token >= self._tokens.timestamp_begin:
                pause = " " if spelled else ""
            elif token < self._tokens.eot:
                tokens.append(token)
                text = self._tokens.decode(tokens)
                if "\ufffd" not in text:  # else half of a character
                    spelled.append((pause + text, tokens))
                    tokens, pause = [], ""
        return _simplified(spelled) if self.chinese else spelled

    def _with_digits(self) -> list[int]:
        """Tokens that hold a digit: without them Mandarin numbers are written as they are read."""
        spelling = self._tokens.tokenizer
        return [token for token in range(self._tokens.eot) if re.search(r"\d", spelling.decode([token]), re.ASCII)]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text, and when it was said: seconds from the beginning of the audio. `conf` 0..1."""

    text: str
    start: float
    end: float
    conf: float


def _simplified(spelled: list[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    """The same in simplified characters and the mainland's words, where those are as long; else in characters alone."""
    whole = "".join(text for text, _ in spelled)
    simplified = zhconv.convert(whole, "zh-cn")
    if len(simplified) != len(whole):
        simplified = zhconv.convert(whole, "zh-hans")
    chars = iter(simplified)
    return [("".join(islice(chars, len(text))), tokens) for text, tokens in spelled]


def _timed(spelled: list[tuple[str, list[int]]], alignments: list[tuple[int, int]], probs: list[float],
           seconds: float) -> list[_Piece]:
    """The pieces with the times at which the decoder's attention came to their first tokens."""
    first: dict[int, int] = {}
    for token, frame in alignments:
        first.setdefault(token, frame)
    starts, confs, token = [], [], 0
    for _, tokens in spelled:
        starts.append(min(first.get(token, 0) * FRAME_S, seconds))
        confs.append(min(probs[token : token + len(tokens)]))
        token += len(tokens)
    ends = [*starts[1:], seconds]
    return [_Piece(text, start, end, conf)
            for (text, _), start, end, conf in zip(spelled, starts, ends, confs, strict=True)]


class WhisperRecogniser:
    """One channel: collects a stretch of speech and decodes it when it ends."""

    def __init__(self, engine: WhisperEngine, rate: int) -> None:
        self._engine = engine
        self._rate = rate
        self._chunks: list[Samples] = []
        self._start = 0.0
        self._seconds = 0.0

    def accept(self, samples: Samples, start: float) -> list[Hypothesis]:
        if not self._chunks:
            self._start = start
        self._chunks.append(samples)
        self._seconds += len(samples) / self._rate
        return self.finish(self._start + self._seconds) if self._seconds >= MAX_S else []

    def finish(self, end: float) -> list[Hypothesis]:
        if not self._chunks:
            return []
        audio = np.concatenate(self._chunks)[: round((end - self._start) * self._rate)]
        self._chunks, self._seconds = [], 0.0
        if len(audio) < MIN_S * self._rate:
            return []
        floats: NDArray[np.float32] = (audio / 32768).astype(np.float32)
        if self._rate != RATE:
            floats = soxr.resample(floats, self._rate, RATE)
        pieces = self._engine.decode(floats)
        words = _words(pieces, self._start)
        if not words:
            return []
        text = "".join(piece.text for piece in pieces).strip()
        text = chinese_marks(text) if self._engine.chinese else text
        return [Hypothesis(words[0].start, words[-1].end, text, final=True, words=words)]


LONGEST_UNIT_S = 0.35
"""A syllable is no longer; what is left of a longer time is a pause after it, or before the first."""


def _words(pieces: list[_Piece], offset: float) -> tuple[Word, ...]:
    """One word per Chinese character, digit or word of another script; audio time begins at `offset`."""
    chars = [
        _Piece(char, piece.start + number * step, piece.start + (number + 1) * step, piece.conf)
        for piece in pieces
        for step in [(piece.end - piece.start) / max(1, len(piece.text))]
        for number, char in enumerate(piece.text)
    ]
    words: list[Word] = []
    for first, last in unit_spans("".join(piece.text for piece in pieces)):
        start, end = chars[first].start, chars[last - 1].end
        limit = LONGEST_UNIT_S * max(1, (last - first) / 2)
        if words:
            end = min(end, start + limit)
        else:
            start = max(start, end - limit)
        conf = min(char.conf for char in chars[first:last])
        words.append(Word("".join(char.text for char in chars[first:last]), offset + start, offset + end, conf))
    return tuple(words)
