// The audio that may still be wanted: a ring of interleaved 16-bit samples, addressed by their offset in the call.
// Overflow policy: the oldest goes, and the offsets tell the server what is missing.

const CHANNELS = 2;

export class Kept {
  /** Room for `capacity` samples per channel. */
  constructor(capacity) {
    this.capacity = capacity;
    this.ring = new Int16Array(CHANNELS * capacity);
    this.start = 0; // offset of the oldest sample that is there
    this.end = 0; // offset of the sample to come
  }

  /** Adds interleaved samples. */
  add(samples) {
    for (let place = 0; place < samples.length; place += 1) {
      this.ring[(CHANNELS * this.end + place) % this.ring.length] = samples[place];
    }
    this.end += samples.length / CHANNELS;
    this.start = Math.max(this.start, this.end - this.capacity);
  }

  /** Time passed without audio, `samples` long: nothing from before can be told apart from it any more. */
  skip(samples) {
    this.end += samples;
    this.start = this.end;
  }

  /** Up to `most` samples per channel from `offset` on, interleaved; empty when there are none yet. */
  read(offset, most) {
    const length = Math.min(most, this.end - offset);
    if (length <= 0) return new Int16Array(0);
    return Int16Array.from({ length: CHANNELS * length }, (_, place) => this.ring[(CHANNELS * offset + place) % this.ring.length]);
  }
}
