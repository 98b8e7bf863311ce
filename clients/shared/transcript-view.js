// The conversation as it is heard, newest at the bottom. It follows by itself until the reader scrolls up.

import { el, reconcile, setAttribute, setText } from "./dom.js";
import { quotes } from "./evidence.js";
import { icon } from "./icons.js";
import { marks } from "./marks.js";
import { clock } from "./words.js";

const NEAR_END_PX = 40;
const SHOWN_LINES = 300;
const SHOWN_FIELDS = ["lines", "partial", "gaps", "prompts", "recognition"]; // of a call's state
const GOOD = new Set(["ready", "recovered"]);
const WORDLESS = new Set(["acoustic only", "failed"]);

export class TranscriptView {
  constructor(container) {
    this.title = el("h2");
    this.engine = el("span", { class: "chip" });
    this.list = el("ol", { tabindex: "0" });
    this.empty = el("p", { class: "muted transcript-empty" });
    this.latest = el("button", { type: "button", class: "latest", hidden: true });
    container.append(el("header", {}, this.title, this.engine), this.list, this.empty, this.latest);
    this.latest.addEventListener("click", () => this.#follow());
    this.list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.following = true;
    this.seen = [];
  }

  update({ call, say, language }) {
    const seen = [language, ...SHOWN_FIELDS.map((field) => call?.[field])];
    if (seen.every((value, index) => value === this.seen[index])) return;
    this.seen = seen;
    const lines = call ? rows(call) : [];
    const marked = call ? call.prompts.flatMap(quotes) : [];
    setText(this.title, say("transcript"));
    setAttribute(this.list, "aria-label", say("transcript"));
    setText(this.latest, say("transcript.latest"));
    this.#engine(call?.recognition ?? null, say);
    this.empty.hidden = lines.length > 0;
    reconcile(this.list, lines, {
      key: ({ key }) => key,
      make: () => el("li", {}, el("span", { class: "line-who" }), el("p")),
      update: (node, line) => this.#line(node, line, marked, say),
    });
    if (this.following) this.#follow();
    else this.latest.hidden = false;
  }

  #engine(recognition, say) {
    this.engine.hidden = !recognition;
    setText(this.empty, say(WORDLESS.has(recognition?.state) ? "transcript.none" : "transcript.empty"));
    if (!recognition) return;
    const { engine, model, state, detail } = recognition;
    setText(this.engine, `${WORDLESS.has(state) ? "" : `${engine} · `}${say(`recognition.${state}`)}`);
    setAttribute(this.engine, "title", [engine, model, detail].filter(Boolean).join(" · "));
    setAttribute(this.engine, "data-tone", GOOD.has(state) ? null : "warn");
  }

  #line(node, line, marked, say) {
    node.dataset.speaker = line.speaker;
    setAttribute(node, "data-kind", line.kind);
    setText(node.firstElementChild, `${say(line.speaker)} ${clock(line.start)}`);
    if (line.kind === "gap") {
      setText(node.lastElementChild, say("gap", { s: Math.max(1, Math.round(line.end - line.start)) }));
      return;
    }
    const parts = line.kind === "final" ? marks(line, marked) : [{ text: line.text }];
    const shape = JSON.stringify(parts);
    if (node.shape === shape) return;
    node.shape = shape;
    node.lastElementChild.replaceChildren(...parts.map(({ text, priority }) =>
      priority ? el("mark", { "data-priority": priority, text }) : text));
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    this.following = scrollHeight - clientHeight - scrollTop < NEAR_END_PX;
    if (this.following) this.latest.hidden = true;
  }

  #follow() {
    this.list.scrollTop = this.list.scrollHeight;
    this.following = true;
    this.latest.hidden = true;
  }
}

function rows(call) {
  const final = call.lines.slice(-SHOWN_LINES).map((line) => ({ ...line, kind: "final" }));
  const partial = Object.values(call.partial).filter((line) => line?.text)
    .map((line) => ({ ...line, kind: "partial", key: `${line.speaker}@${line.start}` }));
  const from = final[0]?.start ?? 0;
  const gaps = call.gaps.filter(({ start }) => start >= from)
    .map((gap) => ({ ...gap, kind: "gap", key: `gap ${gap.speaker}@${gap.start}` }));
  return [...final, ...partial, ...gaps].sort((a, b) => a.start - b.start);
}
