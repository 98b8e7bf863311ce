// The supervisor's board: the one controller that knows all the parts.

import { AudioClock } from "../shared/audio-clock.js";
import { fold as foldCall, fromSnapshot } from "../shared/call-state.js";
import { Connection, socketUrl } from "../shared/connection.js";
import { Painter, updateAll } from "../shared/painter.js";
import { Preferences } from "../shared/preferences.js";
import { recall, remember, takeToken } from "../shared/session.js";
import { label, words } from "../shared/words.js";
import { Alerts } from "./alerts.js";
import { BoardView } from "./board.js";
import { fold as foldBoard, NO_CALLS } from "./board-state.js";
import { CallView } from "./call.js";
import { FiltersView } from "./filters.js";
import { TeamView } from "./team.js";
import { TopView } from "./top.js";

const TICK_MS = 1000;
const WATCHED = "supervisor.watched";

const part = (selector) => document.querySelector(selector);
const audio = new AudioClock();
const painter = new Painter(paint);
const preferences = new Preferences(speakAnew);
let say = words(preferences.language);
let board = NO_CALLS;
let call = null; // the state of the call that is open
let watched = recall(sessionStorage, WATCHED, null); // its id, also before its snapshot has come
let missing = null; // the id of a call that turned out to be gone
let team = false;
let problem = null; // the code of what the server did not take

const connection = new Connection({
  url: socketUrl("../v1/supervisor"),
  probeUrl: "../healthz",
  hello: () => ({ token: takeToken("supervisor"), ...(watched && { call: watched }) }),
  onFrame: take,
  onState: () => painter.request(),
});

const alerts = new Alerts(part("#alerts"), preferences);
const filters = new FiltersView(part(".filters"), () => painter.request(), (on) => { team = on; painter.request(); });
const boardView = new BoardView(part(".board"), { open: watch, changed: () => painter.request() });
const parts = [
  new TopView(part(".top"), preferences, () => connection.retryNow()),
  filters,
  boardView,
  new TeamView(part(".team"), watch),
  new CallView(part(".call"), { close: () => watch(null), send: post }),
];

function take(message) {
  if (message.type === "snapshot") {
    call = fromSnapshot(message);
    audio.reset();
    if (call) audio.reached(call.at);
  } else if (message.type === "event") {
    if (message.call !== call?.call.call) return;
    call = foldCall(call, message.event);
    audio.reached(call.at);
  } else if (message.type === "error") problem = { code: message.code };
  else {
    if (message.type === "gone" && message.call === watched && !call) missing = watched;
    board = foldBoard(board, message);
    boardView.touch(message);
    alerts.take(message, say);
  }
  if (call?.ended) audio.stop(call.at);
  painter.request();
}

/** What the supervisor does with the open call; false where it could not be sent. */
function post(message) {
  problem = null;
  return connection.send(message);
}

/** Opens a call beside the board; null closes it. */
function watch(id) {
  if (id === watched && id !== null && !missing) return;
  watched = id;
  missing = problem = null;
  call = null;
  remember(sessionStorage, WATCHED, watched);
  connection.send(id === null ? { type: "unwatch" } : { type: "watch", call: id });
  painter.request();
}

function paint() {
  const view = {
    board, call, watched, missing, problem, team, say, preferences, now: audio.now(), link: connection.state,
    filters: filters.values, language: preferences.language,
  };
  updateAll(parts, view);
}

function speakAnew() {
  say = words(preferences.language);
  label(document, say);
  boardView.touchAll();
  painter.request();
}

label(document, say);
painter.request();
connection.connect();
setInterval(() => painter.request(), TICK_MS);
