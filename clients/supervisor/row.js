// One call on the board.

import { el, reconcile, setAttribute, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { paceWord, stressWord } from "../shared/meter.js";
import { Trend } from "../shared/trend.js";
import { clock, inLanguage } from "../shared/words.js";
import { level } from "./order.js";

const LEVEL_ICONS = { urgent: "stop", watch: "warn", fine: "dot" };
const CARD_ICONS = { P0: "stop", P1: "warn", P2: "hint" };
const QUIET_S = 4;

export class Row {
  constructor(call, open) {
    this.visible = true;
    const cell = (name, ...children) => el("div", { role: "cell", class: `cell ${name}` }, ...children);
    this.level = el("span", { class: "level" });
    this.reason = el("span", { class: "reason" });
    this.others = el("span", { class: "others" });
    this.button = el("button", { type: "button", class: "open" });
    this.about = el("span", { class: "about" });
    this.pace = meter({ low: 0.5, high: 1.7, usual: 1, warm: 1.2 });
    this.stress = meter({ low: 0, high: 1, usual: null, warm: 0.7 });
    this.card = el("span", { class: "open-card" });
    this.more = el("span", { class: "tiny muted" });
    this.time = el("span", { class: "time" });
    this.quiet = el("span", { class: "tiny quiet-for" });
    this.node = el("div", { role: "row", class: "row" },
      cell("need", this.level, this.reason, this.others), cell("agent", this.button, this.about),
      cell("pace", this.pace.trend.node, this.pace.word), cell("stress", this.stress.trend.node, this.stress.word),
      cell("card", this.card, this.more), cell("time", this.time, this.quiet));
    this.node.addEventListener("click", open);
  }

  /** `entry`: {row, pace, stress} of the board's state. */
  update({ row, pace, stress }, { say, language, watched }) {
    setAttribute(this.node, "data-level", level(row.need));
    setAttribute(this.button, "aria-expanded", String(row.call === watched));
    setAttribute(this.node, "data-open", row.call === watched ? "" : null);
    this.#need(row, say);
    setText(this.button, row.agent);
    this.#about(row, say);
    this.#cues(row, pace, stress, say);
    this.#cards(row, say, language);
    setText(this.time, clock(row.at));
    setText(this.quiet, row.silence_s >= QUIET_S ? say("quiet.for", { s: Math.round(row.silence_s) }) : "");
  }

  #need(row, say) {
    const name = level(row.need);
    if (this.level.dataset.name !== name) {
      this.level.dataset.name = name;
      this.level.replaceChildren(icon(LEVEL_ICONS[name]), el("span", { class: "unseen" }));
    }
    const [first, ...others] = row.reasons.map((reason) => say(`reason.${reason}`));
    setText(this.level.lastElementChild, say(`level.${name}`));
    setText(this.reason, first ?? say("level.fine"));
    setText(this.others, others.join(" · "));
  }

  #about(row, say) {
    const items = [say(`campaign.${row.campaign}`), ...(row.phase ? [say(`phase.${row.phase}`)] : [])].map((text) => ({ text }));
    for (const mode of row.modes) items.push({ text: say(`mode.${mode}`), chip: "" });
    if (row.flagged) items.push({ text: say("flagged"), chip: "warn" });
    if (!["ready", "recovered", ""].includes(row.recognition)) items.push({ text: say(`recognition.${row.recognition}`), chip: "warn" });
    reconcile(this.about, items, {
      key: ({ text }) => text,
      make: () => el("span"),
      update: (node, { text, chip }) => {
        setText(node, text);
        node.className = chip === undefined ? "" : "chip";
        setAttribute(node, "data-tone", chip || null);
      },
    });
  }

  #cues(row, pace, stress, say) {
    this.pace.trend.update(pace, row.at);
    this.stress.trend.update(stress, row.at);
    setText(this.pace.word, row.pace === null ? "–" : short(row.pace));
    setAttribute(this.pace.trend.node, "aria-label", row.pace === null ? say("none") : paceWord(row.pace, say));
    setAttribute(this.pace.word, "data-tone", row.pace >= 1.2 ? "warm" : null);
    setText(this.stress.word, row.stress === null ? "–" : say(stressWord(row.stress)));
    setAttribute(this.stress.trend.node, "aria-label", row.stress === null ? say("none") : say(stressWord(row.stress)));
    setAttribute(this.stress.word, "data-tone", row.stress >= 0.7 ? "warm" : null);
  }

  #cards(row, say, language) {
    const [first, ...others] = row.prompts.toSorted((a, b) => a.priority.localeCompare(b.priority) || a.at - b.at);
    const id = first ? `${first.id} ${language}` : "";
    if (this.card.dataset.id !== id) {
      this.card.dataset.id = id;
      setAttribute(this.card, "data-priority", first?.priority ?? null);
      this.card.replaceChildren(...(first ? [icon(CARD_ICONS[first.priority]), el("span", { text: inLanguage(first.text, language) })] : []));
    }
    const waits = first ? say("card.waits", { s: Math.max(0, Math.round(row.at - first.at)) }) : "";
    setText(this.more, [waits, others.length ? say("queue.more", { n: others.length }) : ""].filter(Boolean).join(" · "));
  }
}

function meter(range) {
  return { trend: new Trend(range), word: el("span", { class: "word" }) };
}

/** 1.38 -> "+38%". */
function short(ratio) {
  const percent = Math.round(100 * (ratio - 1));
  return percent > 0 ? `+${percent}%` : `${percent}%`.replace("-", "−");
}
