'use strict';
// MediaStream and MediaStreamTrack (Media Capture and Streams §4).
const {Event, EventTarget, native, setTimeout} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, facadeOf, handlers, illegal, internal, told} = require('./interface.cjs');
const {MediaStreamTrackEvent} = require('./events.cjs');

const natives = new WeakMap();  // a track -> the addon's
const frames = new WeakMap();   // a track -> Set of functions that want its frames
const endings = new WeakMap();  // a track -> Set of functions that want to know when it ends
const silenced = new WeakSet();  // tracks whose source has been muted by who writes it
const live = new Set();         // remote tracks whose events may come

const number = (value, what) => {
  if (typeof value !== 'object' || value === null) return idl.double(value, what);
  return idl.dictionary('ConstrainDouble', {min: idl.double, max: idl.double, exact: idl.double, ideal: idl.double})(value, what);
};
const constraints = idl.dictionary('MediaTrackConstraints', {
  width: number, height: number, frameRate: number, aspectRatio: number, sampleRate: number, channelCount: number,
  deviceId: idl.any, groupId: idl.any, facingMode: idl.any, echoCancellation: idl.any, advanced: idl.any,
});

class MediaStreamTrack extends EventTarget {
  #native;
  #facts;
  #enabled = true;
  #ended = false;
  #ending = false;  // it has ended below, and the task that says so is due
  #contentHint = '';
  #constraints = {};

  constructor() {
    illegal(arguments[0]);
    super();
    this.#native = arguments[1];
    this.#facts = this.#native.describe();
    this.#enabled = this.#native.enabled();
    this.#ended = this.#native.readyState() === 'ended';
    natives.set(this, this.#native);
    if (this.#facts.remote && !this.#ended) live.add(this);
  }
  get kind() { return this.#facts.kind; }
  get id() { return this.#facts.id; }
  get label() { return this.#facts.label; }
  get enabled() { return this.#enabled; }
  set enabled(value) {
    this.#enabled = Boolean(value);
    this.#native.setEnabled(this.#enabled);
  }
  get muted() { return silenced.has(this) || this.#native.muted(); }
  get readyState() {
    if (this.#ending) return 'live';
    return this.#ended || this.#native.readyState() === 'ended' ? 'ended' : 'live';
  }
  get contentHint() { return this.#contentHint; }
  set contentHint(value) {
    const text = idl.string(value);
    const hints = this.kind === 'audio' ? ['', 'speech', 'speech-recognition', 'music'] : ['', 'motion', 'detail', 'text'];
    if (hints.includes(text)) this.#contentHint = text;
  }
  clone() {
    const copy = trackOf(this.#native.clone());
    copy.#constraints = this.#constraints;
    copy.#contentHint = this.#contentHint;
    return copy;
  }
  stop() {
    this.#native.stop();
    this.#ending = false;
    this.#ended = true;
    live.delete(this);
    ended(this);
  }
  getCapabilities() {
    const {width, height, frameRate, ...rest} = this.#native.settings();
    const out = {...rest};
    if (width) Object.assign(out, {width: {min: 1, max: 4096}, height: {min: 1, max: 4096}, frameRate: {min: 1, max: 60}});
    return out;
  }
  getConstraints() { return structuredClone(this.#constraints); }
  getSettings() { return this.#native.settings(); }
  async applyConstraints(wish = {}) {
    // The synthetic sources are what they were made: a wish is noted, and nothing is promised of it.
    this.#constraints = constraints(wish);
  }

  [told](type, frame) {
    if (type === 'frame') {
      for (const each of frames.get(this) ?? []) each(frame);
      return;
    }
    if (type !== 'ended') {
      this.dispatchEvent(new Event(type));
      return;
    }
    // In a task of its own (Media Capture and Streams §4.3.3, "ended by"): behind the promise of a description that ends it.
    if (this.#ended || this.#ending) return;
    this.#ending = true;
    setTimeout(() => {
      this.#ending = false;
      if (this.#ended) return;
      this.#ended = true;
      live.delete(this);
      ended(this);
      this.dispatchEvent(new Event('ended'));
    }, 0);
  }
}
exposed(MediaStreamTrack);
handlers(MediaStreamTrack, ['mute', 'unmute', 'ended']);

const trackOf = (object) => facadeOf(object, () => new MediaStreamTrack(internal, object));
const nativeTrack = (track) => natives.get(track) ?? null;

/** `sink` gets the track's frames from now on; what this gives ends that. */
function watchFrames(track, sink) {
  let all = frames.get(track);
  if (!all) frames.set(track, (all = new Set()));
  all.add(sink);
  live.add(track);
  nativeTrack(track).setSink(true);
  return () => {
    all.delete(sink);
    if (all.size > 0) return;
    nativeTrack(track).setSink(false);
    if (track.readyState === 'ended' || !nativeTrack(track).describe().remote) live.delete(track);
  };
}

/** What a track's source is set to, in a task of its own (Media Capture and Streams §4.3.1, "set a track's muted state"). */
function setMuted(track, muted) {
  setTimeout(() => {
    if (track.readyState === 'ended' || silenced.has(track) === muted) return;
    if (muted) silenced.add(track);
    else silenced.delete(track);
    track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
  }, 0);
}

/** `told` is called once the track has ended, by stop() or by its source; what this gives takes that back. */
function whenEnded(track, told) {
  let all = endings.get(track);
  if (!all) endings.set(track, (all = new Set()));
  all.add(told);
  return () => all.delete(told);
}
function ended(track) {
  const all = endings.get(track) ?? [];
  endings.delete(track);
  for (const each of all) each();
}

class MediaStream extends EventTarget {
  #id;
  #native = null;  // of the far end's: held, so that its events find this object
  #tracks = new Map();
  constructor(streamOrTracks) {
    super();
    if (streamOrTracks === internal) {
      this.#native = arguments[1];
      this.#id = this.#native.id();
      return;
    }
    this.#id = native.newId();
    if (streamOrTracks === undefined) return;
    const from = streamOrTracks instanceof MediaStream ? streamOrTracks.getTracks()
      : idl.sequence(idl.instance(MediaStreamTrack))(streamOrTracks, 'MediaStream');
    for (const track of from) this.addTrack(track);
  }
  get id() { return this.#id; }
  get active() { return this.getTracks().some((track) => track.readyState === 'live'); }
  getTracks() { return [...this.#tracks.values()]; }
  getAudioTracks() { return this.getTracks().filter((track) => track.kind === 'audio'); }
  getVideoTracks() { return this.getTracks().filter((track) => track.kind === 'video'); }
  getTrackById(trackId) {
    idl.required(arguments, 1, 'getTrackById');
    return this.#tracks.get(idl.string(trackId)) ?? null;
  }
  addTrack(track) {
    idl.required(arguments, 1, 'addTrack');
    idl.instance(MediaStreamTrack)(track, 'addTrack');
    if (!this.#tracks.has(track.id)) this.#tracks.set(track.id, track);
  }
  removeTrack(track) {
    idl.required(arguments, 1, 'removeTrack');
    idl.instance(MediaStreamTrack)(track, 'removeTrack');
    this.#tracks.delete(track.id);
  }
  clone() { return new MediaStream(this.getTracks().map((track) => track.clone())); }

  // What the far end adds and takes away.
  [told](type, object) {
    const track = trackOf(object);
    if (type === 'addtrack') {
      if (this.#tracks.has(track.id)) return;
      this.#tracks.set(track.id, track);
    } else if (!this.#tracks.delete(track.id)) {
      return;
    }
    this.dispatchEvent(new MediaStreamTrackEvent(type, {track}));
  }
}
Object.defineProperty(MediaStream, 'length', {value: 0});
exposed(MediaStream);
handlers(MediaStream, ['addtrack', 'removetrack', 'active', 'inactive']);

/** A stream that the far end named: its tracks are there before anybody is told of it. */
const streamOf = (object) => facadeOf(object, () => {
  const stream = new MediaStream(internal, object);
  for (const each of object.tracks()) stream.addTrack(trackOf(each));
  return stream;
});

/** Local tracks of one capture. */
function streamOfTracks(objects) {
  return new MediaStream(objects.map(trackOf));
}

module.exports = {MediaStream, MediaStreamTrack, nativeTrack, setMuted, streamOf, streamOfTracks, trackOf, watchFrames, whenEnded};
