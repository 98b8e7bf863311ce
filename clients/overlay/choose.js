// Which card is on the stage. Pure, so that it can be tested without a page: one card at a time, and no jumping about.

const RANK = { P0: 0, whisper: 1, P1: 2, P2: 3 };
const DWELL_S = 2.5; // a card that has just come may be read for so long before anything but a P0 takes its place

/**
 * `candidates`: {id, kind} in the order they came. `current`: {id, since} or null; times in seconds of any one clock.
 * Returns {shown, queue}: the card to show (null for none) and the others, most urgent first.
 */
export function choose(candidates, current, pinned, now) {
  const ranked = candidates.toSorted((a, b) => RANK[a.kind] - RANK[b.kind]);
  const on = ranked.find((card) => card.id === current?.id);
  const first = ranked[0] ?? null;
  const shown = on && stays(on, first, current.since, pinned, now) ? on : first;
  return { shown, queue: ranked.filter((card) => card !== shown) };
}

function stays(on, first, since, pinned, now) {
  if (RANK[first.kind] >= RANK[on.kind]) return true; // only the more urgent displaces
  if (first.kind === "P0") return false;
  return on.id === pinned || now - since < DWELL_S;
}

/** Seconds until the choice may change by itself; null when only news can change it. */
export function settlesIn(candidates, current, pinned, now) {
  const { shown, queue } = choose(candidates, current, pinned, now);
  if (!shown || shown.id !== current?.id || shown.id === pinned) return null;
  return queue.some((card) => RANK[card.kind] < RANK[shown.kind]) ? Math.max(0, DWELL_S - (now - current.since)) : null;
}
