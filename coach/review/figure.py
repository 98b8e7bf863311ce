"""A call on one time axis: prompts, pitch, pace with its baseline, agitation, who talks, silences, the words.

    figure = draw(read_call(path), events, "d02")

Drawn with matplotlib (the extra `review`), for papers and post-mortems alike; page.py puts it into a page.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, StrMethodFormatter

from coach.audio.frames import FRAME_S, Frame
from coach.audio.wavfile import RecordedCall
from coach.cues.acoustics import Acoustics
from coach.cues.spectrum import BLOCK, window_time
from coach.events import SPEAKERS, Dynamics, Event, Pace, PaceChange, Prompt, Speaker, Speech, Stress, Transcript

Kind = TypeVar("Kind", Speech, Transcript, Pace)

COLOURS: Mapping[Speaker, str] = {"agent": "#4a6f96", "customer": "#b8562f"}
CARD, REST = "#a11a1a", "#00000012"
INCHES_PER_S, CHARACTER_IN = 0.28, 0.1
MIN_WIDTH_IN, MAX_WIDTH_IN = 10.0, 300.0
"""A matplotlib bitmap ends at 65,536 pixels; a call longer than 18 minutes is drawn more densely."""
LEFT_IN, TOP_IN, BOTTOM_IN = 0.9, 0.45, 0.45
ROWS: Mapping[str, float] = {"prompts": 0.7, "pitch": 1.6, "pace": 1.3, "agitation": 1.0, "talk": 0.7, "words": 1.4}
"""The strips from above, and their heights in inches."""
FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei",
         "Microsoft YaHei", "PingFang SC", "SimHei")
"""Fonts that know Chinese, as matplotlib names them; the first that is installed is used."""
STYLE: dict[Any, Any] = {"font.size": 8, "axes.spines.top": False, "axes.spines.right": False,
                               "svg.fonttype": "none", "svg.hashsalt": "call-coach"}
"""Text stays text in an SVG, and the same call gives the same file."""


def chinese_font() -> str:
    """The installed font that is used for Chinese; "" where there is none."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in FONTS if name in known), "")


def draw(call: RecordedCall, events: Sequence[Event], title: str) -> Figure:
    """The figure. `events` in order of audio time, as `coach replay` gives them."""
    width = min(max(call.seconds * INCHES_PER_S, MIN_WIDTH_IN), MAX_WIDTH_IN)
    with rc_context({**STYLE, "font.family": [*filter(None, [chinese_font()]), "DejaVu Sans"]}):
        height = sum(ROWS.values()) + TOP_IN + BOTTOM_IN
        figure = Figure(figsize=(width, height))
        # Margins in inches, not a layout engine: its last digits differ from run to run.
        strips = figure.subplots(len(ROWS), 1, sharex=True, height_ratios=list(ROWS.values()), gridspec_kw={
            "left": LEFT_IN / width, "right": 1 - 0.1 / width, "top": 1 - TOP_IN / height,
            "bottom": BOTTOM_IN / height, "hspace": 0.15})
        axes = dict(zip(ROWS, strips, strict=True))
        figure.suptitle(title, x=0.1 / width, y=1 - 0.1 / height, ha="left", va="top", parse_math=False)
        _prompts(axes, events)
        _pitch(axes["pitch"], call, events)
        _pace(axes["pace"], events)
        _agitation(axes["agitation"], events)
        _talk(axes, events)
        _words(axes["words"], events, call.seconds, width / call.seconds / CHARACTER_IN)
        for name, axis in axes.items():
            axis.text(-(LEFT_IN - 0.1) / (width - LEFT_IN - 0.1), 1, name, transform=axis.transAxes, va="bottom",
                      weight="bold")
            axis.set_xlim(0, call.seconds)
        axes["words"].set_xlabel("seconds; agitation is against the customer's own baseline: a cue, not a verdict")
    return figure


def _of(speaker: Speaker, kind: type[Kind], events: Sequence[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind) and event.speaker == speaker]


def _prompts(axes: Mapping[str, Axes], events: Sequence[Event]) -> None:
    """A flag where each card reached the screen; three heights, so that neighbours do not cover each other."""
    for number, card in enumerate(event for event in events if isinstance(event, Prompt)):
        for axis in axes.values():
            axis.axvline(card.at, color=CARD, linewidth=0.6, alpha=0.5)
        text = card.text.get("zh") or card.text.get("en", "")
        axes["prompts"].text(card.at, 0.75 - 0.3 * (number % 3), f" {card.priority} {card.rule} {text}", color=CARD,
                             fontsize=7, va="center", parse_math=False)
    axes["prompts"].set(ylim=(0, 1), yticks=[])


def _pitch(axis: Axes, call: RecordedCall, events: Sequence[Event]) -> None:
    for speaker, samples in call.channels.items():
        spoken = [(event.start, event.end) for event in _of(speaker, Speech, events)]
        dots = np.array(list(pitch(speaker, samples, call.rate, spoken))).reshape(-1, 2)
        axis.plot(dots[:, 0], dots[:, 1], ".", markersize=1.5, color=COLOURS[speaker], label=speaker)
    axis.set_yscale("log")
    axis.set(ylim=(60, 500))
    axis.yaxis.set_major_locator(FixedLocator([75, 150, 300]))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:.0f} Hz"))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.legend(loc="upper left", frameon=False, ncols=2, markerscale=6)


def pitch(speaker: Speaker, samples: np.ndarray, rate: int,
          spoken: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Audio time and pitch in Hz of the voiced windows, as the cues measure it within the stretches `spoken`."""
    size, acoustics = round(rate * FRAME_S), Acoustics(rate)
    total = len(samples) // size
    speaking = np.zeros(total, dtype=bool)
    for start, end in spoken:
        speaking[round(start / FRAME_S) : round(end / FRAME_S)] = True
    for index in range(total):
        frame = Frame(speaker, index, rate, samples[index * size : (index + 1) * size])
        hops = acoustics.push(frame, speaking=bool(speaking[index]))
        for i in range(BLOCK if hops is not None else 0):
            if hops is not None and hops.sounding[i] and hops.pitch_hz[i] > 0:
                yield window_time(hops.first + i), float(hops.pitch_hz[i])


def _pace(axis: Axes, events: Sequence[Event]) -> None:
    for speaker in SPEAKERS:
        told = _of(speaker, Pace, events)
        at = [event.at for event in told]
        axis.plot(at, [event.syllables_per_s for event in told], color=COLOURS[speaker], linewidth=1)
        axis.plot(at, [event.baseline for event in told], color=COLOURS[speaker], linewidth=0.8, linestyle="--")
    for change in (event for event in events if isinstance(event, PaceChange)):
        colour = COLOURS[change.speaker]
        mark = {"faster": "^", "slower": "v", "steady": "s"}[change.direction]
        axis.plot([change.since, change.at], [change.syllables_per_s] * 2, color=colour, linewidth=2.5, alpha=0.4)
        axis.plot(change.at, change.syllables_per_s, mark, color=colour, markersize=6)
        axis.annotate(f"{change.direction} ×{change.ratio:.2f}", (change.at, change.syllables_per_s), fontsize=7,
                      textcoords="offset points", xytext=(6, 2), color=colour)
    axis.set(ylim=(1, 10), yticks=[2, 4, 6, 8])
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:.0f} syll/s"))


def _agitation(axis: Axes, events: Sequence[Event]) -> None:
    """A line; broken where nothing was told for a second, which is where the customer was silent."""
    told = [event for event in events if isinstance(event, Stress)]
    at = np.array([event.at for event in told])
    level = np.array([event.level for event in told])
    breaks = np.flatnonzero(np.diff(at) > 1.0) + 1
    axis.plot(np.insert(at, breaks, np.nan), np.insert(level, breaks, np.nan), color=COLOURS["customer"], linewidth=1)
    axis.set(ylim=(0, 1.02), yticks=[0, 0.5, 1])


def _talk(axes: Mapping[str, Axes], events: Sequence[Event]) -> None:
    for lane, speaker in enumerate(SPEAKERS):
        bars = [(event.start, event.end - event.start) for event in _of(speaker, Speech, events)]
        axes["talk"].broken_barh(bars, (0.55 - 0.5 * lane, 0.4), facecolors=COLOURS[speaker])
    silences: dict[float, float] = {}
    for event in events:
        if isinstance(event, Dynamics) and event.kind == "silence":
            silences[event.start] = event.end  # the last threshold that was reached
        elif isinstance(event, Dynamics) and event.kind == "interruption":
            axes["talk"].plot(event.start, 0.5, "x", color=CARD, markersize=5)
    for axis in axes.values():
        for start, end in silences.items():
            axis.axvspan(start, end, color=REST, linewidth=0)
    axes["talk"].set(ylim=(0, 1), yticks=[0.25, 0.75], yticklabels=["customer", "agent"])


def _words(axis: Axes, events: Sequence[Event], seconds: float, per_second: float) -> None:
    """Every final result where it began, in as many lines as its lane has; `per_second` characters fit in a line."""
    for lane, speaker in enumerate(SPEAKERS):
        finals = [event for event in _of(speaker, Transcript, events) if event.final]
        ends = [*(event.start for event in finals), seconds][1:]
        for event, end in zip(finals, ends, strict=True):
            room = max(int((end - event.start) * per_second) - 1, 1)
            text = "\n".join(textwrap.wrap(event.text, room, max_lines=4, placeholder="…" if room > 1 else ""))
            axis.text(event.start, 0.98 - 0.5 * lane, text, color=COLOURS[speaker], fontsize=7, va="top",
                      parse_math=False)
    axis.set(ylim=(0, 1), yticks=[0.25, 0.75], yticklabels=["customer", "agent"])
