// The cards of one call on their way over the stage: what is open, what was done with it, what the server still has to hear.

import { openPrompts, rating } from "../shared/call-state.js";
import { recall, remember } from "../shared/session.js";
import { choose, settlesIn } from "./choose.js";

const PENDING = "overlay.pending";
const HEARD = "overlay.whispers";
const HEARD_KEPT = 200;
const LANDED_MS = 350; // a key or click while a card was changing was meant for the card before
const RECENT_S = 90; // how long a card that was taken down can still be rated
const RATINGS = new Set(["helped", "not_helped"]);

export class Cards {
  /** `send(message)` says whether it could; `changed()` asks for a painting. */
  constructor(send, changed) {
    this.send = send;
    this.changed = changed;
    this.call = null;
    this.current = null; // {id, since, shownAt} on the stage
    this.pinned = null; // id
    this.timer = 0;
    this.pending = recall(sessionStorage, PENDING, []); // {message, sent}: actions that the call's events do not show yet
    this.heard = new Set(recall(sessionStorage, HEARD, [])); // whispers that were acknowledged
  }

  /** How many actions wait for the connection. */
  get unsent() {
    return this.pending.filter(({ sent }) => !sent).length;
  }

  /** The call has changed. An action is done with once the call's events show it; those of another call are void. */
  take(call) {
    if (call?.call.call !== this.call?.call.call) this.current = this.pinned = null;
    this.call = call;
    if (!call || !this.pending.length) return;
    this.#keep(this.pending.filter(({ message }) => message.call === call.call.call
      && !call.prompts.find(({ id }) => id === message.prompt)?.actions.includes(message.action)));
  }

  /** A new connection is live: what was sent over the last one may have been lost. */
  resend() {
    for (const each of this.pending) each.sent = this.send(each.message);
  }

  /** Which card is shown at audio time `now`: {card, queue, last, pinned, landed}. */
  choose(now) {
    const open = this.#open();
    const { shown, queue } = choose(open, this.current, this.pinned, now);
    if (shown?.id !== this.current?.id) this.current = shown && { id: shown.id, since: now, shownAt: performance.now() };
    this.#wake(settlesIn(open, this.current, this.pinned, now));
    const pinned = shown !== null && shown.id === this.pinned;
    return { card: shown, queue, last: this.#last(now), pinned, landed: this.#landsIn() === 0 };
  }

  /** What the agent did, with the card on the stage unless `id` names another; a rating may mean the one just gone. */
  act(action, id = this.current?.id) {
    if (!this.call || (id === this.current?.id && this.#landsIn() > 0)) return;
    const card = id ? this.#find(id) : RATINGS.has(action) ? this.#last(this.call.at) : null;
    if (!card) return;
    if (card.kind === "whisper") this.#hear(card);
    else this.#answer(card, action);
    if (this.pinned === card.id) this.pinned = null;
    this.changed();
  }

  /** Keeps the card on the stage beyond its time and before others, or lets it go again. */
  pin() {
    if (this.current) this.pinned = this.pinned === this.current.id ? null : this.current.id;
    this.changed();
  }

  /** A rating of an open card also says that it was seen: it leaves the stage. */
  #answer(card, action) {
    const actions = RATINGS.has(action) && this.#isOpen(card) ? [action, "acknowledge"] : [action];
    this.#keep([...this.pending, ...actions.map((each) => {
      const message = { type: "action", prompt: card.id, action: each, call: this.call.call.call };
      return { message, sent: this.send(message) };
    })]);
  }

  #keep(pending) {
    this.pending = pending;
    remember(sessionStorage, PENDING, pending);
  }

  #hear(card) {
    this.heard.add(card.id);
    remember(sessionStorage, HEARD, [...this.heard].slice(-HEARD_KEPT));
  }

  /** Milliseconds until the card on the stage may be answered. */
  #landsIn() {
    return this.current ? Math.max(0, LANDED_MS - (performance.now() - this.current.shownAt)) : 0;
  }

  /** Asks for a painting when the card has landed, or when another may take its place, in `settles` seconds. */
  #wake(settles) {
    clearTimeout(this.timer);
    const waits = [this.#landsIn(), settles === null ? 0 : 1000 * settles + 20].filter((ms) => ms > 0);
    if (waits.length) this.timer = setTimeout(this.changed, Math.min(...waits));
  }

  #isOpen(card) {
    return !card.closed && !this.pending.some(({ message }) => message.prompt === card.id);
  }

  #find(id) {
    return [...this.#whispers(), ...this.call.prompts.map(asCard)].find((card) => card.id === id) ?? null;
  }

  /** The card that was taken down last, with its rating, for a late "that helped". */
  #last(now) {
    const since = ({ closed }) => closed?.at ?? now;
    const gone = (this.call?.prompts ?? []).filter((card) => card.priority !== "P3" && !this.#isOpen(card)
      && card.id !== this.pinned && now - since(card) <= RECENT_S);
    if (!gone.length) return null;
    const card = gone.reduce((last, each) => (since(each) > since(last) ? each : last));
    const said = this.pending.findLast(({ message }) => message.prompt === card.id && RATINGS.has(message.action));
    return { ...asCard(card), rating: said?.message.action ?? rating(card) };
  }

  #open() {
    if (!this.call || this.call.ended) return [];
    const prompts = openPrompts(this.call).filter((card) => this.#isOpen(card));
    const held = this.call.prompts.filter((card) => card.id === this.pinned && card.closed);
    return [...this.#whispers(), ...[...prompts, ...held].map(asCard)];
  }

  #whispers() {
    return this.call.remarks.filter(({ action }) => action === "whisper")
      .map(({ key, by, text, at }) => ({ id: `${this.call.call.call}/${key}`, kind: "whisper", by, text: { zh: text, en: text }, at }))
      .filter(({ id }) => !this.heard.has(id));
  }
}

function asCard(prompt) {
  return { ...prompt, kind: prompt.priority };
}
