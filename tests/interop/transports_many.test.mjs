// Several transports with real browsers: each bundlePolicy of the page, and pages that neither say nor hear of BUNDLE, so
// that each section goes its own way.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connected, echo, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

/// Runs in the page before its own scripts.
function configure({ policy, bundles, multiplexes = true }) {
  const Native = window.RTCPeerConnection;
  const lines = multiplexes ? /a=group:BUNDLE[^\r\n]*\r\n/g : /a=(group:BUNDLE[^\r\n]*|rtcp-mux)\r\n/g;
  const strip = ({ type, sdp }) => ({ type, sdp: sdp.replace(lines, '') });
  window.RTCPeerConnection = class extends Native {
    constructor(configuration = {}) { super({ ...configuration, bundlePolicy: policy, ...(multiplexes ? {} : { rtcpMuxPolicy: 'negotiate' }) }); }

    async setLocalDescription(description) {
      if (bundles) return super.setLocalDescription(description);
      const answers = this.signalingState === 'have-remote-offer';
      return super.setLocalDescription(strip(description ?? await (answers ? this.createAnswer() : this.createOffer())));
    }

    setRemoteDescription(description) { return super.setRemoteDescription(bundles ? description : strip(description)); }
  };
}

const inUse = (page) => page.evaluate(async () => {
  const { pc } = window.tincan;
  const carriers = new Set(pc.getSenders().concat(pc.getReceivers()).map((each) => each.transport).filter(Boolean));
  if (pc.sctp) carriers.add(pc.sctp.transport);
  return { count: carriers.size, states: [...carriers].map((each) => each.state) };
});

for (const [browser, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  for (const [policy, bundles] of [['max-compat', true], ['max-bundle', true], ['balanced', false], ['max-compat', false]]) {
    for (const side of ['page', 'tincan']) {
      test(`${browser}, ${policy}${bundles ? '' : ' without BUNDLE'}, ${side} offers`, { timeout: 90_000 }, async (context) => {
        const tincan = await startCall(['--video', ...(side === 'tincan' ? ['--offer'] : [])]);
        try {
          await withPage('about:blank', async (page) => {
            await page.evaluateOnNewDocument(configure, { policy, bundles });
            await page.goto(`${tincan.url}?auto=1`);
            await connected(page);
            const video = await watchVideo(page, { count: 5 });
            assert.ok(video.counters.length >= 5, 'pictures come');
            await sentFrames(page, 5);
            const data = await echo(page, { count: 20 });
            assert.equal(data.same, data.count);
            const transports = await inUse(page);
            context.diagnostic(JSON.stringify(transports));
            assert.equal(transports.count, bundles ? 1 : 3);
            assert.ok(transports.states.every((state) => state === 'connected'), transports.states.join());
            await page.click('#hangup');
          }, { launch });
          const { report, output } = await tincan.end({ interrupt: false });
          assert.ok(report, output);
        } finally {
          await tincan.clean();
        }
      });
    }
  }
}

// RTCP on a port of its own: Firefox has it under keys of its own (RFC 5764 §4.1), Chromium under RTP's.
for (const [browser, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  for (const side of ['page', 'tincan']) {
    test(`${browser} without rtcp-mux, ${side} offers`, { timeout: 90_000 }, async () => {
      const tincan = await startCall(['--video', '--rtcp-mux', 'negotiate', ...(side === 'tincan' ? ['--offer'] : [])]);
      try {
        await withPage('about:blank', async (page) => {
          await page.evaluateOnNewDocument(configure, { policy: 'balanced', bundles: false, multiplexes: false });
          await page.goto(`${tincan.url}?auto=1`);
          await connected(page);
          const video = await watchVideo(page, { count: 5 });
          assert.ok(video.counters.length >= 5, 'pictures come');
          await sentFrames(page, 5);
          await page.waitForFunction(async () => {  // the browser hears our reports
            const stats = [...(await window.tincan.pc.getStats()).values()];
            return stats.some((each) => each.type === 'remote-inbound-rtp' && each.kind === 'video' && each.roundTripTimeMeasurements >= 3);
          });
          await page.click('#hangup');
        }, { launch });
        const { report, output } = await tincan.end({ interrupt: false });
        assert.ok(report, output);
        const heard = Object.values(report.stats).some((each) => each.type === 'remote-inbound-rtp' && each.kind === 'video');
        assert.ok(heard, 'tincan hears those of the browser');
      } finally {
        await tincan.clean();
      }
    });
  }
}
