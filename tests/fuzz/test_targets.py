"""The fuzzer's targets under Hypothesis, with few inputs: damaged seeds, and bytes of no meaning."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target

EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8)), max_size=4)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_comes_is_taken_or_refused(target: Target, data: st.DataObject) -> None:
    """No error but the house's own, whose code a peer or a person can be told."""
    damaged = data.draw(st.sampled_from(target.seeds))
    for place, removed, put in data.draw(EDITS):
        at = round(place * len(damaged))
        damaged = damaged[:at] + put + damaged[at + removed :]
    target(damaged)
    target(data.draw(st.binary(max_size=200)))


@pytest.mark.parametrize(("name", "found"), [
    ("token", b"e30\xed.e30.e30"), ("public keys", b'"E{"'), ("public keys", b'{"keys":{"a":1}}'),
    ("manifest", b"[[mdl]]\n[[model.parts]]"), ("playbook", b"\0"), ("playbook", b"? [a]\n: b"),
    ("playbook", b"a: &a [*a]"), ("playbook", b"a: 2000-99-99"),
    ("playbook", b"a: &a [1,1,1,1,1,1,1,1,1]\n" + b"".join(
        b"%c: &%c [%s]\n" % (at, at, b",".join([b"*%c" % (at - 1)] * 9)) for at in range(98, 110))),
])
def test_what_was_found_once_is_refused(name: str, found: bytes) -> None:
    """Inputs that broke through."""
    (target,) = [target for target in TARGETS if target.name == name]
    assert not target(found)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_target_has_a_seed_that_is_taken(target: Target) -> None:
    """Or the fuzzer would only ever see the first check of a parser."""
    assert any(target(seed) for seed in target.seeds)
