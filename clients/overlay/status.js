// The strip at the top: connection, time, phase, modes and what the recogniser is doing. A trouble says so in words.

import { el, reconcile, setAttribute, setText } from "../shared/dom.js";
import { clock } from "../shared/words.js";

export class StatusView {
  constructor(container, retry) {
    this.container = container;
    this.link = container.querySelector(".link");
    this.timer = container.querySelector(".timer");
    this.chips = container.querySelector(".chips");
    this.retry = container.querySelector(".retry");
    this.retry.addEventListener("click", retry);
  }

  update({ call, link, now, say, unsent }) {
    setAttribute(this.container, "data-link", link.name);
    setText(this.link, say(`link.${link.name}`, { s: Math.round((Date.now() - link.since) / 1000) }));
    this.link.classList.toggle("unseen", link.name === "live");
    this.retry.hidden = link.name !== "lost";
    this.timer.hidden = !call;
    setText(this.timer, call ? clock(call.ended ? call.at : now) : "");
    reconcile(this.chips, link.name === "live" && call ? chips(call, say, unsent) : [], {
      key: ({ key }) => key,
      make: () => el("span", { class: "chip" }),
      update: (node, { text, tone }) => {
        setText(node, text);
        setAttribute(node, "data-tone", tone ?? null);
      },
    });
  }
}

function chips(call, say, unsent) {
  const found = [];
  const recognition = call.recognition?.state;
  if (unsent) found.push({ key: "unsent", text: say("unsent", { n: unsent }), tone: "warn" });
  if (recognition && recognition !== "ready" && recognition !== "recovered") {
    found.push({ key: "recognition", text: say(`recognition.${recognition}`), tone: "warn" });
  }
  if (call.phase) found.push({ key: "phase", text: say(`phase.${call.phase}`) });
  for (const mode of Object.keys(call.modes)) {
    if (mode !== "verified") found.push({ key: `mode.${mode}`, text: say(`mode.${mode}`), tone: "mode" });
  }
  return found;
}
