"""The sentences that say what has to happen: for `when`, `tick`, `enters`, `leaves` and `filled`.

Each test gets the view, the arguments of its template and a happening filed under one of its keys, and returns the
happening with its evidence, or None.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from coach.playbook.language import happening
from coach.playbook.model import Happening, Key
from coach.playbook.view import View

Args = Mapping[str, Any]
Found = Happening | None


def _lexicons(args: Args) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(("says", name) for group in args["lexicons"] for name in group))


def _by(who: str, found: Happening) -> bool:
    return who in (found.speaker, "anyone")


@happening("{who} says {lexicons}[ {n} times][ in {seconds} s]",
           "Words of a lexicon are heard. `a or b`: either; `a and b`: both in one turn; `3 times in 20 s`: that often "
           "within so long (without a time: in the whole call).",
           "customer says hurry or no_time", _lexicons)
def says(view: View, args: Args, found: Happening) -> Found:
    if not _by(args["who"], found):
        return None
    hits = list(found.hits)
    for group in args["lexicons"]:
        if found.name not in group:
            continue
        turn = view.turn(found.turn)
        start = turn.start - 0.05 if turn else found.start
        others = [next(iter(view.hits(name, args["who"], start)), None) for name in group if name != found.name]
        if all(others):
            hits = sorted({*hits, *(hit for hit in others if hit)}, key=lambda hit: hit.start)
            break
    else:
        return None
    if args["n"]:
        since = found.start - args["seconds"] if args["seconds"] else -1e9
        hits = view.times(args["lexicons"], args["who"], since)
        if len(hits) < args["n"]:
            return None
    return replace(found, hits=tuple(hits[-6:]))


@happening("{who} speeds {direction}",
           "The pace of a speaker has risen or fallen for good against their own baseline.",
           "customer speeds up",
           lambda args: (("pace_change", "faster" if args["direction"] == "up" else "slower"),))
def speeds(view: View, args: Args, found: Happening) -> Found:
    return found if _by(args["who"], found) else None


@happening("{who} talks faster than {number} syllables per second for {seconds} s",
           "Every measure of the pace of a speaker over so long was above the number.",
           "agent talks faster than 5.6 syllables per second for 12 s",
           lambda args: (("pace", args["who"]),))
def talks_faster(view: View, args: Args, found: Happening) -> Found:
    return _steadily(view, found, f"{args['who']} pace", args["seconds"], lambda value: value > args["number"])


@happening("{who} talks slower than {number} syllables per second for {seconds} s",
           "Every measure of the pace of a speaker over so long was below the number.",
           "agent talks slower than 2.5 syllables per second for 15 s",
           lambda args: (("pace", args["who"]),))
def talks_slower(view: View, args: Args, found: Happening) -> Found:
    return _steadily(view, found, f"{args['who']} pace", args["seconds"], lambda value: value < args["number"])


@happening("customer stress above {number} for {seconds} s",
           "The agitation cue of the customer (0 to 1) stayed above the number for so long.",
           "customer stress above 0.7 for 5 s", lambda args: (("stress", "*"),))
def stress_above(view: View, args: Args, found: Happening) -> Found:
    return _steadily(view, found, "stress", args["seconds"], lambda value: value > args["number"])


def _steadily(view: View, found: Happening, measure: str, seconds: float, wanted: Any) -> Found:
    series = view.scene.rates.get(measure, ())
    recent = [(at, value) for at, value in series if at > found.at - seconds]
    if not series or series[0][0] > found.at - seconds * 0.8 or len(recent) < 2:
        return None
    return found if all(wanted(value) for _, value in recent) else None


@happening("silence of {seconds} s[ after the {last:who}]",
           "Nobody has spoken for so long; `after the agent`: and the agent spoke last.",
           "silence of 8 s", lambda args: (("silence", "*"),))
def silence(view: View, args: Args, found: Happening) -> Found:
    if found.values["silence_s"] != args["seconds"]:
        return None
    return found if args["last"] in (None, found.speaker) else None


@happening("{who} interrupts[ after {seconds} s]",
           "A speaker begins while the other is in the middle of a sentence, at least so many seconds into it.",
           "agent interrupts after 1.0 s", lambda args: (("interruption", "*"),))
def interrupts(view: View, args: Args, found: Happening) -> Found:
    into = float(found.values.get("into_s", 0.0))
    return found if _by(args["who"], found) and into >= (args["seconds"] or 0.0) else None


@happening("{who} talks for {seconds} s",
           "A speaker has talked for so long without a pause that would let the other in.",
           "agent talks for 25 s", lambda args: (("talks", "*"),))
def talks_for(view: View, args: Args, found: Happening) -> Found:
    return found if _by(args["who"], found) and found.values["talk_s"] == args["seconds"] else None


@happening("{who} talk share above {percent} %",
           "Of all talk in the last minute so much was this speaker's.",
           "agent talk share above 70 %", lambda args: (("talk_share", "*"),))
def talk_share(view: View, args: Args, found: Happening) -> Found:
    share = float(found.values.get(args["who"], 0.0))
    return found if share * 100 > args["percent"] else None


@happening("{who} audio is poor",
           "The line or the microphone of a speaker is too quiet, too noisy or clipped.",
           "agent audio is poor", lambda args: (("audio_quality", "*"),))
def audio_poor(view: View, args: Args, found: Happening) -> Found:
    return found if _by(args["who"], found) else None


@happening("{who} is hard to make out {n} times in {seconds} s",
           "The recogniser was unsure of so many utterances of a speaker.",
           "customer is hard to make out 2 times in 30 s", lambda args: (("unclear", args["who"]),))
def unclear(view: View, args: Args, found: Happening) -> Found:
    series = view.scene.rates.get(f"{args['who']} unclear", ())
    return found if sum(at > found.at - args["seconds"] for at, _ in series) >= args["n"] else None


@happening("call reaches {seconds} s", "So much of the call has passed.", "call reaches 12 s",
           lambda args: (("reaches", f"{args['seconds']:g}"),))
def reaches(view: View, args: Args, found: Happening) -> Found:
    return found


def as_it_is(view: View, args: Args, found: Happening) -> Found:
    """Whatever is filed under the key is what the sentence waits for."""
    return found


_PLAIN: tuple[tuple[str, str, str, Callable[[Args], tuple[Key, ...]]], ...] = (
    ("overlap", "Both have been talking at once.", "overlap", lambda args: (("overlap", "*"),)),
    ("call starts", "The softphone has said hello.", "call starts", lambda args: (("call", "starts"),)),
    ("call ends", "The call is over; what fires now is a note for the wrap-up, never a card.", "call ends",
     lambda args: (("call", "ends"),)),
    ("phase {phase} begins", "The call enters a phase.", "phase close begins",
     lambda args: (("phase", args["phase"]),)),
    ("mode {mode} begins", "A mode is switched on.", "mode grief begins", lambda args: (("mode on", args["mode"]),)),
    ("mode {mode} ends", "A mode is switched off.", "mode angry ends", lambda args: (("mode off", args["mode"]),)),
    ("slot {slot} is filled", "A fact is heard for the first time.", "slot income is filled",
     lambda args: (("slot filled", args["slot"]),)),
    ("slot {slot} changes", "A fact is heard that differs from what was said before.", "slot income changes",
     lambda args: (("slot changed", args["slot"]),)),
)
"""Template, meaning, example and key of the sentences that ask no more."""
for _template, _meaning, _example, _keys in _PLAIN:
    happening(_template, _meaning, _example, _keys)(as_it_is)


@happening("{rules} fires", "A rule applies, whether its card is shown or not; `RISK-*`: any rule of the family.",
           "RISK-04 or RISK-05 fires", lambda args: (("fires", "*"),))
def fires(view: View, args: Args, found: Happening) -> Found:
    return found if any(fnmatchcase(found.name, rule) for rule in args["rules"]) else None


@happening("{who} turn begins", "A speaker takes the turn (the first words of it are known).", "agent turn begins",
           lambda args: (("turn_begins", "*"),))
def turn_begins(view: View, args: Args, found: Happening) -> Found:
    return found if _by(args["who"], found) else None


@happening("{who} turn ends[ after {seconds} s]", "A speaker has finished a turn; `after 20 s`: one at least so long.",
           "customer turn ends after 20 s", lambda args: (("turn_ends", "*"),))
def turn_ends(view: View, args: Args, found: Happening) -> Found:
    long_enough = float(found.values["turn_s"]) >= (args["seconds"] or 0.0)
    return found if _by(args["who"], found) and long_enough else None


@happening("{who} reads {n} digits", "So many digits are read out in one go.", "agent reads 8 digits",
           lambda args: (("digits", "*"),))
def reads_digits(view: View, args: Args, found: Happening) -> Found:
    return found if _by(args["who"], found) and int(found.values["digits"]) >= args["n"] else None


@happening("{who} repeats themselves in {seconds} s",
           "A turn says much the same as an earlier turn of the same speaker within so long.",
           "customer repeats themselves in 90 s", lambda args: (("turn_ends", "*"),))
def repeats(view: View, args: Args, found: Happening) -> Found:
    turn = view.turn(found.turn)
    if turn is None or not _by(args["who"], found) or len(turn.sounds) < MIN_REPEATED:
        return None
    for earlier in view.hearing.turns:
        if earlier.index < turn.index and earlier.speaker == turn.speaker \
                and turn.start - earlier.end <= args["seconds"] and len(earlier.sounds) >= MIN_REPEATED:
            alike = similarity(earlier.sounds, turn.sounds)
            if alike >= REPEATED:
                return replace(found, values={**found.values, "similarity": round(alike, 2),
                                              "first_said_at": round(earlier.start, 2)})
    return None


MIN_REPEATED = 6
"""Readings that a turn must have to count as a repetition."""
REPEATED = 0.6
"""Share of the shorter turn's pairs of readings that the other has too."""


def similarity(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Share of the pairs of neighbouring sounds of the shorter that the longer has as well, 0 to 1."""
    pairs, others = set(itertools.pairwise(one)), set(itertools.pairwise(other))
    smaller = min(len(pairs), len(others))
    return len(pairs & others) / smaller if smaller else 0.0
