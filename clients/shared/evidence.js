// A prompt's evidence in words: one line to glance at, the rest on demand.
// Keys that playbooks use (coach/playbook): `heard` and `phrase` with `speaker` and `time`; `value`, `baseline`, `ratio`
// with `measure`; `missing` with `within_s`. Any other key is shown as it is rather than hidden.

import { clock } from "./words.js";

const SHOWN_IN_LINE = new Set([
  "heard", "phrase", "speaker", "time", "start", "end", "measure", "kind", "value", "syllables_per_s", "baseline", "ratio",
  "level", "since", "window_s", "missing", "within_s", "source", "speech_s", "baseline_s", "at",
]);

/** The evidence as sentences, the most telling first; empty where a rule gave none. */
export function sentences(evidence, say) {
  const found = [];
  const heard = evidence.heard ?? evidence.phrase;
  const time = evidence.time ?? evidence.start;
  if (heard) {
    const who = evidence.speaker ? say(evidence.speaker) : "";
    found.push(say("evidence.heard", { who, phrase: heard, time: Number.isFinite(time) ? clock(time) : "" }));
  }
  const pace = evidence.syllables_per_s ?? (evidence.measure === "pace" ? evidence.value : null);
  if (Number.isFinite(pace)) {
    found.push(say("evidence.pace", { value: pace.toFixed(1), baseline: (evidence.baseline ?? 0).toFixed(1) }));
    const lasted = evidence.window_s ?? evidence.speech_s;
    if (Number.isFinite(lasted)) found.push(say("evidence.for", { s: Math.round(lasted) }));
  }
  if (Number.isFinite(evidence.level)) found.push(say("evidence.stress", { level: evidence.level.toFixed(2) }));
  if (evidence.missing) {
    const items = [evidence.missing].flat().join("、");
    found.push(say("evidence.missing", { s: Math.round(evidence.within_s ?? 0), items }));
  }
  return found;
}

/** What the sentences do not say, as [name, value] for a table. */
export function rest(evidence) {
  return Object.entries(evidence)
    .filter(([key, value]) => !SHOWN_IN_LINE.has(key) && value !== null && value !== "")
    .map(([key, value]) => [key.replaceAll("_", " "), plain(value)]);
}

function plain(value) {
  if (typeof value === "number") return String(Math.round(value * 100) / 100);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The words of the call that a prompt rests on, to be marked in the transcript; null where it rests on none. */
export function quoted({ priority, evidence, at }) {
  const phrase = evidence.heard ?? evidence.phrase;
  if (!phrase) return null;
  return { phrase, speaker: evidence.speaker ?? null, at: evidence.time ?? evidence.start ?? at, priority };
}
