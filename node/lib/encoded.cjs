'use strict';
// webrtc-encoded-transform: RTCRtpScriptTransform, its transformer and its frames; and createEncodedStreams(), which
// Chromium had before.
//
// A transform's other side is what its 'rtctransform' event is fired at: an EventTarget of this thread, in place of a
// worker's global scope. A frame that was written has left: its buffer is detached, and nothing of it is written again.
const {Event, EventTarget, ReadableStream, WritableStream, setTimeout, structuredClone} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, facades, handlers, illegal, internal, told} = require('./interface.cjs');
const {attempt, exception, invalidState} = require('./errors.cjs');

const kMostWaiting = 64;  // frames that nobody reads: about two seconds

// ---- Frames ----

const slots = new WeakMap();  // frame -> {kind, native, type, data, metadata}

const common = {
  synchronizationSource: idl.unsignedLong, payloadType: idl.octet, contributingSources: idl.sequence(idl.unsignedLong),
  rtpTimestamp: idl.unsignedLong, receiveTime: idl.double, captureTime: idl.double, senderCaptureTimeOffset: idl.double,
  mimeType: idl.string,
};
const metadataOf = {
  video: idl.dictionary('RTCEncodedVideoFrameMetadata', {
    frameId: idl.unsignedLongLong, dependencies: idl.sequence(idl.unsignedLongLong), width: idl.unsignedShort,
    height: idl.unsignedShort, spatialIndex: idl.unsignedLong, temporalIndex: idl.unsignedLong, timestamp: idl.double,
  }, idl.dictionary('RTCEncodedFrameMetadata', common)),
  audio: idl.dictionary('RTCEncodedAudioFrameMetadata', {sequenceNumber: idl.double, audioLevel: idl.double},
    idl.dictionary('RTCEncodedFrameMetadata', common)),
};
const optionsOf = {
  video: idl.dictionary('RTCEncodedVideoFrameOptions', {metadata: metadataOf.video}),
  audio: idl.dictionary('RTCEncodedAudioFrameOptions', {metadata: metadataOf.audio}),
};
const copyOf = (metadata) => Object.fromEntries(
  Object.entries(metadata).map(([key, value]) => [key, Array.isArray(value) ? [...value] : value]));

// One that was written has none.
const bytesOf = ({data}) => (data.byteLength ? data.slice(0) : new ArrayBuffer(0));

// What says whose frame it is stays (the constructor's step 3).
function changed(before, wish) {
  for (const key of ['synchronizationSource', 'payloadType', 'mimeType', 'sequenceNumber']) {
    if (wish[key] !== undefined && wish[key] !== before[key]) {
      throw exception('InvalidModificationError', `a frame's ${key} cannot change`);
    }
  }
  return {...before, ...copyOf(wish)};
}

function slotOf(frame, kind, what) {
  const slot = slots.get(frame);
  if (!slot || slot.kind !== kind) throw new TypeError(`${what}: not of type RTCEncoded${kind === 'video' ? 'Video' : 'Audio'}Frame`);
  return slot;
}

function construct(frame, kind, args) {
  if (args[0] === internal) {
    slots.set(frame, args[1]);
    return;
  }
  idl.required(args, 1, `RTCEncoded${kind === 'video' ? 'Video' : 'Audio'}Frame`);
  const from = slotOf(args[0], kind, 'originalFrame');
  const {metadata} = optionsOf[kind](args[1]);
  slots.set(frame, {...from, data: bytesOf(from), metadata: metadata ? changed(from.metadata, metadata) : copyOf(from.metadata)});
}

function setData(frame, kind, value) {
  const slot = slotOf(frame, kind, 'data');
  if (!(value instanceof ArrayBuffer)) throw new TypeError('data: not an ArrayBuffer');
  slot.data = value;
}

class RTCEncodedVideoFrame {
  constructor(originalFrame) { construct(this, 'video', arguments); }
  get type() { return slotOf(this, 'video', 'type').type; }
  get timestamp() { return slotOf(this, 'video', 'timestamp').metadata.rtpTimestamp; }
  get data() { return slotOf(this, 'video', 'data').data; }
  set data(value) { setData(this, 'video', value); }
  getMetadata() { return copyOf(slotOf(this, 'video', 'getMetadata').metadata); }
}
exposed(RTCEncodedVideoFrame);

class RTCEncodedAudioFrame {
  constructor(originalFrame) { construct(this, 'audio', arguments); }
  get timestamp() { return slotOf(this, 'audio', 'timestamp').metadata.rtpTimestamp; }
  get data() { return slotOf(this, 'audio', 'data').data; }
  set data(value) { setData(this, 'audio', value); }
  getMetadata() { return copyOf(slotOf(this, 'audio', 'getMetadata').metadata); }
}
exposed(RTCEncodedAudioFrame);

/** What structuredClone() of a frame gives where it knows frames ([Serializable]). */
function cloneFrame(frame) {
  const slot = slots.get(frame);
  if (!slot) return null;
  return new frame.constructor(internal, {...slot, data: bytesOf(slot), metadata: copyOf(slot.metadata)});
}

// ---- Both ends of a sender or receiver ----

/** The two streams, and what they stand for. `strict`: a frame that was written before is an error. */
class Pipe {
  #strict;
  #controller;
  #native = null;
  #kind = null;
  #end = '';
  constructor(strict) {
    this.#strict = strict;
    this.readable = new ReadableStream({start: (controller) => { this.#controller = controller; }}, {highWaterMark: 0});
    this.writable = new WritableStream({write: (frame) => this.#write(frame)});
  }
  get native() { return this.#native; }
  get end() { return this.#end; }
  attach(object, [kind, side], keyFrameRequested) {
    this.#native = object;
    this.#kind = kind;
    this.#end = `${kind} ${side}`;
    facades.set(object, {[told]: (type, ...args) => {
      if (type === 'frame') this.#read(...args);
      else if (type === 'keyframerequest') keyFrameRequested?.(...args);
    }});
  }
  #read(native, data, metadata, type) {
    if (this.#controller.desiredSize < -kMostWaiting) return;
    const Class = this.#kind === 'video' ? RTCEncodedVideoFrame : RTCEncodedAudioFrame;
    const slot = {kind: this.#kind, owner: this, native, type, data, metadata, written: {done: false}};
    try {
      this.#controller.enqueue(new Class(internal, slot));
    } catch {
      // The page has cancelled it: its frames are dropped.
    }
  }
  #write(frame) {
    const slot = slots.get(frame);
    if (!slot || (this.#kind && slot.kind !== this.#kind)) throw new TypeError('write: not a frame of this kind');
    const gone = slot.data.byteLength === 0;
    if (this.#strict && gone) throw exception('OperationError', 'write: this frame was written already');
    const bytes = gone ? null : structuredClone(slot.data, {transfer: [slot.data]});  // and slot.data is detached
    // Of another sender or receiver, or a second of the same: dropped ("writeEncodedData", steps 2 and 4).
    if (gone || slot.owner !== this || slot.written.done || !this.#native) return;
    slot.written.done = true;
    try {
      this.#native.enqueue(slot.native, bytes);
    } catch {
      // One older than the last, or of an end that has gone.
    }
  }
}

// ---- RTCRtpScriptTransform ----

let makeTransformer;
let attachTransformer;

class RTCRtpScriptTransformer extends EventTarget {
  #pipe = new Pipe(false);
  #options;
  constructor() {
    illegal(arguments[0]);
    super();
    this.#options = arguments[1];
  }
  get readable() { return this.#pipe.readable; }
  get writable() { return this.#pipe.writable; }
  get options() { return this.#options; }
  async generateKeyFrame(rid) {
    const name = rid === undefined ? null : idl.string(rid);
    if (name !== null && !/^[A-Za-z0-9]{1,16}$/.test(name)) throw exception('NotAllowedError', `generateKeyFrame: '${name}' is no rid`);
    this.#attached('generateKeyFrame');
    attempt(() => this.#pipe.native.generateKeyFrame(name));
  }
  async sendKeyFrameRequest() {
    this.#attached('sendKeyFrameRequest');
    try {
      attempt(() => this.#pipe.native.sendKeyFrameRequest());
    } catch (error) {
      // A receiver of video that has stopped, or has another transform by now: there is nobody to ask, and no mistake.
      if (this.#pipe.end !== 'video receiver') throw error;
    }
  }
  #attached(what) {
    if (!this.#pipe.native) throw invalidState(`${what}: the transform is at no sender or receiver`);
  }
  static {
    makeTransformer = (options) => new RTCRtpScriptTransformer(internal, options);
    attachTransformer = (self, object, end) => self.#pipe.attach(object, end, (rid, answer) => {
      const event = new KeyFrameRequestEvent('keyframerequest', rid ?? undefined);
      answer.prevented = !self.dispatchEvent(event);
    });
  }
}
exposed(RTCRtpScriptTransformer);
handlers(RTCRtpScriptTransformer, ['keyframerequest']);

class KeyFrameRequestEvent extends Event {
  #rid;
  constructor(type, rid) {
    idl.required(arguments, 1, 'KeyFrameRequestEvent');
    super(idl.string(type), {cancelable: true});
    this.#rid = rid === undefined ? null : idl.string(rid);
  }
  get rid() { return this.#rid; }
}
exposed(KeyFrameRequestEvent);

class RTCTransformEvent extends Event {
  #transformer;
  constructor() {
    illegal(arguments[0]);
    super('rtctransform');
    this.#transformer = arguments[1];
  }
  get transformer() { return this.#transformer; }
}
exposed(RTCTransformEvent);

/** By which a worker of the same thread names the EventTarget that is its global scope. */
const scopeOf = Symbol.for('tincan.scope');

let useTransform;

class RTCRtpScriptTransform {
  #transformer;
  #owner = null;  // where it is, or was
  constructor(worker, options = undefined, transfer = []) {
    idl.required(arguments, 1, 'RTCRtpScriptTransform');
    const target = worker?.[scopeOf] ?? worker;
    if (!(target instanceof EventTarget)) throw new TypeError('RTCRtpScriptTransform: worker: not an EventTarget of this thread');
    // One thread: what would be transferred can stay what it is.
    const list = idl.sequence(idl.any)(transfer, 'transfer');
    const given = list.length || options === null || typeof options !== 'object' ? options : structuredClone(options);
    this.#transformer = makeTransformer(given);
    setTimeout(() => target.dispatchEvent(new RTCTransformEvent(internal, this.#transformer)), 0);
  }
  static {
    useTransform = (self, owner, end, begin) => {
      if (self.#owner && self.#owner !== owner) throw invalidState('transform: it is, or was, at another sender or receiver');
      self.#owner = owner;
      attachTransformer(self.#transformer, begin(), end);
    };
  }
}
Object.defineProperty(RTCRtpScriptTransform, 'length', {value: 1});
exposed(RTCRtpScriptTransform);

// ---- Of senders and receivers ----

/** What a sender or receiver has of transforms: `begin(wanted)` asks the addon for a transformer. */
class Transforms {
  #end;
  #begin;
  #transform = null;
  #pipe = null;
  constructor(kind, side, begin) {
    this.#end = [kind, side];
    this.#begin = begin;
  }
  get transform() { return this.#transform; }
  set(value) {
    const wish = value === null || value === undefined ? null : idl.instance(RTCRtpScriptTransform)(value, 'transform');
    if (this.#pipe) throw invalidState('transform: createEncodedStreams() was called before');
    if (wish === this.#transform) return;
    // Its own end: the addon's transformer is made anew each time.
    if (wish) useTransform(wish, this, this.#end, () => (this.#begin(false), this.#begin(true)));
    else this.#begin(false);
    this.#transform = wish;
  }
  createEncodedStreams() {
    if (this.#pipe || this.#transform) throw invalidState('createEncodedStreams: there are streams, or a transform');
    this.#pipe = new Pipe(true);
    this.#pipe.attach(this.#begin(true), this.#end);
    const {readable, writable} = this.#pipe;
    return {readable, writable};
  }
}

module.exports = {
  RTCEncodedVideoFrame, RTCEncodedAudioFrame, RTCRtpScriptTransform, RTCRtpScriptTransformer, RTCTransformEvent,
  KeyFrameRequestEvent, Transforms, cloneFrame,
};
