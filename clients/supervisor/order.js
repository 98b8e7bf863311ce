// Which calls are shown, and in which order. Pure. Need wobbles; a row moves only when the change means something.

const STEP = 6; // a need that differs less than this from the one that a row was placed by does not move it
const URGENT = 50;
const WATCH = 25;

/** "urgent", "watch" or "fine": what the number 0..100 means. */
export function level(need) {
  return need >= URGENT ? "urgent" : need >= WATCH ? "watch" : "fine";
}

/** The needs by which rows are placed: `placed` (call -> need) brought up to date with `rows`. */
export function place(placed, rows) {
  return new Map(rows.map(({ call, need }) => {
    const before = placed.get(call);
    const same = before !== undefined && Math.abs(need - before) < STEP && level(need) === level(before);
    return [call, same ? before : need];
  }));
}

/** The rows, most needy first, then the longest running. */
export function ordered(rows, placed) {
  return rows.toSorted((a, b) => placed.get(b.call) - placed.get(a.call)
    || a.started.localeCompare(b.started) || a.call.localeCompare(b.call));
}

/** Does a row pass the filters {text, team, campaign, mode, rule, needy}? An empty one lets everything pass. */
export function passes(row, { text, team, campaign, mode, rule, needy }) {
  if (needy && level(row.need) === "fine") return false;
  if (team && !row.teams.includes(team)) return false;
  if (campaign && row.campaign !== campaign) return false;
  if (mode && !row.modes.includes(mode)) return false;
  if (rule && !row.prompts.some((card) => card.rule === rule)) return false;
  const wanted = text.trim().toLowerCase();
  return !wanted || `${row.agent} ${row.call}`.toLowerCase().includes(wanted);
}

/** The values that the filters can be set to, of the calls on the board. */
export function choices(rows) {
  const sorted = (values) => [...new Set(values)].sort();
  return {
    team: sorted(rows.flatMap((row) => row.teams)),
    campaign: sorted(rows.map((row) => row.campaign)),
    mode: sorted(rows.flatMap((row) => row.modes)),
    rule: sorted(rows.flatMap((row) => row.prompts.map((card) => card.rule))),
  };
}
