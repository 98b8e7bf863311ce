// The whole call on one line of time: cards, pace, agitation, who talked, and the silences.

import { talkShare } from "../shared/call-state.js";
import { el, reconcile, setAttribute, setText, svg } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { Trend } from "../shared/trend.js";
import { clock, inLanguage } from "../shared/words.js";

const SHORTEST_S = 60;
const REDRAW_S = 0.5; // audio time between two drawings while nothing else happens
const ICONS = { P0: "stop", P1: "warn", P2: "hint", P3: "check" };
const TICKS_S = [10, 30, 60, 120, 300, 600, 1200];
const MOST_TICKS = 7;

export class Timeline {
  constructor(container, reveal) {
    this.reveal = reveal;
    this.names = {};
    const lane = (name, ...children) => {
      this.names[name] = el("span", { class: "lane-name" });
      return el("div", { class: `lane lane-${name}` }, this.names[name], el("div", { class: "lane-plot" }, ...children));
    };
    this.cards = el("div", { class: "lane-cards" });
    this.pace = new Trend({ low: 0.5, high: 1.7, usual: 1, warm: 1.2 });
    this.stress = new Trend({ low: 0, high: 1, usual: null, warm: 0.7 });
    this.bars = Object.fromEntries(["agent", "customer", "silence", "overlap", "gap"].map((name) => [name, svg("path", { class: `bar-${name}` })]));
    this.talk = svg("svg", { class: "talk", viewBox: "0 0 1000 24", preserveAspectRatio: "none", role: "img" }, ...Object.values(this.bars));
    this.axis = el("div", { class: "axis", "aria-hidden": "true" });
    container.append(lane("cards", this.cards), lane("pace", this.pace.node), lane("stress", this.stress.node),
      lane("talk", this.talk), el("div", { class: "lane" }, el("span"), this.axis));
  }

  update({ call, now, say, language }) {
    const share = talkShare(call);
    const shares = share ? ` ${Math.round(100 * share.agent)} : ${Math.round(100 * share.customer)}` : "";
    for (const [name, node] of Object.entries(this.names)) setText(node, say(`lane.${name}`) + (name === "talk" ? shares : ""));
    setAttribute(this.talk, "aria-label", say("lane.talk"));
    setAttribute(this.pace.node, "aria-label", say("lane.pace"));
    setAttribute(this.stress.node, "aria-label", say("lane.stress"));
    const end = Math.max(SHORTEST_S, call.ended ? call.at : Math.max(now, call.at));
    const same = this.seen?.prompts === call.prompts && this.seen?.call.call === call.call.call && this.language === language;
    if (same && end - this.end < REDRAW_S && end >= this.end && end > SHORTEST_S) return;
    Object.assign(this, { seen: call, end, language });
    for (const [trend, series] of [[this.pace, call.paceSeries.customer], [this.stress, call.stressSeries]]) {
      trend.span = end;
      trend.update(series, end);
    }
    this.#talk(call, end);
    this.#cards(call, end, language);
    this.#axis(end);
  }

  #talk(call, end) {
    const x = (at) => ((1000 * at) / end).toFixed(1);
    const bar = (y, height) => ({ start, end: to }) =>
      `M${x(start)} ${y}H${Math.max(Number(x(to)), Number(x(start)) + 1.5)}V${y + height}H${x(start)}z`;
    const of = (kind) => call.dynamics.filter((event) => event.kind === kind);
    setAttribute(this.bars.agent, "d", call.talk.filter(({ speaker }) => speaker === "agent").map(bar(1, 9)).join(""));
    setAttribute(this.bars.customer, "d", call.talk.filter(({ speaker }) => speaker === "customer").map(bar(13, 9)).join(""));
    setAttribute(this.bars.silence, "d", of("silence").map(bar(0, 24)).join(""));
    setAttribute(this.bars.overlap, "d", [...of("overlap"), ...of("interruption")].map(bar(10.5, 2)).join(""));
    setAttribute(this.bars.gap, "d", call.gaps.map(bar(0, 24)).join(""));
  }

  #cards(call, end, language) {
    reconcile(this.cards, call.prompts, {
      key: ({ id }) => id,
      make: ({ id, priority }) => {
        const button = el("button", { type: "button", class: "quiet", "data-kind": priority }, icon(ICONS[priority]));
        button.addEventListener("click", () => this.reveal(id));
        return button;
      },
      update: (node, { at, text, closed }) => {
        node.style.insetInlineStart = `${(100 * at) / end}%`;
        const words = `${clock(at)} ${inLanguage(text, language)}`;
        setAttribute(node, "aria-label", words);
        setAttribute(node, "title", words);
        setAttribute(node, "data-open", closed ? null : "");
      },
    });
  }

  #axis(end) {
    const step = TICKS_S.find((seconds) => end / seconds <= MOST_TICKS) ?? TICKS_S.at(-1);
    const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
    reconcile(this.axis, ticks, {
      key: (at) => at,
      make: (at) => el("span", { text: clock(at) }),
      update: (node, at) => { node.style.insetInlineStart = `${(100 * at) / end}%`; },
    });
  }
}
