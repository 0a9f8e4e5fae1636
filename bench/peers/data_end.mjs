// A data channel's end (or both) in another stack, for scripts/bench-data: the lines of bench/data_rate.cc.
//
//     node bench/peers/data_end.mjs MODULES STACK pair|offer|answer SIZE SECONDS
//
// MODULES is the folder of node_modules, STACK libdatachannel (node-datachannel) or libwebrtc (@roamhq/wrtc).
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { commandLine, folder, number, oneOf, whole } from '../../scripts/command_line.mjs';

const { words: [modules, stack, role, size, seconds] } = commandLine(import.meta.url, { words: [
  ['MODULES', folder], ['STACK', oneOf(['libdatachannel', 'libwebrtc'])], ['pair, offer or answer', oneOf(['pair', 'offer', 'answer'])],
  ['SIZE', whole(1, 262144)], ['SECONDS', number(0.1, 3600)],
] });
const require = createRequire(`${resolve(modules)}/`);
const kAhead = 8 * 1024 * 1024, kChunk = 1024 * 1024;
const sleep = (wait) => new Promise((done) => setTimeout(done, wait * 1000));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/// Each stack's end: description(remote?) gives its own once all candidates are in it; opened() its channel, as
/// { send(message), buffered(), onLow(handler), onMessage(handler of sizes) }.
const stacks = {
  async libdatachannel(offers) {
    const { PeerConnection } = require('node-datachannel');
    const pc = new PeerConnection(offers ? 'a' : 'b', { iceServers: [], maxMessageSize: 262144 });
    const gathered = new Promise((done) => pc.onGatheringStateChange((state) => state === 'complete' && done()));
    let opened;
    const open = new Promise((done) => (opened = done));
    const wrap = (channel) => ({
      send: (message) => channel.sendMessageBinary(message), buffered: () => channel.bufferedAmount(),
      onLow(handler) { channel.setBufferedAmountLowThreshold(kChunk); channel.onBufferedAmountLow(handler); },
      onMessage: (handler) => channel.onMessage((message) => handler(message.length)),
    });
    if (offers) {
      const channel = pc.createDataChannel('bulk');
      channel.onOpen(() => opened(wrap(channel)));
    } else {
      pc.onDataChannel((channel) => opened(wrap(channel)));
    }
    return {
      opened: open, close: () => pc.close(),
      async description() { await gathered; return pc.localDescription().sdp; },  // it makes them by itself
      async take(sdp) { pc.setRemoteDescription(sdp, offers ? 'answer' : 'offer'); },
    };
  },
  async libwebrtc(offers) {
    const { RTCPeerConnection } = require('@roamhq/wrtc');
    const pc = new RTCPeerConnection();
    const gathered = new Promise((done) => { pc.onicecandidate = ({ candidate }) => candidate || done(); });
    let opened;
    const open = new Promise((done) => (opened = done));
    const use = (channel) => {
      channel.binaryType = 'arraybuffer';
      const ready = () => opened({
        send: (message) => channel.send(message), buffered: () => channel.bufferedAmount,
        onLow(handler) { channel.bufferedAmountLowThreshold = kChunk; channel.onbufferedamountlow = handler; },
        onMessage: (handler) => { channel.onmessage = ({ data }) => handler(data.byteLength); },
      });
      if (channel.readyState === 'open') ready(); else channel.onopen = ready;
    };
    if (offers) use(pc.createDataChannel('bulk')); else pc.ondatachannel = ({ channel }) => use(channel);
    return {
      opened: open, close: () => pc.close(),
      async description() { await pc.setLocalDescription(offers ? await pc.createOffer() : await pc.createAnswer()); await gathered; return pc.localDescription.sdp; },
      take: (sdp) => pc.setRemoteDescription({ type: offers ? 'answer' : 'offer', sdp }),
    };
  },
};

/// Keeps the channel full: as far as it goes, in steps of a MiB, so that the loop sees other things too.
function pour(channel) {
  const message = Buffer.alloc(size, 7);
  const fill = () => { for (let sent = 0; sent < kAhead && channel.buffered() < kAhead; sent += size) channel.send(message); };
  channel.onLow(fill);
  setInterval(() => channel.buffered() < kChunk && fill(), 2).unref();  // libwebrtc of npm has no such event
  fill();
}

async function measure(count) {
  await sleep(1);
  const begin = performance.now(), cpu = process.cpuUsage(), before = count();
  await sleep(seconds);
  const used = process.cpuUsage(cpu);
  console.log(`result ${count() - before} ${((performance.now() - begin) / 1000).toFixed(3)} ${((used.user + used.system) / 1e6).toFixed(3)}`);
}

let received = 0;
const count = (bytes) => { received += bytes; };
if (role === 'pair') {
  const one = await stacks[stack](true), two = await stacks[stack](false);
  await two.take(await one.description());
  await one.take(await two.description());
  const [from, to] = await Promise.all([one.opened, two.opened]);
  to.onMessage(count);
  pour(from);
  await measure(() => received);
} else {
  const offers = role === 'offer';
  const end = await stacks[stack](offers);
  const hear = async () => end.take(Buffer.from((await lines.next()).value.slice(4), 'base64').toString());
  if (!offers) await hear();
  console.log(`sdp ${Buffer.from(await end.description()).toString('base64')}`);
  if (offers) await hear();
  const channel = await end.opened;
  channel.onMessage(count);
  if (offers) pour(channel);
  await measure(() => received);
  await sleep(1);
}
process.exit(0);
