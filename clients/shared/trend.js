// A small line over time in SVG: drawn again only when its points have changed, coloured by the page's theme.

import { setAttribute, svg } from "./dom.js";

const WIDTH = 200;
const HEIGHT = 48;
const BREAK_S = 4; // a longer pause than this between points is a gap in the line
let count = 0;

/** `low`..`high` is the range of values, `usual` the value of the dashed line (null for none), the line is warm above `warm`. */
export class Trend {
  constructor({ low, high, usual, warm, span = 120 }) {
    Object.assign(this, { low, high, span });
    count += 1;
    const id = `trend-${count}`;
    const y = (value) => this.#y(value);
    const split = `${(100 * y(warm)) / HEIGHT}%`;
    this.line = svg("path", { class: "trend-line", stroke: `url(#${id})`, "vector-effect": "non-scaling-stroke" });
    this.dot = svg("path", { class: "trend-dot", stroke: `url(#${id})`, "vector-effect": "non-scaling-stroke" });
    this.node = svg("svg", {
      class: "trend", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    },
      svg("defs", {}, svg("linearGradient", {
        id, gradientUnits: "userSpaceOnUse", x1: 0, x2: 0, y1: 0, y2: HEIGHT,
      },
        svg("stop", { offset: split, class: "trend-warm" }), svg("stop", { offset: split, class: "trend-calm" }))),
      svg("rect", { class: "trend-band", x: 0, y: 0, width: WIDTH, height: y(warm) }),
      ...(usual === null ? [] : [svg("path", {
        class: "trend-usual", d: `M0 ${y(usual)}H${WIDTH}`, "vector-effect": "non-scaling-stroke",
      })]),
      this.line, this.dot);
  }

  /** `series`: [time, value] each, oldest first; the right edge is `now`. */
  update(series, now) {
    const from = now - this.span;
    let first = series.length;
    while (first > 0 && series[first - 1][0] >= from) first -= 1;
    const shown = series.slice(first);
    let path = "";
    let before = -Infinity;
    for (const [at, value] of shown) {
      const x = (WIDTH * (at - from)) / this.span;
      path += `${at - before > BREAK_S ? "M" : "L"}${x.toFixed(1)} ${this.#y(value).toFixed(1)}`;
      before = at;
    }
    setAttribute(this.line, "d", path);
    const last = shown.at(-1);
    setAttribute(this.dot, "d", last ? `M${((WIDTH * (last[0] - from)) / this.span).toFixed(1)} ${this.#y(last[1]).toFixed(1)}h.01` : "");
  }

  #y(value) {
    const share = (value - this.low) / (this.high - this.low);
    return HEIGHT - 2 - (HEIGHT - 4) * Math.min(1, Math.max(0, share));
  }
}
