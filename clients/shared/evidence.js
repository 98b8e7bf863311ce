// A prompt's evidence in words: one line to glance at, the rest on demand. coach/playbook/rules.py writes it:
// `heard` (quotes with speaker, phrase, text, start), `measured` (values of a cue), `since`, `not_heard`, `because`, ...

import { clock } from "./words.js";

const TOLD = new Set(["heard", "measured", "since", "case"]); // said in the sentences, or of no use to a reader

/** The evidence of a card as sentences, the most telling first; empty where there is none. */
export function sentences({ evidence, at }, say) {
  const { heard = [], measured } = evidence;
  return [...(measured ? MEASURED.flatMap((told) => told(measured, { ...evidence, at }, say) ?? []) : []),
    ...heard.map((quote) => quoteText(quote, say))];
}

/** What the sentences do not say, as [name, value] for a table. */
export function rest({ evidence }, say) {
  const measured = Object.entries(evidence.measured ?? {}).filter(([key]) => !SAID.has(key));
  const others = Object.entries(evidence).filter(([key]) => !TOLD.has(key));
  return [...measured, ...others]
    .filter(([, value]) => value !== null && value !== "")
    .map(([key, value]) => [say(`evidence.key.${key}`), key === "source" ? say(`evidence.value.${value}`) : plain(value)]);
}

/** The words of the call that a card rests on, to be marked in the transcript. */
export function quotes({ priority, evidence }) {
  return (evidence.heard ?? []).map(({ speaker, phrase, text, start }) => ({ words: [text, phrase], speaker, at: start, priority }));
}

function quoteText({ speaker, phrase, text, start }, say) {
  return say("evidence.heard", { who: say(speaker), phrase: text || phrase, time: clock(start) });
}

// What a cue measured, by the values that it has. The first that fits speaks, later ones may add.
const MEASURED = [
  ({ syllables_per_s: value, baseline }, { since, at }, say) => value === undefined ? null
    : [say("evidence.pace", { value: value.toFixed(1), baseline: baseline.toFixed(1), s: Math.max(1, Math.round(at - since)) })],
  ({ level }, _, say) => level === undefined ? null : [say("evidence.stress", { level: level.toFixed(2) })],
  ({ into_s: into, overlap_s: overlap }, _, say) => into === undefined ? null
    : [say("evidence.interruption", { into: into.toFixed(1), overlap: (overlap ?? 0).toFixed(1) })],
  ({ silence_s: seconds }, _, say) => seconds === undefined ? null : [say("evidence.silence", { s: Math.round(seconds) })],
  ({ seconds, longest_pause_s: pause }, _, say) => seconds === undefined || pause === undefined ? null
    : [say("evidence.monologue", { s: Math.round(seconds) })],
  ({ agent, window_s: window }, _, say) => agent === undefined ? null
    : [say("evidence.share", { percent: Math.round(100 * agent), s: Math.round(window) })],
  ({ turn_s: seconds }, _, say) => seconds === undefined ? null : [say("evidence.turn", { s: Math.round(seconds) })],
  ({ call_s: seconds }, _, say) => seconds === undefined ? null : [say("evidence.moment", { time: clock(seconds) })],
];
const SAID = new Set(["syllables_per_s", "baseline", "level", "into_s", "overlap_s", "talk_s", "silence_s", "seconds", "longest_pause_s",
  "agent", "customer", "turn_s", "call_s", "window_s", "since", "last_speaker", "agent_call", "customer_call"]);

function plain(value) {
  if (typeof value === "number") return String(Math.round(value * 100) / 100);
  if (Array.isArray(value)) return value.map(plain).join("; ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
