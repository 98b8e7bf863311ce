// Drawn for this project on a 24 by 24 grid. The shape alone tells the kind of a card, without its colour.

import { svg } from "./dom.js";

const STROKES = {
  stop: ["M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8z", "M12 7.5v5.5", "M12 16.4v.2"],
  warn: ["M12 3.4 22 20.4H2z", "M12 10v4.6", "M12 17.3v.2"],
  hint: ["M9 18h6M10 21h4", "M12 3a6.2 6.2 0 0 0-3.6 11.2c.6.5.9 1.1.9 1.8h5.4c0-.7.3-1.3.9-1.8A6.2 6.2 0 0 0 12 3z"],
  whisper: ["M4 4.5h16v11.5H11l-4.6 4V16H4z", "M8.5 10.2h.1M12 10.2h.1M15.5 10.2h.1"],
  dot: ["M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z"],
  check: ["M4.5 12.8 9.6 18 19.5 6.8"],
  close: ["M6 6l12 12M18 6 6 18"],
  up: ["M7.5 10.8 11.2 3.5c1.5 0 2.4 1 2.1 2.6l-.6 3.6h5.2c1.2 0 2 1 1.7 2.2l-1.5 6.3c-.2 1-1 1.6-2 1.6H7.5z", "M7.5 10.8H3.8v9h3.7"],
  down: ["M7.5 13.2 11.2 20.5c1.5 0 2.4-1 2.1-2.6l-.6-3.6h5.2c1.2 0 2-1 1.7-2.2l-1.5-6.3c-.2-1-1-1.6-2-1.6H7.5z", "M7.5 13.2H3.8v-9h3.7"],
  pin: ["M9 3.5h6l-.7 6.2 3.2 3.6H6.5l3.2-3.6z", "M12 13.3v7.2"],
  more: ["M5 11.5v1M12 11.5v1M19 11.5v1"],
  float: ["M3.5 5h17v14h-17z", "M12 12h6v4.5h-6z"],
  flag: ["M5.5 21V4", "M5.5 4.5h12l-2.4 4 2.4 4h-12"],
  note: ["M5 3.5h14v17H5z", "M8.5 8h7M8.5 12h7M8.5 16h4"],
  fault: ["M12 3.5v17", "M6.5 20.5h11", "M4 7h16", "M4 7l-2 6h5zM20 7l-3 6h5z"],
  search: ["M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z", "M15.4 15.4 20.5 20.5"],
  sound: ["M4 9.5h3.5L12 5.5v13l-4.5-4H4z", "M15.5 9a4.3 4.3 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11"],
  mute: ["M4 9.5h3.5L12 5.5v13l-4.5-4H4z", "M16 9.5l5 5M21 9.5l-5 5"],
  chevron: ["M9 5.5 15.5 12 9 18.5"],
  pause: ["M8.5 5v14M15.5 5v14"],
  person: ["M12 4a3.8 3.8 0 1 1 0 7.6A3.8 3.8 0 0 1 12 4z", "M4.8 20.5c.6-3.9 3.4-6 7.2-6s6.6 2.1 7.2 6"],
};

/** The icon of that name, hidden from screen readers: words beside it say the same. */
export function icon(name) {
  const strokes = (STROKES[name] ?? []).map((path) => svg("path", { d: path }));
  return svg("svg", {
    class: "icon", viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  }, ...strokes);
}
