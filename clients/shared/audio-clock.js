// Audio time between events. Each event says which audio time has been reached; in between it runs like a clock.

const BEHIND_S = 2; // events this far behind our idea of the time: the audio has paused, take theirs

export class AudioClock {
  constructor(wall = () => performance.now() / 1000) {
    this.wall = wall;
    this.reset();
  }

  reset() {
    this.lead = -Infinity; // audio time minus wall time
    this.stoppedAt = null;
  }

  /** An event of audio time `at` has just arrived. Early arrivals count: late ones were only delayed on the way. */
  reached(at) {
    const lead = at - this.wall();
    if (lead > this.lead || lead < this.lead - BEHIND_S) this.lead = lead;
  }

  stop(at) {
    this.stoppedAt = at;
  }

  /** Audio time now, seconds; 0 before the first event. */
  now() {
    return this.stoppedAt ?? Math.max(0, Number.isFinite(this.lead) ? this.wall() + this.lead : 0);
  }
}
