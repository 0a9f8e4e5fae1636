// Several encodings and layers in calls with Chromium: its simulcast of three rids, each decoded at its size; and VP9 and
// AV1 in spatial and temporal layers to it, whose pictures are read back from its pixels.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { connected, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchChromium } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

let chromium;
before(async () => { chromium = await launchChromium(); });
after(async () => { await chromium.close(); });

/// Before the page's own code runs: its camera goes in three encodings. libwebrtc has three only from 960 × 540 on, and
/// begins with the rate that the far end's description names.
function sendThree(codec) {
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const video = { width: { exact: 960 }, height: { exact: 540 } };
  navigator.mediaDevices.getUserMedia = (wanted) => getUserMedia(wanted.video ? { ...wanted, video } : wanted);
  const setRemoteDescription = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    const begun = sdp.replace(/a=rtpmap:(\d+) VP8\/90000\r\n/g, (line, number) => `${line}a=fmtp:${number} x-google-start-bitrate=2000\r\n`)
      .replace(/a=fmtp:\d+ [^\r]*profile-level-id[^\r]*/g, (line) => `${line};x-google-start-bitrate=2000`);
    return setRemoteDescription.call(this, { type, sdp: begun });
  };
  const addTrack = RTCPeerConnection.prototype.addTrack;
  RTCPeerConnection.prototype.addTrack = function (track, ...streams) {
    if (track.kind !== 'video') return addTrack.call(this, track, ...streams);
    const sendEncodings = [
      { rid: 'q', scaleResolutionDownBy: 4 },
      { rid: 'h', scaleResolutionDownBy: 2 },
      { rid: 'f' },
    ];
    const transceiver = this.addTransceiver(track, { direction: 'sendrecv', streams, sendEncodings });
    const { codecs } = RTCRtpReceiver.getCapabilities('video');
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => [`video/${codec}`, 'video/rtx'].includes(mimeType)));
    return transceiver.sender;
  };
}

/// Before the page's own code runs: its camera goes in layers.
function sendLayers(codec, scalabilityMode) {
  const addTrack = RTCPeerConnection.prototype.addTrack;
  RTCPeerConnection.prototype.addTrack = function (track, ...streams) {
    if (track.kind !== 'video') return addTrack.call(this, track, ...streams);
    const transceiver = this.addTransceiver(track, { direction: 'sendrecv', streams, sendEncodings: [{ scalabilityMode }] });
    const { codecs } = RTCRtpReceiver.getCapabilities('video');
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => [`video/${codec}`, 'video/rtx'].includes(mimeType)));
    return transceiver.sender;
  };
}

/// Before the page's own code runs: what it offers for video has the dependency descriptor.
function offerDescriptor() {
  const createOffer = RTCPeerConnection.prototype.createOffer;
  const descriptor = 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
  const want = (pc) => {
    for (const transceiver of pc.getTransceivers()) {
      const extensions = transceiver.getHeaderExtensionsToNegotiate();
      for (const each of extensions) if (each.uri === descriptor) each.direction = 'sendrecv';
      transceiver.setHeaderExtensionsToNegotiate(extensions);
    }
  };
  RTCPeerConnection.prototype.createOffer = function (...args) {
    want(this);
    return createOffer.apply(this, args);
  };
  const setLocalDescription = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (...args) {
    if (this.signalingState === 'stable') want(this);
    return setLocalDescription.apply(this, args);
  };
}

async function inCall(args, before, body) {
  const tincan = await startCall(args);
  const page = await chromium.newPage();
  try {
    await before?.(page);
    await page.goto(`${tincan.url}?auto=1`);
    await connected(page);
    const found = await body(page, tincan);
    await page.click('#hangup');
    const { code, report, output } = await tincan.end({ interrupt: false });
    assert.equal(code, 0, output);
    return { report, output, found };
  } finally {
    await page.close();
    await tincan.clean();
  }
}

/// Waits until each of the page's encodings has sent this many frames.
function sentByAll(page, count, frames) {
  return page.waitForFunction(async (wanted, each) => {
    const sent = [...(await window.tincan.pc.getStats()).values()].filter((s) => s.type === 'outbound-rtp' && s.kind === 'video');
    return sent.length === wanted && sent.every((s) => s.framesSent >= each);
  }, { timeout: 40_000, polling: 200 }, count, frames);
}

for (const codec of ['VP8', 'H264']) {
  test(`three encodings of Chromium's, ${codec}, each decoded at its size`, { timeout: 90_000 }, async () => {
    const { report, found } = await inCall(['--audio', '--video', '--start-bitrate', '1000000'],
      (page) => page.evaluateOnNewDocument(sendThree, codec),
      async (page) => {
        await sentByAll(page, 3, 90);
        return page.evaluate(() => window.tincan.pc.remoteDescription.sdp);
      });
    assert.match(found, /a=simulcast:recv q;h;f\r\n/);
    const sizes = Object.fromEntries(report.layers.map((each) => [each.rid, `${each.width}x${each.height}`]));
    assert.deepEqual(sizes, { q: codec === 'H264' ? '240x134' : '240x135', h: '480x270', f: '960x540' });
    for (const each of report.layers) assert.ok(each.framesDecoded >= 50, `${each.rid}: ${each.framesDecoded} pictures`);
    const inbound = report.tracks.filter((each) => each.direction === 'in' && each.kind === 'video');
    assert.equal(inbound.length, 3, 'a stream for each');
    assert.ok(inbound.every((each) => each.codec === `video/${codec}`));
  });
}

for (const [codec, mode] of [['VP9', 'L3T3_KEY'], ['VP9', 'L2T2'], ['VP9', 'L1T3'], ['AV1', 'L1T3'], ['AV1', 'L2T1'], ['AV1', 'L3T3_KEY'], ['VP8', 'L1T3']]) {
  // Spatial layers of AV1 need a dependency descriptor, which Chromium takes, and offers where the page wants it to.
  const spatial = codec === 'AV1' && !mode.startsWith('L1');
  for (const side of ['page', ...(spatial ? ['page with a descriptor'] : []), 'tincan']) {
    test(`${codec} ${mode} to Chromium, ${side} offering`, { timeout: 60_000 }, async () => {
      const args = ['--video', '--codec', codec, '--svc', mode, ...(side === 'tincan' ? ['--offer'] : [])];
      const before = side === 'page with a descriptor' ? (page) => page.evaluateOnNewDocument(offerDescriptor) : null;
      const { report, found } = await inCall(args, before, async (page) => {
        const video = await watchVideo(page, { count: 20 });
        await sentFrames(page, 20);
        return video;
      });
      assert.ok(found.counters.length >= 20, `frame counters read: ${found.counters.length}`);
      assert.deepEqual(found.counters, [...found.counters].sort((a, b) => a - b), 'the frame counter only grows');
      assert.deepEqual([found.width, found.height], [640, 480], 'the highest layer');
      const sent = report.tracks.find((each) => each.direction === 'out' && each.kind === 'video');
      assert.equal(sent.scalabilityMode, spatial && side === 'page' ? mode.replace(/^L\d(T\d).*/, 'L1$1') : mode);
      assert.equal(sent.codec, `video/${codec}`);
    });
  }
}

// It offers the dependency descriptor of itself where its sender has layers.
for (const [codec, mode] of [['VP9', 'L3T3_KEY'], ['VP9', 'L1T3'], ['AV1', 'L1T3'], ['VP8', 'L1T3']]) {
  test(`${codec} ${mode} from Chromium`, { timeout: 60_000 }, async () => {
    const { report, found } = await inCall(['--video'], (page) => page.evaluateOnNewDocument(sendLayers, codec, mode), async (page) => {
      await sentByAll(page, 1, 150);
      return page.evaluate(async () => {
        const stats = [...(await window.tincan.pc.getStats()).values()];
        const of = (type) => stats.find((each) => each.type === type && each.kind === 'video');
        return { sdp: window.tincan.pc.remoteDescription.sdp, sent: of('outbound-rtp'), source: of('media-source') };
      });
    });
    assert.match(found.sdp, /a=extmap:\d+ \S*dependency-descriptor/);
    const got = report.tracks.find((each) => each.direction === 'in' && each.kind === 'video');
    assert.equal(got.codec, `video/${codec}`);
    // Each spatial layer is a frame that it sends; of the camera's pictures its encoder leaves some out where the machine is
    // busy (75 of 84 came, none was dropped), and it does not say how many.
    const pictures = Math.min(found.source.frames, Math.ceil(found.sent.framesSent / Number(mode[1])));
    assert.ok(got.framesDecoded >= 0.9 * pictures, `${got.framesDecoded} of ${pictures} pictures; ${found.sent.framesSent} layers of them were sent`);
    assert.equal(got.framesDropped, 0);
    assert.ok(got.freezeCount === undefined || got.freezeCount <= 1, `${got.freezeCount} freezes`);
  });
}
