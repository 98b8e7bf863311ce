"""The agitation cue: anger, joy and sadness against the same speaker's calm speech; by utterance and live over 5 s.

    python -m tests.benchmarks.stress [--shared DIR] [--out FILE.json]

"by utterance": each utterance against five calm ones of the same speaker (four where there are no more), area under
the curve against the calm utterances. "live": the meter hears calm utterances of the speaker, then 5 s of the emotion;
its level at the end. "emodb, scales of others": the scales fitted without the speaker who is judged. No number of the
product was fitted on the Korean set. "calls": synthetic Mandarin voices that are calm throughout, one of which speeds
up: levels that should be low.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from coach.cues.stress import SIGNS, Block, Features, StressMeter, StressModel, block, features
from coach.cues.syllables import SyllableMeter
from coach.events import Stress
from tests.benchmarks.corpora import CONDITIONS, clips, development_calls, hops, interval, show
from tests.benchmarks.telephone import parser, write
from tests.cues.recordings import cues_of

EMOTIONS = ("anger", "happy", "sad")
LIVE_S = 5.0
Figure = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Utterance:
    speaker: str
    emotion: str
    blocks: list[Block]
    features: Features


@dataclass(frozen=True)
class Trial:
    """One judgement."""

    speaker: str
    emotion: str
    value: float


def listen(shared: Path, corpus: str, condition: str) -> list[Utterance]:
    """All utterances with some voiced speech in them."""
    found = []
    for clip in clips(shared, corpus):
        meter = SyllableMeter()
        heard = [(h, meter.push(h)) for h in hops(*CONDITIONS[condition](clip.samples))]
        blocks = [block(h, syllables) for h, syllables in heard if h.sounding.any()]
        if sum(len(b.voiced) for b in blocks) >= 20:
            found.append(Utterance(clip.speaker, clip.emotion, blocks, features(blocks)))
    return found


def by_speaker(utterances: Iterable[Utterance]) -> dict[str, list[Utterance]]:
    grouped = defaultdict(list)
    for one in utterances:
        grouped[one.speaker].append(one)
    return grouped


def baselines(one: Utterance, own: Sequence[Utterance], count: int, rng: np.random.Generator) -> list[Utterance]:
    """Calm utterances of the speaker, not the judged one itself."""
    calm = [u for u in own if u.emotion == "neutral" and u is not one]
    return [calm[i] for i in rng.permutation(len(calm))[:count]]


def scores_of(utterances: Sequence[Utterance], model: StressModel) -> list[tuple[Utterance, dict[str, float]]]:
    """Each utterance's standard scores, against four drawings of its baseline."""
    found = []
    for own in by_speaker(utterances).values():
        rng = np.random.default_rng(0)
        for one in own:
            for _ in range(4):
                base = baselines(one, own, 5, rng)
                if len(base) >= 4:
                    normal = features([b for u in base for b in u.blocks])
                    found.append((one, model.scores(one.features, normal, 1.0)))
    return found


def without(scores: Mapping[str, float], signs: Collection[str]) -> dict[str, float]:
    """Scores with some signs absent."""
    absent = {feature for sign in signs for feature in SIGNS[sign]}
    return {name: 0.0 if name in absent else value for name, value in scores.items()}


def area(raised: Sequence[float], calm: Sequence[float]) -> float:
    """Area under the curve."""
    a, b = np.array(raised)[:, None], np.array(calm)[None]
    return float((a > b).mean() + 0.5 * (a == b).mean())


def figures_of(trials: Sequence[Trial]) -> dict[str, Figure]:
    """Areas and the share of anger found at 5 % false alarms; intervals over speakers."""
    speakers = sorted({t.speaker for t in trials})
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for t in trials:
        values[t.speaker, t.emotion].append(t.value)

    def pooled(chosen: Sequence[int], emotion: str) -> list[float]:
        return [v for i in chosen for v in values[speakers[i], emotion]]

    def found(chosen: Sequence[int]) -> float:
        limit = np.percentile(pooled(chosen, "neutral"), 95)
        return float(np.mean(np.array(pooled(chosen, "anger")) > limit))

    result = {emotion: interval(lambda chosen, e=emotion: area(pooled(chosen, e), pooled(chosen, "neutral")),
                                len(speakers), 200)
              for emotion in EMOTIONS if any(t.emotion == emotion for t in trials)}
    return {**result, "anger_found_at_5_percent": interval(found, len(speakers), 200)}


def live(utterances: Sequence[Utterance], model: StressModel) -> list[Trial]:
    """The meter's level after `LIVE_S` of talk in an emotion, after up to six calm utterances."""
    trials = []
    for own in by_speaker(utterances).values():
        rng = np.random.default_rng(3)
        for emotion in ("neutral", *EMOTIONS):
            said = [u for u in own if u.emotion == emotion]
            for _ in range(6 if said else 0):
                test = _enough([said[i] for i in rng.permutation(len(said))])
                calm = [u for u in own if u.emotion == "neutral" and u not in test]
                if len(calm) >= 2:
                    base = [calm[i] for i in rng.permutation(len(calm))[:6]]
                    trials.append(Trial(own[0].speaker, emotion, _level(base, test, model)))
    return trials


def _enough(said: list[Utterance]) -> list[Utterance]:
    test: list[Utterance] = []
    for one in said:
        test.append(one)
        if sum(b.talk_s for u in test for b in u.blocks) >= LIVE_S:
            break
    return test


def _level(base: Sequence[Utterance], test: Sequence[Utterance], model: StressModel) -> float:
    meter, time, level, talk = StressMeter(model=model), 0.0, 0.0, 0.0
    for one in [*base, *test]:
        for piece in one.blocks:
            talk += piece.talk_s if one in test else 0.0
            if talk > LIVE_S + 0.2:
                return level
            time += 0.2
            level = next((event.level for event in meter.push(piece, time, time)), level)
        time += 0.6
    return level


def leave_one_out(utterances: Sequence[Utterance], model: StressModel) -> list[Trial]:
    """Each speaker judged with the scales that the others' calm speech gives."""
    trials = []
    for speaker in by_speaker(utterances):
        fitted = replace(model, scale=scales([u for u in utterances if u.speaker != speaker], model))
        own = [u for u in utterances if u.speaker == speaker]
        trials += [Trial(u.speaker, u.emotion, fitted.total(s)) for u, s in scores_of(own, fitted)]
    return trials


def scales(utterances: Sequence[Utterance], model: StressModel) -> dict[str, float]:
    """How far calm utterances lie from other calm ones of the same speaker: root mean square, by feature."""
    calm = [s for u, s in scores_of(utterances, model) if u.emotion == "neutral"]
    return {name: model.scale[name] * float(np.sqrt(np.mean([s[name] ** 2 for s in calm]))) for name in model.scale}


def calm_calls(shared: Path) -> dict[str, float]:
    """Levels of the customers of the development calls: median, 95th percentile, highest, share above 0.5."""
    levels = np.array([event.level for path in development_calls(shared) for event in cues_of(path)
                       if isinstance(event, Stress)])
    return {"median": float(np.median(levels)), "p95": float(np.percentile(levels, 95)),
            "highest": float(levels.max()), "above_half": float((levels > 0.5).mean())}


def report(name: str, figures: dict[str, Figure]) -> dict[str, Figure]:
    print(f"{name:42s} " + "  ".join(f"{k} {show(v)}" for k, v in figures.items()), flush=True)
    return figures


def main() -> None:
    options = parser("stress", __doc__ or "").parse_args()
    model = StressModel.shipped()
    figures: dict[str, dict[str, Figure]] = {}
    for condition in CONDITIONS:
        for corpus in ("emodb", "korean"):
            utterances = listen(options.shared, corpus, condition)
            scored = scores_of(utterances, model)
            for label, absent in (("all signs", ()), *((f"without {sign}", (sign,)) for sign in SIGNS),
                                  *((f"{sign} alone", tuple(set(SIGNS) - {sign})) for sign in SIGNS)):
                trials = [Trial(u.speaker, u.emotion, model.total(without(s, absent))) for u, s in scored]
                name = f"{corpus}, {condition}, {label}"
                figures[name] = report(name, figures_of(trials))
            if corpus == "emodb":
                name = f"emodb, {condition}, scales of others"
                figures[name] = report(name, figures_of(leave_one_out(utterances, model)))
            name = f"{corpus}, {condition}, live {LIVE_S:.0f} s"
            figures[name] = report(name, figures_of(live(utterances, model)))
    calls = calm_calls(options.shared)
    print("calls " + "  ".join(f"{name} {value:.3f}" for name, value in calls.items()))
    write({**figures, "calls": calls}, options.out)


if __name__ == "__main__":
    main()
