// simple-peer (npm) on the addon, as its users give it @roamhq/wrtc.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {test} from 'node:test';

import {tincan, until} from './lib.mjs';

const require = createRequire(import.meta.url);
const Peer = require('simple-peer');

function connected(options = {}) {
  const peers = [true, false].map((initiator) => new Peer({initiator, wrtc: tincan, ...options}));
  peers.forEach((each, i) => each.on('signal', (data) => {
    if (!peers[1 - i].destroyed) peers[1 - i].signal(JSON.parse(JSON.stringify(data)));
  }));
  return peers;
}
const once = (peer, name) => new Promise((resolve, reject) => {
  peer.once(name, resolve);
  if (name !== 'error') peer.once('error', reject);
});

for (const trickle of [true, false]) {
  test(`data both ways, ${trickle ? 'with' : 'without'} trickle`, async () => {
    const [a, b] = connected({trickle});
    await Promise.all([once(a, 'connect'), once(b, 'connect')]);
    assert.equal(a.initiator, true);
    const heard = once(b, 'data');
    a.send('sup peer2');
    assert.equal((await heard).toString(), 'sup peer2');
    const back = once(a, 'data');
    b.send(Buffer.from([1, 2, 3]));
    assert.deepEqual([...await back], [1, 2, 3]);
    // As in browsers: its channels fail first (webrtc-pc §6.2, sctp-failure).
    b.on('error', () => {});
    const closed = new Promise((resolve) => b.once('close', resolve));
    a.destroy();
    await closed;
  });
}

test('streams: what is written to one end is read at the other', async () => {
  const [a, b] = connected();
  await Promise.all([once(a, 'connect'), once(b, 'connect')]);
  const chunks = [];
  b.on('data', (chunk) => chunks.push(chunk));
  for (let i = 0; i < 200; ++i) {
    if (!a.write(Buffer.alloc(16384, i))) await once(a, 'drain');
  }
  await until(() => Buffer.concat(chunks).length === 200 * 16384);
  a.destroy();
  b.destroy();
});

test('media: a stream of one is the other\'s, and tracks come and go', async () => {
  const stream = await tincan.getUserMedia({audio: true, video: {width: 160, height: 120}});
  const [a, b] = connected({stream});
  const remote = await once(b, 'stream');
  assert.equal(remote.getTracks().length, 2);
  await Promise.all([a, b].map((each) => (each.connected ? null : once(each, 'connect'))));
  const added = once(b, 'track');
  const [track] = (await tincan.getUserMedia({audio: true})).getTracks();
  a.addTrack(track, new tincan.MediaStream([track]));
  await added;
  a.destroy();
  b.destroy();
  for (const each of [...stream.getTracks(), track]) each.stop();
});
