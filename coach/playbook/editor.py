"""What an editor and a reader need: the JSON Schema of a playbook file, and the table of sentences."""

from __future__ import annotations

from coach.events import Json
from coach.playbook import happenings, states  # noqa: F401 - importing them declares the forms
from coach.playbook.language import FORMS, regex
from coach.playbook.schema import FileModel

HAPPENINGS = ("when", "tick", "enters", "leaves", "filled")
STATES = ("if", "unless", "done")
DEADLINE = r"^(\d+(\.\d+)? s|[1-9] (agent|customer) turns?|this turn)$"


def json_schema() -> dict[str, Json]:
    """JSON Schema of a playbook file; sentences carry a pattern and examples, so that editors complete them."""
    schema: dict[str, Json] = FileModel.model_json_schema(by_alias=True)
    for model in (schema, *schema.get("$defs", {}).values()):
        for name, field in model.get("properties", {}).items():
            if name in HAPPENINGS:
                _sentences(field, "happening")
            elif name in STATES:
                _sentences(field, "state")
            elif name == "within":
                field["pattern"] = DEADLINE
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Playbook", **schema}


def _sentences(field: dict[str, Json], role: str) -> None:
    """One sentence or a list of them."""
    patterns = [_plain(form.template) for form in FORMS if form.role == role]
    start = "^(not )?" if role == "state" else "^"
    sentence = {"type": "string", "pattern": f"{start}({'|'.join(patterns)})$",
                "examples": [form.example for form in FORMS if form.role == role]}
    kept = {key: value for key, value in field.items() if key in ("title", "description", "default")}
    field.clear()
    field.update(kept, anyOf=[sentence, {"type": "array", "items": sentence}])


def _plain(template: str) -> str:
    """The pattern of a template without the group names that only Python knows."""
    pattern = regex(template)
    while "(?P<" in pattern:
        start = pattern.index("(?P<")
        pattern = pattern[:start] + "(" + pattern[pattern.index(">", start) + 1:]
    return pattern


def sentence_table() -> str:
    """All sentences as Markdown, for docs/playbook.md."""
    lines: list[str] = []
    for role, title in (("happening", "Happenings"), ("state", "States")):
        lines += [f"### {title}", "", "| sentence | meaning | example |", "|---|---|---|"]
        for form in FORMS:
            if form.role == role:
                lines.append(f"| `{form.template.replace('|', chr(92) + '|')}` | {form.meaning} | `{form.example}` |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
