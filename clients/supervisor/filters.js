// What of the board is shown, and the switch between calls and team.

import { el, setAttribute, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { choices } from "./order.js";

const NONE = { text: "", team: "", campaign: "", mode: "", rule: "", needy: false };
const NAMES = ["team", "campaign", "mode", "rule"];
const AS_THEY_ARE = new Set(["team", "rule"]); // values that are names, not words of ours

export class FiltersView {
  constructor(form, changed, showTeam) {
    this.form = form;
    this.values = NONE;
    this.changed = changed;
    this.tabs = ["calls", "team"].map((name) => {
      const tab = el("button", { type: "button" });
      tab.addEventListener("click", () => showTeam(name === "team"));
      return tab;
    });
    this.text = el("input", { type: "search", autocomplete: "off" });
    this.selects = NAMES.map((name) => el("select", { name }));
    this.needy = el("button", { type: "button", "aria-pressed": "false" });
    this.clear = el("button", { type: "button", class: "quiet", hidden: true });
    form.append(el("span", { class: "segments" }, ...this.tabs), el("label", { class: "find" }, icon("search"), this.text),
      ...this.selects, this.needy, this.clear);
    form.addEventListener("submit", (event) => event.preventDefault());
    this.text.addEventListener("input", () => this.#set({ text: this.text.value }));
    for (const select of this.selects) select.addEventListener("change", () => this.#set({ [select.name]: select.value }));
    this.needy.addEventListener("click", () => this.#set({ needy: !this.values.needy }));
    this.clear.addEventListener("click", () => {
      this.text.value = "";
      for (const select of this.selects) select.value = "";
      this.#set(NONE);
    });
  }

  #set(values) {
    this.values = { ...this.values, ...values };
    this.changed();
  }

  update({ board, say, team }) {
    setText(this.tabs[0], say("calls"));
    setText(this.tabs[1], say("team"));
    this.tabs.forEach((tab, index) => setAttribute(tab, "aria-pressed", String(team === (index === 1))));
    setAttribute(this.text, "placeholder", say("find"));
    setAttribute(this.text, "aria-label", say("find"));
    const found = choices([...board.calls.values()].map(({ row }) => row));
    this.selects.forEach((select) => this.#options(select, found[select.name], say));
    setText(this.needy, say("needy"));
    setAttribute(this.needy, "aria-pressed", String(this.values.needy));
    setText(this.clear, say("clear"));
    this.clear.hidden = JSON.stringify(this.values) === JSON.stringify(NONE);
    for (const node of [this.text.parentElement, ...this.selects, this.needy]) node.hidden = team;
    this.selects[0].hidden ||= found.team.length < 2;
  }

  /** A value that was chosen stays a choice, even when no call has it any more. */
  #options(select, found, say) {
    const chosen = this.values[select.name];
    const values = chosen && !found.includes(chosen) ? [chosen, ...found] : found;
    const all = say(`all.${select.name}`);
    const state = JSON.stringify([all, values]);
    if (select.dataset.state === state) return;
    select.dataset.state = state;
    setAttribute(select, "aria-label", say(`filter.${select.name}`));
    select.replaceChildren(el("option", { value: "", text: all }), ...values.map((value) =>
      el("option", { value, text: AS_THEY_ARE.has(select.name) ? value : say(`${select.name}.${value}`) })));
    select.value = chosen;
  }
}
