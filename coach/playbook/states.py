"""The sentences that say what must be so: for `if`, `unless` and the points of an agenda.

Each test gets the view and the arguments of its template and returns a truth value. `not` in front of any of them is
understood by the language itself.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any

from coach.playbook.happenings import MIN_REPEATED, REPEATED, similarity
from coach.playbook.language import state
from coach.playbook.view import View

Args = Mapping[str, Any]


@state("{who} says {lexicons}", "Heard since the beginning of the turn in which it happened.",
       "agent says condolence", recent=True)
def says_since(view: View, args: Args) -> bool:
    return bool(view.said(args["lexicons"], args["who"], view.since))


@state("{who} said {lexicons}[ {n} times][ in the last {seconds} s]",
       "Heard at any time in the call so far; `in the last 30 s`: only that long ago.",
       "agent said purpose in the last 30 s")
def said(view: View, args: Args) -> bool:
    since = view.at - args["seconds"] if args["seconds"] else -1e9
    if args["n"]:
        return len(view.times(args["lexicons"], args["who"], since)) >= int(args["n"])
    return view.said(args["lexicons"], args["who"], since)


@state("{who} said {lexicons} before", "Heard before it happened.", "agent said apology before")
def said_before(view: View, args: Args) -> bool:
    if view.anchor is None:
        return False
    start = view.anchor.hits[0].start if view.anchor.hits else view.anchor.start
    return any(all(any(hit.start < start for hit in view.hits(name, args["who"])) for name in group)
               for group in args["lexicons"])


@state("{who} said {lexicons} in the turn before", "Heard in the last turn of that speaker before this one.",
       "customer said complaint in the turn before")
def said_turn_before(view: View, args: Args) -> bool:
    anchor = view.anchor
    if anchor is None:
        return False
    earlier = [turn for turn in view.hearing.turns
               if turn.index < anchor.turn and args["who"] in (turn.speaker, "anyone")]
    return bool(earlier) and any(
        all(any(hit.turn == earlier[-1].index for hit in view.hits(name, args["who"])) for name in group)
        for group in args["lexicons"])


@state("phase is {phases}", "The call is in one of these phases.", "phase is greeting or purpose")
def phase_is(view: View, args: Args) -> bool:
    return view.scene.phase in args["phases"]


@state("phase {phase} was reached", "The call has been in this phase or a later one.", "phase handle was reached")
def phase_reached(view: View, args: Args) -> bool:
    return any(phase.name == args["phase"] and view.scene.reached >= phase.order for phase in view.playbook.phases)


@state("mode {mode}", "The mode is on.", "mode grief")
def mode_on(view: View, args: Args) -> bool:
    return args["mode"] in view.scene.modes


@state("campaign is {campaigns}", "The softphone named one of these campaigns.", "campaign is inbound or loan_sales")
def campaign_is(view: View, args: Args) -> bool:
    return view.state.started.campaign in args["campaigns"]


@state("fault is {fault}", "Whose fault it is: as the CRM or the supervisor said.", "fault is unknown")
def fault_is(view: View, args: Args) -> bool:
    return bool(view.scene.fault == args["fault"])


@state("context {field} is known", "The CRM has sent this field.", "context surname is known")
def context_known(view: View, args: Args) -> bool:
    return view.context(args["field"]) not in (None, "", [])


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


@state("context {field} {operator} {value}", "A field of the CRM compares so; false where it sent none.",
       "context age >= 60")
def context_compares(view: View, args: Args) -> bool:
    given = view.context(args["field"])
    if given is None:
        return False
    compare = _OPERATORS[args["operator"]]
    try:
        return compare(float(given), float(args["value"]))
    except (TypeError, ValueError):
        return args["operator"] in ("=", "!=") and compare(str(given).lower(), args["value"].lower())


@state("{who} said context {field}", "What the CRM sent in this field has been said, as a word or in a list of words.",
       "agent said context surname")
def said_context(view: View, args: Args) -> bool:
    given = view.context(args["field"])
    wanted = [str(item) for item in (given if isinstance(given, list | tuple) else [given]) if item]
    read = view.playbook.matcher.language.read
    for item in wanted:
        sounds = " ".join(reading.sound for reading in read(item).readings)
        if any(f" {sounds} " in f" {' '.join(turn.sounds)} " for turn in view.hearing.turns
               if args["who"] in (turn.speaker, "anyone")):
            return True
    return False


@state("slot {slot} is known", "The fact has been heard.", "slot purpose is known")
def slot_known(view: View, args: Args) -> bool:
    return args["slot"] in view.scene.slots


@state("slot {slot} differs from context {field}",
       "The fact that was said is not what the CRM or the knowledge card says; false where either is not known.",
       "slot rate_said differs from context rate")
def slot_differs(view: View, args: Args) -> bool:
    value, given = view.scene.slots.get(args["slot"]), view.context(args["field"])
    if value is None or given is None:
        return False
    allowed = given if isinstance(given, list | tuple) else [given]
    return value not in [str(item) for item in allowed]


@state("agenda {agenda} is complete", "Every point of the agenda has come true.", "agenda loan_core is complete")
def agenda_complete(view: View, args: Args) -> bool:
    return not view.missing(args["agenda"])


@state("agenda {agenda} has begun", "At least one point of the agenda has come true.", "agenda loan_core has begun")
def agenda_begun(view: View, args: Args) -> bool:
    return len(view.missing(args["agenda"])) < len(view.playbook.agendas[args["agenda"]].points)


@state("before {seconds} s", "Not more than this of the call had passed when it happened.", "before 60 s")
def before(view: View, args: Args) -> bool:
    return bool((view.anchor.start if view.anchor else view.at) <= args["seconds"])


@state("after {seconds} s", "At least this much of the call had passed when it happened.", "after 30 s")
def after(view: View, args: Args) -> bool:
    return bool((view.anchor.start if view.anchor else view.at) >= args["seconds"])


@state("{who} is {pace}", "The pace of a speaker against their own baseline, as last decided.", "customer is slower")
def pace_is(view: View, args: Args) -> bool:
    return bool(view.scene.pace.get(args["who"], "steady") == args["pace"])


@state("customer stress above {number}", "The last agitation cue (0 to 1) was above the number.",
       "customer stress above 0.6")
def stress_above(view: View, args: Args) -> bool:
    series = view.scene.rates.get("stress", ())
    return bool(series) and series[-1][1] > args["number"] and view.at - series[-1][0] < 6.0


@state("{rules} fired[ in the last {seconds} s]", "A rule has applied, whether its card was shown or not.",
       "RISK-* fired")
def fired(view: View, args: Args) -> bool:
    since = view.at - args["seconds"] if args["seconds"] else -1e9
    return any(at >= since for rule, times in view.scene.fired.items()
               if any(fnmatchcase(rule, wanted) for wanted in args["rules"]) for at in times)


@state("turn lasted {seconds} s", "The turn it happened in has been at least so long.", "turn lasted 40 s")
def turn_lasted(view: View, args: Args) -> bool:
    turn = view.anchor_turn
    return turn is not None and turn.end - turn.start >= args["seconds"]


@state("customer turn before lasted {seconds} s", "The customer's turn before this one was at least so long.",
       "customer turn before lasted 20 s")
def turn_before_lasted(view: View, args: Args) -> bool:
    anchor = view.anchor
    turns = [turn for turn in view.hearing.turns
             if anchor is not None and turn.index < anchor.turn and turn.speaker == "customer"]
    return bool(turns) and turns[-1].end - turns[-1].start >= args["seconds"]


@state("turn began {seconds} s ago at most", "It happened within so long of the beginning of its turn.",
       "turn began 3 s ago at most")
def turn_began(view: View, args: Args) -> bool:
    turn, anchor = view.anchor_turn, view.anchor
    return turn is not None and anchor is not None and bool(anchor.start - turn.start <= args["seconds"])


@state("{who} interrupted in the last {seconds} s", "A speaker cut in on the other that recently.",
       "agent interrupted in the last 5 s")
def interrupted(view: View, args: Args) -> bool:
    return any(at >= view.at - args["seconds"] for at, _ in view.scene.rates.get(f"{args['who']} interruption", ()))


@state("{who} was silent for {seconds} s", "A speaker has not been heard for so long.",
       "agent was silent for 10 s")
def was_silent(view: View, args: Args) -> bool:
    voice = view.hearing.voices.get(args["who"])
    return voice is not None and not voice.speaking and view.at - voice.until >= args["seconds"]


@state("agent is talking", "The agent can be heard right now.", "agent is talking")
def agent_talking(view: View, args: Args) -> bool:
    return view.hearing.voices["agent"].speaking


@state("customer is talking", "The customer can be heard right now.", "customer is talking")
def customer_talking(view: View, args: Args) -> bool:
    return view.hearing.voices["customer"].speaking


@state("agent echoes the customer", "What the agent has said since shares words with the customer's last turn.",
       "agent echoes the customer")
def echoes(view: View, args: Args) -> bool:
    anchor = view.anchor_turn
    heard = [turn for turn in view.hearing.turns
             if turn.speaker == "customer" and anchor is not None and turn.index <= anchor.index]
    return not heard or any(
        similarity(heard[-1].sounds, reply.sounds) > ECHO for reply in view.hearing.turns
        if reply.index > heard[-1].index and reply.speaker == "agent")


ECHO = 0.12
"""Share of pairs of sounds that makes a reply an echo."""


@state("{who} repeated themselves in the last {seconds} s", "A turn said much the same as an earlier one.",
       "agent repeated themselves in the last 60 s")
def repeated(view: View, args: Args) -> bool:
    turns = [turn for turn in view.hearing.turns
             if args["who"] in (turn.speaker, "anyone") and turn.end >= view.at - args["seconds"]]
    return any(similarity(one.sounds, other.sounds) >= REPEATED and len(one.sounds) >= MIN_REPEATED
               for one, other in combinations(turns, 2))


@state("a card helped", "The agent has said of a card that it helped.", "a card helped")
def card_helped(view: View, args: Args) -> bool:
    return view.state.desk.helped


@state("words are recognised", "A recogniser is at work: what was not heard was not said.", "words are recognised")
def words_recognised(view: View, args: Args) -> bool:
    return view.clear("agent") or view.clear("customer")
