"""What is left out when decoding cannot keep up: partials, then the agent's, then the customer's oldest stretches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coach.call.backlog import Backlog, BacklogSettings, Chunk, Finish, News
from coach.events import Speaker

SETTINGS = BacklogSettings(partials_s=1.0, agent_s=2.0, customer_s=4.0)
NOTHING = np.zeros(0, np.int16)


def chunk(start: float, seconds: float = 1.0) -> Chunk:
    return Chunk(NOTHING, start, start + seconds, seconds)


def end(at: float) -> Finish:
    return Finish(at, at)


def waiting(backlog: Backlog) -> list[Chunk | Finish]:
    items = []
    while backlog:
        items.append(backlog.take())
    return items


def full(speaker: Speaker, *items: Chunk | Finish) -> tuple[Backlog, list[News]]:
    backlog = Backlog(speaker, SETTINGS)
    return backlog, [news for item in items for news in backlog.add(item)]


def test_what_keeps_up_comes_out_as_it_went_in_without_news() -> None:
    items = [chunk(0.0, 0.5), chunk(0.5, 0.5), end(1.0)]
    backlog, news = full("customer", *items)
    assert waiting(backlog) == items
    assert not news
    assert not backlog.behind


def test_partials_go_first_and_no_speech_with_them() -> None:
    items = [chunk(0.0), chunk(1.0)]
    backlog, news = full("customer", *items)
    assert [each.state for each in news] == ["behind"]
    assert backlog.behind
    assert waiting(backlog) == items
    assert backlog.shed_s == 0


def test_the_agent_is_left_out_where_the_customer_is_not() -> None:
    items = [chunk(0.0), chunk(1.0), end(2.0), chunk(5.0), end(6.0)]
    assert waiting(full("customer", *items)[0]) == items
    agent, news = full("agent", *items)
    assert waiting(agent) == items[3:]
    assert agent.shed_s == 2.0
    assert [each.state for each in news] == ["behind", "behind"]


def test_the_oldest_stretch_goes_whole_the_newest_stays() -> None:
    old, new = [chunk(0.0), chunk(1.0), end(2.0)], [chunk(9.0), chunk(10.0), chunk(11.0), end(12.0)]
    backlog, _ = full("customer", *old, *new)
    assert waiting(backlog) == new
    assert backlog.shed_s == 2.0


def test_a_stretch_that_is_being_decoded_ends_early_and_its_words_come_out() -> None:
    backlog, _ = full("agent", chunk(0.0), chunk(1.0))
    backlog.take()
    for item in (chunk(2.0), chunk(3.0), end(4.0)):
        backlog.add(item)
    assert waiting(backlog) == [end(4.0)]


def test_the_end_of_a_stretch_decoded_already_outlives_the_loss_of_the_next() -> None:
    backlog, _ = full("agent", chunk(0.0), end(1.0))
    backlog.take()
    for item in (chunk(5.0), chunk(6.0), chunk(7.0), end(8.0), chunk(9.0)):
        backlog.add(item)
    assert waiting(backlog) == [end(1.0), chunk(9.0)]


def test_a_stretch_longer_than_the_limit_is_left_out_to_its_end_and_no_further() -> None:
    backlog, _ = full("agent", chunk(0.0), chunk(1.0), chunk(2.0), chunk(3.0), end(4.0), chunk(5.0), end(6.0))
    assert waiting(backlog) == [chunk(5.0), end(6.0)]
    assert backlog.shed_s == 4.0


def test_has_recovered_when_a_whole_stretch_came_through() -> None:
    backlog, _ = full("agent", chunk(0.0), chunk(1.0), chunk(2.0), end(3.0))
    assert not backlog.decoded(Finish(0.0, 0.0))
    for item in (chunk(5.0), end(6.0)):
        assert not backlog.add(item)
    assert not backlog.decoded(backlog.take())
    (news,) = backlog.decoded(backlog.take())
    assert news.state == "recovered"
    assert "3.0 s" in news.detail
    assert not backlog.behind


def test_being_behind_is_said_once_until_it_has_recovered() -> None:
    backlog = Backlog("agent", SETTINGS)
    news = [each for second in range(50) for each in backlog.add(chunk(float(second)))]
    assert len(news) == 2


STEPS = st.lists(st.tuples(st.sampled_from(["chunk", "end", "take"]), st.floats(0.1, 3.0)))


@given(STEPS, st.sampled_from(["agent", "customer"]))
def test_never_holds_more_than_its_limit_and_loses_count_of_nothing(steps: list[tuple[str, float]],
                                                                    speaker: Speaker) -> None:
    """Stretches come as chunks and an end; taken items of a stretch are always closed by its end or still open."""
    backlog = Backlog(speaker, SETTINGS)
    at = taken = given_s = 0.0
    open_in = open_out = False
    for kind, seconds in steps:
        if kind == "chunk":
            backlog.add(chunk(at, seconds))
            given_s += seconds
            open_in = True
        elif kind == "end" and open_in:
            backlog.add(end(at))
            open_in = False
        elif kind == "take" and backlog:
            item = backlog.take()
            taken += item.seconds if isinstance(item, Chunk) else 0.0
            assert open_out or isinstance(item, Chunk), "an end of nothing"
            open_out = isinstance(item, Chunk)
        at += seconds
        assert backlog.seconds <= (SETTINGS.agent_s if speaker == "agent" else SETTINGS.customer_s) + 1e-6
        assert abs(taken + backlog.shed_s + backlog.seconds - given_s) < 1e-6
