// What is sent beforehand against losses, with Chromium at the other end of a line that loses, 200 ms there and back:
// sound in RED (RFC 2198), ULPFEC in RED as Chromium has it by default, and its FlexFEC-03, which waits for a switch.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openBridge } from './lines/bridge.mjs';
import { openChromium, openTincan, withoutCandidates } from './lines/ends.mjs';

const kFlexfec = '--force-fieldtrials=WebRTC-FlexFEC-03-Advertised/Enabled/WebRTC-FlexFEC-03/Enabled/';
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/// A call of `seconds`, Chromium offering: what each end received, Chromium's pictures of it after `since` seconds, and the
/// descriptions.
async function call({ line, seconds, since = 0, chromium = {}, tincan = [], repairs = true }) {
  const left = await openChromium(chromium);
  const right = await openTincan(...tincan);
  let bridge;
  try {
    const offer = await left.offer();
    const answer = await right.answer(withoutCandidates(repairs ? offer : withoutRepairs(offer)));
    bridge = await openBridge(line, await right.candidate(), { seed: 7 });
    await left.accept(withoutCandidates(answer));
    await left.add(`candidate:1 1 udp 2122260223 127.0.0.1 ${bridge.port} typ host`);
    await left.connected();
    await sleep(since);
    const before = since > 0 ? (await left.received()).frames : 0;
    await sleep(seconds - since);
    const atChromium = await left.received();
    const atTincan = await right.received();
    return { offer, answer, atChromium, atTincan, shown: atChromium.frames - before };
  } finally {
    await left.close();
    await right.close();
    await bridge?.close();
  }
}

/// Without NACK and RTX: what is lost stays lost, but for what was sent beforehand.
const withoutRepairs = (sdp) => sdp.replace(/a=rtcp-fb:\d+ nack.*\r\n|a=rtpmap:\d+ rtx\/90000\r\n|a=fmtp:\d+ apt=.*\r\n/g, '');

const told = (what, end) => `${what}: ${JSON.stringify(end)}`;

test('sound in RED, both ways', { timeout: 60_000 }, async () => {
  const line = { loss: 0.1, delayMs: 30 };
  const { answer, atChromium, atTincan } = await call({
    line, seconds: 15, chromium: { first: ['red'] }, tincan: ['--fec', 'red'],
  });
  assert.match(answer, /a=rtpmap:63 red\/48000\/2\r\n/);
  assert.match(answer, /a=fmtp:63 111\/111\r\n/);
  // Chromium sends RED where it is listed first; some of what it repeats had been lost, most had not.
  assert.ok(atTincan.copies > 200, told('tincan', atTincan));
  assert.ok(atTincan.copiesDiscarded < atTincan.copies && atTincan.copiesDiscarded > atTincan.copies / 2, told('tincan', atTincan));
  // Without it a tenth of the sound would be made up, in both.
  assert.ok(atTincan.concealed < 0.04 * atTincan.samples, told('tincan', atTincan));
  assert.ok(atChromium.concealed < 0.04 * atChromium.samples, told('Chromium', atChromium));
  // Chromium counts no copies; each packet has a second frame of 120 bytes.
  assert.ok(atChromium.soundBytes > 200 * atChromium.soundPackets, told('Chromium', atChromium));
});

test('ULPFEC, both ways', { timeout: 90_000 }, async () => {
  const line = { loss: 0.06, delayMs: 100 };
  const { answer, atChromium, atTincan } = await call({ line, seconds: 25 });
  assert.match(answer, /a=rtpmap:118 red\/90000\r\n/);
  assert.match(answer, /a=rtpmap:120 ulpfec\/90000\r\n/);
  assert.ok(atTincan.fec > 20, told('tincan', atTincan));
  assert.ok(atTincan.fecDiscarded < atTincan.fec, told('tincan', atTincan));
  assert.ok(atTincan.frames > 25 * 15, told('tincan', atTincan));
  assert.ok(atChromium.frames > 25 * 10, told('Chromium', atChromium));
});

// Chromium protects each of its encodings by itself, in its own numbering; and so do we.
test('ULPFEC in each of several encodings, from Chromium', { timeout: 90_000 }, async () => {
  const encodings = [{ rid: 'h', scaleResolutionDownBy: 2 }, { rid: 'f' }];
  const { offer, atChromium, atTincan } = await call({
    line: { loss: 0.06, delayMs: 100 }, seconds: 25, chromium: { encodings, size: { width: 640, height: 360 } }, tincan: ['--start-bitrate', '2000000'],
  });
  assert.match(offer, /a=simulcast:send h;f\r\n/);
  assert.equal(atTincan.streams.length, 2, told('tincan', atTincan));
  // How many Chromium sends of each, its estimate decides, which 6 % of loss keep low: both are small, so that both have room,
  // and still the larger may be few, and a key frame of it that is lost costs many of those. What it sends of both is seen.
  const both = `${told('Chromium', atChromium.sending)} ${told('tincan', atTincan.streams)}`;
  let sent = 0, seen = 0;
  for (const { ssrc, frames, fec, fecDiscarded } of atTincan.streams) {
    sent += atChromium.sending.find((each) => each.ssrc === ssrc)?.framesSent;
    seen += frames;
    assert.ok(frames > 10, both);
    assert.ok(fec > frames / 10 && fecDiscarded < fec, both);
  }
  assert.ok(seen > 0.75 * sent, both);
  assert.ok(Math.max(...atTincan.streams.map(({ frames }) => frames)) > 25 * 4, both);
});

// Chromium does not count what ULPFEC brings. Where nothing is sent again, the pictures that it shows tell of it: after a loss
// it waits 3 s before it asks for a key frame. Each 40th packet is lost, so that no group of parity has two: by chance one in
// 250 has, and one in a call of 15 s is enough to make it look like a call without. The first 5 s are until parity comes.
test('ULPFEC alone, from tincan', { timeout: 90_000 }, async () => {
  const shown = {};
  let asked;
  for (const fec of ['ulpfec', 'none']) {
    const { shown: pictures, atChromium } = await call({
      line: { lossEvery: 40, delayMs: 30 }, seconds: 15, since: 5, tincan: ['--bitrate', '400000', '--fec', fec], repairs: false,
    });
    shown[fec] = pictures;
    [asked] = atChromium.sending;
  }
  const said = `pictures shown in 10 s, with ULPFEC: ${shown.ulpfec}, without: ${shown.none}`;
  assert.ok(shown.ulpfec > 200 && shown.none < shown.ulpfec / 2, said);
  // Nor are key frames asked for by PLI, which is of `nack` as well: by FIR, and Chromium makes them.
  assert.ok(asked.firCount > 5 && asked.pliCount === 0, told('Chromium sends', asked));
});

test('FlexFEC-03, both ways', { timeout: 90_000 }, async () => {
  const line = { loss: 0.06, delayMs: 100 };
  const { offer, answer, atChromium, atTincan } = await call({
    line, seconds: 25, chromium: { args: [kFlexfec] }, tincan: ['--fec', 'flexfec'],
  });
  assert.match(offer, /flexfec-03\/90000/);
  assert.match(answer, /flexfec-03\/90000/);
  assert.match(answer, /a=ssrc-group:FEC-FR \d+ \d+\r\n/);
  assert.ok(atTincan.fec > 20, told('tincan', atTincan));
  assert.ok(atTincan.fecDiscarded < atTincan.fec, told('tincan', atTincan));
  assert.ok(atTincan.frames > 25 * 15, told('tincan', atTincan));
  assert.ok(atChromium.fec > 20, told('Chromium', atChromium));
  assert.ok(atChromium.frames > 25 * 10, told('Chromium', atChromium));
});

test('none where it is not wanted', { timeout: 60_000 }, async () => {
  const { answer, atChromium, atTincan } = await call({ line: { loss: 0.05, delayMs: 100 }, seconds: 10, tincan: ['--fec', 'none'] });
  assert.doesNotMatch(answer, /a=rtpmap:\d+ (red|ulpfec|flexfec-03)\//);
  assert.equal(atTincan.fec ?? 0, 0);
  assert.equal(atChromium.fec, 0);
  assert.ok(atTincan.frames > 50 && atChromium.frames > 50, told('tincan', atTincan) + told('Chromium', atChromium));
});
