// Pace and agitation of the customer against their own baseline: one line of the last two minutes, calm until it is not.

import { el, setAttribute, setText } from "./dom.js";
import { Trend } from "./trend.js";

const YOUNG_S = 8; // a baseline that rests on less speech is called young
const USUAL = 0.12; // a ratio within this of 1 is "as usual"
const FAST = 1.2; // where the line turns warm
const RAISED = 0.45;
const HIGH = 0.7;

class Meter {
  constructor(container, trend) {
    this.trend = trend;
    this.name = el("span", { class: "meter-name" });
    this.word = el("span", { class: "meter-word" });
    this.value = el("span", { class: "meter-value" });
    this.side = el("span", { class: "meter-side" });
    container.append(
      el("figcaption", {}, this.name, this.word), trend.node, el("p", { class: "meter-foot" }, this.value, this.side),
    );
    this.container = container;
  }

  show({ name, word, tone, value, side, title }) {
    setText(this.name, name);
    setText(this.word, word);
    setText(this.value, value);
    setText(this.side, side);
    setAttribute(this.container, "data-tone", tone);
    setAttribute(this.trend.node, "aria-label", title);
  }
}

/** The customer's pace: the line is the ratio to the baseline, the number syllables per second. */
export class PaceMeter extends Meter {
  constructor(container) {
    super(container, new Trend({ low: 0.5, high: 1.7, usual: 1, warm: FAST }));
  }

  update({ call, now, say }) {
    const pace = call?.pace.customer;
    const word = pace ? paceWord(pace.ratio, say) : say("none");
    this.trend.update(call?.paceSeries.customer ?? [], now);
    this.show({
      name: say("pace"), word, tone: pace && pace.ratio >= FAST ? "warm" : "calm",
      value: pace ? `${pace.syllables_per_s.toFixed(1)} ${say("pace.unit")}` : "",
      side: pace ? usual(pace, say) : "",
      title: `${say("pace")} · ${say("two_minutes")} · ${word}`,
    });
  }
}

function usual(pace, say) {
  const value = pace.baseline.toFixed(1);
  return pace.baseline_s < YOUNG_S ? say("young", { s: Math.round(pace.baseline_s) }) : say("pace.usual", { value });
}

/** How a ratio to the baseline is said. */
export function paceWord(ratio, say) {
  if (Math.abs(ratio - 1) <= USUAL) return say("pace.steady");
  const percent = Math.round(100 * Math.abs(ratio - 1));
  return say(ratio > 1 ? "pace.faster" : "pace.slower", { percent });
}

/** Agitation against the customer's own baseline, 0..1. */
export class StressMeter extends Meter {
  constructor(container) {
    super(container, new Trend({ low: 0, high: 1, usual: null, warm: HIGH }));
  }

  update({ call, now, say }) {
    const stress = call?.stress;
    const word = stress ? say(stressWord(stress.level)) : say("none");
    this.trend.update(call?.stressSeries ?? [], now);
    this.show({
      name: say("stress"), word, tone: stress && stress.level >= HIGH ? "warm" : "calm",
      value: stress ? stress.level.toFixed(2) : "",
      side: stress && stress.baseline_s < YOUNG_S ? say("young", { s: Math.round(stress.baseline_s) }) : say("stress.own"),
      title: `${say("stress.full")} · ${say("two_minutes")} · ${word}`,
    });
  }
}

/** The key of the word for a level of agitation. */
export function stressWord(level) {
  return level >= HIGH ? "stress.high" : level >= RAISED ? "stress.mid" : "stress.low";
}
