// A page stops its first transceiver, the BUNDLE-tagged one: browsers go on over another transport and shake hands anew.
//
// Firefox 153 loses its pictures there by a race of its own: when its old transport closes before its media pipelines were
// told of the new one, they count as failed, and its video conduits neither send nor receive afterwards, whatever becomes
// of the transport (its log, MOZ_LOG=MediaPipeline:2, has "RTP Transport failed" for video then, and never else). Between
// two Firefoxes no picture comes behind the switch (16 of 16), and between Firefox and Chromium the switch is refused at
// all, as Chromium's other transport has other ICE credentials (8 of 8). So each attempt is held to the handshake and to
// data, and to pictures where Firefox has not lost them.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { connected, echo, watchVideo } from './lib/checks.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const kAttempts = 6;

/// Firefox with its log of media pipelines; `lost()`: whether it says that it has lost its pictures.
async function watchedFirefox() {
  const folder = await mkdtemp(join(tmpdir(), 'tincan-firefox-'));
  return {
    launch(options) {
      Object.assign(process.env, { MOZ_LOG: 'sync,MediaPipeline:2', MOZ_LOG_FILE: join(folder, 'log') });
      return launchFirefox(options);
    },
    async lost() {
      const logs = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
      return logs.some((log) => /RTP Transport failed.*video/.test(log));
    },
    async clean() {
      delete process.env.MOZ_LOG;
      delete process.env.MOZ_LOG_FILE;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/// One call with the switch and back. False when the browser has lost its pictures by itself: `lost()` says so.
async function stopAndUseAgain(launch, side, lost) {
  // At one rate: it is the switch that is looked at, and pictures whose counters can be read on a busy machine.
  const rate = ['--controller', 'fixed', '--start-bitrate', '1000000'];
  const tincan = await startCall(side === 'tincan' ? ['--offer', ...rate] : rate);
  const picturesCome = async (page, what) => {
    const { counters } = await watchVideo(page, { count: 10 });
    if (counters.length < 10 && await lost()) return false;
    assert.ok(counters.length >= 10, what);
    return true;
  };
  try {
    return await withPage(`${tincan.url}?auto=1`, async (page) => {
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
      if (!await picturesCome(page, 'pictures come over the new transport')) return false;
      await page.evaluate(async () => {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        window.tincan.pc.addTrack(stream.getAudioTracks()[0], stream);
      });
      await page.waitForFunction(() => window.tincan.pc.signalingState === 'stable'
        && /m=audio [1-9]/.test(window.tincan.pc.remoteDescription.sdp)
        && window.tincan.pc.connectionState === 'connected', { timeout: 15_000, polling: 100 });
      assert.equal(await back(), 'still there');
      if (!await picturesCome(page, 'pictures come with the place used again')) return false;
      const data = await echo(page, { count: 50 });
      assert.equal(data.same, data.count);
      return true;
    }, { launch });
  } finally {
    await tincan.clean();
  }
}

for (const side of ['page', 'tincan']) {
  test(`Chromium stops the tagged section and uses it again, ${side} offering first`, { timeout: 90_000 }, () =>
    stopAndUseAgain(launchChromium, side, async () => false));

  test(`Firefox stops the tagged section and uses it again, ${side} offering first`, { timeout: 300_000 }, async (context) => {
    for (let attempt = 1; attempt <= kAttempts; ++attempt) {
      const firefox = await watchedFirefox();
      try {
        if (await stopAndUseAgain(firefox.launch, side, firefox.lost)) return;
      } finally {
        await firefox.clean();
      }
      context.diagnostic(`attempt ${attempt}: Firefox lost its pictures by itself; the handshake and data were right`);
    }
    context.skip(`Firefox lost its pictures by itself ${kAttempts} times; the handshake and data were right`);
  });
}
