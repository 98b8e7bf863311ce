// Who talks how much, and what of the call's frame is done.

import { talkShare } from "../shared/call-state.js";
import { el, reconcile, setAttribute, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { inLanguage } from "../shared/words.js";

export class ShareView {
  constructor(container) {
    this.sides = Object.fromEntries(["agent", "customer"].map((speaker) => {
      const name = el("span", { class: "share-name" });
      const value = el("span", { class: "share-value" });
      return [speaker, { name, value, label: el("span", { class: "share-side", "data-speaker": speaker }, name, value) }];
    }));
    this.bar = el("span", { class: "share-bar", "aria-hidden": "true" }, el("span"));
    container.append(this.sides.agent.label, this.bar, this.sides.customer.label);
  }

  update({ call, say }) {
    const share = call && talkShare(call);
    for (const [speaker, { name, value, label }] of Object.entries(this.sides)) {
      setText(name, say(speaker));
      setText(value, share ? `${Math.round(100 * share[speaker])}%` : "–");
      setAttribute(label, "data-speaking", call?.speaking[speaker] ? "" : null);
    }
    this.bar.classList.toggle("empty", !share);
    this.bar.firstElementChild.style.inlineSize = `${share ? 100 * share.agent : 0}%`;
  }
}

export class ChecklistView {
  constructor(container) {
    this.title = el("h2");
    this.list = el("ul");
    this.empty = el("p", { class: "muted" });
    container.append(this.title, this.list, this.empty);
  }

  update({ call, say, language }) {
    const items = call?.checklist ?? [];
    const done = items.filter(({ state }) => state === "done").length;
    setText(this.title, items.length ? `${say("checklist")} ${done}/${items.length}` : say("checklist"));
    setText(this.empty, say("checklist.empty"));
    this.empty.hidden = items.length > 0;
    reconcile(this.list, items, {
      key: ({ key }) => key,
      make: () => el("li", {}, icon("check"), el("span"), el("span", { class: "unseen" })),
      update: (node, { text, state }) => {
        setAttribute(node, "data-state", state);
        setText(node.children[1], inLanguage(text, language));
        setText(node.children[2], say(`item.${state}`));
      },
    });
  }
}
