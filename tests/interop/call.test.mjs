// A call between `tincan call` and headless Chromium and Firefox, each side offering: pictures, sound and data, both ways.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { connected, echo, listen, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

// SMPTE EG 1, 75 %: grey, yellow, cyan, green, magenta, red, blue.
const kBars = [[191, 191, 191], [191, 191, 0], [0, 191, 191], [0, 191, 0], [191, 0, 191], [191, 0, 0], [0, 0, 191]];
const kTolerance = 24;  // VP8, and the browser's own conversion
const kTone = 440;

async function holdCall(tincan, url, launch) {
  await withPage(url, async (page) => {
    await connected(page);
    const video = await watchVideo(page, { count: 30 });
    assert.equal(video.width, 640);
    assert.equal(video.height, 480);
    assert.ok(video.counters.length >= 30, `frame counters read: ${video.counters.length}`);
    assert.deepEqual(video.counters, [...video.counters].sort((a, b) => a - b), 'the frame counter only grows');
    for (const [i, bar] of video.bars.entries()) {
      const off = Math.max(...bar.map((value, k) => Math.abs(value - kBars[i][k])));
      assert.ok(off <= kTolerance, `bar ${i} is ${bar}, not ${kBars[i]}`);
    }
    const sound = await listen(page);
    assert.ok(sound && Math.abs(sound.frequency - kTone) < 6, `the loudest sound is at ${sound?.frequency} Hz, not ${kTone}`);
    assert.ok(sound.above > 20, `the tone is ${sound.above} dB above the rest`);
    const data = await echo(page);
    assert.equal(data.wrong, null);
    assert.equal(data.same, data.count, `${data.received} of ${data.count} messages came back`);
    await sentFrames(page, 160);  // the far end is to have decoded 100, however fast the checks above were
    await page.click('#hangup');
    await page.waitForFunction(() => window.tincan.state === 'idle');
  }, { launch });

  const { code, report, output } = await tincan.end({ interrupt: false });
  assert.equal(code, 0, output);
  assert.equal(report.result, 'ok');
  assert.match(report.dtls.version, /^DTLS 1\.[23]$/);
  assert.match(report.srtpProfile, /^AE(S_CM_128_HMAC_SHA1_80|AD_AES_(128|256)_GCM)$/);
  assert.ok(report.pair.local && report.pair.remote);
  assert.ok(report.pair.availableOutgoingBitrate > 0, 'the browser reports what arrives');
  const track = (direction, kind) => report.tracks.find((each) => each.direction === direction && each.kind === kind);
  const picture = track('in', 'video');
  assert.ok(picture.framesDecoded >= 100, `decoded frames: ${picture.framesDecoded}`);
  assert.ok(picture.distinctFrames >= 100, `frames that differ: ${picture.distinctFrames}`);
  assert.ok(track('in', 'audio').audioRms > 0.001, `energy of the sound: ${track('in', 'audio').audioRms}`);
  for (const kind of ['audio', 'video']) assert.ok(track('out', kind).packets > 0);
  const channel = report.channels.find((each) => each.label === 'echo');
  assert.equal(channel.messagesReceived, 1000);
  assert.equal(channel.messagesSent, 1000);
  for (const file of ['call.webm', 'call.png']) assert.ok(existsSync(join(tincan.folder, file)), `${file} was written`);
}

for (const [browser, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  for (const side of ['page', 'tincan']) {
    test(`a call with ${browser}, ${side} offering`, { timeout: 90_000 }, async () => {
      const tincan = await startCall(['--tone', String(kTone), ...(side === 'tincan' ? ['--offer'] : [])]);
      try {
        await holdCall(tincan, `${tincan.url}?auto=1`, launch);
      } finally {
        await tincan.clean();
      }
    });
  }
}

test('with mDNS host candidates (a page without camera permission)', { timeout: 60_000 }, async () => {
  const tincan = await startCall(['--video']);
  try {
    await withPage(`${tincan.url}?auto=1`, async (page) => {
      await connected(page);
      const video = await watchVideo(page, { count: 5 });
      assert.ok(video.counters.length >= 5);
    }, { without: ['--use-fake-ui-for-media-stream'], args: ['--deny-permission-prompts'] });
  } finally {
    await tincan.clean();
  }
});
