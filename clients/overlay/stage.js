// The stage: the one card that is shown now, or calm. Its place and size stay the same, so nothing below ever moves.

import { rating } from "../shared/call-state.js";
import { el, setAttribute, setText } from "../shared/dom.js";
import { rest, sentences } from "../shared/evidence.js";
import { icon } from "../shared/icons.js";
import { clock, inLanguage } from "../shared/words.js";

const ICONS = { P0: "stop", P1: "warn", P2: "hint", whisper: "whisper" };
const ACTIONS = { acknowledge: "check", dismiss: "close", helped: "up", not_helped: "down" };
const HINTS = { acknowledge: "↵", dismiss: "Esc", helped: "H", not_helped: "N" };
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const DRIFT_S = 0.7; // the line of the remaining time is set anew when it is off by this

export class StageView {
  constructor(container, { act, pin }) {
    const part = (selector) => container.querySelector(selector);
    this.card = part(".card");
    this.bar = part(".card-time span");
    this.parts = Object.fromEntries(
      ["icon", "kind", "from", "left", "lead", "say", "why", "evidence"].map((name) => [name, part(`.card-${name}`)]),
    );
    this.pin = part(".pin");
    this.pin.append(icon("pin"));
    this.calm = part(".calm");
    this.buttons = [...container.querySelectorAll("[data-action]")];
    for (const button of this.buttons) button.addEventListener("click", () => act(button.dataset.action, this.shown?.id));
    this.pin.addEventListener("click", pin);
    this.parts.why.addEventListener("click", () => this.toggleEvidence());
    this.shown = null;
    this.open = false;
  }

  toggleEvidence() {
    if (!this.shown || this.parts.why.hidden) return;
    this.open = !this.open;
    this.#evidence();
  }

  update(view) {
    const { card, say, language } = view;
    this.say = say;
    this.card.hidden = !card;
    this.calm.hidden = Boolean(card);
    if (!card) this.#rest(view);
    else if (card.id !== this.shown?.id || language !== this.language) this.#show(card, language);
    this.shown = card;
    this.language = language;
    if (!card) return;
    this.#time(view);
    setAttribute(this.card, "data-landed", view.landed ? "" : null);
  }

  #rest({ call, say, link }) {
    const [title, detail, values] = !call
      ? ["waiting", "waiting.detail"]
      : call.ended ? ["over", "over.detail", summary(call)] : ["calm", "calm.detail"];
    setText(this.calm.firstElementChild, say(title));
    const refused = link.name === "refused" && say(`link.refused.${link.reason}`);
    setText(this.calm.lastElementChild, refused || say(detail, values));
    this.open = false;
  }

  #show(card, language) {
    const fresh = card.id !== this.shown?.id;
    const { lead, words } = split(inLanguage(card.text, language));
    const { parts, say } = this;
    if (fresh) {
      this.open = false;
      this.card.getAnimations().forEach((animation) => animation.finish());
      this.card.classList.remove("fresh");
      void this.card.offsetWidth; // so that the ring runs again
      this.card.classList.add("fresh");
    }
    this.card.dataset.kind = card.kind;
    this.card.dataset.id = card.id;
    parts.icon.replaceChildren(icon(ICONS[card.kind]));
    setText(parts.kind, say(`kind.${card.kind}`));
    setText(parts.from, card.by ?? "");
    setText(parts.lead, lead);
    setText(parts.say, words);
    parts.say.dataset.size = size(words);
    for (const button of this.buttons) this.#button(button, card);
    this.shown = card;
    this.#evidence();
  }

  #button(button, card) {
    const { action } = button.dataset;
    const text = this.say(action);
    button.hidden = card.kind === "whisper" && action !== "acknowledge";
    button.replaceChildren(icon(ACTIONS[action]));
    if (button.classList.contains("icon-only")) setAttribute(button, "aria-label", text);
    else button.append(text, el("kbd", { text: HINTS[action], "aria-hidden": "true" }));
    button.title = `${text} (${HINTS[action]})`;
  }

  #evidence() {
    const { why, evidence } = this.parts;
    const found = this.shown.rule ? sentences(this.shown, this.say) : [];
    why.hidden = !this.shown.rule;
    setAttribute(why, "aria-expanded", String(this.open));
    why.replaceChildren(icon("chevron"), el("span", { text: this.say("evidence") }),
      el("span", { class: "card-glance", text: this.open ? "" : found[0] ?? "" }));
    evidence.hidden = !this.open || why.hidden;
    if (evidence.hidden) return;
    const rows = rest(this.shown, this.say).map(([name, value]) =>
      el("div", {}, el("dt", { text: name }), el("dd", { text: value })));
    evidence.replaceChildren(
      ...found.map((text) => el("p", { text })),
      el("dl", {}, ...rows),
      el("p", { class: "tiny muted", text: `${this.say("evidence.rule", { rule: this.shown.rule })} · ${clock(this.shown.at)}` }),
    );
  }

  #time({ card, now, pinned, say }) {
    setAttribute(this.pin, "aria-pressed", String(pinned));
    const text = say(pinned ? "unpin" : "pin");
    setAttribute(this.pin, "aria-label", text);
    this.pin.title = `${text} (P)`;
    this.pin.hidden = card.kind === "whisper";
    const left = Number.isFinite(card.expiresAt) ? card.expiresAt - now : null;
    this.bar.parentElement.hidden = left === null || pinned;
    const words = pinned ? say("card.pinned")
      : left === null ? "" : card.closed ? say("card.expired") : say("card.left", { s: Math.max(0, Math.ceil(left)) });
    setText(this.parts.left, words);
    if (left !== null && !pinned) this.#run(card, left);
  }

  /** Lets the line of the remaining time run off by itself; the browser moves it without us. */
  #run(card, left) {
    const ends = performance.now() / 1000 + left;
    if (this.running?.id === card.id && Math.abs(this.running.ends - ends) < DRIFT_S) return;
    this.running = { id: card.id, ends };
    const share = Math.min(1, Math.max(0, left / Math.max(1, card.expiresAt - card.at)));
    this.bar.getAnimations().forEach((animation) => animation.cancel());
    this.bar.animate([{ transform: `scaleX(${share})` }, { transform: "scaleX(0)" }], {
      duration: Math.max(1, 1000 * left), fill: "forwards", easing: CALM.matches ? "steps(4, jump-start)" : "linear",
    });
  }
}

/** "别承诺，改为：我会核实" -> the lead "别承诺，改为" and the words to say; a prompt without a lead is all words. */
export function split(text) {
  const found = /^([^:：。！？]{1,14})[:：]\s*(.+)$/su.exec(text) ?? /^([^:]{1,40}):\s+(.+)$/su.exec(text);
  if (!found) return { lead: "", words: text };
  return { lead: found[1], words: found[2][0].toUpperCase() + found[2].slice(1) };
}

/** How big words can be so that they fit: the width of a Chinese character counts two. */
function size(text) {
  let width = 0;
  for (const character of text) width += character.codePointAt(0) > 0x2e7f ? 2 : 1;
  return width <= 20 ? "xl" : width <= 44 ? "l" : width <= 80 ? "m" : "s";
}

function summary(call) {
  const shown = call.prompts.filter((card) => card.priority !== "P3");
  return { time: clock(call.at), n: shown.length, helped: shown.filter((card) => rating(card) === "helped").length };
}
