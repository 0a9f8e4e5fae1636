// Programs that were written for other WebRTC libraries for Node.js.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
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
  assert.equal(a.rtt(), -1);
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
  await until(() => a.rtt() >= 0);
  assert.ok(a.rtt() < 1000 && Number.isInteger(a.rtt()));
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
  assert.equal(a.rtt(), 0);
  await until(() => states.at(-1) === 'closed');
  assert.deepEqual(states, ['connecting', 'connected', 'closed']);
  assert.throws(() => new compat.PeerConnection('c', {iceServers: [], proxyServer: {}}), /proxyServer is not there/);
  assert.throws(() => new compat.PeerConnection('c', {iceServers: ['nonsense']}), TypeError);
});

test('node-datachannel: a channel as a stream, which waits for the channel to open and ends with it', async () => {
  const peers = ['a', 'b'].map((name) => new compat.PeerConnection(name, {iceServers: []}));
  peers.forEach((each, i) => {
    each.onLocalDescription((sdp, type) => peers[1 - i].setRemoteDescription(sdp, type));
    each.onLocalCandidate((candidate, mid) => peers[1 - i].addRemoteCandidate(candidate, mid));
  });
  const got = [];
  const ended = new Promise((resolve, reject) => {
    peers[1].onDataChannel((channel) => {
      const stream = new compat.DataChannelStream(channel);
      assert.deepEqual([stream.label, stream.id, stream.protocol], ['x', channel.getId(), '']);
      stream.on('data', (chunk) => got.push(chunk)).on('end', resolve).on('error', reject);
    });
  });
  const stream = new compat.DataChannelStream(peers[0].createDataChannel('x'));
  stream.write('text');
  const block = Buffer.alloc(64 * 1024, 7);
  for (let i = 0; i < 64; ++i) if (!stream.write(block)) await once(stream, 'drain');
  stream.end(Buffer.from([1, 2]));
  await ended;
  assert.equal(got.length, 66);
  assert.equal(got[0], 'text');
  assert.ok(got.slice(1, 65).every((each) => block.equals(each)));
  assert.deepEqual([...got[65]], [1, 2]);
  const bad = new compat.DataChannelStream(peers[0].createDataChannel('y'));
  const [error] = await Promise.all([once(bad, 'error'), bad.write({})]);
  assert.match(error[0].message, /neither a string nor a Buffer/);
  peers.forEach((each) => each.close());
});

test('node-datachannel: servers as it writes them', () => {
  for (const server of ['stun:stun.example.org:3478', 'turn:user:pass@turn.example.org:3478?transport=tcp',
    {hostname: 'stun.example.org', port: 3478}, {hostname: 'turn.example.org', port: 5349, username: 'u', password: 'p', relayType: 'TurnTls'}]) {
    new compat.PeerConnection('a', {iceServers: [server]}).close();
  }
});

test('node-datachannel: what is of a wrong type is refused at once, and the connection goes on', async () => {
  assert.throws(() => new compat.PeerConnection(), /the name of the peer: a string, not undefined/);
  const [a, b] = ['a', 'b'].map((name) => new compat.PeerConnection(name, {iceServers: []}));
  for (const [wrong, words] of [
    [() => a.addRemoteCandidate(), /the candidate: a string, not undefined/], [() => a.addRemoteCandidate({candidate: 'x'}, '0'), /not object/],
    [() => a.addRemoteCandidate('a=candidate:1 1 udp 1 192.0.2.1 5 typ host', null), /the mid: a string, not null/],
    [() => a.setRemoteDescription(undefined, 'offer'), /the description: a string/], [() => a.setRemoteDescription('v=0', 'Offer'), /the type is one of offer, /],
    [() => a.createDataChannel(), /the label: a string/], [() => a.onStateChange(5), /a callback for 'state' is a function, not number/], [() => a.onDataChannel(null), /not null/],
  ]) assert.throws(wrong, (error) => error instanceof TypeError && words.test(error.message), String(wrong));
  a.onLocalDescription((sdp, type) => b.setRemoteDescription(sdp, type));
  b.onLocalDescription((sdp, type) => a.setRemoteDescription(sdp, type));
  a.onLocalCandidate((candidate, mid) => b.addRemoteCandidate(candidate, mid));
  b.onLocalCandidate((candidate, mid) => a.addRemoteCandidate(candidate, mid));
  const channel = a.createDataChannel('x');
  await until(() => channel.isOpen());
  assert.throws(() => channel.sendMessage(5), /sendMessage: a string, not number/);
  assert.throws(() => channel.sendMessageBinary('x'), /sendMessageBinary: a Buffer/);
  a.close();
  b.close();
});

// The test's own process would take it for a failure.
test('node-datachannel: a step that fails is told of, and holds up none behind it', () => {
  const program = `
    const {PeerConnection} = require(${JSON.stringify(file('../compat/node_datachannel.cjs'))});
    process.on('unhandledRejection', (error) => console.log(error.message));
    const [a, b] = ['a', 'b'].map((name) => new PeerConnection(name, {iceServers: []}));
    a.setRemoteDescription('nonsense', 'offer');
    a.onLocalDescription((sdp, type) => b.setRemoteDescription(sdp, type));
    b.onLocalDescription((sdp, type) => a.setRemoteDescription(sdp, type));
    a.onLocalCandidate((candidate, mid) => b.addRemoteCandidate(candidate, mid));
    b.onLocalCandidate((candidate, mid) => a.addRemoteCandidate(candidate, mid));
    a.createDataChannel('x').onOpen(() => { console.log('open'); a.close(); b.close(); });`;
  const {stdout, stderr, status} = run('-e', program);
  assert.match(stdout, /no session description\nopen\n$/, stderr);
  assert.equal(status, 0);
});
