"""Decoders: at once or on the pool, the same results at the same audio time; trouble is told and ends nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from coach.audio.frames import Samples
from coach.call.backlog import BacklogSettings
from coach.call.decoding import DecodePool, Decoder, Inline, PoolSettings
from coach.call.delivery import Result
from coach.errors import RecognitionError
from coach.events import Recognition, Speaker, Transcript, to_json
from coach.recognition.protocol import Hypothesis, Recogniser

RATE = 8000


@dataclass
class Scripted:
    """An engine whose recognisers say how much they heard. `wait` runs in every decode."""

    wait: Callable[[Speaker], None] = lambda speaker: None
    name: str = "scripted"
    model: str = "m"
    why: str = "test"
    latency_s: float = 0.3
    gated: bool = True
    linger_s: float = 0.0
    reusable: bool = True
    built: list[int] = field(default_factory=list)

    __hash__ = object.__hash__

    def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
        self.built.append(threading.get_ident())
        return _Scripted(self, speaker, rate)


class _Scripted:
    def __init__(self, engine: Scripted, speaker: Speaker, rate: int) -> None:
        self._engine, self._speaker, self._rate = engine, speaker, rate
        self._heard = 0.0

    def accept(self, samples: Samples, start: float) -> list[Hypothesis]:
        self._engine.wait(self._speaker)
        self._heard += len(samples) / self._rate
        return [Hypothesis(start, start, f"{self._heard:.1f}", final=False)]

    def finish(self, end: float) -> list[Hypothesis]:
        self._engine.wait(self._speaker)
        heard, self._heard = self._heard, 0.0
        return [Hypothesis(end - heard, end, f"{heard:.1f}", final=True)]


def audio(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.int16)


def talk(decoder: Decoder, stretches: int = 2, seconds: float = 1.0) -> float:
    """Feed stretches of speech in chunks of 0.2 s, a second apart. Returns the audio time reached."""
    at = 0.0
    for _ in range(stretches):
        for _ in range(round(seconds / 0.2)):
            decoder.feed(audio(0.2), at, at + 0.2)
            at = round(at + 0.2, 6)
        decoder.finish(at, at + 0.4)
        at += 1.0
    return at


def finals(results: list[Result]) -> list[str]:
    return [each.text for each in results if isinstance(each, Transcript) and each.final]


def states(results: list[Result]) -> list[str]:
    return [each.state for each in results if isinstance(each, Recognition)]


@pytest.fixture
def pool() -> Iterator[DecodePool]:
    pool = DecodePool(2)
    yield pool
    pool.close()


def test_inline_and_pooled_hand_over_the_same_at_the_same_time(pool: DecodePool) -> None:
    engine = Scripted()
    both = []
    for decoder in (Inline(engine, "customer", RATE), pool.decoder(engine, "customer", RATE)):
        talk(decoder, seconds=0.6)
        decoder.close()
        both.append([to_json(event) for number in range(400) for event in decoder.due(number * 0.02)])
        assert not decoder.pending
    assert both[0] == both[1]
    assert len(both[0]) == 8


@pytest.mark.parametrize("make", [Inline, lambda *of: DecodePool(1).decoder(*of)])
def test_a_result_comes_exactly_the_engines_latency_after_it_was_asked_for(
    make: Callable[[Scripted, Speaker, int], Decoder]
) -> None:
    decoder = make(Scripted(), "customer", RATE)
    decoder.feed(audio(0.2), 1.0, 1.24)
    decoder.close()
    assert decoder.due(1.52) == []
    assert decoder.pending
    assert [event.at for event in decoder.due(1.54)] == [1.54]
    assert not decoder.pending


def test_asking_and_looking_never_wait_for_a_decode(pool: DecodePool) -> None:
    """Nor for the building of a recogniser."""
    go = threading.Event()
    engine = Scripted(wait=lambda speaker: go.wait(10) and None)
    decoder = pool.decoder(engine, "customer", RATE)
    at = talk(decoder, seconds=0.6)
    assert decoder.due(at) == []
    assert decoder.pending
    go.set()
    decoder.close()
    late = decoder.due(at + 0.02)
    assert {event.at for event in late} == {at + 0.02}
    assert finals(late) == ["0.6", "0.6"]
    assert pool.stats.late == len(late)
    assert threading.get_ident() not in engine.built


def test_one_decode_in_flight_per_channel() -> None:
    pool = DecodePool(4)
    lock, inside, most = threading.Lock(), 0, 0

    def count(speaker: Speaker) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.001)
        with lock:
            inside -= 1

    decoder = pool.decoder(Scripted(wait=count), "customer", RATE)
    talk(decoder, 5)
    decoder.close()
    pool.close()
    assert most == 1


def test_spare_recognisers_are_there_before_a_call_needs_them(pool: DecodePool) -> None:
    engine = Scripted()
    pool.warm(engine, RATE)
    assert len(engine.built) == pool.settings.spares
    decoder = pool.decoder(engine, "customer", RATE)
    talk(decoder)
    decoder.close()
    pool.close()
    assert engine.built.count(threading.get_ident()) == pool.settings.spares
    assert len(engine.built) == pool.settings.spares + 1  # the one that was taken is made up for


def test_customers_have_precedence() -> None:
    """With one thread and both waiting, all of the customer's comes first."""
    pool = DecodePool(1)
    order: list[Speaker] = []
    go = threading.Event()

    def note(speaker: Speaker) -> None:
        go.wait(10)
        order.append(speaker)

    engine = Scripted(wait=note, reusable=False)
    decoders = [pool.decoder(engine, speaker, RATE) for speaker in ("agent", "agent", "customer")]
    for decoder in decoders:
        decoder.feed(audio(0.2), 0.0, 0.2)
    go.set()
    for decoder in decoders:
        decoder.close()
    pool.close()
    assert order == ["agent", "customer", "agent"]  # the first was under way already


def test_a_hard_chunk_holds_up_nobody_else(pool: DecodePool) -> None:
    """While one is being decoded, without end in sight, the other thread serves everybody else."""
    go = threading.Event()
    hard = pool.decoder(Scripted(wait=lambda speaker: go.wait(30) and None), "customer", RATE)
    others = [pool.decoder(Scripted(), speaker, RATE) for speaker in ("agent", "customer", "agent")]
    talk(hard)
    for decoder in others:
        at = talk(decoder)
        decoder.close()
        assert finals(decoder.due(at)) == ["1.0", "1.0"]
    assert finals(hard.due(at)) == []
    go.set()
    hard.close()
    assert finals(hard.due(at)) == ["1.0", "1.0"]


def test_building_spares_takes_no_decoding_thread() -> None:
    pool, built, go = DecodePool(1), threading.Event(), threading.Event()

    class Slow(Scripted):
        def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
            built.set()
            go.wait(30)
            return super().recogniser(rate, speaker)

    pool.prepare(Slow(), RATE)
    assert built.wait(30)
    decoder = pool.decoder(Scripted(reusable=False), "customer", RATE)
    at = talk(decoder)
    decoder.close()
    assert finals(decoder.due(at)) == ["1.0", "1.0"]
    go.set()
    pool.close()


def test_being_behind_sheds_speech_says_so_and_recovers() -> None:
    limits = BacklogSettings(partials_s=0.5, agent_s=1.0, customer_s=3.0)
    pool = DecodePool(settings=PoolSettings(threads=1, backlog=limits))
    go = threading.Event()
    decoder = pool.decoder(Scripted(wait=lambda speaker: go.wait(10) and None), "agent", RATE)
    at = talk(decoder, 5)
    assert states(decoder.due(at)) == ["behind", "behind"]
    go.set()
    decoder.close()
    results = decoder.due(at + 1)
    assert states(results) == ["recovered"]
    assert finals(results)[-1] == "1.0"
    assert pool.stats.shed_s == pytest.approx(5.0 - pool.stats.decoded_s)
    assert pool.stats.shed_s >= 3.0
    pool.close()


@pytest.mark.parametrize("pooled", [False, True])
def test_a_crash_is_told_once_and_the_call_goes_on_without_words(pool: DecodePool, pooled: bool,
                                                                caplog: pytest.LogCaptureFixture) -> None:
    def crash(speaker: Speaker) -> None:
        raise ZeroDivisionError("a customer's words")

    engine = Scripted(wait=crash)
    decoder = pool.decoder(engine, "customer", RATE) if pooled else Inline(engine, "customer", RATE)
    at = talk(decoder, seconds=0.6)
    decoder.close()
    (told,) = decoder.due(at)
    assert isinstance(told, Recognition)
    assert (told.state, told.detail) == ("failed", "recognition.crashed: ZeroDivisionError")
    assert not decoder.pending
    decoder.feed(audio(0.2), at, at)
    assert decoder.due(at + 1) == []
    assert "words" not in caplog.text


def test_an_engine_that_cannot_make_a_recogniser_fails_the_channel_not_the_call(pool: DecodePool) -> None:
    class Broken(Scripted):
        def recogniser(self, rate: int, speaker: Speaker) -> Recogniser:
            raise RecognitionError("model.broken", "gone")

    for decoder in (Inline(Broken(), "customer", RATE), pool.decoder(Broken(), "customer", RATE)):
        talk(decoder, seconds=0.6)
        decoder.close()
        (told,) = decoder.due(5.0)
        assert isinstance(told, Recognition)
        assert told.detail == "model.broken: gone"


def test_closing_does_not_wait_for_ever() -> None:
    pool = DecodePool(settings=PoolSettings(threads=1, close_s=0.01))
    go = threading.Event()
    decoder = pool.decoder(Scripted(wait=lambda speaker: go.wait(10) and None), "customer", RATE)
    at = talk(decoder, seconds=0.6)
    decoder.close()
    assert states(decoder.due(at)) == ["failed"]
    go.set()
    pool.close()


def test_a_closed_pool_takes_no_work_and_raises_nothing(pool: DecodePool) -> None:
    pool.close()
    decoder = pool.decoder(Scripted(), "customer", RATE)
    decoder.feed(audio(0.2), 0.0, 0.2)
    assert decoder.due(5.0) == []
