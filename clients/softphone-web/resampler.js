// From any rate to any other: a windowed-sinc filter, one set of coefficients for each phase of the ratio (polyphase,
// after Crochiere and Rabiner 1983; Kaiser window). Results do not depend on how the samples were cut into blocks.

const ZEROS = 16; // zero crossings of the sinc on either side
const BETA = 8.6; // Kaiser: about 80 dB below
const ROLL_OFF = 0.92; // of half the lower rate passes

export class Resampler {
  constructor(from, to) {
    const common = gcd(from, to);
    this.up = to / common;
    this.down = from / common;
    const stretch = Math.max(1, this.down / this.up);
    this.half = Math.ceil(ZEROS * stretch);
    this.filters = Array.from({ length: this.up }, (_, phase) => filter(phase / this.up, this.half, stretch));
    this.waiting = new Float32Array(this.half); // samples that outputs to come still need, silence before the first
    this.phase = 0; // of the next output, in 1/up input samples after the middle of `waiting`'s first window
  }

  /** The samples (Float32Array) at the new rate that can be known by now. */
  push(samples) {
    const input = new Float32Array(this.waiting.length + samples.length);
    input.set(this.waiting);
    input.set(samples, this.waiting.length);
    const width = 2 * this.half;
    const out = [];
    let start = 0;
    let phase = this.phase;
    while (start + width < input.length) {
      const taps = this.filters[phase];
      let sum = 0;
      for (let index = 0; index <= width; index += 1) sum += taps[index] * input[start + index];
      out.push(sum);
      phase += this.down;
      start += Math.floor(phase / this.up);
      phase %= this.up;
    }
    this.phase = phase;
    this.waiting = input.slice(start);
    return Float32Array.from(out);
  }
}

/** Coefficients for an output that lies `offset` samples after the middle one; they sum to 1. */
function filter(offset, half, stretch) {
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, index) => {
    const x = (index - half - offset) / stretch;
    return ROLL_OFF * sinc(ROLL_OFF * x) * kaiser(x / ZEROS);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x) {
  return Math.abs(x) > 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let n = 1; term > 1e-12 * sum; n += 1) {
    term *= (x / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a, b) {
  return b === 0 ? a : gcd(b, a % b);
}

/** Linear samples -1..1 as 16 bit; what is louder is cut, never wrapped round. */
export function toInt16(samples) {
  return Int16Array.from(samples, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));
}
