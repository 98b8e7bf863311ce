// A line to the agent, or a note that only supervisors see. Two buttons, so that one is never taken for the other.

import { el, setAttribute, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const LONGEST = 500;
const KNOWN = new Set(["call.ended", "call.unknown"]); // problems that have words of their own

export class Composer {
  constructor(form, send) {
    this.text = el("textarea", { rows: "2", maxlength: String(LONGEST) });
    this.whisper = el("button", { type: "submit", class: "whisper" }, icon("whisper"), el("span"));
    this.note = el("button", { type: "button" }, icon("note"), el("span"));
    this.problem = el("p", { class: "problem", role: "alert" });
    form.append(this.text, el("div", { class: "composer-buttons" }, this.problem, this.note, this.whisper));
    this.send = send;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#post("whisper");
    });
    this.note.addEventListener("click", () => this.#post("note"));
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#post("whisper");
    });
    this.drafts = new Map(); // call -> what was typed and not sent
  }

  #post(type) {
    const text = this.text.value.trim();
    if (text && this.send({ type, text })) {
      this.text.value = "";
      this.posted = text;
    }
    this.text.focus();
  }

  /** What the server did not take comes back to be sent again. */
  #refused(problem, say) {
    const key = `problem.${problem?.code}`;
    setText(this.problem, problem ? say(KNOWN.has(problem.code) ? key : "problem") : "");
    if (problem && problem !== this.seen && !this.text.value) this.text.value = this.posted ?? "";
    this.seen = problem;
  }

  update({ call, say, link, problem }) {
    this.#refused(problem, say);
    if (call.call.call !== this.call) {
      if (this.call) this.drafts.set(this.call, this.text.value);
      this.call = call.call.call;
      this.text.value = this.drafts.get(this.call) ?? "";
    }
    const closed = Boolean(call.ended) || link.name !== "live";
    setAttribute(this.text, "placeholder", say(call.ended ? "composer.over" : "composer"));
    setAttribute(this.text, "aria-label", say("composer"));
    setText(this.whisper.lastElementChild, say("whisper"));
    setText(this.note.lastElementChild, say("note"));
    this.whisper.disabled = closed;
    this.note.disabled = closed;
  }
}
