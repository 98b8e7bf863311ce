"""The shape of a playbook file. Unknown keys are refused; what the sentences mean is checked by the compiler."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

PriorityName = Literal["P0", "P1", "P2", "P3"]
Seconds = Annotated[float, Field(ge=0, le=3600)]
MAX_PROMPT = {"zh": 26, "en": 80}
"""What can be read in one glance, in characters."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _texts(value: Any) -> Any:
    return {"zh": value, "en": value} if isinstance(value, str) else value


OneOrMore = Annotated[list[str], BeforeValidator(_listed)]


class Strict(BaseModel):
    """No key that is not in the reference."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class TextsModel(Strict):
    """The same words in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


Texts = Annotated[TextsModel, BeforeValidator(_texts)]


class HeadModel(Strict):
    """Which playbook this is."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    language: Literal["zh", "en"]
    title: Texts


class LexiconModel(Strict):
    """Phrases that mean the same."""

    means: str = ""
    phrases: list[str] = Field(default_factory=list)
    not_: list[str] = Field(default_factory=list, alias="not")
    values: dict[str, list[str]] = Field(default_factory=dict)
    sounds: bool = True
    denied_too: bool = False


class PhaseModel(Strict):
    """A phase of the call."""

    title: Texts
    enters: OneOrMore = Field(default_factory=list)


class ModeModel(Strict):
    """A mode of the call."""

    title: Texts
    enters: OneOrMore
    if_: OneOrMore = Field(default_factory=list, alias="if")
    leaves: OneOrMore = Field(default_factory=list)
    mutes: OneOrMore = Field(default_factory=list)


class SlotModel(Strict):
    """A fact picked up from what is said."""

    title: Texts
    filled: OneOrMore


class PointModel(Strict):
    """One point of an agenda."""

    title: Texts
    done: OneOrMore


class BudgetModel(Strict):
    """How much attention cards of one priority may take."""

    lasts_s: Seconds
    dwell_s: Seconds
    yields_s: Seconds
    held_s: Seconds
    patience_s: Seconds
    spacing_s: Seconds
    cooldown_s: Seconds
    per_call: int = Field(ge=1, le=100)
    per_minute: int = Field(ge=1, le=60)


class CaseModel(Strict):
    """One way in which a rule applies."""

    behaviour: OneOrMore = Field(default_factory=list)
    priority: PriorityName | None = None
    when: OneOrMore = Field(default_factory=list)
    if_: OneOrMore = Field(default_factory=list, alias="if")
    unless: OneOrMore = Field(default_factory=list)
    within: str | None = None
    for_: OneOrMore = Field(default_factory=list, alias="for")
    not_for: OneOrMore = Field(default_factory=list)
    prompt: Texts | None = None
    tick: OneOrMore = Field(default_factory=list)
    cooldown_s: Seconds | None = None
    per_call: int | None = Field(default=None, ge=1, le=100)
    lasts_s: Seconds | None = None
    quiet_s: Seconds | None = None
    review: Literal["", "compliance"] = ""


class ExamplesModel(Strict):
    """Short scripts: in which the rule must apply, and in which it must not."""

    fires: list[str] = Field(default_factory=list)
    quiet: list[str] = Field(default_factory=list)


class RuleModel(CaseModel):
    """A rule: what its cases share, and the cases; a rule with one case is written without `cases`."""

    title: str = Field(min_length=1)
    enabled: bool = True
    cases: list[CaseModel] = Field(default_factory=list)
    examples: ExamplesModel = Field(default_factory=ExamplesModel)


class FileModel(Strict):
    """One file of a playbook; a playbook is all files of its folder together."""

    playbook: HeadModel | None = None
    campaigns: dict[str, Texts] = Field(default_factory=dict)
    attention: dict[PriorityName, BudgetModel] = Field(default_factory=dict)
    phases: dict[str, PhaseModel] = Field(default_factory=dict)
    modes: dict[str, ModeModel] = Field(default_factory=dict)
    slots: dict[str, SlotModel] = Field(default_factory=dict)
    agendas: dict[str, list[PointModel]] = Field(default_factory=dict)
    words: dict[str, list[str]] = Field(default_factory=dict)
    lexicons: dict[str, LexiconModel | list[str]] = Field(default_factory=dict)
    rules: dict[Annotated[str, Field(pattern=r"^[A-Z]{2,6}-\d{2}$")], RuleModel] = Field(default_factory=dict)
