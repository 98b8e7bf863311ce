"""A recorded call through the same pipeline as a live one, as fast as it goes; the same events to the last byte."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import TextIO

from coach.audio.channel import ChannelReader
from coach.audio.frames import Frame, Samples
from coach.audio.wavfile import RecordedCall, read_call
from coach.call.assembly import assemble
from coach.call.decoding import Inline
from coach.events import CallStarted, Event, Json, Speaker, to_json
from coach.playbook import Playbook
from coach.recognition.protocol import Engine

BLOCK_S = 1.0
"""Audio is handed over in blocks of this length; results do not depend on it, memory does."""


@dataclass(frozen=True, slots=True)
class About:
    """What the softphone's hello would have said."""

    campaign: str
    language: str
    agent: str = "agent"
    context: Mapping[str, Json] = field(default_factory=dict)


def replay(path: Path, about: About, engine: Engine, playbook: Playbook) -> Iterator[Event]:
    """The events of the recording at `path`, in order of audio time.

    Raises AudioError when the recording cannot be read.
    """
    call = read_call(path)
    readers: dict[Speaker, ChannelReader] = {s: ChannelReader(s, call.rate) for s in call.channels}
    started = CallStarted(0.0, path.stem, about.agent, about.campaign, about.language, playbook.version, about.context)
    pipeline = assemble(started, call.rate, readers, engine, playbook, Inline)
    for offset, blocks in _blocks(call):
        for speaker, samples in blocks.items():
            readers[speaker].push(offset, samples)
        yield from pipeline.push(_interleave(reader.frames() for reader in readers.values()))
    for reader in readers.values():
        reader.finish()
    yield from pipeline.push(_interleave(reader.frames() for reader in readers.values()))
    yield from pipeline.finish("recording ended")


def _blocks(call: RecordedCall) -> Iterator[tuple[int, dict[Speaker, Samples]]]:
    size = int(call.rate * BLOCK_S)
    total = max(len(samples) for samples in call.channels.values())
    for offset in range(0, total, size):
        yield offset, {speaker: samples[offset : offset + size] for speaker, samples in call.channels.items()}


def _interleave(channels: Iterable[list[Frame]]) -> list[Frame]:
    """Frames of all speakers by time, so that the aligner holds next to nothing."""
    return [frame for frame in chain.from_iterable(zip_longest(*channels)) if frame is not None]


def write_events(events: Iterable[Event], out: TextIO) -> None:
    """One JSON object per line, UTF-8 as it is."""
    for event in events:
        out.write(json.dumps(to_json(event), ensure_ascii=False) + "\n")
