// Every card of the call with its evidence and what became of it, and what supervisors said, newest first.

import { rating } from "../shared/call-state.js";
import { el, reconcile, setAttribute, setText } from "../shared/dom.js";
import { rest, sentences } from "../shared/evidence.js";
import { icon } from "../shared/icons.js";
import { clock, inLanguage } from "../shared/words.js";

const ICONS = { P0: "stop", P1: "warn", P2: "hint", P3: "check", whisper: "whisper", note: "note", flag: "flag", fault: "fault" };

export class CardsView {
  constructor(container) {
    this.title = el("h2");
    this.list = el("ol", { tabindex: "0" });
    this.empty = el("p", { class: "muted" });
    container.append(this.title, this.list, this.empty);
  }

  /** Brings the card into view and makes it stand out for a moment. */
  reveal(id) {
    const node = [...this.list.children].find((child) => child.dataset.key === id);
    if (!node) return;
    node.querySelector("details")?.setAttribute("open", "");
    node.scrollIntoView({ block: "nearest" });
    node.classList.remove("revealed");
    void node.offsetWidth;
    node.classList.add("revealed");
  }

  update({ call, say, language }) {
    if (this.seen?.prompts === call.prompts && this.seen?.remarks === call.remarks && this.language === language) return;
    this.seen = call;
    this.language = language;
    const items = [
      ...call.prompts.map((card) => ({ ...card, key: card.id, kind: card.priority })),
      ...call.remarks.map((remark) => ({ ...remark, kind: remark.action })),
    ].sort((a, b) => b.at - a.at);
    setText(this.title, say("cards"));
    this.list.setAttribute("aria-label", say("cards"));
    setText(this.empty, say("cards.empty"));
    this.empty.hidden = items.length > 0;
    reconcile(this.list, items, {
      key: ({ key }) => key, make: (item) => (item.rule ? promptNode(item) : remarkNode(item)),
      update: (node, item) => (item.rule ? showPrompt(node, item, say, language) : showRemark(node, item, say)),
    });
  }
}

function promptNode({ kind }) {
  return el("li", { "data-kind": kind },
    el("details", {}, el("summary", {}, icon(ICONS[kind]), el("span", { class: "words" }), el("span", { class: "outcome" })),
      el("div", { class: "why" })));
}

function showPrompt(node, card, say, language) {
  const [, words, outcome] = node.querySelector("summary").children;
  setText(words, inLanguage(card.text, language));
  setText(outcome, `${clock(card.at)} · ${outcomeOf(card, say)}`);
  setAttribute(node, "data-open", card.closed ? null : "");
  const why = node.querySelector(".why");
  const state = `${card.id} ${language}`;
  if (why.dataset.state === state) return;
  why.dataset.state = state;
  why.replaceChildren(
    ...sentences(card, say).map((text) => el("p", { text })),
    el("dl", {}, ...rest(card, say).map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", { text: value })))),
    el("p", { class: "tiny muted", text: say("evidence.rule", { rule: card.rule }) }),
  );
}

function outcomeOf(card, say) {
  const parts = [card.closed ? say(`closed.${card.closed.reason}`) : say("card.open")];
  const rated = rating(card);
  if (rated) parts.push(say(rated));
  return parts.join(" · ");
}

function remarkNode({ kind }) {
  return el("li", { "data-kind": kind }, el("p", { class: "remark" }, icon(ICONS[kind]), el("span", { class: "words" }), el("span", { class: "outcome" })));
}

function showRemark(node, { kind, at, by, text }, say) {
  const [, words, outcome] = node.firstElementChild.children;
  setText(words, kind === "fault" ? `${say("fault")}: ${say(`fault.${text}`)}` : text || say("flagged"));
  setText(outcome, `${clock(at)} · ${say(`did.${kind}`)} · ${by}`);
}
