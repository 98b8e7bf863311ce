// One WebSocket to the server that is always being looked after: hello, frames in, messages out, back again after a loss.
// Every reconnection starts with a snapshot, so there is nothing to resume here.

const DELAYS_S = [0.2, 0.5, 1, 2, 3, 5]; // wait before attempt 1, 2, ...; the last one repeats
const BUSY_S = 10; // the server said "try again later"
const CONNECT_S = 8; // an attempt that has brought nothing by then is given up
const QUIET_S = 10; // nothing heard for so long: ask whether the server is still there
const PROBE_S = 4; // and wait so long for the answer
const REFUSED = { 4400: "protocol", 4403: "auth" }; // closes that trying again does not mend
const TRY_LATER = 1013;

/**
 * `onFrame(message)` gets every parsed message, `onState({name, since, reason})` every change of the connection:
 * "connecting", "live", "lost" (trying again) or "refused" (needs a person). `since` is wall time in ms.
 */
export class Connection {
  constructor({ url, probeUrl, hello, onFrame, onState }) {
    Object.assign(this, { url, probeUrl, hello, onFrame, onState });
    this.state = { name: "connecting", since: Date.now(), reason: "" };
    this.attempt = 0;
    this.timer = 0;
    this.socket = null;
    this.heard = 0;
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.#lose("offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.retryNow());
    setInterval(() => this.#watch(), 1000 * QUIET_S / 2);
  }

  get live() {
    return this.state.name === "live";
  }

  connect() {
    this.#drop();
    this.timer = setTimeout(() => this.#lose("no answer"), 1000 * CONNECT_S);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ v: 1, type: "hello", ...this.hello() }));
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  /** False, and nothing sent, unless the connection is live. */
  send(message) {
    if (!this.live) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Somebody asked, or the network came back: do not wait for the timer. */
  retryNow() {
    if (this.state.name !== "lost") return;
    this.attempt = 0;
    this.connect();
  }

  #take(message) {
    this.heard = Date.now();
    if (message.type !== "error" && !this.live) {
      clearTimeout(this.timer);
      this.attempt = 0;
      this.#become("live");
    }
    this.onFrame(message);
  }

  #closed(code, reason) {
    this.#drop();
    if (REFUSED[code]) this.#become("refused", REFUSED[code]);
    else this.#lose(reason, code === TRY_LATER ? BUSY_S : null);
  }

  #lose(reason, delay = null) {
    if (this.state.name === "refused") return;
    this.#drop();
    this.#become("lost", reason);
    const wait = delay ?? DELAYS_S[Math.min(this.attempt, DELAYS_S.length - 1)];
    this.attempt += 1;
    this.timer = setTimeout(() => this.connect(), 1000 * wait * (0.75 + Math.random() / 2));
  }

  /** Nothing more is wanted from this socket, and nothing is planned. */
  #drop() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** A dead network can leave a socket open for minutes; a small request tells. */
  async #watch() {
    if (!this.live || Date.now() - this.heard < 1000 * QUIET_S) return;
    const socket = this.socket;
    try {
      await fetch(this.probeUrl, { cache: "no-store", signal: AbortSignal.timeout(1000 * PROBE_S) });
      this.heard = Date.now();
    } catch {
      if (socket === this.socket) this.#lose("no answer");
    }
  }

  #become(name, reason = "") {
    const since = name === this.state.name ? this.state.since : Date.now();
    this.state = { name, since, reason };
    this.onState(this.state);
  }
}

/** The server's address for `path` on the page's own host, also behind a proxy that adds a prefix. */
export function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  url.search = "";
  return url.href;
}
