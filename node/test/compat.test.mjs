// Programs that were written for other WebRTC libraries for Node.js.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import compat from '../compat/node_datachannel.cjs';
import {until} from './lib.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (...args) => spawnSync(process.execPath, args, {timeout: 30_000, encoding: 'utf8'});

test('@roamhq/wrtc: its program runs, and ends', () => {
  const {stdout, stderr, status} = run('--require', file('../scripts/as_wrtc.cjs'), file('../examples/wrtc.cjs'));
  assert.equal(stdout, '160x120, grey\n', stderr);
  assert.equal(status, 0);
});

test('node-datachannel: the program of its README runs, and ends', () => {
  const {stdout, stderr, status} = run(file('../examples/node_datachannel.mjs'));
  assert.deepEqual(stdout.trim().split('\n').sort(), ['peer 1 got: Hello from peer 2', 'peer 2 got: Hello from peer 1'], stderr);
  assert.equal(status, 0);
});

test('node-datachannel: states, messages, statistics, and what is not there', async () => {
  const peers = ['a', 'b'].map((name) => new compat.PeerConnection(name, {iceServers: []}));
  const states = [];
  peers.forEach((each, i) => {
    each.onLocalDescription((sdp, type) => peers[1 - i].setRemoteDescription(sdp, type));
    each.onLocalCandidate((candidate, mid) => {
      assert.match(candidate, /^a=candidate:/);
      peers[1 - i].addRemoteCandidate(candidate, mid);
    });
  });
  const [a, b] = peers;
  a.onStateChange((state) => states.push(state));
  const got = [];
  let there;
  b.onDataChannel((channel) => { there = channel; });
  const here = a.createDataChannel('x', {unordered: true, maxRetransmits: 3, protocol: 'p'});
  await until(() => here.isOpen() && there?.isOpen());
  assert.deepEqual([there.getLabel(), there.getProtocol(), there.getId()], ['x', 'p', here.getId()]);
  here.sendMessage('text');
  here.sendMessageBinary(Buffer.from([1, 2, 3]));
  here.sendMessageBinary(Uint8Array.of(0, 4, 5).subarray(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  there.onMessage((message) => got.push(message));  // late: nothing is lost
  await until(() => got.length === 3);
  assert.equal(got[0], 'text');
  assert.ok(Buffer.isBuffer(got[1]));
  assert.deepEqual([...got[2]], [4, 5]);
  assert.equal(a.state(), 'connected');
  assert.deepEqual([a.bytesSent(), b.bytesReceived()], [9, 9]);
  assert.equal(a.localDescription().type, 'offer');
  assert.match(a.remoteFingerprint().value, /^[0-9A-F:]{95}$/);
  assert.ok(a.maxMessageSize() >= 65536);
  assert.equal(typeof a.getSelectedCandidatePair().local.port, 'number');
  let closed = false;
  there.onClosed(() => { closed = true; });
  here.close();
  await until(() => closed);
  a.close();
  b.close();
  await until(() => states.at(-1) === 'closed');
  assert.deepEqual(states, ['connecting', 'connected', 'closed']);
  assert.throws(() => new compat.PeerConnection('c', {iceServers: [], proxyServer: {}}), /proxyServer is not there/);
  assert.throws(() => new compat.PeerConnection('c', {iceServers: ['nonsense']}), TypeError);
});

test('node-datachannel: servers as it writes them', () => {
  for (const server of ['stun:stun.example.org:3478', 'turn:user:pass@turn.example.org:3478?transport=tcp',
    {hostname: 'stun.example.org', port: 3478}, {hostname: 'turn.example.org', port: 5349, username: 'u', password: 'p', relayType: 'TurnTls'}]) {
    new compat.PeerConnection('a', {iceServers: [server]}).close();
  }
});
