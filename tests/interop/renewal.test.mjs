// A page stops its first transceiver, the BUNDLE-tagged one: browsers go on over another transport and shake hands anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connected, echo, watchVideo } from './lib/checks.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

for (const [browser, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  for (const side of ['page', 'tincan']) {
    test(`${browser} stops the tagged section and uses it again, ${side} offering first`, {
      timeout: 90_000,
      // In about one run of four Firefox sends nothing any more, neither media nor data, once it has shaken hands anew:
      // when it moves within 50 ms of the first connection. Chromium did the like under load, before its new pair counted.
      // Where tincan offers first, Firefox decodes nothing behind the switch in about one run of six, though packets come
      // and it asks for key frames.
      todo: (side === 'page' || browser === 'Firefox') && 'the switch is not yet sure',
    }, async () => {
      // At one rate: it is the switch that is looked at, and pictures whose counters can be read on a busy machine.
      const rate = ['--controller', 'fixed', '--start-bitrate', '1000000'];
      const tincan = await startCall(side === 'tincan' ? ['--offer', ...rate] : rate);
      try {
        await withPage(`${tincan.url}?auto=1`, async (page) => {
          await connected(page);
          await page.evaluate(async () => {
            const channel = window.tincan.pc.createDataChannel('echo');
            await new Promise((open) => { channel.onopen = open; });
            window.kept = channel;
            window.tincan.pc.getTransceivers()[0].stop();
          });
          // Not connected for a moment: there is a new association, with the same channel.
          // What was under way when the old one ended is lost with it, so it asks again.
          const back = () => page.evaluate(async () => {
            let again;
            const answer = new Promise((done) => {
              window.kept.onmessage = ({ data }) => done(data);
              again = setInterval(() => window.kept.send('still there'), 250);
              setTimeout(done, 15_000, 'no answer');
            });
            return answer.finally(() => clearInterval(again));
          });
          await page.waitForFunction(() => window.tincan.pc.signalingState === 'stable'
            && window.tincan.pc.remoteDescription.sdp.includes('m=audio 0 ')
            && window.tincan.pc.connectionState === 'connected', { timeout: 15_000, polling: 100 });
          assert.equal(await back(), 'still there');
          assert.ok((await watchVideo(page, { count: 10 })).counters.length >= 10, 'pictures come over the new transport');
          await page.evaluate(async () => {
            const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
            window.tincan.pc.addTrack(stream.getAudioTracks()[0], stream);
          });
          await page.waitForFunction(() => window.tincan.pc.signalingState === 'stable'
            && /m=audio [1-9]/.test(window.tincan.pc.remoteDescription.sdp)
            && window.tincan.pc.connectionState === 'connected', { timeout: 15_000, polling: 100 });
          assert.equal(await back(), 'still there');
          assert.ok((await watchVideo(page, { count: 10 })).counters.length >= 10, 'pictures come with the place used again');
          const data = await echo(page, { count: 50 });
          assert.equal(data.same, data.count);
        }, { launch });
      } finally {
        await tincan.clean();
      }
    });
  }
}
