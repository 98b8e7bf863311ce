"""The other side's voice in a channel is found, with its delay and loss, and is not taken for speech."""

import numpy as np
import pytest

from coach.cues.crosstalk import Crosstalk
from tests.cues.sounds import hops, noise, of, run, speech


def conversation(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Agent and customer in turns of four seconds, 32 s."""
    agent, customer = np.zeros(8000 * 32), np.zeros(8000 * 32)
    for i in range(4):
        agent[i * 64000 + 4000 : i * 64000 + 32000] = speech(3.5, 4.5, hz=210, seed=seed + i)
        customer[i * 64000 + 36000 : i * 64000 + 64000] = speech(3.5, 4.0, hz=120, seed=seed + 50 + i)
    return agent + noise(32, 0.0005), customer + noise(32, 0.0005, seed=2)


def leak(agent: np.ndarray, customer: np.ndarray, delay_s: float, loss_db: float) -> np.ndarray:
    delay = round(delay_s * 8000)
    return customer + np.pad(agent, (delay, 0))[: len(agent)] * 10 ** (-loss_db / 20)


@pytest.mark.parametrize(("delay_s", "loss_db"), [(0.02, 12), (0.12, 20), (0.25, 15)])
def test_delay_and_loss_of_the_path_are_found(delay_s, loss_db):
    agent, customer = conversation()
    meter = Crosstalk()
    for here, there in zip(hops(leak(agent, customer, delay_s, loss_db)), hops(agent), strict=True):
        meter.push(here, there)
    assert meter.path is not None
    assert meter.path[0] * 0.01 == pytest.approx(delay_s, abs=0.015)
    assert meter.path[1] == pytest.approx(loss_db, abs=2)


def test_two_people_who_talk_in_turns_have_no_path():
    agent, customer = conversation()
    meter = Crosstalk()
    for here, there in zip(hops(customer), hops(agent), strict=True):
        assert not meter.push(here, there).any()


def test_the_same_signal_in_both_channels_is_no_crosstalk():
    """A mono recording as two channels: nobody is silenced."""
    agent, _ = conversation()
    meter = Crosstalk()
    for block in hops(agent):
        assert not meter.push(block, block).any()


def test_cross_talk_is_no_speech_of_the_customer():
    """With the agent 18 dB down in the customer's channel: no pace, no agitation, no interruption while the agent has
    the word, once a second of it was heard; and it is reported as a fault of the line."""
    agent, customer = conversation()
    events = run(agent, leak(agent, customer, 0.1, 18))
    plain = run(agent, customer)
    agents_turns = [(i * 8 + 0.5, i * 8 + 4.0) for i in range(1, 4)]
    for e in of(events, "stress"):
        assert not any(a + 0.6 < e.at - 0.4 < b for a, b in agents_turns)
    assert not of(events, "interruption")
    talk, clean = of(events, "talk_share")[-1].values, of(plain, "talk_share")[-1].values
    assert talk["customer_call"] == pytest.approx(clean["customer_call"], abs=0.06)
    assert any("crosstalk" in e.values["problems"] for e in of(events, "audio_quality") if e.speaker == "customer")


def test_the_customer_is_still_heard_over_the_leak():
    """Double talk: the customer comes in at normal level while the agent leaks, and interrupts."""
    agent, customer = conversation()
    customer[27 * 8000 - 4000 : 29 * 8000] = speech(2.5, 4.0, hz=120, seed=9)
    agent[24 * 8000 + 4000 : 29 * 8000] = speech(4.5, 4.5, hz=210, seed=7)
    found = of(run(agent, leak(agent, customer, 0.1, 18)), "interruption")
    assert [d.speaker for d in found] == ["customer"]
