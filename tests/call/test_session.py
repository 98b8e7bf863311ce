"""What the live calls of a process share."""

from __future__ import annotations

import threading

import numpy as np

from coach.call.decoding import DecodePool, PoolSettings
from coach.call.session import Sessions
from coach.playbook import load
from tests.call.test_decoding import RATE, Scripted


def test_what_waits_to_be_decoded_and_what_was_left_out_can_be_seen() -> None:
    """One thread, held up by the first channel: the second one waits, and what is too much for it is counted."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        begun.set()
        go_on.wait(10)

    engine = Scripted(wait)
    pool = DecodePool(settings=PoolSettings(threads=1, spares=0))
    gauges = Sessions(engine, "zh", load("zh-bank"), pool, lambda _: engine).gauges

    def value(name: str) -> float:
        return gauges[name][1]()

    customer, agent = (pool.decoder(engine, speaker, RATE) for speaker in ("customer", "agent"))
    customer.feed(np.zeros(RATE, np.int16), 0.0, 1.0)
    assert begun.wait(10)
    for second in range(5):
        agent.feed(np.zeros(RATE, np.int16), float(second), second + 1.0)
    assert (value("decode_waiting"), value("decoded_seconds")) == (1, 0.0)
    assert value("decode_shed_seconds") > 0
    go_on.set()
    for decoder in (customer, agent):
        decoder.close()
    pool.close()
    assert value("decode_waiting") == 0
    assert value("decoded_seconds") >= 1.0
    assert value("decode_failed") == 0
