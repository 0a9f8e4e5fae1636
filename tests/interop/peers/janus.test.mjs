// Janus, a media server, as the far end: its echo takes our offer; of its video room one tincan is the publisher, and
// another the subscriber, to whom Janus makes the offer.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { program } from '../lib/tincan.mjs';

const kSeconds = 30;
let janus;
let folder;
let base;
let log = '';
let transactions = 0;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tincan-janus-'));
  const port = await freePort();
  base = `http://127.0.0.1:${port}/janus`;
  await writeFile(join(folder, 'janus.jcfg'), `general: { configs_folder = "${folder}", server_name = "tincan" }
plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so" }
transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
`);
  await writeFile(join(folder, 'janus.transport.http.jcfg'), `general: { base_path = "/janus", http = true, ip = "127.0.0.1", port = ${port}, https = false }\n`);
  await copyFile('/etc/janus/janus.plugin.echotest.jcfg', join(folder, 'janus.plugin.echotest.jcfg'));
  await writeFile(join(folder, 'janus.plugin.videoroom.jcfg'), 'room-1234: { description = "tincan", publishers = 6, bitrate = 1000000, audiocodec = "opus", videocodec = "vp8" }\n');
  janus = spawn('janus', ['--config', join(folder, 'janus.jcfg'), '--configs-folder', folder, '--disable-colors'], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [janus.stdout, janus.stderr]) stream.on('data', (chunk) => { log = (log + chunk).slice(-20_000); });
  const deadline = Date.now() + 15_000;
  while (!(await fetch(`${base}/info`).catch(() => null))?.ok) {
    if (Date.now() > deadline || janus.exitCode !== null) throw new Error(`Janus does not answer:\n${log}`);
    await new Promise((wait) => setTimeout(wait, 100));
  }
});

after(async () => {
  if (janus) {
    janus.kill('SIGKILL');
    await once(janus, 'close');
  }
  await rm(folder, { recursive: true, force: true });
});

async function post(path, body) {
  const response = await fetch(base + path, { method: 'POST', body: JSON.stringify({ ...body, transaction: `t${++transactions}` }) });
  const reply = await response.json();
  if (reply.janus === 'error') throw new Error(`Janus: ${reply.error.reason}`);
  return reply;
}

/// A handle of a plugin, in a session of its own. `event(wanted)`: the next event for which it is true.
async function attach(plugin) {
  const session = (await post('', { janus: 'create' })).data.id;
  const handle = (await post(`/${session}`, { janus: 'attach', plugin: `janus.plugin.${plugin}` })).data.id;
  const path = `/${session}/${handle}`;
  return {
    message: (body, jsep) => post(path, { janus: 'message', body, ...(jsep ? { jsep } : {}) }),
    trickle: (candidate) => post(path, { janus: 'trickle', candidate }),
    async event(wanted) {
      for (;;) {
        const event = await (await fetch(`${base}/${session}`)).json();
        if (event.janus === 'error') throw new Error(`Janus: ${event.error.reason}`);
        const data = event.plugindata?.data;
        if (data?.error) throw new Error(`Janus: ${data.error}`);
        if (event.janus === 'event' && wanted(event)) return event;
      }
    },
    leave: () => post(`/${session}`, { janus: 'destroy' }),
  };
}

/// `tincan call --stdio` whose candidates go to `handle`. `next()`: its next description. `end()`: its report.
async function startTincan(handle, args) {
  const home = await mkdtemp(join(tmpdir(), 'tincan-peers-'));
  const report = join(home, 'report.json');
  const child = spawn(program, ['call', '--stdio', '--recording', '', '--picture', '', '--report', report, ...args], { cwd: home });
  let words = '';
  child.stderr.on('data', (chunk) => { words += chunk; });
  const closed = once(child, 'close');
  const descriptions = [];
  let wake = () => {};
  let trickled = Promise.resolve();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { description, candidate } = JSON.parse(line);
    if (description) {
      descriptions.push(description);
      wake();
    } else if (candidate?.candidate) {
      trickled = trickled.then(() => handle.trickle(candidate)).catch(() => {});
    }
  });
  return {
    async next() {
      while (descriptions.length === 0) {
        await Promise.race([new Promise((found) => { wake = found; }), closed.then(() => { throw new Error(`tincan ended: ${words}`); })]);
      }
      return descriptions.shift();
    },
    tell: (description) => child.stdin.write(`${JSON.stringify({ description })}\n`),
    get words() { return words; },
    async end() {
      child.kill('SIGINT');
      const [code] = await closed;
      assert.equal(code, 0, words);
      return JSON.parse(await readFile(report, 'utf8'));
    },
    async clean() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await closed;
      await rm(home, { recursive: true, force: true });
    },
  };
}

const received = ({ tracks }, kind) => tracks.find((each) => each.direction === 'in' && each.kind === kind);
const until = async (tincan, pattern) => {
  const deadline = Date.now() + kSeconds * 1000;
  while (!pattern.test(tincan.words)) {
    if (Date.now() > deadline) throw new Error(`not within ${kSeconds} s:\n${tincan.words}`);
    await new Promise((wait) => setTimeout(wait, 100));
  }
};
// tincan prints a line of what flows every two seconds.
const kFlows = /audio in [1-9]\d\d packets/;

test('sound and pictures come back from the echo of Janus, which answers', { timeout: 90_000 }, async () => {
  const handle = await attach('echotest');
  const tincan = await startTincan(handle, ['--audio', '--video', '--offer']);
  try {
    await handle.message({ audio: true, video: true }, await tincan.next());
    tincan.tell((await handle.event((event) => event.jsep)).jsep);
    await until(tincan, kFlows);
    const report = await tincan.end();
    assert.ok(received(report, 'audio').packets > 50);
    assert.ok(received(report, 'video').framesDecoded > 20);
  } finally {
    await tincan.clean();
    await handle.leave();
  }
});

test('one tincan publishes in a room of Janus, another subscribes to it, and Janus offers', { timeout: 90_000 }, async () => {
  const publisher = await attach('videoroom');
  const subscriber = await attach('videoroom');
  const speaks = await startTincan(publisher, ['--audio', '--video', '--offer']);
  const hears = await startTincan(subscriber, ['--audio', '--video']);
  try {
    await publisher.message({ request: 'join', ptype: 'publisher', room: 1234, display: 'tincan' });
    const { id } = (await publisher.event((event) => event.plugindata.data.videoroom === 'joined')).plugindata.data;
    await publisher.message({ request: 'configure', audio: true, video: true }, await speaks.next());
    speaks.tell((await publisher.event((event) => event.jsep)).jsep);
    await until(speaks, /audio out [1-9]\d* packets/);

    await subscriber.message({ request: 'join', ptype: 'subscriber', room: 1234, streams: [{ feed: id }] });
    hears.tell((await subscriber.event((event) => event.jsep)).jsep);
    await subscriber.message({ request: 'start' }, await hears.next());
    await until(hears, kFlows);
    const report = await hears.end();
    assert.ok(received(report, 'audio').packets > 50);
    assert.ok(received(report, 'video').framesDecoded > 20);
  } finally {
    await Promise.all([speaks.clean(), hears.clean()]);
    await publisher.leave();
    await subscriber.leave();
  }
});

// Three encodings go in; who watches gets the largest, or the one that Janus is told to forward.
test('a room of Janus takes three encodings, and forwards the one that each subscriber asks for', { timeout: 90_000 }, async () => {
  const publisher = await attach('videoroom');
  const subscribers = [await attach('videoroom'), await attach('videoroom'), await attach('videoroom')];
  const speaks = await startTincan(publisher, ['--video', '--offer', '--simulcast', '--start-bitrate', '2000000']);
  const watch = await Promise.all(subscribers.map((handle) => startTincan(handle, ['--audio', '--video'])));
  try {
    await publisher.message({ request: 'join', ptype: 'publisher', room: 1234, display: 'simulcast' });
    const { id } = (await publisher.event((event) => event.plugindata.data.videoroom === 'joined')).plugindata.data;
    await publisher.message({ request: 'configure', audio: false, video: true, bitrate: 3_000_000 }, await speaks.next());
    const answer = (await publisher.event((event) => event.jsep)).jsep;
    assert.match(answer.sdp, /a=simulcast:recv q;h;f\r\n/);
    speaks.tell(answer);
    await until(speaks, /video out [1-9]\d* packets/);

    for (const [i, handle] of subscribers.entries()) {
      await handle.message({ request: 'join', ptype: 'subscriber', room: 1234, streams: [{ feed: id }] });
      watch[i].tell((await handle.event((event) => event.jsep)).jsep);
      await handle.message({ request: 'start' }, await watch[i].next());
      await until(watch[i], /video in [1-9]\d\d packets/);
    }
    // Janus counts from the first rid down: 0 is the last one, which is the largest.
    for (const [i, substream] of [0, 1, 2].entries()) await subscribers[i].message({ request: 'configure', streams: [{ mid: '0', substream }] });
    await new Promise((wait) => setTimeout(wait, 5000));
    const reports = await Promise.all(watch.map((each) => each.end()));
    const seen = reports.map((report) => received(report, 'video'));
    assert.deepEqual(seen.map(({ width, height }) => `${width}x${height}`), ['640x480', '320x240', '160x120']);
    for (const { framesDecoded } of seen) assert.ok(framesDecoded > 60, `${framesDecoded} pictures`);
  } finally {
    await Promise.all([speaks, ...watch].map((each) => each.clean()));
    await Promise.all([publisher, ...subscribers].map((each) => each.leave()));
  }
});
