// The strip at the top: how many calls, how many of them in need, the connection, and the switches.

import { el, reconcile, setAttribute, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { level } from "./order.js";

const LEVEL_ICONS = { urgent: "stop", watch: "warn" };
const THEMES = { auto: "light", light: "dark", dark: "auto" };

export class TopView {
  constructor(container, preferences, retry) {
    this.preferences = preferences;
    this.counts = container.querySelector(".counts");
    this.link = container.querySelector(".link");
    this.text = el("span");
    this.retry = el("button", { type: "button", hidden: true });
    this.link.append(el("span", { class: "dot", "aria-hidden": "true" }), this.text, this.retry);
    this.retry.addEventListener("click", retry);
    this.sound = this.#button(() => preferences.set("sound", !preferences.values.sound));
    this.theme = this.#button(() => preferences.set("theme", THEMES[preferences.values.theme]));
    this.language = this.#button(() => preferences.set("language", preferences.language === "zh" ? "en" : "zh"));
    container.querySelector(".switches").append(this.sound, this.theme, this.language);
  }

  #button(press) {
    const button = el("button", { type: "button", class: "quiet" });
    button.addEventListener("click", press);
    return button;
  }

  update({ board, link, say, preferences, language }) {
    const rows = [...board.calls.values()].map(({ row }) => row);
    const items = [{ key: "all", text: say("board.live", { n: rows.length }) }];
    for (const name of ["urgent", "watch"]) {
      const n = rows.filter((row) => level(row.need) === name).length;
      items.push({ key: name, text: say(`level.${name}.n`, { n }), n });
    }
    reconcile(this.counts, items, {
      key: ({ key }) => key,
      make: ({ key }) => el("span", { class: "count", "data-level": key }, ...(LEVEL_ICONS[key] ? [icon(LEVEL_ICONS[key])] : []), el("span")),
      update: (node, { text, n }) => {
        setText(node.lastElementChild, text);
        setAttribute(node, "data-none", n === 0 ? "" : null);
      },
    });
    setAttribute(this.link, "data-link", link.name);
    const refused = link.name === "refused" && say(`link.refused.${link.reason}`);
    setText(this.text, refused || say(`link.${link.name}`, { s: Math.round((Date.now() - link.since) / 1000) }));
    this.retry.hidden = link.name !== "lost";
    setText(this.retry, say("retry"));
    this.#switches(say, preferences, language);
  }

  #switches(say, preferences, language) {
    const state = JSON.stringify([preferences.values, language]);
    if (state === this.state) return;
    this.state = state;
    const { sound, theme } = preferences.values;
    this.sound.replaceChildren(icon(sound ? "sound" : "mute"), say(sound ? "sound.on" : "sound.off"));
    setAttribute(this.sound, "aria-pressed", String(sound));
    setText(this.theme, `${say("theme")} · ${say(`theme.${theme}`)}`);
    setText(this.language, language === "zh" ? "English" : "中文");
    setAttribute(this.language, "lang", language === "zh" ? "en" : "zh-CN");
  }
}
