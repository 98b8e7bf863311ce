"""How long a prompt took: from the arrival of the audio it rests on to the overlay's socket. Wall clock, no I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coach.events import Prompt
from coach.server.metrics import Metrics

REMEMBERED = 6000
"""Arrivals kept: two minutes of 20 ms messages. A prompt whose evidence is older is measured from the oldest kept."""

LATENCIES_KEPT = 1000
"""Per call; the oldest go."""


@dataclass(frozen=True, slots=True)
class PromptLatency:
    """`evidence_ms`: from the last audio of the evidence; `decided_ms`: from the audio at the prompt's own time.

    The first is what the agent waits, end of speech and decoding included; the second is the server's own share.
    """

    call: str
    prompt: str
    rule: str
    evidence_ms: float
    decided_ms: float


class Arrivals:
    """When the audio of one call arrived: audio time against wall time."""

    def __init__(self) -> None:
        self._notes: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)

    def note(self, until: float, wall: float) -> None:
        """Audio up to `until` (seconds of the call) was there at `wall` (seconds of a monotonic clock)."""
        if not self._notes or until > self._notes[-1][0]:
            self._notes.append((until, wall))

    def when(self, at: float) -> float | None:
        """Wall time at which the audio before `at` was there; None if nothing ever arrived."""
        found = None
        for until, wall in reversed(self._notes):
            if found is not None and until < at:
                break
            found = wall
        return found


class Stopwatch:
    """Measures one call's prompts: when they first went into an overlay's socket, and when a page showed them."""

    def __init__(self, call: str, metrics: Metrics, clock: Callable[[], float]) -> None:
        self.arrivals = Arrivals()
        self.latencies: deque[PromptLatency] = deque(maxlen=LATENCIES_KEPT)
        self._call = call
        self._metrics = metrics
        self._clock = clock
        self._prompts: dict[str, Prompt] = {}
        self._done: set[tuple[str, str]] = set()

    def knows(self, prompt: str) -> bool:
        """Was there such a card in this call?"""
        return prompt in self._prompts

    def start(self, prompt: Prompt) -> Callable[[], None]:
        """A prompt is on its way: the function to call when it is in an overlay's socket."""
        self._prompts[prompt.id] = prompt
        return lambda: self._sent(prompt)

    def drawn(self, prompt_id: str) -> None:
        """A page says that it shows a prompt."""
        prompt = self._prompts.get(prompt_id)
        if prompt is not None and (latency := self._measure("drawn", prompt)):
            self._metrics.shown.observe(latency.evidence_ms / 1e3)

    def _sent(self, prompt: Prompt) -> None:
        if latency := self._measure("sent", prompt):
            self.latencies.append(latency)
            self._metrics.evidence.observe(latency.evidence_ms / 1e3)
            self._metrics.decided.observe(latency.decided_ms / 1e3)

    def _measure(self, what: str, prompt: Prompt) -> PromptLatency | None:
        """The first time; None after that."""
        if (what, prompt.id) in self._done:
            return None
        self._done.add((what, prompt.id))
        return measured(self._call, prompt, self.arrivals, self._clock())


def measured(call: str, prompt: Prompt, arrivals: Arrivals, sent: float) -> PromptLatency | None:
    """The latency of `prompt`, sent at wall time `sent`; None where no audio came first (a whisper before the call)."""
    evidence, decided = arrivals.when(evidence_end(prompt)), arrivals.when(prompt.at)
    if evidence is None or decided is None:
        return None
    return PromptLatency(call, prompt.id, prompt.rule, 1e3 * (sent - evidence), 1e3 * (sent - decided))


def evidence_end(prompt: Prompt) -> float:
    """Audio time at which the prompt's evidence was complete: its latest `end`, else latest `at`, else its own."""
    for name in ("end", "at"):
        times = [time for time in _named(prompt.evidence, name) if time <= prompt.at]
        if times:
            return max(times)
    return prompt.at


def _named(value: Any, name: str) -> Iterable[float]:
    """All numbers called `name` in nested evidence."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == name and isinstance(item, int | float):
                yield float(item)
            else:
                yield from _named(item, name)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _named(item, name)
