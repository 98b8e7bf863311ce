// The team: calls in need now, what became of its cards by rule, and how pace and agitation are spread over the calls.

import { el, reconcile, setAttribute, setText } from "../shared/dom.js";
import { added } from "./board-state.js";
import { level } from "./order.js";

const PACES = [[-Infinity, 0.8], [0.8, 0.9], [0.9, 1.1], [1.1, 1.2], [1.2, 1.4], [1.4, Infinity]];
const LEVELS = [[0, 0.2], [0.2, 0.45], [0.45, 0.7], [0.7, 1.01]];
const COLUMNS = ["rule", "shown", "open", "acknowledged", "helped"];
const WARM_PACE = 1.2;
const WARM_STRESS = 0.7;

export class TeamView {
  constructor(container, open) {
    this.container = container;
    this.open = open;
    const panel = (name) => {
      const title = el("h2");
      const list = name === "rules" ? this.#table() : el("ul");
      const empty = el("p", { class: "muted" });
      const shown = name === "rules" ? this.table : list;
      container.append(el("section", { class: `panel panel-${name}` }, title, shown, empty));
      return { title, list, empty };
    };
    this.panels = { risk: panel("risk"), rules: panel("rules"), pace: panel("pace"), stress: panel("stress") };
  }

  update({ board, team, say }) {
    this.container.hidden = !team;
    if (!team) return;
    const rows = [...board.calls.values()].map(({ row }) => row);
    for (const [name, { title, empty, list }] of Object.entries(this.panels)) {
      setText(title, say(`team.${name}`));
      setText(empty, say(rows.length ? `team.${name}.none` : "board.empty.detail"));
      empty.hidden = list.childElementCount > 0;
    }
    this.#risk(rows.filter((row) => level(row.need) !== "fine").sort((a, b) => b.need - a.need), say);
    this.#rules(rows, board.ended, say);
    this.#bars(this.panels.pace, spread(rows, "pace", PACES, paceName, WARM_PACE));
    this.#bars(this.panels.stress, spread(rows, "stress", LEVELS, ([low]) => low.toFixed(1), WARM_STRESS));
  }

  #risk(rows, say) {
    reconcile(this.panels.risk.list, rows, {
      key: ({ call }) => call,
      make: ({ call }) => {
        const button = el("button", { type: "button", class: "quiet" }, el("span"), el("span", { class: "muted" }));
        button.addEventListener("click", () => this.open(call));
        return el("li", {}, button);
      },
      update: (node, { agent, need, reasons }) => {
        setAttribute(node, "data-level", level(need));
        setText(node.firstElementChild.firstElementChild, agent);
        setText(node.firstElementChild.lastElementChild, reasons.slice(0, 2).map((reason) => say(`reason.${reason}`)).join(" · "));
      },
    });
  }

  #table() {
    this.heads = COLUMNS.map(() => el("th", { scope: "col" }));
    this.table = el("table", { hidden: true }, el("thead", {}, el("tr", {}, ...this.heads)));
    const body = el("tbody");
    this.table.append(body);
    return body;
  }

  #rules(rows, ended, say) {
    this.heads.forEach((head, index) => setText(head, say(`tally.${COLUMNS[index]}`)));
    const items = byRule(rows, ended);
    this.table.hidden = items.length === 0;
    reconcile(this.panels.rules.list, items, {
      key: ({ rule }) => rule,
      make: () => el("tr", {}, el("th", { scope: "row" }), ...COLUMNS.slice(1).map(() => el("td"))),
      update: (node, { rule, shown, open, acknowledged, helped, rated }) => {
        const texts = [rule, shown, open, `${Math.round((100 * acknowledged) / shown)}%`, rated ? `${helped}/${rated}` : "–"];
        texts.forEach((text, index) => setText(node.children[index], String(text)));
        setAttribute(node, "data-open", open ? "" : null);
      },
    });
  }

  #bars({ list }, items) {
    const most = Math.max(1, ...items.map(({ n }) => n));
    reconcile(list, items, {
      key: ({ name }) => name,
      make: () => el("li", { class: "bar" }, el("span", { class: "bar-name" }), el("span", { class: "bar-track", "aria-hidden": "true" }, el("span")),
        el("span", { class: "bar-n" })),
      update: (node, { name, n, warm }) => {
        const [label, track, count] = node.children;
        setText(label, name);
        track.firstElementChild.style.inlineSize = `${(100 * n) / most}%`;
        setAttribute(node, "data-tone", warm ? "warm" : null);
        setText(count, String(n));
      },
    });
  }
}

/** One line per rule, most cards first. `rated` is how many of them somebody rated. */
function byRule(rows, ended) {
  const counts = rows.reduce((sum, { tally }) => added(sum, tally), ended);
  const open = new Map();
  for (const { prompts } of rows) for (const { rule } of prompts) open.set(rule, (open.get(rule) ?? 0) + 1);
  return [...counts].map(([rule, [shown, acknowledged, helped, not]]) => (
    { rule, shown, acknowledged, helped, rated: helped + not, open: open.get(rule) ?? 0 }
  )).sort((a, b) => b.shown - a.shown || a.rule.localeCompare(b.rule));
}

function spread(rows, field, ranges, name, warm) {
  const values = rows.map((row) => row[field]).filter((value) => value !== null);
  if (!values.length) return [];
  return ranges.map((range) => ({
    name: name(range), n: values.filter((value) => value >= range[0] && value < range[1]).length, warm: range[0] >= warm,
  }));
}

function paceName([low, high]) {
  const percent = (value) => `${value > 1 ? "+" : value < 1 ? "−" : ""}${Math.round(100 * Math.abs(value - 1))}%`;
  if (low === -Infinity) return `< ${percent(high)}`;
  return high === Infinity ? `> ${percent(low)}` : `${percent(low)} … ${percent(high)}`;
}
