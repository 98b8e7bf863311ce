// The few switches of the page, and the list of keys.

import { el, setAttribute } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const CHOICES = {
  language: [["zh", "中文"], ["en", "English"]],
  theme: [["auto", "theme.auto"], ["light", "theme.light"], ["dark", "theme.dark"]],
  shortcuts: [[true, "on"], [false, "off"]],
};
const KEYS = [
  ["Enter", "acknowledge"], ["Esc", "dismiss"], ["H", "helped"], ["N", "not_helped"], ["P", "pin"], ["E", "evidence"],
];

export class SettingsView {
  constructor(form, button, preferences) {
    this.form = form;
    this.button = button;
    this.preferences = preferences;
    button.append(icon("more"));
    button.addEventListener("click", () => this.#show(form.hidden));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#show(false);
      button.focus();
    });
  }

  #show(open) {
    this.form.hidden = !open;
    setAttribute(this.button, "aria-expanded", String(open));
    if (open) this.form.querySelector("button").focus();
  }

  update({ say, language, preferences, call }) {
    const state = JSON.stringify([language, preferences.values, call?.recognition, call?.call.recogniser]);
    if (state === this.state) return;
    this.state = state;
    const focused = this.form.getRootNode().activeElement?.dataset?.choice;
    const engine = call?.recognition ?? null;
    this.form.replaceChildren(
      ...Object.entries(CHOICES).map(([name, options]) => this.#choice(name, options, say)),
      el("dl", { class: "keys" }, ...KEYS.map(([key, action]) =>
        el("div", {}, el("dt", {}, el("kbd", { text: key })), el("dd", { text: say(action) })))),
      el("p", { class: "tiny muted", text: engine ? [engine.engine, engine.model, engine.detail].filter(Boolean).join(" · ") : "" }),
    );
    if (focused) this.form.querySelector(`[data-choice="${focused}"]`)?.focus();
  }

  #choice(name, options, say) {
    const value = name === "language" ? this.preferences.language : this.preferences.values[name];
    const buttons = options.map(([option, text]) => {
      const button = el("button", {
        type: "button", "data-choice": `${name}.${option}`, "aria-pressed": String(option === value),
        text: name === "language" ? text : say(text),
      });
      button.addEventListener("click", () => this.preferences.set(name, option));
      return button;
    });
    return el("div", { class: "choice", role: "group", "aria-label": say(name) },
      el("span", { class: "muted", text: say(name) }), el("span", { class: "segments" }, ...buttons));
  }
}
