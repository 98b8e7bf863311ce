// The line under the stage: what waits, or else the card that has just left, still to be rated.

import { el, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { inLanguage } from "../shared/words.js";

export class NextView {
  constructor(container, act) {
    this.container = container;
    this.act = act;
    this.state = "";
  }

  update({ queue, last, say, language }) {
    const state = JSON.stringify([queue.map(({ id }) => id), last?.id, last?.rating, language]);
    if (state === this.state) return;
    this.state = state;
    this.container.replaceChildren(...(queue.length ? waiting(queue, say, language) : last ? this.#just(last, say, language) : []));
  }

  #just(card, say, language) {
    const text = el("span", { class: "next-text", text: `${say("just")} · ${inLanguage(card.text, language)}` });
    if (card.rating) return [text, el("span", { class: "next-thanks", text: say(`thanks.${card.rating}`) })];
    return [text, ...["helped", "not_helped"].map((action) => {
      const button = el("button", { type: "button", class: "quiet icon-only", "aria-label": say(action), title: say(action) },
        icon(action === "helped" ? "up" : "down"));
      button.addEventListener("click", () => this.act(action, card.id));
      return button;
    })];
  }
}

function waiting(queue, say, language) {
  const parts = [el("span", { class: "next-text", text: `${say("queue")} · ${inLanguage(queue[0].text, language)}` })];
  if (queue.length > 1) parts.push(el("span", { class: "next-more", text: say("queue.more", { n: queue.length - 1 }) }));
  return parts;
}
