// Other stacks with the W3C's names as the far end of `tincan call --stdio`, either side offering: messages both ways
// over data channels, and tincan's sound.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';

import { RTCPeerConnection as Libdatachannel } from 'node-datachannel/polyfill';
import { RTCPeerConnection as Werift } from 'werift';
import wrtc from '@roamhq/wrtc';

import { program } from '../lib/tincan.mjs';

const stacks = {
  libdatachannel: { Connection: Libdatachannel },
  werift: { Connection: Werift },
  'libwebrtc (wrtc)': { Connection: wrtc.RTCPeerConnection },
};
const kSeconds = 20;
after(() => setImmediate(() => process.exit()));  // their threads would keep the process

/// Holds one call; fulfils once `done(pc, channel)` does. `rewrite`: what becomes of descriptions on their way.
async function call(Connection, args, offering, done, rewrite = (sdp) => sdp) {
  const folder = await mkdtemp(join(tmpdir(), 'tincan-peers-'));
  const tincan = spawn(program, ['call', '--stdio', '--loopback', ...(offering ? [] : ['--offer']), ...args], { cwd: folder });
  let words = '';
  tincan.stderr.on('data', (chunk) => { words += chunk; });
  const ended = new Promise((close) => { tincan.on('close', close); });
  const tell = (message) => { if (tincan.stdin.writable) tincan.stdin.write(`${JSON.stringify(message)}\n`); };
  const pc = new Connection();
  let timer;
  try {
    pc.onicecandidate = ({ candidate }) => { if (candidate?.candidate) tell({ candidate: candidate.toJSON?.() ?? candidate }); };
    const waiting = [];
    const failed = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`nothing after ${kSeconds} s (${pc.connectionState}); tincan: ${words}`)), kSeconds * 1000);
      ended.then((code) => fail(new Error(`tincan ended with ${code}: ${words}`)));
      const take = async ({ description, candidate }) => {
        if (description) {
          await pc.setRemoteDescription({ ...description, sdp: rewrite(description.sdp) });
          if (description.type === 'offer') {
            await pc.setLocalDescription(await pc.createAnswer());
            tell({ description: { type: 'answer', sdp: rewrite(pc.localDescription.sdp) } });
          }
          for (const each of waiting.splice(0)) await pc.addIceCandidate(each);
        } else if (candidate?.candidate) {
          if (pc.remoteDescription) await pc.addIceCandidate(candidate);
          else waiting.push(candidate);
        }
      };
      let order = Promise.resolve();
      createInterface({ input: tincan.stdout }).on('line', (line) => { order = order.then(() => take(JSON.parse(line))).catch(fail); });
    });
    failed.catch(() => {});
    const finished = done(pc);
    if (offering) {
      await pc.setLocalDescription(await pc.createOffer());
      tell({ description: { type: 'offer', sdp: rewrite(pc.localDescription.sdp) } });
    }
    await Promise.race([finished, failed]);
  } finally {
    clearTimeout(timer);
    tincan.kill('SIGKILL');
    await ended;
    await pc.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/// A message of the far end's own that tincan echoes.
const echoed = (channel) => new Promise((done, fail) => {
  channel.onopen = () => channel.send('over the line');
  channel.onmessage = ({ data }) => { if (data === 'over the line') done(); else fail(new Error(`echoed: ${data}`)); };
});
/// tincan's greeting on a channel that it made.
const greeted = (pc) => new Promise((done) => {
  pc.ondatachannel = ({ channel }) => { channel.onmessage = ({ data }) => done(data); };
});

for (const [name, { Connection }] of Object.entries(stacks)) {
  test(`data with ${name}, which offers: what it sends comes back`, { timeout: 60_000 }, () =>
    call(Connection, ['--data'], true, (pc) => echoed(pc.createDataChannel('peer'))));

  test(`data with ${name}, which answers: tincan's greeting arrives`, { timeout: 60_000 }, () =>
    call(Connection, ['--data'], false, async (pc) => assert.equal(typeof await greeted(pc), 'string')));
}

const kPackets = 50;  // a second of sound
/// Fulfils once `kPackets` of tincan's sound have arrived, as the stack itself counts them.
const heard = {
  werift: (pc) => new Promise((done) => {
    pc.ontrack = ({ track }) => {
      let packets = 0;
      track.onReceiveRtp.subscribe(() => { if (++packets === kPackets) done(); });
    };
  }),
  'libwebrtc (wrtc)': async (pc) => {
    for (;;) {
      const stats = [...(await pc.getStats()).values()];
      if (stats.some((each) => each.type === 'inbound-rtp' && each.kind === 'audio' && each.packetsReceived >= kPackets)) return;
      await new Promise((next) => setTimeout(next, 100));
    }
  },
};

for (const [name, arrives] of Object.entries(heard)) {
  test(`sound to ${name}, which offers`, { timeout: 60_000 }, () =>
    call(stacks[name].Connection, ['--audio'], true, (pc) => {
      pc.addTransceiver('audio');
      return arrives(pc);
    }));

  test(`sound to ${name}, which answers`, { timeout: 60_000 }, () => call(stacks[name].Connection, ['--audio'], false, arrives));
}

// RTCP on a port of its own (RFC 5761 §5.1.1), as libwebrtc of a few years ago has it.
class Unmultiplexed extends wrtc.RTCPeerConnection {
  constructor() { super({ rtcpMuxPolicy: 'negotiate' }); }
}
const apart = (sdp) => sdp.replaceAll(/a=(rtcp-mux|group:BUNDLE.*)\r\n/g, '');
/// Fulfils once tincan's sound is heard, and more than a handshake has gone both ways over RTCP's own association.
const reported = async (pc) => {
  await heard['libwebrtc (wrtc)'](pc);
  for (;;) {
    const stats = await pc.getStats();
    const rtp = [...stats.values()].find((each) => each.type === 'transport' && each.rtcpTransportStatsId);
    assert.ok(rtp, 'RTCP has a transport of its own');
    const rtcp = stats.get(rtp.rtcpTransportStatsId);
    if (rtcp?.dtlsState === 'connected' && Math.min(rtcp.packetsReceived, rtcp.packetsSent) >= 8) return;
    await new Promise((next) => setTimeout(next, 100));
  }
};
for (const offering of [true, false]) {
  test(`RTCP on a port of its own with libwebrtc (wrtc), which ${offering ? 'offers' : 'answers'}`, { timeout: 60_000 }, () =>
    call(Unmultiplexed, ['--audio', '--rtcp-mux', 'negotiate'], offering, (pc) => {
      if (offering) pc.addTransceiver('audio');
      return reported(pc);
    }, apart));
}
