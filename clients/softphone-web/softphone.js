// For any WebRTC softphone page: sends both sides of a call to the coach. Shows nothing of its own.
//
//     import { CoachedCall } from "./softphone.js";
//     const call = new CoachedCall({ url: "wss://coach.bank.example/v1/audio", token, call: "c-42", agent: "a17" });
//     await call.start(microphoneTrack, remoteTrack);
//     ...
//     await call.end();
//
// A lost connection is taken up again where the server left off; nothing is lost while the ring holds what was said.

import { Kept } from "./kept.js";

const RATE = 16000; // samples a second and channel
const BLOCK = 800; // samples per message: 50 ms
const AUDIO = 1n; // kind of a binary frame
const HEADER_BYTES = 16;
const DELAYS_S = [0.1, 0.25, 0.5, 1, 2]; // before attempt 1, 2, ...; the last one repeats
const MOST_UNSENT_BYTES = 64 * 1024; // what the browser may hold; the rest waits in the ring
const NO_TOKEN = 0; // not a close code: there was no socket yet
const GIVE_UP_S = 60; // a call that is over is offered to an absent server for so long
const PUMP_MS = 20; // until it is asked again
const REFUSED = new Set([4400, 4403, 4409, 4415]); // closes after which connecting again cannot help
const UNKNOWN = 4404; // the server was restarted and has forgotten the call

export class CoachedCall {
  /**
   * `token` may be a function that gives a fresh one. `keptS`: seconds of audio kept for a return. `onState(state)`
   * gets {name, detail}: "connecting", "live", "lost", "refused" or "ended".
   */
  constructor({ url, token, call, agent, campaign = "inbound", language = "zh", context = {}, keptS = 120, onState = () => {} }) {
    Object.assign(this, { url, token, onState });
    this.about = { call, agent, campaign, language, context };
    this.calls = 1; // a call that a restarted server no longer knows goes on as a new one
    this.kept = new Kept(keptS * RATE);
    this.socket = null;
    this.sent = null; // offset of the next sample to send, null while the server has not said it is ready
    this.known = false; // the server has had this call
    this.attempt = 0;
    this.over = false;
    this.done = new Promise((resolve) => { this.finish = resolve; });
  }

  /** Begins to listen and to send. `agent` and `customer` are live audio tracks: the microphone, and what is heard. */
  async start(agent, customer) {
    this.audio = new AudioContext({ latencyHint: "interactive" });
    await this.audio.audioWorklet.addModule(new URL("tap-worklet.js", import.meta.url));
    const tap = new AudioWorkletNode(this.audio, "coach-tap", {
      numberOfInputs: 2, numberOfOutputs: 0, processorOptions: { rate: RATE, block: BLOCK },
    });
    tap.port.onmessage = ({ data }) => this.#take(data);
    this.tap = tap;
    this.sources = [agent, customer].map((track, index) => {
      const stream = new MediaStream([track]);
      const source = this.audio.createMediaStreamSource(stream);
      source.connect(tap, 0, index);
      return { source, pull: pulling(stream) };
    });
    this.audio.addEventListener("statechange", () => this.#paused());
    await this.audio.resume();
    this.#connect();
  }

  /** The conversation is over: what is left is sent, the server says goodbye, the promise resolves. */
  end() {
    this.over = true;
    this.tap?.port.postMessage("end");
    for (const { source, pull } of this.sources ?? []) {
      source.disconnect();
      pull.srcObject = null;
    }
    this.audio?.close();
    this.#pump();
    return this.done;
  }

  #take(samples) {
    if (this.over) return;
    this.kept.add(samples);
    this.#pump();
  }

  /** The browser stopped the audio for a while (a sleeping machine, a phone call): the gap stays visible. */
  #paused() {
    if (this.audio.state === "running" && this.pausedAt !== undefined) {
      this.kept.skip(Math.round(((performance.now() - this.pausedAt) / 1000) * RATE));
      this.pausedAt = undefined;
    } else if (this.audio.state !== "running" && !this.over) {
      this.pausedAt ??= performance.now();
      this.audio.resume();
    }
  }

  async #connect() {
    this.#tell("connecting");
    let token;
    try {
      token = typeof this.token === "function" ? await this.token() : this.token;
    } catch {
      this.#closed(NO_TOKEN, "no token");
      return;
    }
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.sent = null;
    socket.onopen = () => socket.send(JSON.stringify({
      type: "hello", v: 1, token, ...this.about, call: this.#name(), encoding: "linear16", rate: RATE,
      channels: ["agent", "customer"], resume: this.known ? this.kept.start : null,
    }));
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  #name() {
    return this.calls === 1 ? this.about.call : `${this.about.call}.${this.calls}`;
  }

  #hear(message) {
    if (message.type === "ready") {
      this.attempt = 0;
      this.known = true;
      this.sent = message.resume_at;
      this.#tell("live", message.recogniser);
      this.#pump();
    } else if (message.type === "ack") this.#pump();
    else if (message.type === "ended") {
      this.#tell("ended", message.reason);
      this.finish(message);
    } else if (message.type === "error") this.error = message.text;
  }

  /** Sends what is there, as far as the browser takes it; the ring keeps the rest. */
  #pump() {
    const socket = this.socket;
    if (this.sent === null || socket?.readyState !== WebSocket.OPEN) return;
    while (socket.bufferedAmount < MOST_UNSENT_BYTES) {
      this.sent = Math.max(this.sent, this.kept.start);
      const samples = this.kept.read(this.sent, BLOCK);
      if (!samples.length) break;
      socket.send(frame(this.sent, samples));
      this.sent += samples.length / 2;
    }
    if (this.over && this.sent >= this.kept.end) {
      this.sent = null;
      socket.send(JSON.stringify({ type: "bye", reason: "bye" }));
    } else if (this.sent < this.kept.end) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#pump(), PUMP_MS);
    }
  }

  #closed(code, reason) {
    if (this.state === "ended") return;
    if (REFUSED.has(code)) {
      this.#tell("refused", this.error ?? reason);
      this.finish({ type: "error", reason });
      return;
    }
    this.sent = null;
    if (this.over) this.overSince ??= performance.now();
    if (performance.now() - this.overSince > 1000 * GIVE_UP_S) {
      this.#tell("ended", "server away");
      this.finish({ type: "ended", reason: "server away" });
      return;
    }
    if (code === UNKNOWN && this.known) {
      this.calls += 1;
      this.known = false;
      this.#begin();
    }
    this.#tell("lost", reason);
    const wait = DELAYS_S[Math.min(this.attempt, DELAYS_S.length - 1)];
    this.attempt += 1;
    setTimeout(() => this.#connect(), 1000 * wait);
  }

  /** A new call begins with what is kept. */
  #begin() {
    const rest = this.kept.read(this.kept.start, this.kept.end - this.kept.start);
    this.kept = new Kept(this.kept.capacity);
    this.kept.add(rest);
  }

  #tell(name, detail = "") {
    this.state = name;
    this.onState({ name, detail });
  }
}

/** A binary frame: kind and offset, then the samples, all little-endian. */
function frame(offset, samples) {
  const bytes = new ArrayBuffer(HEADER_BYTES + samples.byteLength);
  const view = new DataView(bytes);
  view.setBigUint64(0, AUDIO, true);
  view.setBigUint64(8, BigInt(offset), true);
  samples.forEach((sample, place) => view.setInt16(HEADER_BYTES + 2 * place, sample, true));
  return bytes;
}

/** Chromium gives the audio of a remote track to nobody unless a media element plays it, silently if need be. */
function pulling(stream) {
  const player = new Audio();
  player.srcObject = stream;
  player.muted = true;
  player.play().catch(() => { /* without a gesture it still pulls */ });
  return player;
}
