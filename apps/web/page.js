// The page around a call: buttons, chat, statistics. Addresses: /?auto=1 starts at once, /?offer=1 makes this side offer.
import { Call } from '/call.js';
import { Graph, bits } from '/graph.js';
import { Lobby } from '/lobby.js';
import { Statistics } from '/statistics.js';
import { Steps } from '/steps.js';

const at = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const graph = new Graph(at('graph'));
let call = null;
let local = null;
let timer = null;
let statistics = null;
const steps = new Steps(at('steps'));
const lobby = new Lobby({
  preview: at('preview'), meter: at('level'), cameras: at('cameras'), microphones: at('microphones'),
  devices: at('devices'), problem: at('problem'), again: at('again'),
});

// For tests, and for the curious: tincan.call.pc is the RTCPeerConnection.
window.tincan = {
  get call() { return call; },
  get pc() { return call?.pc ?? null; },
  get channel() { return call?.channel ?? null; },
  get state() { return document.body.dataset.state; },
  remoteVideo: at('remote'),
  start,
  hangUp: () => call?.hangUp(),
};

function show(state, words) {
  document.body.dataset.state = state;
  at('status-text').textContent = words;
  const inCall = state === 'connecting' || state === 'connected';
  // No button that does nothing: without a microphone there is nothing to mute.
  at('hangup').disabled = !inCall;
  at('mute').disabled = !inCall || !local?.getAudioTracks().length;
  at('camera').disabled = !inCall || !local?.getVideoTracks().length;
  if (state === 'connecting') at('curtain-text').textContent = words;
}

async function start() {
  if (call) return;
  show('connecting', 'Opening your camera…');
  at('messages').replaceChildren();
  at('summary').hidden = true;
  steps.begin();
  local = lobby.stream ?? await lobby.open();
  if (at('problem').textContent) note(at('problem').textContent);
  lobby.close({ keepTracks: true });
  at('own').srcObject = local;
  press(at('mute'), false);
  press(at('camera'), false);
  call = new Call({ local, offer: query.get('offer') === '1', on: { state: show, step: (name) => steps.done(name), stream: play, channel: openChat, ended } });
  statistics = new Statistics();
  graph.clear();
  timer = setInterval(look, 1000);
}

function play(stream) {
  const video = at('remote');
  if (video.srcObject !== stream) video.srcObject = stream;
  video.play().then(() => steps.done('media')).catch(() => note('Press a key to hear the other end.'));
}

function ended(reason) {
  clearInterval(timer);
  for (const track of local?.getTracks() ?? []) track.stop();
  at('remote').srcObject = null;
  at('own').srcObject = null;
  at('text').disabled = at('send').disabled = true;
  call = null;
  show(/broke|Error|Nobody/.test(reason) ? 'failed' : 'idle', reason);
  at('curtain-text').textContent = reason;
  summarize();
  at('start').textContent = 'Call again';
  at('start').focus();
}

// What there is to say of a call that is over.
function summarize() {
  const rows = statistics?.summary() ?? [];
  statistics = null;
  at('summary').replaceChildren(...rows.map(([name, value]) => {
    const row = document.createElement('div');
    row.append(Object.assign(document.createElement('dt'), { textContent: name }), Object.assign(document.createElement('dd'), { textContent: value }));
    return row;
  }));
  at('summary').hidden = rows.length === 0;
}

async function look() {
  if (!call || !statistics) return;
  const now = await statistics.look(call.pc);
  call?.tellReceived(now.received);
  graph.add(now);
  at('rate-in').textContent = bits(now.in);
  at('rate-out').textContent = bits(now.out);
  at('rtt').textContent = now.rtt == null ? '–' : `${now.rtt.toFixed(now.rtt < 10 ? 1 : 0)} ms`;
  at('estimate').textContent = now.estimate == null ? '–' : bits(now.estimate);
  at('target').textContent = now.target == null ? '–' : bits(now.target) + (now.limited ? ' ↓' : '');
  at('target').title = now.limited ? `held down by ${now.limited}` : '';
  at('queue').textContent = now.queue == null ? '–' : `${now.queue.toFixed(now.queue < 10 ? 1 : 0)} ms`;
  for (const key of ['picture', 'lost', 'repaired', 'freezes', 'concealed', 'codecs', 'security']) at(key).textContent = now[key] ?? '–';
}

function openChat(channel) {
  at('text').disabled = at('send').disabled = false;
  note('The string is taut: what you write is echoed by the C++ peer.');
  channel.addEventListener('message', ({ data }) => {
    if (channel.label !== 'chat') return;
    say(typeof data === 'string' ? data : `${data.byteLength} bytes`, '');
  });
  channel.addEventListener('close', () => { at('text').disabled = at('send').disabled = true; });
}

// The last message stays in sight when the card above grows.
new ResizeObserver(() => { at('messages').scrollTop = at('messages').scrollHeight; }).observe(at('messages'));

function say(text, who) {
  const line = document.createElement('p');
  line.className = who;
  line.textContent = text.length > 500 ? `${text.slice(0, 500)}… (${text.length} characters)` : text;
  const list = at('messages');
  list.append(line);
  while (list.childElementCount > 200) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

function note(text) { say(text, 'note'); }

function press(button, pressed) { button.setAttribute('aria-pressed', String(pressed)); }

function toggle(button, kind) {
  const off = button.getAttribute('aria-pressed') !== 'true';
  press(button, off);
  for (const track of local?.getTracks() ?? []) if (track.kind === kind) track.enabled = !off;
}

at('start').onclick = start;
at('hangup').onclick = () => call?.hangUp();
at('mute').onclick = () => toggle(at('mute'), 'audio');
at('camera').onclick = () => toggle(at('camera'), 'video');
at('compose').onsubmit = (event) => {
  event.preventDefault();
  const text = at('text').value.trim();
  if (!text || call?.channel?.readyState !== 'open') return;
  call.channel.send(text);
  say(text, 'mine');
  at('text').value = '';
};
document.addEventListener('keydown', (event) => {
  if (event.target.matches('input') || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = { m: 'mute', v: 'camera', h: 'hangup' }[event.key.toLowerCase()];
  if (button && !at(button).disabled) at(button).click();
});
window.addEventListener('pagehide', () => call?.hangUp());
show('idle', 'Not in a call');
// `auto` calls at once; else the lobby shows what camera and microphone give.
if (query.get('auto') === '1') start(); else lobby.open();
