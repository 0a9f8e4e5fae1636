'use strict';
// Frames in and out of JavaScript, in the shapes of @roamhq/wrtc's `nonstandard`.
const {Event, EventTarget, native} = require('./env.cjs');
const {exposed, handlers} = require('./interface.cjs');
const {attempt} = require('./errors.cjs');
const {trackOf, watchFrames, MediaStreamTrack} = require('./media.cjs');
const {toRgb, fromRgb} = require('./video_frame.cjs');
const idl = require('./webidl.cjs');

/** Pictures that a program makes: `createTrack()`, then `onFrame({width, height, data})`, I420 in a Uint8Array. */
class RTCVideoSource {
  #native = new native.VideoSource();
  #init;
  constructor(init = {}) {
    this.#init = {isScreencast: Boolean(init.isScreencast), needsDenoising: init.needsDenoising};
  }
  get isScreencast() { return this.#init.isScreencast; }
  get needsDenoising() { return this.#init.needsDenoising; }
  createTrack() { return trackOf(this.#native.createTrack({})); }
  onFrame(frame) {
    idl.required(arguments, 1, 'onFrame');
    const {width, height, data} = frame;
    if (!ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer)) throw new TypeError('onFrame: data must be a Uint8Array');
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    attempt(() => this.#native.onFrame(idl.double(width, 'width'), idl.double(height, 'height'), bytes));
  }
}
exposed(RTCVideoSource);

/** Sound that a program makes: `createTrack()`, then `onData({samples, sampleRate, channelCount})`, Int16Array. */
class RTCAudioSource {
  #native = new native.AudioSource();
  createTrack() { return trackOf(this.#native.createTrack()); }
  onData(data) {
    idl.required(arguments, 1, 'onData');
    const {samples, sampleRate = 48000, channelCount = 1, bitsPerSample = 16} = data;
    if (bitsPerSample !== 16 || !(samples instanceof Int16Array)) throw new TypeError('onData: samples must be an Int16Array');
    attempt(() => this.#native.onData(samples, idl.double(sampleRate), idl.double(channelCount)));
  }
}
exposed(RTCAudioSource);

// `onframe` and `ondata` are called with {type, …}, and "frame" and "data" events have the same members.
function sinkClass(name, kind, type, toMembers) {
  const Class = {[name]: class extends EventTarget {
    #stop;
    constructor(track) {
      super();
      idl.instance(MediaStreamTrack)(track, name);
      if (track.kind !== kind) throw new TypeError(`${name}: a track of ${kind}`);
      this.#stop = watchFrames(track, (frame) => {
        if (this.#stop) this.dispatchEvent(Object.assign(new Event(type), toMembers(frame)));
      });
    }
    get stopped() { return !this.#stop; }
    stop() {
      this.#stop?.();
      this.#stop = undefined;
    }
  }}[name];
  exposed(Class, name);
  handlers(Class, [type]);
  return Class;
}

/** What a track shows: `sink.onframe = ({frame: {width, height, rotation, data}}) => …`, I420. */
const RTCVideoSink = sinkClass('RTCVideoSink', 'video', 'frame', ({width, height, data}) => (
  {frame: {width, height, rotation: 0, data: new Uint8Array(data)}}));

/** What a track says: `sink.ondata = ({samples, sampleRate, bitsPerSample, channelCount, numberOfFrames}) => …`. */
const RTCAudioSink = sinkClass('RTCAudioSink', 'audio', 'data', ({samples, ...rest}) => (
  {...rest, samples: new Int16Array(samples), bitsPerSample: 16}));

// From one {width, height, data} to another, BT.601: both of one size, and long enough.
const conversion = (name, from, to, convert) => (source, target) => {
  const {width, height} = source;
  if (!(width > 0) || !(height > 0) || target.width !== width || target.height !== height) throw new TypeError(`${name}: both are of one size`);
  const [data, out] = [idl.bytes(source.data, name), idl.bytes(target.data, name)];
  const sizes = {I420: width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2), RGBA: width * height * 4};
  if (data.length < sizes[from] || out.length < sizes[to]) throw new RangeError(`${name}: ${sizes[from]} bytes of ${from} to ${sizes[to]} of ${to}`);
  out.set(convert({width, height, data, format: 'RGBA'}, 'RGBA'));
};
const i420ToRgba = conversion('i420ToRgba', 'I420', 'RGBA', toRgb);
const rgbaToI420 = conversion('rgbaToI420', 'RGBA', 'I420', fromRgb);

module.exports = {i420ToRgba, rgbaToI420, RTCVideoSource, RTCAudioSource, RTCVideoSink, RTCAudioSink};
