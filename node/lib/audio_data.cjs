'use strict';
// AudioData (WebCodecs §9.2): sound in memory, in any of its formats.
const idl = require('./webidl.cjs');
const {exposed} = require('./interface.cjs');
const {invalidState} = require('./errors.cjs');

// Samples as numbers from -1 to 1, and back (WebCodecs §9.2.3).
const whole = (Array, bits, middle = 0) => {
  const scale = 2 ** (bits - 1);
  return {
    Array,
    read: (value) => (value - middle) / scale,
    write: (value) => Math.max(-scale, Math.min(scale - 1, Math.round(value * scale))) + middle,
  };
};
const samples = {
  u8: whole(Uint8Array, 8, 128), s16: whole(Int16Array, 16), s32: whole(Int32Array, 32),
  f32: {Array: Float32Array, read: (value) => value, write: (value) => value},
};
const audioFormat = idl.enumeration('AudioSampleFormat', Object.keys(samples).flatMap((name) => [name, `${name}-planar`]));
const dataInit = idl.dictionary('AudioDataInit', {
  format: {type: audioFormat, required: true},
  sampleRate: {type: idl.double, required: true},
  numberOfFrames: {type: idl.unsignedLong.enforce, required: true},
  numberOfChannels: {type: idl.unsignedLong.enforce, required: true},
  timestamp: {type: idl.double, required: true},
  data: {type: idl.bytes, required: true},
});
const copyOptions = idl.dictionary('AudioDataCopyToOptions', {
  planeIndex: {type: idl.unsignedLong.enforce, required: true},
  frameOffset: {type: idl.unsignedLong.enforce, default: 0},
  frameCount: idl.unsignedLong.enforce,
  format: audioFormat,
});

const planar = (format) => format.endsWith('-planar');
const kindOf = (format) => samples[format.replace('-planar', '')];

let interleaved;

class AudioData {
  #sound;  // {format, values: typed array, sampleRate, frames, channels}; shared by clones, null once closed
  #timestamp;

  constructor(init) {
    idl.required(arguments, 1, 'AudioData');
    if (init instanceof AudioData) {
      this.#sound = init.#open('AudioData');
      this.#timestamp = init.#timestamp;
      return;
    }
    const {format, sampleRate, numberOfFrames: frames, numberOfChannels: channels, timestamp, data} = dataInit(init);
    if (sampleRate <= 0 || frames < 1 || channels < 1) throw new TypeError('AudioData: sampleRate, numberOfFrames and numberOfChannels are more than 0');
    const {Array} = kindOf(format);
    const count = frames * channels;
    const size = count * Array.BYTES_PER_ELEMENT;
    if (data.length < size) throw new TypeError(`AudioData: ${frames} frames of ${format} take ${size} bytes, ${data.length} given`);
    const values = new Array(count);
    new Uint8Array(values.buffer).set(data.subarray(0, size));
    this.#sound = {format, values, sampleRate, frames, channels};
    this.#timestamp = Math.trunc(timestamp);
  }

  #open(method) {
    if (!this.#sound) throw invalidState(`${method}: the data is closed`);
    return this.#sound;
  }
  get format() { return this.#sound?.format ?? null; }
  get sampleRate() { return this.#sound?.sampleRate ?? 0; }
  get numberOfFrames() { return this.#sound?.frames ?? 0; }
  get numberOfChannels() { return this.#sound?.channels ?? 0; }
  get duration() { return this.#sound ? Math.trunc(1e6 * this.#sound.frames / this.#sound.sampleRate) : 0; }
  get timestamp() { return this.#timestamp; }

  #copy(options, method) {
    const sound = this.#open(method);
    const {planeIndex, frameOffset, frameCount, format = sound.format} = copyOptions(options);
    if (planeIndex >= (planar(format) ? sound.channels : 1)) throw new RangeError(`${method}: there is no plane ${planeIndex} in ${format}`);
    const frames = frameCount ?? sound.frames - frameOffset;
    if (frameOffset >= sound.frames || frameOffset + frames > sound.frames) throw new RangeError(`${method}: there are ${sound.frames} frames`);
    const count = planar(format) ? frames : frames * sound.channels;
    return {sound, planeIndex, frameOffset, frames, format, size: count * kindOf(format).Array.BYTES_PER_ELEMENT};
  }
  allocationSize(options) {
    idl.required(arguments, 1, 'allocationSize');
    return this.#copy(options, 'allocationSize').size;
  }
  copyTo(destination, options) {
    idl.required(arguments, 2, 'copyTo');
    const {sound, planeIndex, frameOffset, frames, format, size} = this.#copy(options, 'copyTo');
    const room = idl.bytes(destination, 'copyTo');
    if (room.length < size) throw new RangeError(`copyTo: ${size} bytes are copied, there is room for ${room.length}`);
    const {Array, write} = kindOf(format);
    const out = new Array(size / Array.BYTES_PER_ELEMENT);
    const {read} = kindOf(sound.format);
    const same = kindOf(format) === kindOf(sound.format);
    const channels = planar(format) ? [planeIndex] : [...globalThis.Array(sound.channels).keys()];
    channels.forEach((channel, i) => {
      for (let frame = 0; frame < frames; ++frame) {
        const at = planar(sound.format) ? channel * sound.frames + frameOffset + frame : (frameOffset + frame) * sound.channels + channel;
        out[frame * channels.length + i] = same ? sound.values[at] : write(read(sound.values[at]));
      }
    });
    room.set(new Uint8Array(out.buffer));
  }
  clone() {
    this.#open('clone');
    return new AudioData(this);
  }
  close() { this.#sound = null; }

  static {
    interleaved = (data) => {
      const {sampleRate, channels, frames} = data.#open('write');
      const out = new Int16Array(frames * channels);
      data.copyTo(out, {planeIndex: 0, format: 's16'});
      return {samples: out, sampleRate, channelCount: channels};
    };
  }
}
exposed(AudioData);

module.exports = {AudioData, interleaved: (data) => interleaved(data)};
