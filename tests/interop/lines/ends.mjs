// The ends of a call over a line: a browser's page, or `tincan call --stdio`. Both have the same functions:
//   offer() -> sdp, answer(sdp) -> sdp, accept(sdp), add(candidate), candidate() -> its first UDP host candidate,
//   received() -> what getStats() and the report say of received media, and {sent, resent} of our own pictures' packets;
//   quality() -> {received, sent}, what getStats() says for how well media plays.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { launchChromium } from '../lib/launch.mjs';
import { program } from '../lib/tincan.mjs';

const loopbackHost = (text) => / udp /i.test(text) && / typ host/.test(text) && / 127\.0\.0\.1 /.test(text);
function parse(candidate) {
  const [, , , , address, port] = candidate.split(' ');
  return { address, port: Number(port) };
}

/// A description without its candidates: the bridge's is the only one that is told.
export const withoutCandidates = (sdp) => sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, '');

/// What getStats() says for how well media plays, of what is received and of the pictures that are sent: both ends have the
/// same members.
export const quality = (stats) => ({ received: received(stats), sent: sent(stats) });

function sent(stats) {
  const video = stats.find((each) => each.type === 'outbound-rtp' && each.kind === 'video') ?? {};
  const pair = stats.find((each) => each.type === 'candidate-pair' && each.nominated && each.availableOutgoingBitrate) ?? {};
  return {
    frames: video.framesSent ?? video.framesEncoded ?? 0, keyFrames: video.keyFramesEncoded, width: video.frameWidth, target: video.targetBitrate, available: pair.availableOutgoingBitrate,
    limited: video.qualityLimitationDurations, plis: video.pliCount, firs: video.firCount, nacks: video.nackCount, packets: video.packetsSent, repaired: video.retransmittedPacketsSent,
    wait: video.packetsSent ? (1000 * video.totalPacketSendDelay) / video.packetsSent : undefined,  // ms, in the sender's own queue
  };
}

function received(stats) {
  const of = (kind) => stats.find((each) => each.type === 'inbound-rtp' && each.kind === kind) ?? {};
  const share = (part, whole) => (whole > 0 ? part / whole : 0);
  const hold = (each, what = 'jitterBufferDelay') => 1000 * share(each[what] ?? 0, each.jitterBufferEmittedCount);
  const [sound, video] = [of('audio'), of('video')];
  return {
    concealed: share(sound.concealedSamples, sound.totalSamplesReceived), silent: share(sound.silentConcealedSamples, sound.totalSamplesReceived),
    stretched: share((sound.insertedSamplesForDeceleration ?? 0) + (sound.removedSamplesForAcceleration ?? 0), sound.totalSamplesReceived),
    // Of what sound is held: for the line alone, and with what it waits for pictures.
    soundLeast: hold(sound, 'jitterBufferMinimumDelay'), soundAim: hold(sound, 'jitterBufferTargetDelay'), least: hold(video, 'jitterBufferMinimumDelay'), aim: hold(video, 'jitterBufferTargetDelay'),
    soundPackets: sound.packetsReceived, soundHold: hold(sound), hold: hold(video), keyFrames: video.keyFramesDecoded, nacks: video.nackCount, plis: video.pliCount,
    repaired: video.retransmittedPacketsReceived, fec: (video.fecPacketsReceived ?? 0) - (video.fecPacketsDiscarded ?? 0), frames: video.framesDecoded ?? 0,
    freezes: video.freezeCount ?? 0, frozenSeconds: video.totalFreezesDuration ?? 0,
    // When what is heard now was recorded, and what is seen now: by the sender's clock, ms. Lips are in step at 0.
    ahead: sound.estimatedPlayoutTimestamp && video.estimatedPlayoutTimestamp ? sound.estimatedPlayoutTimestamp - video.estimatedPlayoutTimestamp : undefined,
  };
}

/// Chromium, sending its fake camera (640 x 480 at `fps`, or as large as `size` says) and microphone; of each kind what
/// `first` names rather, and the camera in `encodings`, where there are some.
export async function openChromium({ fps = 30, args = [], first = [], encodings = [], size = { width: 640, height: 480 } } = {}) {
  const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>line</title>'));
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const browser = await launchChromium({
    without: ['--use-fake-device-for-media-stream'],
    args: [`--use-fake-device-for-media-stream=fps=${fps}`, '--disable-features=WebRtcHideLocalIpsWithMdns', ...args],
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(async (names, sendEncodings, video) => {
    const pc = new RTCPeerConnection();
    const candidates = [];
    pc.onicecandidate = ({ candidate }) => { if (candidate) candidates.push(candidate.candidate); };
    const local = await navigator.mediaDevices.getUserMedia({ audio: true, video });
    for (const track of local.getTracks()) {
      if (track.kind === 'video' && sendEncodings.length > 0) pc.addTransceiver(track, { streams: [local], sendEncodings });
      else pc.addTrack(track, local);
    }
    // Pictures and sound are played: a track that nobody watches is not decoded.
    const element = document.createElement('video');
    element.autoplay = true;
    document.body.append(element);
    pc.ontrack = ({ streams: [stream] }) => { element.srcObject = stream; };
    for (const transceiver of names.length > 0 ? pc.getTransceivers() : []) {
      const { codecs } = RTCRtpReceiver.getCapabilities(transceiver.receiver.track.kind);
      const rank = (codec) => names.indexOf(codec.mimeType.split('/')[1].toLowerCase()) >>> 0;
      transceiver.setCodecPreferences(codecs.sort((a, b) => rank(a) - rank(b)));
    }
    window.end = { pc, candidates };
  }, first, encodings, size);
  const does = (body, ...args) => page.evaluate(body, ...args);
  return {
    name: 'Chromium',
    offer: () => does(async () => { await end.pc.setLocalDescription(); return end.pc.localDescription.sdp; }),
    answer: (sdp) => does(async (theirs) => {
      await end.pc.setRemoteDescription({ type: 'offer', sdp: theirs });
      await end.pc.setLocalDescription();
      return end.pc.localDescription.sdp;
    }, sdp),
    accept: (sdp) => does((theirs) => end.pc.setRemoteDescription({ type: 'answer', sdp: theirs }), sdp),
    add: (candidate) => does((each) => end.pc.addIceCandidate({ candidate: each, sdpMLineIndex: 0 }), candidate),
    async candidate() {
      const handle = await page.waitForFunction(() => end.candidates.find((each) => / udp .* 127\.0\.0\.1 .* typ host/i.test(each)), { timeout: 10_000, polling: 50 });
      return parse(await handle.jsonValue());
    },
    connected: () => page.waitForFunction(() => end.pc.connectionState === 'connected', { timeout: 20_000, polling: 50 }),
    quality: async () => quality(await does(async () => [...(await end.pc.getStats()).values()])),
    received: () => does(async () => {
      const stats = [...(await end.pc.getStats()).values()];
      const of = (type, kind) => stats.find((each) => each.type === type && each.kind === kind) ?? {};
      const [video, audio, sent] = [of('inbound-rtp', 'video'), of('inbound-rtp', 'audio'), of('outbound-rtp', 'video')];
      return {
        frames: video.framesDecoded ?? 0, freezes: video.freezeCount ?? 0, frozenSeconds: video.totalFreezesDuration ?? 0,
        concealed: audio.concealedSamples ?? 0, samples: audio.totalSamplesReceived ?? 0, soundBytes: audio.bytesReceived ?? 0, soundPackets: audio.packetsReceived ?? 0, width: video.frameWidth ?? 0,
        hold: video.jitterBufferEmittedCount ? video.jitterBufferDelay / video.jitterBufferEmittedCount : 0,
        sent: sent.packetsSent ?? 0, resent: sent.retransmittedPacketsSent ?? 0,
        sending: stats.filter((each) => each.type === 'outbound-rtp' && each.kind === 'video')
          .map(({ ssrc, rid, framesSent, framesEncoded, frameWidth, targetBitrate, pliCount, firCount, nackCount }) => ({ ssrc, rid, framesSent, framesEncoded, frameWidth, targetBitrate, pliCount, firCount, nackCount })),
        fec: video.fecPacketsReceived ?? 0, fecDiscarded: video.fecPacketsDiscarded ?? 0,
        copies: audio.fecPacketsReceived ?? 0, copiesDiscarded: audio.fecPacketsDiscarded ?? 0,
        codecs: stats.filter((each) => each.codecId).map((each) => `${each.type} ${stats.find((codec) => codec.id === each.codecId).mimeType}`),
      };
    }),
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/// `tincan call --stdio`, sending its synthetic camera and its tone. What it received is known once it has ended.
export async function openTincan(...more) {
  const folder = await mkdtemp(join(tmpdir(), 'tincan-lines-'));
  const report = join(folder, 'report.json');
  const child = spawn(program, ['call', '--stdio', '--loopback', ...(more.includes('--audio') ? [] : ['--audio']), '--video', '--recording', '', '--picture', '', '--report', report, ...more], { cwd: folder });
  let words = '';
  child.stderr.on('data', (chunk) => { words += chunk; });
  const ended = new Promise((done) => { child.on('close', done); });
  const wanted = { description: [], candidate: [] };
  const seen = { description: [], candidate: [] };
  const next = (kind) => new Promise((found, fail) => {
    if (seen[kind].length > 0) return found(seen[kind].shift());
    wanted[kind].push(found);
    ended.then((code) => fail(new Error(`tincan ended with ${code}: ${words}`)));
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    for (const kind of ['description', 'candidate']) {
      if (!message[kind]) continue;
      if (wanted[kind].length > 0) wanted[kind].shift()(message[kind]); else seen[kind].push(message[kind]);
    }
  });
  const told = async () => {
    child.kill('SIGINT');
    await ended;
    const outcome = JSON.parse(await readFile(report, 'utf8'));
    if (outcome.result !== 'ok') throw new Error(`tincan: ${outcome.reason}`);
    return outcome;
  };
  const tell = (message) => child.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    name: 'tincan',
    async answer(sdp) {
      tell({ description: { type: 'offer', sdp } });
      return (await next('description')).sdp;
    },
    async candidate() {
      for (;;) {
        const { candidate } = await next('candidate');
        if (loopbackHost(candidate)) return parse(candidate);
      }
    },
    async quality() {
      return quality(Object.values((await told()).stats));
    },
    async received() {
      const { tracks, stats } = await told();
      const of = (direction, kind) => tracks.find((each) => each.direction === direction && each.kind === kind) ?? {};
      const [video, audio, sent] = [of('in', 'video'), of('in', 'audio'), of('out', 'video')];
      const { freezes, frozenSeconds } = quality(Object.values(stats)).received;
      return {
        frames: video.framesDecoded, freezes, frozenSeconds,
        concealed: audio.concealedSamples, samples: audio.samples, width: video.width,
        sent: sent.packets, resent: sent.retransmittedPackets, framesSent: sent.framesEncoded,
        pli: sent.pliCount, fec: video.fecPackets, fecDiscarded: video.fecPacketsDiscarded,
        copies: audio.fecPackets, copiesDiscarded: audio.fecPacketsDiscarded,
        streams: tracks.filter((each) => each.direction === 'in' && each.kind === 'video')
          .map(({ ssrc, framesReceived, framesDecoded, framesDropped, fecPackets, fecPacketsDiscarded, nackCount, pliCount, lost, retransmittedPackets }) => (
            { ssrc, received: framesReceived, frames: framesDecoded, dropped: framesDropped, fec: fecPackets, fecDiscarded: fecPacketsDiscarded, nacks: nackCount, plis: pliCount, lost, repaired: retransmittedPackets })),
      };
    },
    get words() { return words; },
    async close() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
