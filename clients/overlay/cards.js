// The cards of one call on their way over the stage: what is open, what was done with it, what the server still has to hear.

import { openPrompts } from "../shared/call-state.js";
import { recall, remember } from "../shared/session.js";
import { choose, settlesIn } from "./choose.js";

const UNSENT = "overlay.unsent";
const HEARD = "overlay.whispers";
const LANDED_MS = 350; // a key pressed while a card was changing was meant for the card before
const RATINGS = new Set(["helped", "not_helped"]);

export class Cards {
  /** `send(message)` says whether it could; `changed()` asks for a painting. */
  constructor(send, changed) {
    this.send = send;
    this.changed = changed;
    this.call = null;
    this.current = null; // {id, since} on the stage
    this.pinned = null; // id
    this.done = new Map(); // prompt id -> action, until the server says that the card is closed
    this.last = null; // the card that left the stage last, for a late "that helped"
    this.timer = 0;
    this.outbox = recall(sessionStorage, UNSENT, []);
    this.heard = new Set(recall(sessionStorage, HEARD, [])); // whispers that were acknowledged
  }

  get unsent() {
    return this.outbox.length;
  }

  /** The call has changed. */
  take(call) {
    if (call?.call.call !== this.call?.call.call) {
      this.current = this.pinned = this.last = null;
      this.done.clear();
    }
    this.call = call;
  }

  /** Which card is shown at audio time `now`: {card, queue, last, pinned}. */
  choose(now) {
    const open = this.#open();
    const { shown, queue } = choose(open, this.current, this.pinned, now);
    if (shown?.id !== this.current?.id) this.#change(shown, now);
    clearTimeout(this.timer);
    const settles = settlesIn(open, this.current, this.pinned, now);
    if (settles !== null) this.timer = setTimeout(this.changed, 1000 * settles + 20);
    return { card: shown, queue, last: this.#lastClosed(), pinned: shown !== null && shown.id === this.pinned };
  }

  /** What the agent did, with the card on the stage unless `id` names another. */
  act(action, id = null) {
    const card = id ? this.#find(id) : this.#target(action);
    if (!card) return;
    if (card.kind === "whisper") this.#hear(card);
    else {
      this.#post({ type: "action", prompt: card.id, action, call: this.call.call.call });
      this.done.set(card.id, action);
    }
    if (this.pinned === card.id) this.pinned = null;
    this.changed();
  }

  /** Keeps the card on the stage beyond its time and before others, or lets it go again. */
  pin() {
    if (this.current) this.pinned = this.pinned === this.current.id ? null : this.current.id;
    this.changed();
  }

  /** The connection is back. */
  flush() {
    while (this.outbox.length && this.send(this.outbox[0])) this.outbox.shift();
    remember(sessionStorage, UNSENT, this.outbox);
  }

  #post(message) {
    this.outbox.push(message);
    this.flush();
  }

  #hear(card) {
    this.heard.add(card.id);
    remember(sessionStorage, HEARD, [...this.heard]);
  }

  /** The card that a key means: the one on the stage, or for a rating the one that has just left it. */
  #target(action) {
    if (this.current && performance.now() - this.current.landed < LANDED_MS) return null;
    if (this.current) return this.#find(this.current.id);
    return RATINGS.has(action) ? this.#lastClosed() : null;
  }

  #find(id) {
    return this.#all().find((card) => card.id === id) ?? null;
  }

  #change(shown, now) {
    if (this.current) this.last = this.current.id;
    this.current = shown && { id: shown.id, since: now, landed: performance.now() };
  }

  #lastClosed() {
    const card = this.last && this.#find(this.last);
    if (!card || card.kind === "whisper" || (!card.closed && !this.done.has(card.id))) return null;
    const done = this.done.get(card.id);
    return { ...card, rating: RATINGS.has(done) ? done : card.rating };
  }

  #open() {
    if (!this.call || this.call.ended) return [];
    const prompts = openPrompts(this.call).filter((card) => !this.done.has(card.id));
    const held = this.call.prompts.filter((card) => card.id === this.pinned && card.closed);
    return [...this.#whispers(), ...[...prompts, ...held].map(asCard)];
  }

  #whispers() {
    return this.call.remarks.filter(({ action, key }) => action === "whisper" && !this.heard.has(this.#name(key))).map(
      ({ key, by, text, at }) => ({ id: this.#name(key), kind: "whisper", by, text: { zh: text, en: text }, at }),
    );
  }

  #name(key) {
    return `${this.call.call.call}/${key}`;
  }

  #all() {
    return this.call ? [...this.#whispers(), ...this.call.prompts.map(asCard)] : [];
  }
}

function asCard(prompt) {
  return { ...prompt, kind: prompt.priority };
}
