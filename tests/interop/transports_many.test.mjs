// Several transports with real browsers: each bundlePolicy of the page, and pages that neither say nor hear of BUNDLE, so
// that each section goes its own way.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connected, echo, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

/// Runs in the page before its own scripts.
function configure({ policy, bundles }) {
  const Native = window.RTCPeerConnection;
  const strip = ({ type, sdp }) => ({ type, sdp: sdp.replace(/a=group:BUNDLE[^\r\n]*\r\n/g, '') });
  window.RTCPeerConnection = class extends Native {
    constructor(configuration = {}) { super({ ...configuration, bundlePolicy: policy }); }

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
