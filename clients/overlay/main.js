// The agent's overlay: the one controller that knows all the parts. State comes from the server, paint goes to the parts.

import { AudioClock } from "../shared/audio-clock.js";
import { begin, fold, fromSnapshot, openPrompts } from "../shared/call-state.js";
import { Connection, socketUrl } from "../shared/connection.js";
import { PaceMeter, StressMeter } from "../shared/meter.js";
import { Painter, updateAll } from "../shared/painter.js";
import { Preferences } from "../shared/preferences.js";
import { takeToken } from "../shared/session.js";
import { TranscriptView } from "../shared/transcript-view.js";
import { label, words } from "../shared/words.js";
import { Announcer } from "./announcer.js";
import { Cards } from "./cards.js";
import { DrawnReport } from "./drawn.js";
import { ChecklistView, ShareView } from "./frame.js";
import { FloatingWindow } from "./floating.js";
import { Keys } from "./keys.js";
import { NextView } from "./next.js";
import { SettingsView } from "./settings.js";
import { StageView } from "./stage.js";
import { StatusView } from "./status.js";

const TICK_MS = 1000; // timers and lines move on this often, nothing else does by itself

const root = document.querySelector("#overlay");
const part = (selector) => root.querySelector(selector);
const audio = new AudioClock();
const painter = new Painter(paint);
const preferences = new Preferences(speakAnew);
let say = words(preferences.language);
let call = null;

const connection = new Connection({
  url: socketUrl("../v1/overlay"),
  probeUrl: "../healthz",
  hello: () => ({ token: takeToken("overlay") }),
  onFrame: take,
  onState: () => painter.request(),
});
const cards = new Cards((message) => connection.send(message), () => painter.request());
const act = (action, id) => cards.act(action, id);

const floating = new FloatingWindow(root, part(".float"), painter);
const stage = new StageView(part(".stage"), { act, pin: () => cards.pin() });
const parts = [
  stage,
  new Announcer(part('[aria-live="polite"]'), part('[aria-live="assertive"]')),
  new StatusView(part(".status"), () => connection.retryNow()),
  new SettingsView(part("#settings"), part(".menu"), preferences),
  new NextView(part(".next"), act),
  new PaceMeter(part('[data-cue="pace"]')),
  new StressMeter(part('[data-cue="stress"]')),
  new ShareView(part(".share")),
  new ChecklistView(part(".checklist")),
  new TranscriptView(part(".transcript")),
  new DrawnReport((message) => connection.send(message), painter),
];

const keys = new Keys(preferences, {
  acknowledge: () => cards.act("acknowledge"),
  dismiss: () => cards.act("dismiss"),
  helped: () => cards.act("helped"),
  not_helped: () => cards.act("not_helped"),
  pin: () => cards.pin(),
  evidence: () => stage.toggleEvidence(),
});
keys.listen(document);
floating.onWindow = (view) => keys.listen(view.document);

function take(message) {
  if (message.type === "snapshot") {
    if (message.call?.call !== call?.call.call) audio.reset();
    call = fromSnapshot(message);
  } else if (message.type === "event") {
    if (message.call !== call?.call.call) call = begin({ call: message.call, at: 0 });
    call = fold(call, message.event);
  } else return;
  if (call) audio.reached(call.at);
  if (call?.ended) audio.stop(call.at);
  cards.take(call);
  if (message.type === "snapshot") cards.resend();
  document.title = `${call && openPrompts(call).length ? "● " : ""}${say("overlay")}`; // seen in a tab behind others too
  painter.request();
}

function paint() {
  const now = audio.now();
  const view = {
    call, now, say, preferences, link: connection.state, unsent: cards.unsent, language: preferences.language,
    ...cards.choose(now),
  };
  updateAll(parts, view);
}

function speakAnew() {
  say = words(preferences.language);
  label(document, say);
  if (floating.view) label(floating.view.document, say);
  floating.dress();
  painter.request();
}

speakAnew();
connection.connect();
setInterval(() => painter.request(), TICK_MS);
