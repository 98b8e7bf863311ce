// The live board: rows ordered by need, which stay where they are while somebody points at them or works among them.

import { el, reconcile, setText } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { ordered, passes, place } from "./order.js";
import { Row } from "./row.js";

const ORDER_MS = 1000; // rows change places at most this often
const HOLD_MS = 12000; // an order is held for somebody who pointed or typed among the rows so lately
const MOVE_MS = 220;
const COLUMNS = ["need", "agent", "pace", "stress", "card", "time"];

export class BoardView {
  constructor(container, { open, changed }) {
    this.open = open;
    this.changed = changed;
    this.rows = new Map(); // call -> Row
    this.touched = new Set(); // calls whose row has to be painted anew
    this.placed = new Map();
    this.order = [];
    this.orderedAt = -Infinity;
    this.head = COLUMNS.map(() => el("span", { role: "columnheader" }));
    this.list = el("div", { role: "rowgroup", class: "rows" });
    this.table = el("div", { role: "table", class: "table" }, el("div", { role: "row", class: "head" }, ...this.head), this.list);
    this.empty = el("div", { class: "board-empty" }, el("p", { class: "empty-title" }), el("p", { class: "muted" }));
    this.held = el("p", { class: "held", role: "status", hidden: true }, icon("pause"), el("span"));
    container.append(this.table, this.empty, this.held);
    this.seen = new IntersectionObserver((entries) => this.#see(entries), { rootMargin: "200px" });
    this.heldUntil = -Infinity;
    const hold = () => { this.heldUntil = performance.now() + HOLD_MS; };
    for (const name of ["pointermove", "pointerdown", "wheel", "keydown"]) this.table.addEventListener(name, hold, { passive: true });
    this.table.addEventListener("pointerleave", () => {
      this.heldUntil = -Infinity;
      this.changed();
    });
    this.list.addEventListener("keydown", (event) => this.#walk(event));
    this.container = container;
  }

  /** A message of the board: which rows it concerns. */
  touch(message) {
    if (message.type === "board") this.touchAll(message.rows.map(({ call }) => call));
    else if (message.type === "row") this.touched.add(message.row.call);
  }

  touchAll(calls = this.rows.keys()) {
    for (const call of calls) this.touched.add(call);
  }

  update(view) {
    const { board, team, filters, watched, say } = view;
    this.view = view;
    this.container.hidden = team;
    if (team) return;
    const shown = [...board.calls.values()].map(({ row }) => row).filter((row) => passes(row, filters));
    this.#arrange(shown, JSON.stringify(filters) !== this.filters);
    this.filters = JSON.stringify(filters);
    if (watched !== this.watched) {
      for (const call of [watched, this.watched]) if (call) this.touched.add(call);
      this.watched = watched;
    }
    for (const call of this.touched) {
      const row = this.rows.get(call);
      if (row?.visible) {
        row.update(board.calls.get(call), view);
        this.touched.delete(call);
      } else if (!row) this.touched.delete(call);
    }
    this.head.forEach((cell, index) => setText(cell, say(`column.${COLUMNS[index]}`)));
    this.#emptiness(board, shown, say);
  }

  #emptiness(board, shown, say) {
    this.table.hidden = shown.length === 0;
    this.empty.hidden = shown.length > 0;
    const key = !board.known ? "board.loading" : board.calls.size ? "board.filtered" : "board.empty";
    setText(this.empty.firstElementChild, say(key));
    setText(this.empty.lastElementChild, say(`${key}.detail`));
  }

  /** Brings the rows on the page in line with `shown`; their order only where that disturbs nobody. */
  #arrange(shown, anew) {
    this.placed = place(this.placed, shown);
    const wanted = ordered(shown, this.placed).map(({ call }) => call);
    const steady = this.#steady(wanted);
    const moves = !same(wanted, steady);
    const now = performance.now();
    const held = moves && !anew && now < this.heldUntil;
    const waits = Math.max(0, this.orderedAt + ORDER_MS - now);
    this.held.hidden = !held || this.order.length === 0;
    if (held) setText(this.held.lastElementChild, this.view.say("board.held"));
    if (moves && !held && waits && !anew) this.#later(waits);
    const next = moves && !held && (!waits || anew) ? wanted : steady;
    if (next === wanted) this.orderedAt = now;
    if (!same(next, this.order)) this.#show(next);
  }

  #later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.changed, ms);
  }

  /** The order on the page, without calls that are gone, new ones at the end. */
  #steady(wanted) {
    const still = new Set(wanted);
    const kept = this.order.filter((call) => still.has(call));
    const known = new Set(kept);
    return [...kept, ...wanted.filter((call) => !known.has(call))];
  }

  #show(order) {
    const before = this.#tops();
    const focused = document.activeElement;
    this.order = order;
    reconcile(this.list, order, {
      key: (call) => call,
      make: (call) => this.#make(call),
      update: () => {},
    });
    const still = new Set(order);
    for (const [call, row] of this.rows) {
      if (still.has(call)) continue;
      this.seen.unobserve(row.node);
      this.rows.delete(call);
    }
    if (focused !== document.activeElement && this.list.contains(focused)) focused.focus({ preventScroll: true });
    this.#glide(before);
  }

  #make(call) {
    const row = new Row(call, () => this.open(call));
    this.rows.set(call, row);
    this.touched.add(call);
    this.seen.observe(row.node);
    return row.node;
  }

  #see(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.rows.get(target.dataset.key);
      if (row) row.visible = isIntersecting;
    }
    this.changed();
  }

  #tops() {
    return new Map([...this.rows].filter(([, row]) => row.visible).map(([call, { node }]) => [call, node.offsetTop]));
  }

  /** Rows that have changed places slide there, so that the eye can follow. */
  #glide(before) {
    if (before.size === 0 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    for (const [call, top] of before) {
      const node = this.rows.get(call)?.node;
      const moved = node ? top - node.offsetTop : 0;
      if (moved) node.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: MOVE_MS, easing: "ease-out" });
    }
  }

  /** Arrow keys go from row to row. */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest('[role="row"]');
    if (!step || !row) return;
    event.preventDefault();
    const next = this.rows.get(this.order[this.order.indexOf(row.dataset.key) + step]);
    next?.node.querySelector("button").focus();
  }
}

function same(one, other) {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
