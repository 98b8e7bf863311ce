// A compliance card that has just opened on the board: said to screen readers, counted in the tab, heard if wanted.

import { setText } from "../shared/dom.js";

const BEEP_HZ = 660;
const BEEP_S = 0.18;

export class Alerts {
  constructor(live, preferences) {
    this.live = live;
    this.preferences = preferences;
    this.open = new Map(); // call -> ids of its open P0 cards
  }

  /** A message of the board. */
  take(message, say) {
    if (message.type === "board") {
      this.open.clear();
      for (const row of message.rows) this.#row(row, say, false);
    } else if (message.type === "row") this.#row(message.row, say, true);
    else if (message.type === "gone") this.open.delete(message.call);
    const count = [...this.open.values()].reduce((sum, ids) => sum + ids.size, 0);
    const title = say("supervisor");
    document.title = count ? `(${count}) ${title}` : title;
  }

  #row(row, say, fresh) {
    const ids = new Set(row.prompts.filter(({ priority }) => priority === "P0").map(({ id }) => id));
    const before = this.open.get(row.call) ?? new Set();
    const opened = [...ids].some((id) => !before.has(id));
    if (ids.size) this.open.set(row.call, ids);
    else this.open.delete(row.call);
    if (!opened || !fresh) return;
    setText(this.live, `${row.agent} · ${say("reason.p0")}`);
    if (this.preferences.values.sound) this.#beep();
  }

  #beep() {
    this.audio ??= new AudioContext();
    const from = this.audio.currentTime;
    const tone = new OscillatorNode(this.audio, { frequency: BEEP_HZ });
    const gain = new GainNode(this.audio, { gain: 0.12 });
    gain.gain.setTargetAtTime(0, from + BEEP_S / 2, BEEP_S / 4);
    tone.connect(gain).connect(this.audio.destination);
    tone.start(from);
    tone.stop(from + BEEP_S);
  }
}
