// node-datachannel's tracks, in the shapes of its examples: a relay of RTP that reads a page's camera on one side and
// feeds a page's video on the other, sound likewise, and frames through a packetizer.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import compat from '../compat/node_datachannel.cjs';
import {event, tincan, until} from './lib.mjs';

const {MediaStream, MediaStreamTrackGenerator, MediaStreamTrackProcessor, RTCPeerConnection, VideoFrame, getUserMedia} = tincan;

/** A W3C connection and one of node-datachannel's, which tell each other what they have. */
function joined() {
  const page = new RTCPeerConnection({iceServers: []});
  const peer = new compat.PeerConnection('peer', {iceServers: []});
  page.onicecandidate = ({candidate}) => { if (candidate?.candidate) peer.addRemoteCandidate(candidate.candidate, candidate.sdpMid); };
  const early = [];
  peer.onLocalCandidate((candidate, sdpMid) => early.push({candidate: candidate.replace(/^a=/, ''), sdpMid}));
  const add = () => {
    for (const each of early.splice(0)) page.addIceCandidate(each).catch(() => {});
    peer.onLocalCandidate((candidate, sdpMid) => page.addIceCandidate({candidate: candidate.replace(/^a=/, ''), sdpMid}).catch(() => {}));
  };
  return {page, peer, add};
}
async function pageOffers({page, peer, add}) {
  await page.setLocalDescription();
  const answered = new Promise((resolve) => peer.onLocalDescription((sdp, type) => resolve({sdp, type})));
  peer.setRemoteDescription(page.localDescription.sdp, 'offer');
  await page.setRemoteDescription(await answered);
  add();
}
async function peerOffers({page, peer, add}) {
  const made = new Promise((resolve) => peer.onLocalDescription((sdp, type) => resolve({sdp, type})));
  peer.setLocalDescription();
  await page.setRemoteDescription(await made);
  await page.setLocalDescription();
  peer.setRemoteDescription(page.localDescription.sdp, 'answer');
  add();
}

const headerOf = (packet) => ({version: packet[0] >> 6, marker: packet[1] >> 7, payloadType: packet[1] & 127,
  sequence: packet.readUInt16BE(2), timestamp: packet.readUInt32BE(4), ssrc: packet.readUInt32BE(8)});

for (const [kind, codec] of [['video', 'VP8'], ['video', 'H264'], ['audio', 'opus']]) {
  test(`node-datachannel: a relay of ${codec} in RTP, from a page to a page`, async (t) => {
    const from = joined();
    const to = joined();
    const stream = await getUserMedia(kind === 'video' ? {video: {width: 160, height: 120}} : {audio: {toneFrequency: 440}});
    t.after(() => {
      stream.getTracks().forEach((each) => each.stop());
      for (const {page, peer} of [from, to]) {
        page.close();
        peer.close();
      }
    });
    const describe = (direction) => {
      const media = kind === 'video' ? new compat.Video('video', direction) : new compat.Audio('audio', direction);
      if (codec === 'VP8') media.addVP8Codec(96);
      else if (codec === 'H264') media.addH264Codec(96);
      else media.addOpusCodec(111);
      return media;
    };
    // As in the example of a receiver: it describes what it wants before the page offers.
    const received = from.peer.addTrack(describe('RecvOnly'));
    received.setMediaHandler(new compat.RtcpReceivingSession());
    from.page.addTransceiver(stream.getTracks()[0], {direction: 'sendonly'});
    await pageOffers(from);
    // As in the example of a sender.
    const media = describe('SendOnly');
    media.addSSRC(42, 'video-send');
    assert.deepEqual([media.hasSSRC(42), media.getCNameForSsrc(42), media.getSSRCs()], [true, 'video-send', [42]]);
    const sent = to.peer.addTrack(media);
    assert.equal(sent.isOpen(), false);
    const opened = new Promise((resolve) => sent.onOpen(resolve));
    const arrived = event(to.page, 'track');
    await peerOffers(to);
    await opened;
    const {track} = await arrived;
    const packets = [];
    received.onMessage((packet) => {
      packets.push(headerOf(packet));
      sent.sendMessageBinary(packet);
    });
    await until(() => received.isOpen());
    if (kind === 'video') assert.equal(received.requestKeyframe(), true);  // the first one came before there was a reader
    const reader = new MediaStreamTrackProcessor({track}).readable.getReader();
    for (let i = 0; i < 10; ++i) {
      const {value} = await reader.read();
      if (kind === 'video') assert.deepEqual([value.codedWidth, value.codedHeight], [160, 120]);
      else assert.equal(value.sampleRate, 48000);
      value.close();
    }
    assert.ok(packets.length >= 3, `${packets.length} packets`);  // sound goes on where packets are late
    const [{ssrc, payloadType, sequence}] = packets;
    packets.forEach((each, i) => {
      assert.deepEqual([each.version, each.ssrc, each.payloadType], [2, ssrc, payloadType]);
      assert.equal(each.sequence, (sequence + i) & 0xffff);
    });
    assert.deepEqual([sent.type(), sent.direction(), received.direction()], [kind, 'SendOnly', 'RecvOnly']);
    assert.equal(sent.sendMessageBinary(Buffer.from([0x80, 200, 0, 0])), false, 'RTCP is the session\'s');
    assert.equal(sent.sendMessageBinary(Buffer.from('nonsense')), false);
    const closed = new Promise((resolve) => sent.onClosed(resolve));
    to.peer.close();
    await closed;
    assert.equal(sent.isClosed(), true);
    assert.throws(() => sent.sendMessageBinary(Buffer.alloc(20)), /closed/);
  });
}

test('node-datachannel: whole frames through a packetizer, to a track that was not asked for', async (t) => {
  // Frames of H.264 as an encoder would give them: a page's, read as they leave it.
  const page = joined();
  const generator = new MediaStreamTrackGenerator({kind: 'video'});
  const a = new compat.PeerConnection('a', {iceServers: []});
  const b = new compat.PeerConnection('b', {iceServers: []});
  const peers = [a, b];
  t.after(() => {
    generator.stop();
    page.page.close();
    page.peer.close();
    peers.forEach((each) => each.close());
  });
  peers.forEach((each, i) => {
    each.onLocalDescription((sdp, type) => peers[1 - i].setRemoteDescription(sdp, type));
    each.onLocalCandidate((candidate, mid) => peers[1 - i].addRemoteCandidate(candidate, mid));
  });
  const media = new compat.Video('video', 'SendOnly');
  media.addH264Codec(96);
  const config = new compat.RtpPacketizationConfig(42, 'video-send', 96, 90000);
  const packetizer = new compat.H264RtpPacketizer('Length', config);
  packetizer.addToChain(new compat.RtcpSrReporter(config));
  packetizer.addToChain(new compat.RtcpNackResponder());
  const sent = a.addTrack(media);
  sent.setMediaHandler(packetizer);
  let received;
  const packets = [];
  b.onTrack((track) => {
    received = track;
    track.onMessage((packet) => packets.push(headerOf(packet)));
  });
  a.setLocalDescription();
  await until(() => sent.isOpen() && received?.isOpen());

  const {sender} = page.page.addTransceiver(generator, {direction: 'sendonly'});
  const transceiver = page.page.getTransceivers()[0];
  transceiver.setCodecPreferences(tincan.RTCRtpReceiver.getCapabilities('video').codecs.filter(({mimeType}) => mimeType === 'video/H264'));
  const scope = new EventTarget();
  const frames = [];
  scope.addEventListener('rtctransform', async ({transformer}) => { for await (const frame of transformer.readable) frames.push(frame); });
  sender.transform = new tincan.RTCRtpScriptTransform(scope);
  await pageOffers(page);
  const writer = generator.writable.getWriter();
  const picture = new Uint8Array(64 * 48 * 3 / 2);
  for (let i = 0; frames.length < 5 && i < 200; ++i) {
    picture.fill(i);
    await writer.write(new VideoFrame(picture, {format: 'I420', codedWidth: 64, codedHeight: 48, timestamp: 0}));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  assert.ok(frames.length >= 5);
  /** Annex B to units behind their length. */
  const lengths = (bytes) => Buffer.concat(Buffer.from(bytes).toString('latin1').split('\0\0\0\x01').slice(1).flatMap((unit) => {
    const data = Buffer.from(unit, 'latin1');
    const size = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    return [size, data];
  }));
  for (const [i, frame] of frames.slice(0, 5).entries()) {
    config.timestamp = i * 3000;
    assert.equal(sent.sendMessageBinary(lengths(frame.data)), true);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await until(() => packets.filter(({marker}) => marker).length >= 5);
  const times = packets.filter(({marker}) => marker).map(({timestamp}) => timestamp);
  for (const [i, each] of times.slice(1, 5).entries()) {
    const step = (each - times[i]) >>> 0;
    assert.ok(Math.abs(step - 3000) <= 1, `${times}`);
  }
});

test('node-datachannel: descriptions of media', () => {
  const video = new compat.Video('v', 'RecvOnly');
  video.addVP9Codec(98);
  video.addRTXCodec(99, 98, 90000);
  video.setBitrate(3000);
  video.addSSRC(7, 'name', 'stream', 'track');
  assert.equal(video.description(), 'video 9 UDP/TLS/RTP/SAVPF 98 99');
  const sdp = video.generateSdp('\n', '127.0.0.1', 5000);
  for (const line of ['m=video 5000 UDP/TLS/RTP/SAVPF 98 99', 'c=IN IP4 127.0.0.1', 'b=AS:3000', 'a=mid:v', 'a=recvonly', 'a=rtpmap:98 VP9/90000',
    'a=fmtp:99 apt=98', 'a=ssrc:7 cname:name', 'a=ssrc:7 msid:stream track']) assert.ok(sdp.includes(`${line}\n`), line);
  video.removeFormat('vp9');
  assert.deepEqual([video.hasPayloadType(98), video.hasPayloadType(99)], [false, true]);
  video.replaceSSRC(7, 8, 'other');
  assert.deepEqual(video.getSSRCs(), [8]);
  const audio = new compat.Audio();
  assert.match(audio.addOpusCodec(111), /stereo=1/);
  audio.parseSdpLine('a=rtpmap:0 PCMU/8000');
  assert.ok(audio.hasPayloadType(0));
  assert.throws(() => new compat.Video('v', 'sideways'), TypeError);
  const pc = new compat.PeerConnection('c', {iceServers: []});
  assert.throws(() => pc.addTrack({}), TypeError);
  pc.close();
});
