// Encoded transforms at both ends: `tincan call --frame-key` and a page's own, in a worker. Pictures and the tone are read
// back where both ends have the key; where one has not, nothing of use is, and nobody breaks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connected, listen, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const kTone = 440;
const kKey = 'two tins and a string';

let browser;
before(async () => { browser = await launchChromium(); });
after(async () => { await browser.close(); });

/// Before the page's own code runs: every sender and receiver has a transform that combines with the key what is not in
/// the clear (VP8: 10 bytes of a key frame and 3 of others; Opus: 1; of H.264's slices and AV1's frames low halves of bytes,
/// behind 16 bytes).
function transformAll(key) {
  const source = `
    const key = new TextEncoder().encode(${JSON.stringify(key)});
    const changeUnit = (unit) => {
      for (let i = 16; i < unit.length; ++i) if (unit[i] >= 0x10) unit[i] ^= key[i % key.length] & 0x0f;
    };
    const h264 = (bytes) => {
      const starts = [];
      for (let i = 0; i + 3 < bytes.length; ++i) if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) starts.push(i + 3);
      starts.forEach((start, n) => {
        let end = n + 1 < starts.length ? starts[n + 1] - 3 : bytes.length;
        while (end > start && bytes[end - 1] === 0) --end;
        if ([1, 5].includes(bytes[start] & 0x1f)) changeUnit(bytes.subarray(start, end));
      });
    };
    const av1 = (bytes) => {
      for (let at = 0; at < bytes.length;) {
        const type = bytes[at] >> 3 & 0x0f;
        const sized = bytes[at] & 2;
        at += bytes[at] & 4 ? 2 : 1;
        let size = sized ? 0 : bytes.length - at;
        for (let shift = 0; sized; shift += 7) {
          const byte = bytes[at++];
          size += (byte & 0x7f) * 2 ** shift;
          if (byte < 0x80) break;
        }
        if (type === 4 || type === 6) changeUnit(bytes.subarray(at, at + size));
        at += size;
      }
    };
    const change = (kind) => (frame, controller) => {
      const bytes = new Uint8Array(frame.data);
      const { mimeType } = frame.getMetadata();
      if (mimeType === 'video/H264') h264(bytes);
      else if (mimeType === 'video/AV1') av1(bytes);
      else for (let i = kind === 'audio' ? 1 : frame.type === 'key' ? 10 : 3; i < bytes.length; ++i) bytes[i] ^= key[i % key.length];
      frame.data = bytes.buffer;
      controller.enqueue(frame);
    };
    onrtctransform = ({ transformer }) => {
      transformer.readable.pipeThrough(new TransformStream({ transform: change(transformer.options.kind) })).pipeTo(transformer.writable);
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  window.transforms = 0;
  const give = (end, kind) => {
    if (end.transform) return;
    end.transform = new RTCRtpScriptTransform(worker, { kind });
    ++window.transforms;
  };
  const addTrack = RTCPeerConnection.prototype.addTrack;
  RTCPeerConnection.prototype.addTrack = function (track, ...streams) {
    const sender = addTrack.call(this, track, ...streams);
    give(sender, track.kind);
    // A receiver that is there before the offer takes none any more once the track event is: Chromium decodes by then.
    give(this.getTransceivers().find((each) => each.sender === sender).receiver, track.kind);
    return sender;
  };
  const Original = RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      this.addEventListener('track', ({ receiver, track }) => give(receiver, track.kind));
    }
  };
}

async function callWith({ tincanKey, pageKey, codec = 'VP8', args = [] }, hold) {
  const tincan = await startCall(['--audio', '--video', '--tone', String(kTone), '--codec', `${codec},opus`,
    ...(tincanKey ? ['--frame-key', tincanKey] : []), ...args]);
  const page = await browser.newPage();
  try {
    await page.setBypassCSP(true);  // a worker of the test's own
    if (pageKey) await page.evaluateOnNewDocument(transformAll, pageKey);
    await page.goto(`${tincan.url}?auto=1`);
    await connected(page);
    await hold(page);
    await page.click('#hangup');
    await page.waitForFunction(() => window.tincan.state === 'idle');
    const { code, report, output } = await tincan.end({ interrupt: false });
    // Who has seen no picture says so by its code.
    assert.ok(code === 0 || ((!tincanKey || !pageKey) && /no picture that was received/.test(output)), output);
    return report.tracks;
  } finally {
    await page.close();
    await tincan.clean();
  }
}

for (const [codec, who, args] of [['VP8', 'page', []], ['VP8', 'tincan', ['--offer']], ['H264', 'page', []], ['H264', 'tincan', ['--offer']], ['AV1', 'page', []], ['AV1', 'tincan', ['--offer']]]) {
  test(`both ends have the key, ${codec}, ${who} offering`, { timeout: 60_000 }, async () => {
    const tracks = await callWith({ tincanKey: kKey, pageKey: kKey, codec, args }, async (page) => {
      assert.equal(await page.evaluate(() => window.transforms), 4);
      const video = await watchVideo(page, { count: 10 });
      assert.ok(video.counters.length >= 10, `frame counters read: ${video.counters.length}`);
      assert.deepEqual(video.counters, [...video.counters].sort((a, b) => a - b), 'the frame counter only grows');
      const tone = await listen(page);
      assert.ok(tone && Math.abs(tone.frequency - kTone) < 8, `the loudest sound is at ${tone?.frequency} Hz, not ${kTone}`);
      await sentFrames(page, 45);
    });
    for (const each of tracks.filter(({ kind }) => kind === 'video')) assert.equal(each.codec, `video/${codec}`);
    const got = (kind) => tracks.find((each) => each.direction === 'in' && each.kind === kind);
    assert.ok(got('video').framesDecoded >= 30, `decoded frames: ${got('video').framesDecoded}`);
    assert.ok(got('video').distinctFrames >= 20, `frames that differ: ${got('video').distinctFrames}`);
    assert.ok(got('audio').audioRms > 0.001, `energy of the sound: ${got('audio').audioRms}`);
  });
}

test('a page without the key sees no picture of ours', { timeout: 60_000 }, async () => {
  await callWith({ tincanKey: kKey, pageKey: '' }, async (page) => {
    await sentFrames(page, 30);
    const read = (await watchVideo(page, { count: 5, seconds: 3 })).counters.length;
    assert.ok(read < 5, `frame counters read: ${read}`);
  });
});

test('a tincan without the key sees no picture of the page, and goes on', { timeout: 60_000 }, async () => {
  const tracks = await callWith({ tincanKey: '', pageKey: kKey }, (page) => sentFrames(page, 45));
  const video = tracks.find((each) => each.direction === 'in' && each.kind === 'video');
  assert.ok(video.distinctFrames < 20, `pictures that differ: ${video.distinctFrames}`);
});
