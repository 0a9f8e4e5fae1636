import assert from 'node:assert/strict';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

import {event, negotiate, pair, tincan, until} from './lib.mjs';

const addonFile = Object.keys(createRequire(import.meta.url).cache).find((file) => file.endsWith('.node'));
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
  const {mediaDevices, OverconstrainedError} = tincan;
  const synthetic = (await mediaDevices.enumerateDevices()).filter(({groupId}) => groupId === 'tincan-synthetic');
  assert.deepEqual(synthetic.map(({kind}) => kind).sort(), ['audioinput', 'videoinput']);
  await assert.rejects(mediaDevices.getUserMedia({}), TypeError);
  await assert.rejects(mediaDevices.getUserMedia({video: {width: {min: 100_000}}}), {name: 'OverconstrainedError', constraint: 'width'});
  await assert.rejects(mediaDevices.getUserMedia({video: {deviceId: {exact: 'none'}}}), OverconstrainedError);
  await assert.rejects(mediaDevices.getUserMedia({video: {deviceId: 'none'}}), {name: 'NotFoundError'});
  await assert.rejects(mediaDevices.getUserMedia({audio: {deviceId: {ideal: 'none'}}}), {name: 'NotFoundError'});
  for (const file of ['/nowhere/clip.y4m', '/nowhere/clip.mp4']) {
    await assert.rejects(mediaDevices.getUserMedia({video: {file}}), {name: 'NotFoundError'}, file);
  }
  for (const deviceId of ['tincan-camera', {exact: ['none', 'tincan-camera']}, {ideal: 'tincan-camera'}, undefined]) {
    const stream = await mediaDevices.getUserMedia({video: {deviceId}});
    assert.equal(stream.getTracks()[0].getSettings().deviceId, 'tincan-camera');
    stream.getTracks()[0].stop();
  }
});

test('files: Y4M, and what FFmpeg reads where it is built in', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tincan-'));
  const awake = setInterval(() => {}, 1000);  // only open connections keep the process
  t.after(() => {
    clearInterval(awake);
    fs.rmSync(folder, {recursive: true});
  });
  const clip = path.join(folder, 'clip.y4m');
  const pixels = Buffer.alloc(64 * 48 * 3 / 2, 128).fill(77, 0, 64 * 48);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), pixels]);
  fs.writeFileSync(clip, Buffer.concat([Buffer.from('YUV4MPEG2 W64 H48 F25:1 Ip C420\n'), ...Array(10).fill(frame)]));
  const shown = async (file) => {
    const stream = await tincan.mediaDevices.getUserMedia({video: {file}});
    const [track] = stream.getTracks();
    const reader = new tincan.MediaStreamTrackProcessor({track}).readable.getReader();
    const {value} = await reader.read();
    const data = new Uint8Array(value.allocationSize());
    await value.copyTo(data);
    await reader.cancel();
    track.stop();
    return [value.codedWidth, value.codedHeight, data[0]];
  };
  assert.deepEqual(await shown(clip), [64, 48, 77]);
  // The same in a name that only FFmpeg looks behind.
  const other = path.join(folder, 'clip.other');
  fs.copyFileSync(clip, other);
  const module = path.join(path.dirname(addonFile), 'tincan_devices.so');
  if (fs.existsSync(module)) assert.deepEqual(await shown(other), [64, 48, 77]);
  else await assert.rejects(shown(other), {name: 'NotSupportedError'});
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
