"""What the server tells Prometheus. No names of people, no call ids: rules, codes and counts."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


class Metrics:
    """One server's numbers; `text` is the page that Prometheus reads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.calls = Counter("coach_calls", "Calls that ended, by reason", ["reason"], registry=registry)
        self.refused = Counter("coach_refused", "Sockets closed for an error, by code", ["code"], registry=registry)
        self.audio = Counter("coach_audio_seconds", "Audio taken, all speakers", registry=registry)
        self.missing = Counter("coach_audio_missing_seconds", "Audio that never arrived", registry=registry)
        self.events = Counter("coach_events", "Events published, by type", ["type"], registry=registry)
        self.prompts = Counter("coach_prompts", "Prompts, by rule", ["rule", "priority"], registry=registry)
        self.shed = Counter("coach_feed_shed", "Partials and meters not sent to slow pages", registry=registry)
        self.evidence = self._latency("evidence", "From the last audio of a prompt's evidence to the overlay's socket")
        self.decided = self._latency("decided", "From the audio at a prompt's own time to the overlay's socket")
        self.shown = self._latency("shown", "From the last audio of the evidence to the page saying it shows it")

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A number that is looked up when Prometheus asks."""
        Gauge(f"coach_{name}", text, registry=self._registry).set_function(value)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)

    def _latency(self, name: str, text: str) -> Histogram:
        return Histogram(f"coach_prompt_{name}_seconds", text, buckets=SECONDS, registry=self._registry)
