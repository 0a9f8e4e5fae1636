// Fewer round trips to an open channel (WARP), with Chromium's two trials: DTLS rides on ICE's checks (SPED), and SCTP's
// handshake in the descriptions (SNAP), together and each alone; whichever side offers.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { startCapture, tshark, whyNoCapture } from './lib/capture.mjs';
import { connected, echo } from './lib/checks.mjs';
import { launchChromium, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const kSped = 'WebRTC-IceHandshakeDtls/Enabled/';
const kSnap = 'WebRTC-Sctp-Snap/Enabled/';
const noCapture = whyNoCapture();

const descriptionsOf = (page) => page.evaluate(() => {
  const { pc } = window.tincan;
  return [pc.localDescription, pc.remoteDescription].map(({ sdp }) => ({
    sped: /^a=ice-options:.*\bsped\b/m.test(sdp),
    init: /^a=sctp-init:(\S+)/m.exec(sdp)?.[1] ?? null,
  }));
});

/// Of a capture's beginning: how often the direction changes on the wire, from the first check to the first DTLS record behind the handshake that
/// either side sent: half a round trip each, whatever the machine's speed. `carried`: STUN with DTLS inside.
function count(file) {
  const lines = tshark(file, 'udp', ['udp.srcport', 'udp.dstport', 'udp.payload'], ['-c', '300']).map((line) => line.split('\t'));
  const isStun = (payload) => payload.slice(8, 16) === '2112a442';
  const carries = (payload) => {
    for (let at = 40; at + 8 <= payload.length;) {  // RFC 8489 §14: type, length, value, padding to four bytes
      if (payload.slice(at, at + 4) === 'c070') return true;
      at += 8 + 2 * ((parseInt(payload.slice(at + 4, at + 8), 16) + 3) & ~3);
    }
    return false;
  };
  const carried = lines.filter(([, , payload]) => isStun(payload) && carries(payload)).length;
  const first = lines.find(([, , payload]) => isStun(payload));
  if (!first) return { carried, halves: null };
  const call = lines.filter(([from, to]) => [from, to].sort().join() === [first[0], first[1]].sort().join());
  let halves = 0;
  let last = null;
  for (const [from, , payload] of call) {
    if (last !== from) halves += 1;
    last = from;
    // A unified header of epoch 3 (RFC 9147 §4): the low two bits.
    const byte = parseInt(payload.slice(0, 2), 16);
    if (byte >= 0x20 && byte < 0x40 && (byte & 3) === 3) break;
  }
  return { carried, halves };
}

for (const [what, trials, sped, snap] of [
  ['both trials', kSped + kSnap, true, true],
  ['SPED alone', kSped, true, false],
  ['SNAP alone', kSnap, false, true],
  ['neither', '', false, false],
]) {
  for (const side of ['page', 'tincan']) {
    test(`WARP with Chromium, ${what}, ${side} offering`, { timeout: 60_000 }, async (context) => {
      const tincan = await startCall(side === 'tincan' ? ['--offer', '--warp', 'offer'] : ['--warp', 'offer']);
      let capture = null;
      try {
        if (!noCapture) capture = await startCapture(join(tincan.folder, 'call.pcap'));
        const args = trials ? [`--force-fieldtrials=${trials}`] : [];
        await withPage(`${tincan.url}?auto=1`, async (page) => {
          await connected(page);
          const data = await echo(page, { count: 100 });
          assert.equal(data.wrong, null);
          assert.equal(data.same, data.count);
          const [local, remote] = await descriptionsOf(page);
          const agreed = (key) => Boolean(local[key]) && Boolean(remote[key]);
          assert.equal(agreed('init'), snap, JSON.stringify([local, remote]));
          if (snap) assert.notEqual(local.init, remote.init);
          if (sped) assert.ok(agreed('sped'), JSON.stringify([local, remote]));
        }, { launch: launchChromium, args });
        if (!capture) return context.diagnostic(noCapture);
        await capture.stop();
        const { carried, halves } = count(capture.file);
        capture = null;
        context.diagnostic(`${carried} checks and answers with DTLS, ${halves} changes of direction to the first record of data`);
        if (sped) assert.ok(carried > 0, 'the handshake rides on checks');
      } finally {
        await capture?.stop().catch(() => {});
        await tincan.clean();
      }
    });
  }
}
