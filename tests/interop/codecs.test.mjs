// Calls with Chromium in each codec alone, a picture's and a sound's in one call: once the page offers nothing else
// (setCodecPreferences), once `tincan call --codec` does. Pictures and the tone are read back at both ends.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connected, listen, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const kPairs = [['VP8', 'opus'], ['VP9', 'PCMU'], ['H264', 'PCMA'], ['AV1', 'G722']];
const kTone = 440;

let browser;
before(async () => { browser = await launchChromium(); });
after(async () => { await browser?.close(); });

/// Before the page's own code runs: what it adds to a connection may only go in these codecs, with no RTX.
function preferOnly(names) {
  const addTrack = RTCPeerConnection.prototype.addTrack;
  RTCPeerConnection.prototype.addTrack = function (track, ...streams) {
    const sender = addTrack.call(this, track, ...streams);
    const only = RTCRtpReceiver.getCapabilities(track.kind).codecs
      .filter((codec) => names.some((name) => codec.mimeType.toLowerCase() === `${track.kind}/${name}`.toLowerCase()));
    this.getTransceivers().find((each) => each.sender === sender).setCodecPreferences(only);
    return sender;
  };
}

/// The codecs that the page's statistics name: {in: {video, audio}, out: {video, audio}}.
function codecsInUse(page) {
  return page.evaluate(async () => {
    const report = await window.tincan.pc.getStats();
    const used = { in: {}, out: {} };
    for (const s of report.values()) {
      const way = { 'inbound-rtp': 'in', 'outbound-rtp': 'out' }[s.type];
      if (way && s.codecId) used[way][s.kind] = report.get(s.codecId).mimeType.split('/')[1];
    }
    return used;
  });
}

async function hold(page, [picture, sound]) {
  await connected(page);
  const video = await watchVideo(page, { count: 10 });
  assert.ok(video.counters.length >= 10, `frame counters read: ${video.counters.length}`);
  assert.deepEqual(video.counters, [...video.counters].sort((a, b) => a - b), 'the frame counter only grows');
  const tone = await listen(page);
  assert.ok(tone && Math.abs(tone.frequency - kTone) < 8, `the loudest sound is at ${tone?.frequency} Hz, not ${kTone}`);
  await sentFrames(page, 30);
  const used = await codecsInUse(page);
  for (const way of ['in', 'out']) assert.deepEqual(used[way], { video: picture, audio: sound }, way);
  await page.click('#hangup');
  await page.waitForFunction(() => window.tincan.state === 'idle');
}

for (const pair of kPairs) {
  for (const side of ['page', 'tincan']) {
    test(`${pair.join(' and ')} alone, ${side} offering`, { timeout: 60_000 }, async () => {
      const args = side === 'tincan' ? ['--offer', '--codec', pair.join(',')] : [];
      const tincan = await startCall(['--audio', '--video', '--tone', String(kTone), ...args]);
      const page = await browser.newPage();
      try {
        if (side === 'page') await page.evaluateOnNewDocument(preferOnly, pair);
        await page.goto(`${tincan.url}?auto=1`);
        await hold(page, pair);
        const { code, report, output } = await tincan.end({ interrupt: false });
        assert.equal(code, 0, output);
        const track = (direction, kind) => report.tracks.find((each) => each.direction === direction && each.kind === kind);
        for (const direction of ['in', 'out']) {
          assert.equal(track(direction, 'video').codec, `video/${pair[0]}`);
          assert.equal(track(direction, 'audio').codec, `audio/${pair[1]}`);
        }
        assert.ok(track('in', 'video').framesDecoded >= 20, `decoded frames: ${track('in', 'video').framesDecoded}`);
        assert.ok(track('in', 'video').distinctFrames >= 15, `frames that differ: ${track('in', 'video').distinctFrames}`);
        assert.ok(track('in', 'audio').audioRms > 0.001, `energy of the sound: ${track('in', 'audio').audioRms}`);
      } finally {
        await page.close();
        await tincan.clean();
      }
    });
  }
}

test('a name that is no codec is told with those that are', { timeout: 10_000 }, async () => {
  await assert.rejects(startCall(['--codec', 'VP8,theora']), /--codec: theora is none .*VP8.*opus/);
});
