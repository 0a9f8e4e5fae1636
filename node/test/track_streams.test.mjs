// Pictures and sound as Web streams: MediaStreamTrackProcessor and MediaStreamTrackGenerator, VideoFrame and AudioData.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {negotiate, pair, tincan, until} from './lib.mjs';

const {
  AudioData, MediaStream, MediaStreamTrack, MediaStreamTrackGenerator, MediaStreamTrackProcessor, RTCRtpSender, VideoFrame, VideoTrackGenerator,
} = tincan;

// Four fields, each of a colour of its own.
const kFields = [[60, 90, 200], [120, 160, 60], [180, 60, 120], [220, 130, 130]];
function fields(width, height, timestamp = 0) {
  const data = new Uint8Array(width * height * 3 / 2);
  const field = (x, y, w, h) => kFields[(y * 2 >= h ? 2 : 0) + (x * 2 >= w ? 1 : 0)];
  for (let y = 0; y < height; ++y) for (let x = 0; x < width; ++x) data[y * width + x] = field(x, y, width, height)[0];
  const [w, h] = [width / 2, height / 2];
  for (let y = 0; y < h; ++y) {
    for (let x = 0; x < w; ++x) {
      data[width * height + y * w + x] = field(x, y, w, h)[1];
      data[width * height + w * h + y * w + x] = field(x, y, w, h)[2];
    }
  }
  return new VideoFrame(data, {format: 'I420', codedWidth: width, codedHeight: height, timestamp});
}

/** Y, U and V in the middle of each field. */
async function coloursOf(frame) {
  const data = new Uint8Array(frame.allocationSize());
  const [y, u, v] = await frame.copyTo(data);
  return [[1, 1], [3, 1], [1, 3], [3, 3]].map(([right, down]) => {
    const at = (plane, width, height) => data[plane.offset + (height * down >> 2) * plane.stride + (width * right >> 2)];
    const [w, h] = [frame.codedWidth, frame.codedHeight];
    return [at(y, w, h), at(u, w / 2, h / 2), at(v, w / 2, h / 2)];
  });
}

function assertFields(colours, most) {
  colours.forEach((field, i) => field.forEach((value, plane) => {
    assert.ok(Math.abs(value - kFields[i][plane]) <= most, `field ${i}, plane ${plane}: ${value} for ${kFields[i][plane]}`);
  }));
}

/** Writes what `make` gives, each `interval` ms, until it is told to stop. */
function feed(generator, interval, make) {
  const writer = generator.writable.getWriter();
  // By the clock: a timer of a busy machine is late.
  let due = performance.now();
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += interval) writer.write(make()).catch(() => {});
  }, interval);
  return () => {
    clearInterval(timer);
    return writer.close().catch(() => {});
  };
}

test('pictures of a generator arrive at a processor on the other side, pixel by pixel', async () => {
  const [a, b] = pair();
  const generator = new MediaStreamTrackGenerator({kind: 'video'});
  assert.equal(generator.kind, 'video');
  assert.equal(generator.readyState, 'live');
  const sender = a.addTrack(generator, new MediaStream([generator]));
  assert.ok(sender instanceof RTCRtpSender);
  assert.equal(sender.track, generator);
  const remote = new Promise((resolve) => { b.ontrack = ({track}) => resolve(track); });
  await negotiate(a, b);
  const stop = feed(generator, 30, () => fields(160, 120));
  const reader = new MediaStreamTrackProcessor({track: await remote}).readable.getReader();
  let last = -Infinity;
  for (let i = 0; i < 10; ++i) {
    const {value: frame, done} = await reader.read();
    assert.equal(done, false);
    assert.ok(frame instanceof VideoFrame);
    assert.equal(frame.format, 'I420');
    assert.deepEqual([frame.codedWidth, frame.codedHeight], [160, 120]);
    assert.ok(frame.timestamp > last);
    last = frame.timestamp;
    if (i === 9) assertFields(await coloursOf(frame), 10);
    frame.close();
  }
  await stop();
  assert.equal(generator.readyState, 'ended');
  b.getTransceivers()[0].receiver.track.stop();
  assert.equal((await reader.read()).done, true);
  a.close();
  b.close();
});

test('sound of a generator arrives as AudioData', async () => {
  const [a, b] = pair();
  const generator = new MediaStreamTrackGenerator({kind: 'audio'});
  a.addTrack(generator);
  const remote = new Promise((resolve) => { b.ontrack = ({track}) => resolve(track); });
  await negotiate(a, b);
  let at = 0;
  const stop = feed(generator, 20, () => {
    const data = Float32Array.from({length: 960}, (_, i) => 0.5 * Math.sin(2 * Math.PI * 440 * (at + i) / 48000));
    at += 960;
    return new AudioData({format: 'f32-planar', sampleRate: 48000, numberOfFrames: 960, numberOfChannels: 1, timestamp: at / 0.048, data});
  });
  const reader = new MediaStreamTrackProcessor({track: await remote}).readable.getReader();
  const heard = [];
  while (heard.length < 24000) {
    const {value: sound} = await reader.read();
    assert.ok(sound instanceof AudioData);
    assert.equal(sound.sampleRate, 48000);
    const samples = new Float32Array(sound.numberOfFrames);
    sound.copyTo(samples, {planeIndex: 0, format: 'f32-planar'});
    if (heard.length > 0 || samples.some((each) => Math.abs(each) > 0.2)) heard.push(...samples);
    sound.close();
  }
  // The middle one of 50 ms each: a machine that is held up makes gaps.
  const pitches = Array.from({length: 10}, (_, i) => heard.slice(i * 2400, (i + 1) * 2400))
    .map((part) => part.filter((each, i) => i > 0 && each >= 0 !== part[i - 1] >= 0).length / 2 / 0.05).sort((a, b) => a - b);
  assert.ok(Math.abs(pitches[5] - 440) < 25, `${pitches} Hz`);
  await reader.cancel();
  await stop();
  a.close();
  b.close();
});

test('a generator and a processor without a connection between them', async (t) => {
  const awake = setInterval(() => {}, 1000);  // only open connections keep the process
  t.after(() => clearInterval(awake));
  const generator = new MediaStreamTrackGenerator({kind: 'video'});
  const processor = new MediaStreamTrackProcessor({track: generator});
  const reader = processor.readable.getReader();
  const writer = generator.writable.getWriter();
  const written = fields(64, 48, 1000);
  const read = reader.read();
  await writer.write(written);
  assert.equal(written.format, null, 'what was written is closed');
  const {value: frame} = await read;
  assertFields(await coloursOf(frame), 0);
  // Of what nobody reads the newest is kept.
  for (const luma of [50, 100, 150]) {
    const data = new Uint8Array(16 * 16 * 3 / 2).fill(luma);
    await writer.write(new VideoFrame(data, {format: 'I420', codedWidth: 16, codedHeight: 16, timestamp: 0}));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const {value: newest} = await reader.read();
  const pixels = new Uint8Array(newest.allocationSize());
  await newest.copyTo(pixels);
  assert.equal(pixels[0], 150);
  await assert.rejects(writer.write({}), TypeError);
  generator.stop();
  assert.equal((await reader.read()).done, true);
  await assert.rejects(new MediaStreamTrackGenerator({kind: 'audio'}).writable.getWriter().write(fields(16, 16)), TypeError);
  assert.throws(() => new MediaStreamTrackGenerator({kind: 'text'}), TypeError);
  assert.throws(() => new MediaStreamTrackProcessor({}), TypeError);
});

test('VideoTrackGenerator: a plain track, which is muted and ends with its stream', async (t) => {
  const awake = setInterval(() => {}, 1000);
  t.after(() => clearInterval(awake));
  const generator = new VideoTrackGenerator();
  const {track} = generator;
  assert.ok(track instanceof MediaStreamTrack && track.kind === 'video' && generator.track === track);
  const reader = new MediaStreamTrackProcessor({track}).readable.getReader();
  const writer = generator.writable.getWriter();
  const told = [];
  for (const type of ['mute', 'unmute']) track.addEventListener(type, () => told.push([type, track.muted]));
  const read = reader.read();
  generator.muted = true;
  assert.equal(track.muted, false, 'in a task of its own');
  await writer.write(fields(64, 48, 1));  // nobody sees it
  await until(() => told.length === 1);
  generator.muted = false;
  await until(() => told.length === 2);
  assert.deepEqual(told, [['mute', true], ['unmute', false]]);
  const data = new Uint8Array(16 * 16 * 3 / 2).fill(77);
  await writer.write(new VideoFrame(data, {format: 'I420', codedWidth: 16, codedHeight: 16, timestamp: 0}));
  const {value} = await read;
  assert.equal(value.codedWidth, 16);
  await assert.rejects(writer.write({}), TypeError);
  track.stop();
  assert.equal((await reader.read()).done, true);
  const other = new VideoTrackGenerator();
  await other.writable.close();
  assert.equal(other.track.readyState, 'ended');
});

test('VideoFrame: formats, rectangles, layouts, and what is refused', async () => {
  const frame = fields(32, 16, 5);
  assert.equal(frame.allocationSize(), 32 * 16 * 3 / 2);
  const rgba = new Uint8Array(frame.allocationSize({format: 'RGBA'}));
  assert.equal(rgba.length, 32 * 16 * 4);
  await frame.copyTo(rgba, {format: 'RGBA'});
  const back = new VideoFrame(rgba, {format: 'RGBA', codedWidth: 32, codedHeight: 16, timestamp: 0});
  const part = new Uint8Array(8 * 8 * 4);
  await back.copyTo(part, {rect: {x: 16, y: 8, width: 8, height: 8}});
  assert.deepEqual([...part.slice(0, 4)], [...rgba.slice((8 * 32 + 16) * 4, (8 * 32 + 16) * 4 + 4)]);
  const spread = new Uint8Array(1024);
  const layout = [{offset: 0, stride: 40}, {offset: 700, stride: 20}, {offset: 860, stride: 20}];
  assert.deepEqual(await frame.copyTo(spread, {layout}), layout);
  const copy = new VideoFrame(spread, {format: 'I420', codedWidth: 32, codedHeight: 16, timestamp: 0, layout});
  assertFields(await coloursOf(copy), 0);
  const clone = frame.clone();
  frame.close();
  assert.throws(() => frame.allocationSize(), {name: 'InvalidStateError'});
  assert.throws(() => frame.clone(), {name: 'InvalidStateError'});
  assert.deepEqual([clone.timestamp, clone.codedWidth], [5, 32]);
  await assert.rejects(clone.copyTo(new Uint8Array(10)), TypeError);
  await assert.rejects(clone.copyTo(spread, {rect: {x: 1, y: 0, width: 4, height: 4}}), TypeError);
  await assert.rejects(clone.copyTo(spread, {rect: {x: 0, y: 0, width: 34, height: 4}}), TypeError);
  await assert.rejects(clone.copyTo(spread, {format: 'NV12'}), {name: 'NotSupportedError'});
  assert.throws(() => new VideoFrame(new Uint8Array(10), {format: 'I420', codedWidth: 4, codedHeight: 4, timestamp: 0}), TypeError);
  assert.throws(() => new VideoFrame(new Uint8Array(24), {format: 'I420', codedWidth: 4, codedHeight: 4}), TypeError);
  const odd = new VideoFrame(new Uint8Array(9 + 4 + 4), {format: 'I420', codedWidth: 3, codedHeight: 3, timestamp: 0});
  assert.equal(odd.allocationSize(), 17);
});

test('nonstandard.i420ToRgba and rgbaToI420, which @roamhq/wrtc has too', () => {
  const {i420ToRgba, rgbaToI420} = tincan.nonstandard;
  const source = {width: 2, height: 2, data: Uint8ClampedArray.of(100, 100, 100, 100, 120, 140)};
  const rgba = {width: 2, height: 2, data: new Uint8ClampedArray(16)};
  i420ToRgba(source, rgba);
  for (const [i, value] of [117, 91, 82, 255].entries()) assert.ok(Math.abs(rgba.data[i] - value) <= 1, `${rgba.data}`);
  const back = {width: 2, height: 2, data: new Uint8ClampedArray(6)};
  rgbaToI420(rgba, back);
  back.data.forEach((value, i) => assert.ok(Math.abs(value - source.data[i]) <= 2, `${back.data}`));
  assert.throws(() => i420ToRgba(source, {width: 4, height: 2, data: rgba.data}), TypeError);
  assert.throws(() => i420ToRgba(source, {width: 2, height: 2, data: new Uint8Array(15)}), RangeError);
});

test('AudioData: every format to every other, a part of it, and what is refused', () => {
  const values = [0, 0.5, -0.5, 0.25, -1, 0.75];
  const left = new AudioData({format: 'f32', sampleRate: 8000, numberOfFrames: 3, numberOfChannels: 2, timestamp: 7, data: Float32Array.from(values)});
  assert.deepEqual([left.duration, left.timestamp, left.numberOfFrames], [375, 7, 3]);
  for (const [format, Kind, scale, middle] of [['u8', Uint8Array, 128, 128], ['s16', Int16Array, 2 ** 15, 0], ['s32', Int32Array, 2 ** 31, 0], ['f32', Float32Array, 1, 0]]) {
    const plain = new Kind(6);
    left.copyTo(plain, {planeIndex: 0, format});
    assert.deepEqual([...plain], values.map((each) => each * scale + middle), format);
    const plane = new Kind(2);
    left.copyTo(plane, {planeIndex: 1, frameOffset: 1, format: `${format}-planar`});
    assert.deepEqual([...plane], [values[3], values[5]].map((each) => each * scale + middle), format);
    const again = new AudioData({format, sampleRate: 8000, numberOfFrames: 3, numberOfChannels: 2, timestamp: 0, data: plain});
    const floats = new Float32Array(6);
    again.copyTo(floats, {planeIndex: 0, format: 'f32'});
    assert.deepEqual([...floats], values);
  }
  assert.equal(left.allocationSize({planeIndex: 1, format: 's16-planar'}), 6);
  assert.throws(() => left.copyTo(new Uint8Array(1), {planeIndex: 0}), RangeError);
  assert.throws(() => left.copyTo(new Uint8Array(99), {planeIndex: 1}), RangeError);
  assert.throws(() => left.copyTo(new Uint8Array(99), {planeIndex: 0, frameCount: 4}), RangeError);
  const clone = left.clone();
  left.close();
  assert.equal(left.format, null);
  assert.throws(() => left.copyTo(new Uint8Array(99), {planeIndex: 0}), {name: 'InvalidStateError'});
  assert.equal(clone.numberOfChannels, 2);
  assert.throws(() => new AudioData({format: 'f32', sampleRate: 8000, numberOfFrames: 3, numberOfChannels: 2, timestamp: 0, data: new Uint8Array(3)}), TypeError);
});
