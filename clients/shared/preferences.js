// Language, theme and the few switches a person sets once; kept in this browser, shared by both pages.

import { recall, remember } from "./session.js";

const KEY = "coach.preferences";
const DEFAULTS = { language: "auto", theme: "auto", shortcuts: true, sound: false };

export class Preferences {
  constructor(onChange) {
    this.onChange = onChange;
    this.values = { ...DEFAULTS, ...recall(localStorage, KEY, {}) };
    this.#show();
    addEventListener("storage", ({ key }) => {
      if (key !== KEY) return;
      this.values = { ...DEFAULTS, ...recall(localStorage, KEY, {}) };
      this.#show();
      this.onChange();
    });
  }

  get language() {
    if (this.values.language !== "auto") return this.values.language;
    return navigator.language.startsWith("en") ? "en" : "zh";
  }

  set(name, value) {
    this.values = { ...this.values, [name]: value };
    remember(localStorage, KEY, this.values);
    this.#show();
    this.onChange();
  }

  #show() {
    document.documentElement.dataset.theme = this.values.theme;
    document.documentElement.lang = this.language === "zh" ? "zh-CN" : "en";
  }
}
