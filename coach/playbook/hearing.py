"""From speech and transcripts to phrases heard, turns and silences."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from coach.events import CallEnded, Clock, Dynamics, Event, Speaker, Speech, SpeechStarted, Transcript
from coach.playbook.matching import Match
from coach.playbook.model import Happening, Hit, Playbook
from coach.playbook.reading import Language
from coach.playbook.state import HISTORY, Hearing, Turn, Voice, Words

BACKCHANNEL = "backchannel"
"""Lexicon of what is said to show that one listens; said while the other talks, it takes nobody's turn."""
TURN_SILENCE_S = 0.8
"""A turn ends after this much silence..."""
WORDS_LATE_S = 2.5
"""... and when its words are known, or after this long without them."""
JOIN_S = 1.5
"""Two finals of one turn that are closer than this may hold one phrase between them."""
TAIL = 24
"""Readings kept for that."""
UNSTABLE = 2
"""Readings at the end of a partial that are not trusted."""
PAUSE_S = 0.8
"""A pause of this length lets the other in: a run of talk ends."""
BRIEF_S = 0.8
"""Speech of the other that is no longer than this (a "yes", a "mhm") does not end it."""
MOMENT_S = 0.2
"""Who began first is not known more closely than this."""
SURE = 0.95
"""Confidence from which a reading counts as written. Of 400 characters that whisper-base wrote as others of the same
sound 89 % were below, of 4,008 right ones 53 % (twenty telephone calls in eight synthetic voices)."""
SAME_S = 0.6
"""A phrase of a lexicon within this of one already heard is the same one."""
CONVERSE: dict[Speaker, Speaker] = {"agent": "customer", "customer": "agent"}

Heard = tuple[Hearing, list[Happening]]


def hear(playbook: Playbook, hearing: Hearing, event: Event) -> Heard:
    """The hearing after `event`, and what happened by it, in order."""
    if isinstance(event, Clock | SpeechStarted | Speech | CallEnded):
        hearing, happened = _pass_time(playbook, hearing, event.at)
    else:
        happened = []
    if isinstance(event, SpeechStarted):
        hearing = replace(_with(hearing, event.speaker, _began(hearing, event)), silent_s=0.0)
    elif isinstance(event, Speech):
        voice = replace(hearing.voices[event.speaker], speaking=False, since=event.start, until=event.end)
        hearing = replace(_with(hearing, event.speaker, voice), silent_s=0.0)
    elif isinstance(event, Transcript):
        hearing, happened = _listen(playbook, hearing, event)
    elif isinstance(event, Dynamics) and event.kind == "hold" and event.speaker:
        held = hearing.held | {event.speaker} if event.values["on"] else hearing.held - {event.speaker}
        hearing = replace(hearing, held=held, held_until=event.at, silent_s=0.0)
    elif isinstance(event, CallEnded):
        hearing, ended = _end_turn(hearing, event.at)
        happened += ended
    return hearing, happened


def _began(hearing: Hearing, event: SpeechStarted) -> Voice:
    """A voice goes on with its run of talk, unless it has paused or the other has spoken for more than a moment."""
    voice, other = hearing.voices[event.speaker], hearing.voices[CONVERSE[event.speaker]]
    answered = other.until - max(other.since, voice.run_since) > BRIEF_S and other.until > voice.run_since
    if event.start - voice.until < PAUSE_S and not answered:
        return replace(voice, speaking=True, since=event.start)
    return replace(voice, speaking=True, since=event.start, run_since=event.start, run_s=0.0)


def _with(hearing: Hearing, speaker: Speaker, voice: Voice) -> Hearing:
    return replace(hearing, voices={**hearing.voices, speaker: voice})


def _pass_time(playbook: Playbook, hearing: Hearing, at: float) -> Heard:
    happened: list[Happening] = []
    if hearing.turns and hearing.turns[-1].open:
        voice = hearing.voices[hearing.turns[-1].speaker]
        last = max(voice.until, hearing.turns[-1].end)
        known = voice.heard_until >= voice.until - SAME_S or at - voice.until >= WORDS_LATE_S
        if not voice.speaking and at - last >= TURN_SILENCE_S and known:
            hearing, happened = _end_turn(hearing, at)
    agent, customer = hearing.voices["agent"], hearing.voices["customer"]
    quiet_since = max(agent.until, customer.until, hearing.held_until)
    if not (agent.speaking or customer.speaking or hearing.held) and quiet_since > 0:
        length = at - quiet_since
        for limit in playbook.silences:
            if hearing.silent_s < limit <= length:
                last_speaker: Speaker = "agent" if agent.until >= customer.until else "customer"
                happened.append(Happening("silence", "", at, quiet_since, last_speaker, _turn(hearing),
                                          values={"silence_s": limit, "last_speaker": last_speaker}))
                hearing = replace(hearing, silent_s=limit)
    for speaker, voice in hearing.voices.items():
        length = at - voice.run_since
        for limit in playbook.talks if voice.speaking else ():
            if voice.run_s < limit <= length:
                happened.append(Happening("talks", speaker, at, voice.run_since, speaker, _turn(hearing),
                                          values={"talk_s": limit}))
                hearing = _with(hearing, speaker, replace(hearing.voices[speaker], run_s=limit))
    return hearing, happened


def _end_turn(hearing: Hearing, at: float) -> Heard:
    if not hearing.turns or not hearing.turns[-1].open:
        return hearing, []
    turn = replace(hearing.turns[-1], open=False)
    ended = Happening("turn_ends", turn.speaker, at, turn.start, turn.speaker, turn.index,
                      values={"turn_s": round(turn.end - turn.start, 2)})
    return replace(hearing, turns=(*hearing.turns[:-1], turn)), [ended]


def _listen(playbook: Playbook, hearing: Hearing, event: Transcript) -> Heard:
    fresh = words_of(playbook.matcher.language, event)
    if not fresh.readings:
        return hearing, []
    voice = hearing.voices[event.speaker]
    if not event.final:
        return _glimpse(playbook, hearing, event, fresh)
    same_turn = bool(hearing.turns) and hearing.turns[-1].speaker == event.speaker
    near = bool(voice.tail.ends) and event.start - voice.tail.ends[-1] < JOIN_S
    tail = voice.tail if same_turn and near else Words()
    words = joined(tail, fresh)
    since = len(tail.readings)
    matches = playbook.matcher.find(words.readings, words.stops, words.breaks, since, words.sure)
    listening = _over_the_other(hearing, event) and len(fresh.readings) <= sum(
        match.end - max(match.start, since) for match in matches if match.lexicon == BACKCHANNEL)
    voice = replace(voice, heard_until=max(voice.heard_until, event.end), tail=_last(words), partial=())
    heard = (event.end, len(fresh.readings), _confidence(event))
    clarity = {**hearing.clarity, event.speaker: (*hearing.clarity.get(event.speaker, ()), heard)}
    hearing = replace(_with(hearing, event.speaker, voice), clarity=clarity)
    hearing, happened = (hearing, []) if listening else _take_turn(hearing, event, fresh)
    hearing, said = _note(hearing, _hits(hearing, event, words, matches))
    longest = _digits(words, since)
    if longest:
        said.append(Happening("digits", event.speaker, event.at, event.start, event.speaker, _turn(hearing),
                              values={"digits": longest}))
    said.append(Happening("utterance", event.speaker, event.at, event.start, event.speaker, _turn(hearing),
                          values={"readings": len(fresh.readings)}))
    return hearing, happened + said


def _over_the_other(hearing: Hearing, event: Transcript) -> bool:
    """Whether it was said while the other was talking."""
    other = hearing.voices[CONVERSE[event.speaker]]
    return other.since < event.end and (other.speaking or other.until > event.start)


def _glimpse(playbook: Playbook, hearing: Hearing, event: Transcript, words: Words) -> Heard:
    """Phrases in the part of a partial that two partials agree on, its last readings excepted."""
    voice = hearing.voices[event.speaker]
    chars = tuple(reading.char for reading in words.readings)
    agreed = 0
    while agreed < min(len(chars), len(voice.partial)) and chars[agreed] == voice.partial[agreed]:
        agreed += 1
    hearing = _with(hearing, event.speaker, replace(voice, partial=chars))
    stable = max(0, min(agreed, len(chars) - UNSTABLE))
    if not stable:
        return hearing, []
    known = replace(words, readings=words.readings[:stable], sure=frozenset())  # a partial is never sure
    matches = playbook.matcher.find(known.readings, known.stops, known.breaks)
    return _note(hearing, _hits(hearing, event, known, matches))


def _hits(hearing: Hearing, event: Transcript, words: Words, matches: list[Match]) -> list[Hit]:
    return [
        Hit(match.lexicon, event.speaker, event.at, words.starts[match.start], words.ends[match.end - 1],
            _spoken(words, match.start, match.end), match.phrase, match.value, _turn(hearing))
        for match in matches]


def _note(hearing: Hearing, hits: list[Hit]) -> Heard:
    """Remember what is new."""
    known = dict(hearing.hits)
    happened: list[Happening] = []
    for hit in hits:
        before = known.get(hit.lexicon, ())
        if any(old.speaker == hit.speaker and abs(old.start - hit.start) < SAME_S for old in before[-4:]):
            continue
        known[hit.lexicon] = (*before, hit)
        happened.append(Happening("says", hit.lexicon, hit.at, hit.start, hit.speaker, hit.turn, (hit,)))
    return (replace(hearing, hits=known), happened) if happened else (hearing, happened)


def _take_turn(hearing: Hearing, event: Transcript, words: Words) -> Heard:
    sounds = tuple(reading.sound for reading in words.readings)
    last = hearing.turns[-1] if hearing.turns else None
    if last is not None and last.speaker == event.speaker:
        turn = replace(last, end=max(last.end, event.end), sounds=(last.sounds + sounds)[-200:], open=True)
        return replace(hearing, turns=(*hearing.turns[:-1], turn)), []
    if _goes_on(hearing, event):
        mine = hearing.turns[-2]
        mine = replace(mine, end=max(mine.end, event.end), sounds=(mine.sounds + sounds)[-200:])
        return replace(hearing, turns=(*hearing.turns[:-2], mine, hearing.turns[-1])), []
    hearing, happened = _end_turn(hearing, event.at)
    index = last.index + 1 if last is not None else 0
    turn = Turn(index, event.speaker, event.start, event.end, sounds)
    return replace(hearing, turns=(*hearing.turns[-HISTORY:], turn)), [
        *happened, Happening("turn_begins", event.speaker, event.at, event.start, event.speaker, index)]


def _goes_on(hearing: Hearing, event: Transcript) -> bool:
    """Whether these words belong to a turn that the other cut into: they were begun before the other's turn."""
    if len(hearing.turns) < 2 or hearing.turns[-2].speaker != event.speaker:
        return False
    return min(event.start, hearing.voices[event.speaker].run_since) < hearing.turns[-1].start - MOMENT_S


def _turn(hearing: Hearing) -> int:
    return hearing.turns[-1].index if hearing.turns else -1


def words_of(language: Language, event: Transcript) -> Words:
    """A transcript as it is read. Times and confidence are those of its words where they spell its text (marks do not
    count), else the times are even and nothing is sure."""
    text = language.read(event.text)
    letters = [place for place, char in enumerate(event.text) if char.isalnum()]
    chars = [(word, i) for word in event.words for i, char in enumerate(filter(str.isalnum, word.word))]
    if chars and [event.text[place] for place in letters] == [c for w in event.words for c in w.word if c.isalnum()]:
        found = [chars[max(bisect_right(letters, place) - 1, 0)] for place in text.places]
        sizes = {id(word): sum(map(str.isalnum, word.word)) for word in event.words}
        steps = [(word.start, (word.end - word.start) / sizes[id(word)], i) for word, i in found]
        sure = frozenset(at for at, (word, _) in enumerate(found) if word.conf >= SURE)
    else:
        steps = [(event.start, (event.end - event.start) / max(len(text.readings), 1), i)
                 for i in range(len(text.readings))]
        sure = frozenset()
    return Words(text.readings, tuple(start + step * i for start, step, i in steps),
                 tuple(start + step * (i + 1) for start, step, i in steps), text.stops, text.breaks, sure)


def joined(tail: Words, fresh: Words) -> Words:
    """The two as one; a clause ends between them."""
    shift = len(tail.readings)
    return Words(
        tail.readings + fresh.readings, tail.starts + fresh.starts, tail.ends + fresh.ends,
        tail.stops | {mark + shift for mark in fresh.stops},
        tail.breaks | {mark + shift for mark in fresh.breaks} | ({shift - 1} if shift else set()),
        tail.sure | {mark + shift for mark in fresh.sure})


def _last(words: Words) -> Words:
    cut = max(0, len(words.readings) - TAIL)
    return Words(words.readings[cut:], words.starts[cut:], words.ends[cut:],
                 frozenset(mark - cut for mark in words.stops if mark >= cut),
                 frozenset(mark - cut for mark in words.breaks if mark >= cut),
                 frozenset(mark - cut for mark in words.sure if mark >= cut))


def _spoken(words: Words, start: int, end: int) -> str:
    chars = [reading.char for reading in words.readings[start:end]]
    return (" " if any(len(char) > 1 for char in chars) else "").join(chars)


def _digits(words: Words, since: int) -> int:
    """Length of the longest run of single digits that reaches into the new words; 0 below four."""
    longest = run = 0
    for place, reading in enumerate(words.readings):
        run = run + 1 if reading.numeral and reading.char not in "十百千万亿点半几两" else 0
        if place >= since:
            longest = max(longest, run)
    return longest if longest >= 4 else 0


def _confidence(event: Transcript) -> float:
    return round(sum(word.conf for word in event.words) / len(event.words), 3) if event.words else 1.0
