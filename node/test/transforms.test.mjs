import assert from 'node:assert/strict';
import {test} from 'node:test';

import {negotiate, pair, tincan, until} from './lib.mjs';

const {RTCRtpScriptTransform, RTCEncodedVideoFrame} = tincan;
const {RTCVideoSink} = tincan.nonstandard;

/** What a worker's script would be: `change` is called for each frame, and what it gives goes on. */
function transformOf(change, options) {
  const scope = new EventTarget();
  scope.addEventListener('rtctransform', ({transformer}) => {
    transformer.readable.pipeThrough(new TransformStream({
      transform(frame, controller) {
        const out = change(frame, transformer);
        if (out) controller.enqueue(out);
      },
    })).pipeTo(transformer.writable).catch(() => {});
  });
  return new RTCRtpScriptTransform(scope, options);
}

function xor(frame) {
  const bytes = new Uint8Array(frame.data);
  // A key frame's first bytes say its size (RFC 7741 §4.3): the jitter buffer reads them.
  for (let i = 10; i < bytes.length; ++i) bytes[i] ^= 0x5a;
  return frame;
}

async function call(t, {send, receive}) {
  const [a, b] = pair();
  t.after(() => {
    a.close();
    b.close();
  });
  const {getUserMedia} = tincan;
  const stream = await getUserMedia({video: {width: 160, height: 120}});
  const sender = a.addTrack(stream.getVideoTracks()[0], stream);
  if (send) sender.transform = send;
  const pictures = [];
  b.ontrack = ({receiver, track}) => {
    if (receive) receiver.transform = receive;
    const sink = new RTCVideoSink(track);
    sink.onframe = ({frame}) => pictures.push(frame);
    t.after(() => sink.stop());
  };
  await negotiate(a, b);
  return {a, b, sender, pictures};
}

// webrtc-encoded-transform §3, §4.
test('frames that one side hides and the other shows are seen', async (t) => {
  const seen = {send: [], receive: []};
  const note = (side) => (frame) => {
    seen[side].push({type: frame.type, ...frame.getMetadata()});
    return xor(frame);
  };
  const {pictures} = await call(t, {send: transformOf(note('send')), receive: transformOf(note('receive'))});
  await until(() => pictures.length > 5);
  const [first] = seen.send;
  assert.equal(first.type, 'key');
  assert.equal(first.mimeType, 'video/VP8');
  assert.equal(seen.receive[0].synchronizationSource, first.synchronizationSource);
  assert.equal(seen.receive[0].rtpTimestamp, first.rtpTimestamp);
});

test('frames that are not shown again are not seen', async (t) => {
  let frames = 0;
  const {pictures, b} = await call(t, {send: transformOf((frame) => (++frames, xor(frame)))});
  await until(() => frames > 20);
  const [{receiver}] = b.getTransceivers();
  assert.equal(receiver.transform, null);
  assert.ok(pictures.length < frames / 2, `${pictures.length} of ${frames}`);
});

// §2.2: a frame goes once, and its bytes with it; a copy has its own.
test('what was written has left', async (t) => {
  const copies = [];
  const {pictures} = await call(t, {
    send: transformOf((frame) => {
      copies.push([frame, new RTCEncodedVideoFrame(frame)]);
      return frame;
    }),
  });
  await until(() => pictures.length > 3);
  const [[written, copy]] = copies;
  assert.equal(written.data.byteLength, 0);
  assert.ok(copy.data.byteLength > 0);
  assert.deepEqual(copy.getMetadata(), written.getMetadata());
  assert.throws(() => new RTCEncodedVideoFrame(written, {metadata: {synchronizationSource: 1}}), {name: 'InvalidModificationError'});
});

test('a transform is of one sender or receiver', async (t) => {
  const [pc] = pair();
  t.after(() => pc.close());
  const [one, other] = [pc.addTransceiver('video'), pc.addTransceiver('video')];
  const transform = transformOf((frame) => frame, {name: 'x'});
  one.sender.transform = transform;
  assert.equal(one.sender.transform, transform);
  assert.throws(() => { other.sender.transform = transform; }, {name: 'InvalidStateError'});
  one.sender.transform = null;
  assert.throws(() => { one.receiver.transform = transform; }, {name: 'InvalidStateError'});
  one.sender.transform = transform;
  assert.throws(() => { one.sender.transform = {}; }, TypeError);
  assert.throws(() => new RTCRtpScriptTransform({}), TypeError);
});

test('key frames are asked for, by the sender\'s own and by the receiver\'s', async (t) => {
  const types = [];
  let ofReceiver;
  const {pictures} = await call(t, {
    send: transformOf((frame) => (types.push(frame.type), frame)),
    receive: transformOf((frame, transformer) => ((ofReceiver = transformer), frame)),
  });
  await until(() => pictures.length > 3);
  const keys = () => types.filter((type) => type === 'key').length;
  const before = keys();
  await ofReceiver.sendKeyFrameRequest();
  await until(() => keys() > before);
  await assert.rejects(ofReceiver.generateKeyFrame(), {name: 'InvalidStateError'});
});

// webrtc-extensions §5.
test('header extensions are chosen by transceiver', async (t) => {
  const [a, b] = pair();
  t.after(() => {
    a.close();
    b.close();
  });
  const transceiver = a.addTransceiver('video');
  const list = transceiver.getHeaderExtensionsToNegotiate();
  const orientation = list.find(({uri}) => uri === 'urn:3gpp:video-orientation');
  assert.equal(orientation.direction, 'sendrecv');
  orientation.direction = 'stopped';
  transceiver.setHeaderExtensionsToNegotiate(list);
  await negotiate(a, b);
  assert.ok(!a.localDescription.sdp.includes('video-orientation'));
  const negotiated = transceiver.getNegotiatedHeaderExtensions();
  assert.equal(negotiated.length, list.length);
  assert.ok(negotiated.some(({direction}) => direction === 'sendrecv'));
});

// webrtc-extensions, webrtc-encoded-transform §2.1.
test('captureTimestamp is when the sender has captured it, where abs-capture-time is negotiated', async (t) => {
  const [a, b] = pair();
  const source = new tincan.nonstandard.RTCVideoSource();
  const track = source.createTrack();
  const data = new Uint8Array(64 * 48 * 3 / 2).fill(128);
  const timer = setInterval(() => source.onFrame({width: 64, height: 48, data}), 30);
  t.after(() => {
    clearInterval(timer);
    track.stop();
    a.close();
    b.close();
  });
  const transceiver = a.addTransceiver(track);
  const list = transceiver.getHeaderExtensionsToNegotiate();
  const captureTime = list.find(({uri}) => uri.endsWith('/abs-capture-time'));
  assert.equal(captureTime.direction, 'stopped');
  captureTime.direction = 'sendrecv';
  transceiver.setHeaderExtensionsToNegotiate(list);
  let receiver;
  const seen = [];
  b.ontrack = (event) => {
    receiver = event.receiver;
    receiver.transform = transformOf((frame) => (seen.push(frame.getMetadata()), frame));
  };
  await negotiate(a, b);
  await until(() => receiver?.getSynchronizationSources().some(({captureTimestamp}) => captureTimestamp !== undefined));
  const [{captureTimestamp, senderCaptureTimeOffset}] = receiver.getSynchronizationSources();
  const from1900 = 2208988800000;
  const age = Date.now() + from1900 - captureTimestamp;
  assert.ok(age > -50 && age < 5000, `${age} ms old`);
  assert.equal(senderCaptureTimeOffset, 0);
  assert.ok(seen.length > 0);
  for (const metadata of seen) {
    assert.equal(typeof metadata.captureTime, 'number');
    assert.equal(metadata.senderCaptureTimeOffset, 0);
  }
});
