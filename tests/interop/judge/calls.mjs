// Calls with descriptions that somebody has changed on their way: a browser says what it says, the text is mutated, and a
// reader (another page of Chromium, one of Firefox, tincan) goes on with that. What flows with both browsers as readers
// must flow with tincan.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { program } from '../lib/tincan.mjs';

const kSeconds = 8;       // for all of it to flow
const kBrowserSeconds = 5;  // where it is not known yet what flows

/// Runs in the page once: ends of calls, by number.
function installParties() {
  const parties = new Map();
  let stream;
  const forEcho = (channel, party) => {
    channel.onmessage = ({ data }) => {
      if (data === 'judge?') channel.send('judge!');
      if (data === 'judge!' || channel.label === 'echo') party.seen.add('message');
    };
  };
  window.judge = {
    async make(id, { media, data }) {
      stream ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 160, height: 120 } });
      const pc = new RTCPeerConnection();
      const party = { pc, seen: new Set(), waiting: [] };
      parties.set(id, party);
      for (const track of stream.getTracks()) if (media.includes(track.kind)) pc.addTrack(track, stream);
      if (data) window.judge.open(id);
      pc.ondatachannel = ({ channel }) => forEcho(channel, party);
    },
    open(id) {
      const party = parties.get(id);
      const channel = party.pc.createDataChannel('echo');
      forEcho(channel, party);
      channel.onopen = () => {
        const again = setInterval(() => { if (channel.readyState === 'open' && !party.seen.has('message')) channel.send('judge?'); else clearInterval(again); }, 200);
      };
    },
    async describe(id) {
      const { pc } = parties.get(id);
      await pc.setLocalDescription();
      if (pc.iceGatheringState !== 'complete') {
        await Promise.race([new Promise((done) => { pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done(); }),
          new Promise((done) => setTimeout(done, 3000))]);
      }
      return pc.localDescription.sdp;
    },
    async hear(id, type, sdp) {
      const { pc, waiting } = parties.get(id);
      await pc.setRemoteDescription({ type, sdp });
      for (const each of waiting.splice(0)) await pc.addIceCandidate(each).catch(() => {});
    },
    async candidate(id, candidate) {
      const { pc, waiting } = parties.get(id);
      if (pc.remoteDescription) await pc.addIceCandidate(candidate).catch(() => {});
      else waiting.push(candidate);
    },
    async seen(id) {
      const { pc, seen } = parties.get(id);
      for (const each of (await pc.getStats()).values()) {
        if (each.type === 'inbound-rtp' && each.kind === 'audio' && each.packetsReceived > 10) seen.add('sound');
        if (each.type === 'inbound-rtp' && each.kind === 'video' && each.framesDecoded > 2) seen.add('pictures');
      }
      if (pc.connectionState === 'connected') seen.add('connected');
      return [...seen];
    },
    close(id) { parties.get(id)?.pc.close(); parties.delete(id); },
  };
}

let parties = 0;
/// An end of a call in a browser's page: {describe, hear, seen, close}.
async function inPage(page, options) {
  const id = ++parties;
  const ask = (verb, ...args) => page.evaluate((name, ...rest) => window.judge[name](...rest), verb, id, ...args);
  await ask('make', options);
  return {
    describe: () => ask('describe'), hear: (type, sdp) => ask('hear', type, sdp), candidate: (each) => ask('candidate', each),
    open: () => ask('open'), seen: () => ask('seen'), close: () => ask('close'),
  };
}

/// An end of a call in `tincan call --stdio`.
function inTincan({ media, data, offers }) {
  const flags = [...['audio', 'video'].filter((kind) => media.includes(kind)), ...(data || media.includes('data') ? ['data'] : []), ...(offers ? ['offer'] : [])];
  const child = spawn(program, ['call', '--stdio', '--recording', '', '--picture', '', ...flags.map((flag) => `--${flag}`)], { cwd: '/tmp' });
  const seen = new Set();
  let words = '', told, onDescription, onCandidate = () => {};
  const described = new Promise((done) => { onDescription = done; });
  const ended = new Promise((done) => { child.on('close', done); });
  ended.then(() => onDescription(null));
  child.stdin.on('error', () => {});
  // Its line of the call's state says what has arrived.
  child.stderr.on('data', (chunk) => {
    words = (words + chunk).slice(-4000);
    if ([...words.matchAll(/audio in (\d+) packets/g)].some(([, packets]) => packets > 10)) seen.add('sound');
    if (/video in [^;]* \d+ frames/.test(words)) seen.add('pictures');
  });
  const candidates = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { description, candidate, bye, reason } = JSON.parse(line);
    if (description) onDescription(description.sdp);
    if (candidate) { candidates.push(candidate); onCandidate(candidate); }
    if (bye) told = reason;
  });
  const tell = (message) => { if (child.stdin.writable) child.stdin.write(`${JSON.stringify(message)}\n`); };
  return {
    async describe() {
      const sdp = await described;
      if (sdp === null) throw new Error(told ?? words.trim().split('\n').at(-1));
      return sdp;
    },
    async hear(type, sdp) { tell({ description: { type, sdp } }); },
    candidate: async (each) => tell({ candidate: each }),
    /// Those of before, and those to come.
    trickleTo(take) { onCandidate = take; candidates.forEach(take); },
    seen: async () => [...seen],
    why: () => told ?? words.trim().split('\n').at(-1),
    async close() { child.kill('SIGKILL'); await ended; },
  };
}

/// One call between `writer`, whose description (an offer or an answer) is changed by `change`, and `reader`. What is seen
/// at the writer, and at the reader with "there: " before it; ends when `wanted` is seen.
async function hold({ type, media, change, makeWriter, makeReader, wanted }) {
  const data = media.includes('data');
  const writer = await makeWriter({ media, data: data && type === 'offer', offers: type === 'offer' });
  const reader = await makeReader({ media, data: data && type === 'answer', offers: type === 'answer' });
  const seen = new Set();
  let error = null;
  try {
    if (type === 'offer') {
      const text = change(await writer.describe());
      if (text === null) return null;
      await reader.hear('offer', text);
      await writer.hear('answer', await reader.describe());
    } else {
      await writer.hear('offer', await reader.describe());
      if (data) await writer.open();
      const text = change(await writer.describe());
      if (text === null) return null;
      await reader.hear('answer', text);
    }
    reader.trickleTo?.((each) => writer.candidate(each).catch(() => {}));
    const until = Date.now() + (wanted ? kSeconds : kBrowserSeconds) * 1000;
    const hoped = wanted ?? ['connected', ...media.split(' ').flatMap((kind) => ({ audio: ['sound', 'there: sound'], video: ['pictures', 'there: pictures'], data: ['message'] })[kind])];
    while (Date.now() < until && !hoped.every((each) => seen.has(each))) {
      await new Promise((next) => setTimeout(next, 150));
      for (const each of await writer.seen()) seen.add(each);
      for (const each of await reader.seen()) if (['sound', 'pictures'].includes(each)) seen.add(`there: ${each}`);
    }
  } catch (caught) {
    error = String(caught.message).split('\n')[0].slice(0, 200);
  } finally {
    await Promise.all([writer.close(), reader.close()]);
  }
  return { seen: [...seen], error: error ?? reader.why?.() };
}

/// Holds a call for each of `cases` ({kind, type, media, writer, change}) with both browsers as readers, then with tincan.
/// Rows {…case, expected, missing, error}; without `expected` where the browsers have no call either.
export async function holdCalls(browsers, cases, onRow = () => {}) {
  const server = createServer((_, reply) => reply.setHeader('content-type', 'text/html').end('<!doctype html><title>judge</title>'));
  await new Promise((up) => server.listen(0, '127.0.0.1', up));
  const rows = [];
  try {
    const pages = new Map();
    for (const { name, browser } of browsers) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.evaluate(installParties);
      pages.set(name, page);
    }
    for (const each of cases) {
      const makeWriter = (options) => inPage(pages.get(each.writer), options);
      const controls = [];
      for (const { name } of browsers) {
        controls.push(await hold({ ...each, makeWriter, makeReader: (options) => inPage(pages.get(name), options) }));
      }
      if (controls.some((control) => control === null)) continue;  // nothing of this kind in it
      const expected = controls[0].seen.filter((item) => controls[1].seen.includes(item));
      if (!expected.includes('connected')) {
        rows.push({ ...each, expected: null, missing: [], error: controls.find(({ error }) => error)?.error });
      } else {
        const judged = async () => {
          const { seen, error } = await hold({ ...each, makeWriter, makeReader: inTincan, wanted: expected });
          return { ...each, expected, missing: expected.filter((item) => !seen.includes(item)), error };
        };
        const row = await judged();
        rows.push(row.missing.length > 0 ? await judged() : row);  // once more: the machine may be busy
      }
      onRow(rows.at(-1));
    }
  } finally {
    server.close();
  }
  return rows;
}
