// The board as the page knows it: fold(state, message) -> state, pure. Calls by id, each with its newest row and a short past.

const PAST_S = 120; // what the small lines show
const STEP_S = 2; // a point closer to the one before replaces it

/** `calls`: id -> {row, pace, stress}; `ended`: rule -> counts of the calls that have ended since the page was opened. */
export const NO_CALLS = Object.freeze({ calls: new Map(), ended: new Map(), known: false });

/** The state after a board, row or gone message; any other message changes nothing. */
export function fold(state, message) {
  switch (message.type) {
    case "board":
      return { ...state, known: true, calls: new Map(message.rows.map((row) => [row.call, entry(row, state.calls.get(row.call))])) };
    case "row":
      return changed(state, message.row.call, entry(message.row, state.calls.get(message.row.call)));
    case "gone":
      return changed({ ...state, ended: added(state.ended, state.calls.get(message.call)?.row.tally) }, message.call, null);
    default:
      return state;
  }
}

function changed(state, call, value) {
  const calls = new Map(state.calls);
  if (value) calls.set(call, value);
  else calls.delete(call);
  return { ...state, calls };
}

/** `counts` (rule -> [shown, acknowledged, helped, not helped]) with those of one more call. */
export function added(counts, tally = {}) {
  const sum = new Map(counts);
  for (const [rule, more] of Object.entries(tally)) {
    sum.set(rule, (sum.get(rule) ?? [0, 0, 0, 0]).map((count, index) => count + more[index]));
  }
  return sum;
}

function entry(row, before) {
  return { row, pace: point(before?.pace, row.at, row.pace), stress: point(before?.stress, row.at, row.stress) };
}

function point(past = [], at, value) {
  if (value === null) return past;
  const kept = past.filter(([then]) => at - then <= PAST_S);
  const last = kept.at(-1);
  if (last && at - last[0] < STEP_S) kept[kept.length - 1] = [last[0], value];
  else kept.push([at, value]);
  return kept;
}
