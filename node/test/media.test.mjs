import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

import {event, negotiate, pair, tincan, until} from './lib.mjs';

const {RTCVideoSource, RTCVideoSink, RTCAudioSource, RTCAudioSink} = tincan.nonstandard;

function picture(width, height, luma) {
  const data = new Uint8Array(width * height * 3 / 2).fill(128);
  data.fill(luma, 0, width * height);
  return {width, height, data};
}

const rms = (samples) => Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);

test('pictures and sound that a program makes arrive at the other side', async () => {
  const [a, b] = pair();
  const source = new RTCVideoSource();
  const sound = new RTCAudioSource();
  const stream = new tincan.MediaStream([source.createTrack(), sound.createTrack()]);
  for (const track of stream.getTracks()) a.addTrack(track, stream);
  const tracks = [];
  b.ontrack = ({track, streams}) => {
    assert.equal(streams[0].id, stream.id);
    tracks.push(track);
  };
  await negotiate(a, b);
  assert.equal(tracks.length, 2);

  let phase = 0;
  const timer = setInterval(() => {
    source.onFrame(picture(160, 120, 200));
    for (let i = 0; i < 3; ++i) {
      const samples = Int16Array.from({length: 480}, () => 12000 * Math.sin(phase += 2 * Math.PI * 440 / 48000));
      sound.onData({samples, sampleRate: 48000, bitsPerSample: 16, channelCount: 1, numberOfFrames: 480});
    }
  }, 30);
  const pictures = [];
  const loud = [];
  const videoSink = new RTCVideoSink(tracks.find((track) => track.kind === 'video'));
  videoSink.onframe = ({frame}) => pictures.push(frame);
  const audioSink = new RTCAudioSink(tracks.find((track) => track.kind === 'audio'));
  audioSink.ondata = ({samples}) => loud.push(rms(samples) > 4000);
  await until(() => pictures.length > 10 && loud.filter(Boolean).length > 10);
  clearInterval(timer);
  const last = pictures.at(-1);
  assert.deepEqual([last.width, last.height, last.data.length], [160, 120, 160 * 120 * 3 / 2]);
  assert.ok(Math.abs(last.data[80 * 160 + 80] - 200) < 8, `luma ${last.data[80 * 160 + 80]}`);
  videoSink.stop();
  const seen = pictures.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(pictures.length, seen);

  const report = await b.getStats();
  const inbound = [...report.values()].filter(({type}) => type === 'inbound-rtp');
  assert.equal(inbound.length, 2);
  assert.ok(inbound.every(({packetsReceived}) => packetsReceived > 0));
  audioSink.stop();
  a.close();
  b.close();
  for (const track of stream.getTracks()) track.stop();
});

test('the synthetic camera and microphone, negotiated by perfect negotiation', async () => {
  const stream = await tincan.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: {ideal: 240}}});
  assert.deepEqual(stream.getTracks().map(({kind}) => kind).sort(), ['audio', 'video']);
  assert.equal(stream.getVideoTracks()[0].getSettings().width, 320);
  const [a, b] = pair();
  a.onnegotiationneeded = () => negotiate(a, b);
  const unmuted = [];
  b.ontrack = ({track}) => { track.onunmute = () => unmuted.push(track.kind); };
  for (const track of stream.getTracks()) a.addTrack(track, stream);
  await until(() => unmuted.length === 2);
  await until(() => a.connectionState === 'connected');
  const [transceiver] = a.getTransceivers();
  assert.equal(transceiver.currentDirection, 'sendonly');
  transceiver.stop();
  const ended = event(b.getTransceivers()[0].receiver.track, 'ended');
  await ended;
  a.close();
  b.close();
  assert.equal(a.getSenders().length, 0);
  for (const track of stream.getTracks()) track.stop();
});

test('devices', async () => {
  const devices = await tincan.mediaDevices.enumerateDevices();
  assert.deepEqual(devices.map(({kind}) => kind).sort(), ['audioinput', 'videoinput']);
  await assert.rejects(tincan.mediaDevices.getUserMedia({}), TypeError);
  await assert.rejects(tincan.mediaDevices.getUserMedia({video: {width: {min: 100_000}}}), {name: 'OverconstrainedError', constraint: 'width'});
});

test('a stream of the far end hears of its tracks, whatever the garbage collector takes', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const [a, b] = pair();
  const track = new RTCAudioSource().createTrack();
  a.addTrack(track, new tincan.MediaStream([track]));
  const heard = new Promise((resolve) => { b.ontrack = resolve; });
  await b.setRemoteDescription(await a.createOffer());
  const {streams: [stream]} = await heard;
  for (let i = 0; i < 3; ++i) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const removed = new Promise((resolve, reject) => {
    stream.onremovetrack = resolve;
    setTimeout(() => reject(new Error('no removetrack')), 2000).unref();
  });
  await b.setRemoteDescription({type: 'rollback'});
  await removed;
  a.close();
  b.close();
});
