// One call in full, beside the board: where it stands, its timeline, its words, its cards, and what a supervisor can do.

import { el, setAttribute, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { TranscriptView } from "../shared/transcript-view.js";
import { clock } from "../shared/words.js";
import { CardsView } from "./cards.js";
import { Composer } from "./composer.js";
import { Timeline } from "./timeline.js";

const FAULTS = ["unknown", "ours", "misunderstanding"];

export class CallView {
  constructor(container, { close, send }) {
    this.container = container;
    this.send = (message) => this.id && send({ call: this.id, ...message });
    this.title = el("h2");
    this.about = el("p", { class: "call-about" });
    this.close = el("button", { type: "button", class: "quiet icon-only" }, icon("close"));
    this.close.addEventListener("click", close);
    this.flag = el("button", { type: "button", "aria-pressed": "false" }, icon("flag"), el("span"));
    this.flag.addEventListener("click", () => this.send({ type: "flag", text: "" }));
    this.faults = FAULTS.map((text) => {
      const button = el("button", { type: "button", "aria-pressed": "false", "data-fault": text });
      button.addEventListener("click", () => this.send({ type: "fault", text }));
      return button;
    });
    this.faultName = el("span", { class: "muted" });
    this.state = el("p", { class: "call-state" });
    const timeline = el("section", { class: "timeline" });
    const transcript = el("section", { class: "transcript" });
    const cards = el("section", { class: "cards" });
    const composer = el("form", { class: "composer" });
    this.body = el("div", { class: "call-body" },
      el("div", { class: "call-actions" }, this.flag,
        el("span", { class: "faults", role: "group" }, this.faultName, el("span", { class: "segments" }, ...this.faults))),
      timeline, el("div", { class: "call-columns" }, transcript, cards), composer);
    container.append(el("header", { class: "call-head" }, el("div", {}, this.title, this.about), this.close), this.state, this.body);
    this.cards = new CardsView(cards);
    this.timeline = new Timeline(timeline, (id) => this.cards.reveal(id));
    this.parts = [this.timeline, new TranscriptView(transcript), this.cards, new Composer(composer, this.send)];
    container.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.target.closest("textarea, input")) close();
    });
  }

  update(view) {
    const { call, watched, missing, say } = view;
    this.id = watched;
    this.container.hidden = !watched;
    this.container.parentElement.toggleAttribute("data-open", Boolean(watched));
    if (!watched) return;
    this.body.hidden = !call;
    setText(this.state, call ? "" : say(missing ? "call.missing" : "call.loading"));
    this.state.hidden = Boolean(call);
    setAttribute(this.close, "aria-label", say("close"));
    setText(this.title, call?.call.agent ?? watched);
    if (!call) return setText(this.about, "");
    this.#head(view);
    for (const part of this.parts) part.update(view);
  }

  #head({ call, now, say }) {
    const parts = [
      say(`campaign.${call.call.campaign}`), clock(call.ended ? call.at : now), call.call.call,
      call.ended ? say("over") : call.phase && say(`phase.${call.phase}`),
      ...Object.keys(call.modes).map((mode) => say(`mode.${mode}`)),
    ];
    setText(this.about, parts.filter(Boolean).join(" · "));
    const flagged = call.remarks.some(({ action }) => action === "flag");
    setAttribute(this.flag, "aria-pressed", String(flagged));
    this.flag.disabled = flagged;
    setText(this.flag.lastElementChild, say(flagged ? "flagged" : "flag"));
    setText(this.faultName, say("fault"));
    setAttribute(this.faultName.parentElement, "aria-label", say("fault"));
    for (const button of this.faults) {
      setText(button, say(`fault.${button.dataset.fault}`));
      setAttribute(button, "aria-pressed", String(call.fault === button.dataset.fault));
    }
  }
}
