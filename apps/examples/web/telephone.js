// The page of ../telephone.cc: presses keys (RTCDTMFSender), and says which ones come back, as the analyser hears them.
import { SignalingChannel } from '/signaling_channel.js';

const kPressed = '159D*0#';
const kLow = [697, 770, 852, 941];
const kHigh = [1209, 1336, 1477, 1633];
const kKeys = '123A456B789C*0#D';

const selfView = document.getElementById('self');
const remoteView = document.getElementById('remote');
const signaling = new SignalingChannel(remoteView);
const pc = new RTCPeerConnection();

pc.onicecandidate = ({ candidate }) => signaling.send({ candidate });
pc.onnegotiationneeded = async () => {
  await pc.setLocalDescription();
  signaling.send({ description: pc.localDescription });
};
pc.ontrack = ({ track, streams }) => {
  remoteView.srcObject = streams[0];
  if (track.kind === 'audio') track.onunmute = () => listen(track);
};
pc.onconnectionstatechange = () => {
  const dtmf = pc.getSenders().find(({ track }) => track.kind === 'audio').dtmf;
  // Not at once: the far end hears from when its sound is played. And long: Chromium counts the length of a key at 8 kHz,
  // while its clock in a stream of Opus has 48, and so makes it a sixth of that.
  if (pc.connectionState === 'connected') setTimeout(() => dtmf.insertDTMF(kPressed, 600, 200), 1500);
};

async function listen(track) {
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const levels = new Float32Array(analyser.frequencyBinCount);
  const levelAt = (hertz) => levels[Math.round((hertz * analyser.fftSize) / context.sampleRate)];
  const strongest = (tones) => tones.reduce((best, hertz, i) => (levelAt(hertz) > levelAt(tones[best]) ? i : best), 0);
  let [heard, before, times] = ['', '', 0];
  setInterval(() => {
    analyser.getFloatFrequencyData(levels);
    const [low, high] = [strongest(kLow), strongest(kHigh)];
    const weaker = Math.min(levelAt(kLow[low]), levelAt(kHigh[high]));
    const key = weaker > -45 ? kKeys[low * 4 + high] : '';
    times = key === before ? times + 1 : 0;
    before = key;
    if (key === '' || times !== 3) return;  // 100 ms of it: between two keys others seem to sound
    heard += key;
    document.getElementById('keys').textContent = heard;
    signaling.more = `, keys ${heard}`;
  }, 25);
}

async function addCameraMic() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  selfView.srcObject = stream;
}

signaling.onmessage = async ({ data: { description, candidate } }) => {
  if (description) {
    await pc.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    await addCameraMic();
    await pc.setLocalDescription();
    signaling.send({ description: pc.localDescription });
  } else {
    await pc.addIceCandidate(candidate);
  }
};

if (location.search === '?start') addCameraMic();
