// One call as the pages know it: fold(state, event) -> state, pure, for past and live events alike.
// The events are those of coach/events.py; times are audio time in seconds since the call began.

const SERIES_STEP_S = 0.4; // a point closer to the one before replaces it
const SERIES_POINTS = 9000; // an hour of points; the oldest go first
const LIST_ITEMS = 2000; // turns, dynamics and the like kept per call; the oldest go first

const BOTH = Object.freeze({ agent: null, customer: null });

/** The state before anything has happened. `call` is the server's CallInfo. */
export function begin(call = null) {
  return {
    call,
    at: call?.at ?? 0,
    ended: null, // reason
    context: {},
    speaking: { agent: false, customer: false },
    talk: [], // {speaker, start, end}: stretches of speech
    lines: [], // final transcripts, in order of start: {key, speaker, start, end, text}
    partial: BOTH, // what is being recognised now, per speaker
    gaps: [], // {speaker, start, end}
    recognition: null, // {engine, model, state, detail}
    pace: BOTH, // newest Pace per speaker
    paceSeries: { agent: [], customer: [] }, // [at, ratio] each
    paceChange: BOTH,
    stress: null, // newest Stress
    stressSeries: [], // [at, level] each
    share: null, // {agent, customer}, 0..1 each
    dynamics: [], // {at, kind, speaker, start, end, values}, talk_share not kept
    prompts: [], // {id, rule, priority, text, evidence, at, expiresAt, closed: {at, reason} | null, actions: []}
    phase: null,
    phases: [], // {at, phase}
    modes: {}, // name -> {at, reason} while it is on
    checklist: [], // {key, item, text, state: "open" | "due" | "done", at, evidence}
    remarks: [], // {key, at, by, action, text} of supervisors
    fault: "unknown",
  };
}

/** The state after `event`. An event type that is not known here changes nothing but the time. */
export function fold(state, event) {
  const step = STEPS[event.type];
  const next = step ? step(state, event) : state;
  return event.at > next.at ? { ...next, at: event.at } : next;
}

/** The state after a snapshot message; null where there is no call. */
export function fromSnapshot({ call, events }) {
  return call ? events.reduce(fold, begin(call)) : null;
}

const STEPS = {
  call_started: (state, { context }) => ({ ...state, context: context ?? {} }),
  call_ended: (state, { reason }) => ({
    ...state, ended: reason, speaking: { agent: false, customer: false }, partial: BOTH,
  }),
  gap: (state, { speaker, start, end }) => ({ ...state, gaps: append(state.gaps, { speaker, start, end }) }),
  speech_started: (state, { speaker }) => ({ ...state, speaking: { ...state.speaking, [speaker]: true } }),
  speech: (state, { speaker, start, end }) => ({
    ...state,
    speaking: { ...state.speaking, [speaker]: false },
    talk: append(state.talk, { speaker, start, end }),
  }),
  transcript,
  recognition: (state, { engine, model, state: how, detail }) => ({
    ...state, recognition: { engine, model, state: how, detail },
  }),
  pace: (state, event) => ({
    ...state,
    pace: { ...state.pace, [event.speaker]: event },
    paceSeries: {
      ...state.paceSeries,
      [event.speaker]: point(state.paceSeries[event.speaker], event.at, event.ratio),
    },
  }),
  pace_change: (state, event) => ({ ...state, paceChange: { ...state.paceChange, [event.speaker]: event } }),
  stress: (state, event) => ({
    ...state, stress: event, stressSeries: point(state.stressSeries, event.at, event.level),
  }),
  dynamics,
  prompt,
  prompt_closed: (state, { id, at, reason }) => changePrompt(state, id, () => ({ closed: { at, reason } })),
  phase: (state, { at, phase }) => ({ ...state, phase, phases: append(state.phases, { at, phase }) }),
  mode,
  checklist,
  agent_action: (state, { prompt: id, action }) =>
    changePrompt(state, id, ({ actions }) => ({ actions: [...actions, action] })),
  supervisor_action: remark,
};

function transcript(state, { speaker, start, end, text, final }) {
  if (!final) return { ...state, partial: { ...state.partial, [speaker]: { speaker, start, end, text } } };
  const partial = { ...state.partial, [speaker]: null };
  if (!text) return { ...state, partial };
  const line = { key: `${speaker}@${start}`, speaker, start, end, text };
  const before = state.lines.filter((other) => other.key !== line.key);
  let place = before.length;
  while (place > 0 && before[place - 1].start > start) place -= 1;
  return { ...state, partial, lines: before.toSpliced(place, 0, line).slice(-LIST_ITEMS) };
}

function dynamics(state, { at, kind, speaker, start, end, values }) {
  if (kind === "talk_share") return { ...state, share: { agent: values.agent_call, customer: values.customer_call } };
  return { ...state, dynamics: append(state.dynamics, { at, kind, speaker: speaker ?? null, start, end, values }) };
}

function prompt(state, { id, rule, priority, text, evidence, at, expires_at: expiresAt }) {
  if (state.prompts.some((known) => known.id === id)) return state;
  const card = { id, rule, priority, text, evidence: evidence ?? {}, at, expiresAt, closed: null, actions: [] };
  return { ...state, prompts: append(state.prompts, card) };
}

function checklist(state, { item, text, at, evidence, state: how }) {
  const now = { key: `${item} ${text.zh}`, item, text, at, evidence: evidence ?? {}, state: how };
  const known = state.checklist.map((each) => (each.item === item && how === "done" ? { ...each, at, state: how } : each));
  const place = known.findIndex(({ key }) => key === now.key);
  return { ...state, checklist: place < 0 ? append(known, now) : known.with(place, now) };
}

function mode(state, { mode: name, on, reason, at }) {
  const { [name]: _, ...others } = state.modes;
  return { ...state, modes: on ? { ...others, [name]: { at, reason: reason ?? "" } } : others };
}

function remark(state, { at, by, action, text = "" }) {
  const key = `${by}@${at} ${action} ${text}`;
  if (state.remarks.some((known) => known.key === key)) return state;
  const remarks = append(state.remarks, { key, at, by, action, text });
  return { ...state, fault: action === "fault" ? text : state.fault, remarks };
}

function changePrompt(state, id, change) {
  return { ...state, prompts: state.prompts.map((card) => (card.id === id ? { ...card, ...change(card) } : card)) };
}

function append(list, item) {
  return [...list.slice(1 - LIST_ITEMS), item];
}

function point(series, at, value) {
  const last = series.at(-1);
  if (last && at - last[0] < SERIES_STEP_S) return [...series.slice(0, -1), [last[0], value]];
  return [...series.slice(1 - SERIES_POINTS), [at, value]];
}

// -- questions to a state --------------------------------------------------------------------------------------------

/** Cards that are open, most urgent first, then oldest first. P3 ticks the checklist and is never a card. */
export function openPrompts(state) {
  return state.prompts
    .filter((card) => !card.closed && card.priority !== "P3")
    .sort((a, b) => a.priority.localeCompare(b.priority) || a.at - b.at);
}

/** What the agent said of a card last: "helped", "not_helped", or null. */
export function rating({ actions }) {
  return actions.findLast((action) => action === "helped" || action === "not_helped") ?? null;
}

/** Who talks how much of all talk in the call, 0..1 each; null before anybody spoke. */
export function talkShare(state) {
  if (state.share) return state.share;
  const seconds = { agent: 0, customer: 0 };
  for (const { speaker, start, end } of state.talk) seconds[speaker] += end - start;
  const all = seconds.agent + seconds.customer;
  return all > 0 ? { agent: seconds.agent / all, customer: seconds.customer / all } : null;
}
