// A small line over time in SVG: drawn again only when its points have changed, coloured by the page's theme.

import { setAttribute, svg } from "./dom.js";

const WIDTH = 200;
const HEIGHT = 48;
const BREAK_S = 4; // between points further apart nothing was measured: the line is only hinted at ...
const BREAK_SHARE = 1 / 40; // ... or, where the line is long, between points further apart than this share of it
const SHORTEST_S = 30; // a young call is not squeezed into a corner
let count = 0;

export class Trend {
  /**
   * `low`..`high` is the range of values, `usual` the value of the dashed line (null for none), above `warm` the line
   * changes its colour. The right edge is now, the left edge `span` seconds ago.
   */
  constructor({ low, high, usual, warm, span = 120 }) {
    Object.assign(this, { low, high, warm, span });
    count += 1;
    const id = `trend-${count}`;
    const line = (name, more = {}) => svg("path", { class: `trend-${name}`, "vector-effect": "non-scaling-stroke", ...more });
    const split = `${(100 * this.#y(warm)) / HEIGHT}%`;
    this.hint = line("hint");
    this.line = line("line", { stroke: `url(#${id})` });
    this.dot = line("dot");
    this.node = svg("svg", { class: "trend", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" },
      svg("defs", {}, svg("linearGradient", { id, gradientUnits: "userSpaceOnUse", x1: 0, x2: 0, y1: 0, y2: HEIGHT },
        svg("stop", { offset: split, class: "trend-warm" }), svg("stop", { offset: split, class: "trend-calm" }))),
      svg("rect", { class: "trend-band", x: 0, y: 0, width: WIDTH, height: this.#y(warm), rx: 2 }),
      ...(usual === null ? [] : [line("usual", { d: `M0 ${this.#y(usual)}H${WIDTH}` })]),
      this.hint, this.line, this.dot);
  }

  /** `series`: [time, value] each, oldest first. */
  update(series, now) {
    const span = Math.min(this.span, Math.max(SHORTEST_S, now));
    const from = now - span;
    let first = series.length;
    while (first > 0 && series[first - 1][0] >= from) first -= 1;
    const points = series.slice(first).map(([at, value]) => [at, (WIDTH * (at - from)) / span, this.#y(value)]);
    const most = Math.max(BREAK_S, span * BREAK_SHARE);
    setAttribute(this.line, "d", path(points, (at, before) => at - before > most));
    setAttribute(this.hint, "d", path(points, () => false));
    const last = points.at(-1);
    setAttribute(this.dot, "d", last ? `M${last[1].toFixed(1)} ${last[2].toFixed(1)}h.01` : "");
    setAttribute(this.dot, "data-warm", last && series.at(-1)[1] >= this.warm ? "" : null);
  }

  #y(value) {
    const share = (value - this.low) / (this.high - this.low);
    return HEIGHT - 2 - (HEIGHT - 4) * Math.min(1, Math.max(0, share));
  }
}

/** An SVG path through the points, begun anew where `breaks(time, time before)`. */
function path(points, breaks) {
  let before = -Infinity;
  let text = "";
  for (const [at, x, y] of points) {
    text += `${text && !breaks(at, before) ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    before = at;
  }
  return text;
}
