// Runs on the audio thread: both sides of the call, brought to one rate, interleaved, in blocks of equal length.
// Input 0 is the agent, input 1 the customer; one that is silent or gone counts as silence, so that time runs on.

import { Resampler, toInt16 } from "./resampler.js";

const QUANTUM = 128; // samples that the browser hands over at a time

class Tap extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate, block } }) {
    super();
    this.sides = [0, 1].map(() => ({ resampler: new Resampler(sampleRate, rate), ready: new Float32Array(0) }));
    this.block = block;
    this.open = true;
    this.port.onmessage = () => { this.open = false; };
  }

  process(inputs) {
    const length = inputs.flat()[0]?.length ?? QUANTUM;
    this.sides.forEach((side, index) => { side.ready = joined(side.ready, side.resampler.push(mono(inputs[index], length))); });
    while (this.sides[0].ready.length >= this.block) this.#post();
    return this.open;
  }

  #post() {
    const both = new Float32Array(2 * this.block);
    this.sides.forEach((side, index) => {
      for (let place = 0; place < this.block; place += 1) both[2 * place + index] = side.ready[place];
      side.ready = side.ready.slice(this.block);
    });
    const samples = toInt16(both);
    this.port.postMessage(samples, [samples.buffer]);
  }
}

function mono(channels, length) {
  const mixed = new Float32Array(length);
  for (const channel of channels) for (let place = 0; place < length; place += 1) mixed[place] += channel[place] / channels.length;
  return mixed;
}

function joined(one, other) {
  const all = new Float32Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

registerProcessor("coach-tap", Tap);
