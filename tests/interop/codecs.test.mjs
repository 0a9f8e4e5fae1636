// Calls with browsers in each codec alone, a picture's and a sound's in one call: once the page offers nothing else
// (setCodecPreferences), once `tincan call --codec` does. Pictures and the tone are read back at both ends. Firefox is
// asked for what Chromium's calls do not show: its own VP9 and AV1; it has no H.264 without a plugin from the network.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connected, listen, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium, launchFirefox } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const kPairs = [['VP8', 'opus'], ['VP9', 'PCMU'], ['H264', 'PCMA'], ['AV1', 'G722']];
const kFirefox = [['VP9', 'PCMU'], ['AV1', 'G722']];
const kTone = 440;

const browsers = {};
before(async () => { [browsers.Chromium, browsers.Firefox] = await Promise.all([launchChromium(), launchFirefox()]); });
after(async () => { await Promise.all(Object.values(browsers).map((browser) => browser.close())); });

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

async function callIn(browser, pair, side) {
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
}

for (const pair of kPairs) {
  for (const side of ['page', 'tincan']) {
    test(`${pair.join(' and ')} alone, Chromium, ${side} offering`, { timeout: 60_000 }, () => callIn(browsers.Chromium, pair, side));
  }
}
// Of what is agreed on, the encoding's own codec (webrtc-extensions, RTCRtpEncodingParameters.codec), which stands behind
// others in the section: the pictures that each end sends are in another one than those that it gets.
// The page's take theirs in the call.
function sendEncodingsIn(names) {
  return Promise.all(window.tincan.pc.getSenders().map(async (sender) => {
    const { kind } = sender.track;
    const parameters = sender.getParameters();
    parameters.encodings[0].codec = parameters.codecs.find((codec) => names.some((name) => codec.mimeType.toLowerCase() === `${kind}/${name}`.toLowerCase()));
    await sender.setParameters(parameters);
  }));
}

for (const [ours, theirs] of [[['VP9', 'PCMU'], ['H264', 'G722']], [['H264', 'G722'], ['AV1', 'PCMA']], [['AV1', 'opus'], ['VP9', 'PCMU']]]) {
  for (const side of ['page', 'tincan']) {
    test(`an encoding's own codec: ${ours.join(' and ')} to Chromium, ${theirs.join(' and ')} from it, ${side} offering`, { timeout: 60_000 }, async () => {
      const args = ['--send-codec', ours.join(','), ...(side === 'tincan' ? ['--offer'] : [])];
      const tincan = await startCall(['--audio', '--video', '--tone', String(kTone), ...args]);
      const page = await browsers.Chromium.newPage();
      try {
        await page.goto(`${tincan.url}?auto=1`);
        await connected(page);
        await page.evaluate(sendEncodingsIn, theirs);
        const video = await watchVideo(page, { count: 10 });
        assert.ok(video.counters.length >= 10, `frame counters read: ${video.counters.length}`);
        const tone = await listen(page);
        assert.ok(tone && Math.abs(tone.frequency - kTone) < 8, `the loudest sound is at ${tone?.frequency} Hz, not ${kTone}`);
        await sentFrames(page, 30);
        assert.deepEqual(await codecsInUse(page), { in: { video: ours[0], audio: ours[1] }, out: { video: theirs[0], audio: theirs[1] } });
        await page.click('#hangup');
        const { code, report, output } = await tincan.end({ interrupt: false });
        assert.equal(code, 0, output);
        const codec = (direction, kind) => report.tracks.find((each) => each.direction === direction && each.kind === kind).codec;
        assert.deepEqual([codec('out', 'video'), codec('out', 'audio')], [`video/${ours[0]}`, `audio/${ours[1]}`]);
        assert.deepEqual([codec('in', 'video'), codec('in', 'audio')], [`video/${theirs[0]}`, `audio/${theirs[1]}`]);
      } finally {
        await page.close();
        await tincan.clean();
      }
    });
  }
}

for (const pair of kFirefox) {
  test(`${pair.join(' and ')} alone, Firefox, page offering`, { timeout: 60_000 }, () => callIn(browsers.Firefox, pair, 'page'));
}

// VP8 is gone after the fact, and comes back: each time by an offer of the page's in the call that is up.
test('from codec to codec in one call, Chromium offering', { timeout: 60_000 }, async () => {
  const tincan = await startCall(['--audio', '--video', '--tone', String(kTone)]);
  const page = await browsers.Chromium.newPage();
  try {
    await page.goto(`${tincan.url}?auto=1`);
    await connected(page);
    await sentFrames(page, 10);
    for (const [picture, sound] of [['H264', 'PCMU'], ['VP9', 'opus'], ['AV1', 'G722'], ['VP8', 'opus']]) {
      await page.evaluate((names) => {
        const pc = window.tincan.pc;
        for (const transceiver of pc.getTransceivers()) {
          const { kind } = transceiver.receiver.track;
          transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities(kind).codecs.filter((codec) =>
            [...names, 'rtx'].some((name) => codec.mimeType.toLowerCase() === `${kind}/${name}`.toLowerCase())));
        }
        pc.onnegotiationneeded();
      }, [picture, sound]);
      await page.waitForFunction(async ([wantedPicture, wantedSound]) => {
        const report = await window.tincan.pc.getStats();
        const used = [...report.values()].filter((s) => /^(in|out)bound-rtp$/.test(s.type) && s.codecId)
          .map((s) => report.get(s.codecId).mimeType);
        return used.length === 4 && used.every((type) => [`video/${wantedPicture}`, `audio/${wantedSound}`].includes(type));
      }, { timeout: 15_000, polling: 100 }, [picture, sound]);
      const video = await watchVideo(page, { count: 5 });
      assert.ok(video.counters.length >= 5, `${picture}: frame counters read: ${video.counters.length}`);
      const tone = await listen(page);
      assert.ok(tone && Math.abs(tone.frequency - kTone) < 8, `${sound}: the loudest sound is at ${tone?.frequency} Hz`);
    }
    const sentBefore = await page.evaluate(async () => [...(await window.tincan.pc.getStats()).values()]
      .find((s) => s.type === 'outbound-rtp' && s.kind === 'video').framesSent);
    await sentFrames(page, sentBefore + 15);
    await page.click('#hangup');
    const { code, report, output } = await tincan.end({ interrupt: false });
    assert.equal(code, 0, output);
    const seen = report.tracks.find((each) => each.direction === 'in' && each.kind === 'video');
    assert.equal(seen.codec, 'video/VP8');
    assert.ok(seen.framesDecoded >= 60, `decoded over all of them: ${seen.framesDecoded}`);
    assert.match(output, /came as H264 is not in the recording/);
  } finally {
    await page.close();
    await tincan.clean();
  }
});

test('a name that is no codec is told with those that are', { timeout: 10_000 }, async () => {
  await assert.rejects(startCall(['--codec', 'VP8,theora']), /--codec: theora is none .*VP8.*opus/);
});
