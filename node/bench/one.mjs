// One measurement in a process of its own, for bench.mjs: a line of JSON.
//
//     node node/bench/one.mjs LIBRARY TEST SECONDS
//
// LIBRARY is a path, or "tincan"; TEST is the size of a message in bytes and how many are on their way ("100:4096"), or "frames". Both ends are in this process.
import {createRequire} from 'node:module';

import {commandLine, fail, number, text} from '../../scripts/command_line.mjs';

const require = createRequire(import.meta.url);
const isTest = (name) => (/^(frames|[1-9]\d*:[1-9]\d*)$/.test(name) ? name : fail(`${name} is no TEST: frames, or like 100:4096`, 2));
const {words: [library, test, seconds]} = commandLine(import.meta.url, {words: [['LIBRARY', text], ['TEST', isTest], ['SECONDS', number(0.1, 3600)]]});
const {RTCPeerConnection, MediaStream, nonstandard} = library === 'tincan' ? require('../index.cjs') : require(library);

const kWarm = 1500;              // milliseconds before anything counts: start of the line's rate, of codecs, of the JIT
const [kWidth, kHeight, kEvery] = [640, 480, 1000 / 30];

const event = (target, type) => new Promise((resolve) => { target[`on${type}`] = resolve; });
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function connected(prepare) {
  const peers = [new RTCPeerConnection({iceServers: []}), new RTCPeerConnection({iceServers: []})];
  peers.forEach((each, i) => {
    each.onicecandidate = ({candidate}) => { if (candidate) peers[1 - i].addIceCandidate(candidate).catch(() => {}); };
  });
  const [a, b] = peers;
  prepare(a, b);
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(b.localDescription);
  return peers;
}

/** What `counted` rises by in a second, and what of the processor one of it takes, in microseconds. */
async function measure(counted) {
  await pause(kWarm);
  const [before, cpu, start] = [counted(), process.cpuUsage(), performance.now()];
  await pause(seconds * 1000);
  const {user, system} = process.cpuUsage(cpu);
  const count = counted() - before;
  return {rate: count / (performance.now() - start) * 1000, cost: (user + system) / count};
}

// Those on their way are counted here: bufferedAmount is not the same in all libraries.
async function messages(size, ahead) {
  let from;
  let to;
  await connected((a, b) => {
    from = a.createDataChannel('chat');
    to = event(b, 'datachannel');
  });
  const {channel} = await to;
  channel.binaryType = 'arraybuffer';
  if (from.readyState !== 'open') await event(from, 'open');
  const message = new Uint8Array(size);
  let sent = 0;
  let count = 0;
  const fill = () => { for (; sent - count < ahead; ++sent) from.send(message); };
  channel.onmessage = ({data}) => {
    if (data.byteLength === size) ++count;
    if (sent - count < ahead / 2) fill();
  };
  fill();
  return measure(() => count);
}

// A picture that moves: grey stripes, one further to the right each time.
function picture(number) {
  const data = new Uint8ClampedArray(kWidth * kHeight * 3 / 2).fill(128);
  for (let row = 0; row < kHeight; ++row) {
    for (let at = (number * 8 + row) % 64; at < kWidth; at += 64) data.fill(220, row * kWidth + at, row * kWidth + Math.min(kWidth, at + 16));
  }
  return {width: kWidth, height: kHeight, data};
}

async function frames() {
  const source = new nonstandard.RTCVideoSource();
  let remote;
  await connected((a, b) => {
    const stream = new MediaStream();
    a.addTrack(source.createTrack(), stream);
    remote = event(b, 'track');
  });
  const sink = new nonstandard.RTCVideoSink((await remote).track);
  let count = 0;
  sink.onframe = ({frame}) => { if (frame.width > 0 && frame.data.byteLength > 0) ++count; };
  const pictures = Array.from({length: 8}, (_, i) => picture(i));
  let sent = 0;
  setInterval(() => source.onFrame(pictures[sent++ % 8]), kEvery);
  return measure(() => count);
}

console.log(JSON.stringify(await (test === 'frames' ? frames() : messages(...test.split(':').map(Number)))));
process.exit(0);
