'use strict';
// navigator.mediaDevices over the synthetic camera and microphone, files, and real devices where the addon was built with
// FFmpeg (Media Capture and Streams §9, §10).
const {EventTarget, DOMException, native} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, handlers, illegal, internal} = require('./interface.cjs');
const {attempt} = require('./errors.cjs');
const {streamOfTracks} = require('./media.cjs');

class OverconstrainedError extends DOMException {
  #constraint;
  constructor(constraint, message = '') {
    super(message, 'OverconstrainedError');
    if (Object.getPrototypeOf(this) !== new.target.prototype) Object.setPrototypeOf(this, new.target.prototype);
    this.#constraint = idl.string(constraint);
  }
  get constraint() { return this.#constraint; }
}
exposed(OverconstrainedError);

class MediaDeviceInfo {
  #facts;
  constructor() {
    illegal(arguments[0]);
    this.#facts = arguments[1];
  }
  get deviceId() { return this.#facts.deviceId; }
  get kind() { return this.#facts.kind; }
  get label() { return this.#facts.label; }
  get groupId() { return this.#facts.groupId; }
  toJSON() { return {...this.#facts}; }
}
exposed(MediaDeviceInfo);
class InputDeviceInfo extends MediaDeviceInfo {
  getCapabilities() { return {deviceId: this.deviceId, groupId: this.groupId}; }
}
exposed(InputDeviceInfo);

// The nearest to what is asked for, as bare and ideal numbers ask; exact, min and max beyond what there is are refused.
function numberOf(wish, name, least, most, otherwise) {
  const given = wish?.[name];
  if (given === undefined || given === null) return otherwise;
  if (typeof given !== 'object') return Math.min(most, Math.max(least, idl.double(given, name)));
  const {exact, min, max, ideal} = given;
  for (const bound of [exact, min]) if (bound !== undefined && bound > most) throw new OverconstrainedError(name);
  for (const bound of [exact, max]) if (bound !== undefined && bound < least) throw new OverconstrainedError(name);
  const wanted = exact ?? ideal ?? Math.max(min ?? least, Math.min(max ?? most, otherwise));
  return Math.min(max ?? most, Math.max(min ?? least, wanted));
}

// `file` is ours: a Y4M or WAV file in place of the device, or whatever FFmpeg reads.
const wanted = (wish) => (wish === true ? {} : wish || null);

// The first that is wanted and there. None: the synthetic one. "default" is the first real one.
function deviceOf(wish, synthetic) {
  const given = wish?.deviceId;
  if (given === undefined || given === null) return undefined;
  const plain = typeof given === 'string' || Array.isArray(given);
  const exact = plain ? undefined : given.exact;
  const wanted = [].concat(exact ?? (plain ? given : given.ideal) ?? []).map((each) => idl.string(each, 'deviceId'));
  if (wanted.length === 0 || wanted[0] === '') return undefined;
  if (wanted.includes(synthetic)) return synthetic;
  if (exact === undefined || wanted.includes('default')) return wanted[0];
  const there = new Set(native.enumerateDevices().map(({deviceId}) => deviceId));
  const found = wanted.find((each) => there.has(each));
  if (found === undefined) throw new OverconstrainedError('deviceId');
  return found;
}

class MediaDevices extends EventTarget {
  constructor() {
    illegal(arguments[0]);
    super();
  }
  async enumerateDevices() {
    return native.enumerateDevices().map(
      (facts) => new (facts.kind === 'audiooutput' ? MediaDeviceInfo : InputDeviceInfo)(internal, facts));
  }
  getSupportedConstraints() {
    return {width: true, height: true, frameRate: true, aspectRatio: true, deviceId: true, groupId: true};
  }
  async getUserMedia(constraints = {}) {
    const audio = wanted(constraints.audio);
    const video = wanted(constraints.video);
    if (!audio && !video) throw new TypeError('getUserMedia: ask for audio, for video, or for both');
    const microphone = deviceOf(audio, 'tincan-microphone');
    const camera = deviceOf(video, 'tincan-camera');
    return streamOfTracks(attempt(() => native.getUserMedia(
      audio && {toneFrequency: audio.toneFrequency, file: audio.file, deviceId: microphone},
      video && {
        width: Math.round(numberOf(video, 'width', 16, 4096, 640)),
        height: Math.round(numberOf(video, 'height', 16, 4096, 480)),
        frameRate: numberOf(video, 'frameRate', 1, 60, 30),
        file: video.file,
        deviceId: camera,
      })));
  }
}
exposed(MediaDevices);
handlers(MediaDevices, ['devicechange']);

const mediaDevices = new MediaDevices(internal);
const getUserMedia = (constraints) => mediaDevices.getUserMedia(constraints);

module.exports = {MediaDevices, MediaDeviceInfo, InputDeviceInfo, OverconstrainedError, mediaDevices, getUserMedia};
