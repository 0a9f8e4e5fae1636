// The transport under a call: DTLS 1.3 and 1.2 with real browsers in both roles, ICE restart while media flows, ICE-TCP.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connected, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const browsers = { Chromium: launchChromium, Firefox: launchFirefox };
const kWire = { 1.3: 'FEFC', 1.2: 'FEFD' };

const transportOf = (page) => page.evaluate(async () => {
  const stats = [...(await window.tincan.pc.getStats()).values()];
  const { tlsVersion, dtlsState, dtlsRole, srtpCipher, selectedCandidatePairId } = stats.find((each) => each.type === 'transport') ?? {};
  const pair = stats.find((each) => each.id === selectedCandidatePairId);
  const protocol = stats.find((each) => each.id === pair?.localCandidateId)?.protocol;
  return { tlsVersion, dtlsState, dtlsRole, srtpCipher, protocol };
});

for (const [browser, launch] of Object.entries(browsers)) {
  for (const version of ['1.3', '1.2']) {
    for (const side of ['page', 'tincan']) {
      // The offerer says actpass and the answerer active: tincan is the client when the page offers.
      const role = side === 'page' ? 'server' : 'client';
      test(`DTLS ${version} with ${browser} as ${role}`, { timeout: 60_000 }, async (context) => {
        const forced = version === '1.2' ? ['--dtls', '1.2'] : [];
        const tincan = await startCall(['--video', ...forced, ...(side === 'tincan' ? ['--offer'] : [])]);
        try {
          await withPage(`${tincan.url}?auto=1`, async (page) => {
            await connected(page);
            const video = await watchVideo(page, { count: 3 });
            assert.ok(video.counters.length >= 3, 'the keys are the same on both sides');
            const transport = await transportOf(page);
            context.diagnostic(JSON.stringify(transport));
            if (transport.tlsVersion !== undefined) assert.equal(transport.tlsVersion, kWire[version]);
            if (transport.dtlsRole !== undefined) assert.equal(transport.dtlsRole, role);
            await page.click('#hangup');
          }, { launch });
          const { report, output } = await tincan.end({ interrupt: false });
          assert.equal(report.dtls.version, `DTLS ${version}`, output);
        } finally {
          await tincan.clean();
        }
      });
    }
  }
}

for (const [browser, launch] of Object.entries(browsers)) {
  test(`restartIce() in ${browser}: new credentials, and the picture goes on`, { timeout: 60_000 }, async (context) => {
    const tincan = await startCall(['--video']);
    try {
      await withPage(`${tincan.url}?auto=1`, async (page) => {
        await connected(page);
        await watchVideo(page, { count: 3 });
        const seen = await page.evaluate(async () => {
          const { pc, remoteVideo } = window.tincan;
          const ufrags = () => [pc.localDescription, pc.remoteDescription].map(({ sdp }) => /a=ice-ufrag:(\S+)/.exec(sdp)[1]);
          const before = ufrags();
          const states = [];
          pc.addEventListener('iceconnectionstatechange', () => states.push(pc.iceConnectionState));
          let last = performance.now();
          let longest = 0;
          let frames = 0;
          const watch = () => {
            const now = performance.now();
            longest = Math.max(longest, now - last);
            last = now;
            frames += 1;
            remoteVideo.requestVideoFrameCallback(watch);
          };
          remoteVideo.requestVideoFrameCallback(watch);
          pc.restartIce();
          const deadline = performance.now() + 15_000;
          const restarted = () => ufrags().every((each, i) => each !== before[i]) && ['connected', 'completed'].includes(pc.iceConnectionState);
          while (!restarted() && performance.now() < deadline) await new Promise((next) => setTimeout(next, 50));
          const wanted = frames + 60;  // and two seconds more of them
          while (frames < wanted && performance.now() < deadline) await new Promise((next) => setTimeout(next, 50));
          return { before, after: ufrags(), longest, frames, states, state: pc.iceConnectionState };
        });
        context.diagnostic(JSON.stringify(seen));
        for (const side of [0, 1]) assert.notEqual(seen.after[side], seen.before[side], 'new credentials');
        assert.ok(['connected', 'completed'].includes(seen.state), seen.state);
        assert.ok(seen.frames >= 60, `pictures after the restart: ${seen.frames}`);
        assert.ok(seen.longest < 1500, `the longest time without a picture: ${seen.longest} ms`);
        await page.click('#hangup');
      }, { launch });
      const { report, output } = await tincan.end({ interrupt: false });
      assert.ok(report.connected, output);
    } finally {
      await tincan.clean();
    }
  });
}

/// Keeps every UDP candidate from crossing, in both directions.
const tcpOnly = () => {
  const isUdp = (line) => / udp /i.test(line);
  const strip = (sdp) => sdp.split('\r\n').filter((line) => !(line.startsWith('a=candidate:') && isUdp(line))).join('\r\n');
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function filtered(text) {
    const message = JSON.parse(text);
    if (message.candidate?.candidate && isUdp(message.candidate.candidate)) return;
    if (message.description?.sdp) message.description = { type: message.description.type, sdp: strip(message.description.sdp) };
    send.call(this, JSON.stringify(message));
  };
  const add = RTCPeerConnection.prototype.addIceCandidate;
  RTCPeerConnection.prototype.addIceCandidate = function filtered(candidate) {
    return candidate?.candidate && isUdp(candidate.candidate) ? Promise.resolve() : add.call(this, candidate);
  };
  const setRemote = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function filtered(description) {
    return setRemote.call(this, { type: description.type, sdp: description.sdp && strip(description.sdp) });
  };
};

for (const [browser, launch] of Object.entries(browsers)) {
  test(`ICE-TCP with ${browser}, which calls the port that tincan listens on`, { timeout: 60_000 }, async (context) => {
    const tincan = await startCall(['--video', '--ice-tcp', '--loopback']);
    try {
      await withPage('about:blank', async (page) => {
        await page.evaluateOnNewDocument(tcpOnly);
        await page.goto(`${tincan.url}?auto=1`);
        await connected(page);
        const video = await watchVideo(page, { count: 10 });
        assert.ok(video.counters.length >= 10);
        const transport = await transportOf(page);
        context.diagnostic(JSON.stringify(transport));
        if (transport.protocol !== undefined) assert.equal(transport.protocol, 'tcp');
        await page.click('#hangup');
      }, { launch });
      const { report, output } = await tincan.end({ interrupt: false });
      assert.ok(report.connected, output);
    } finally {
      await tincan.clean();
    }
  });
}

/// Has every connection of the page ask for encrypted header extensions (RFC 9335), and refuse a description without.
const requireCryptex = () => {
  const Plain = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Plain {
    constructor(configuration = {}) {
      super({ ...configuration, rtpHeaderEncryptionPolicy: 'require' });
    }
  };
};

for (const side of ['page', 'tincan']) {
  test(`Cryptex with Chromium that requires it, offered by ${side}`, { timeout: 60_000 }, async (context) => {
    const tincan = await startCall(['--audio', '--video', ...(side === 'tincan' ? ['--offer'] : [])]);
    const args = ['--enable-blink-features=RtcRtpHeaderEncryptionPolicy'];
    let known = true;
    try {
      await withPage('about:blank', async (page) => {
        await page.evaluateOnNewDocument(requireCryptex);
        await page.goto(`${tincan.url}?auto=1`);
        await connected(page);
        const video = await watchVideo(page, { count: 3 });
        assert.ok(video.counters.length >= 3, 'Chromium reads what we hide');
        const seen = await page.evaluate(() => {
          const { pc } = window.tincan;
          return {
            policy: pc.getConfiguration().rtpHeaderEncryptionPolicy,
            described: [pc.localDescription, pc.remoteDescription].map(({ sdp }) => /^a=cryptex\r$/m.test(sdp)),
          };
        });
        context.diagnostic(JSON.stringify(seen));
        known = seen.policy !== undefined;
        if (!known) return;
        assert.deepEqual(seen.described, [true, true]);
        await sentFrames(page, 100);  // and reports have gone both ways
        await page.click('#hangup');
      }, { launch: launchChromium, args });
      if (!known) return context.skip('this Chromium does not know rtpHeaderEncryptionPolicy');
      const { code, output } = await tincan.end({ interrupt: false });
      assert.equal(code, 0, `media flowed both ways: ${output}`);
    } finally {
      await tincan.clean();
    }
  });
}
