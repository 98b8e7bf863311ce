// A softphone page reduced to the least: two tracks and a CoachedCall.
// Opened with #url=ws://127.0.0.1:8765/v1/audio&token=…&agent=…&call=…

import { CoachedCall } from "./softphone.js";

const about = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const [file, button, state] = ["input", "button", "output"].map((name) => document.querySelector(name));
let call = null;

file.addEventListener("change", () => { button.disabled = file.files.length === 0; });
button.addEventListener("click", async () => {
  button.disabled = true;
  if (call) {
    await call.end();
    return;
  }
  const microphone = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const customer = await overWebRtc(await played(file.files[0]));
  call = new CoachedCall({ ...about, onState: ({ name, detail }) => { state.value = `${name} ${detail}`; } });
  await call.start(microphone.getAudioTracks()[0], customer);
  button.textContent = "Hang up";
  button.disabled = false;
});

/** A live track of the file. */
async function played(sound) {
  const audio = new AudioContext();
  const source = audio.createBufferSource();
  source.buffer = await audio.decodeAudioData(await sound.arrayBuffer());
  const out = audio.createMediaStreamDestination();
  source.connect(out);
  source.start();
  return out.stream.getAudioTracks()[0];
}

/** The same track after a WebRTC connection, as a softphone gets the other side. */
async function overWebRtc(track) {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
  far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
  const arrived = new Promise((resolve) => { far.ontrack = ({ track: other }) => resolve(other); });
  near.addTrack(track);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription);
  return arrived;
}
