'use strict';
// RTCRtpSender, RTCRtpReceiver, RTCRtpTransceiver and RTCDTMFSender (webrtc-pc §5, §7).
const {EventTarget, native} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, facadeOf, handlers, illegal, internal, told} = require('./interface.cjs');
const {attempt, exception, invalidState} = require('./errors.cjs');
const {RTCDTMFToneChangeEvent} = require('./events.cjs');
const {MediaStream, MediaStreamTrack, nativeTrack, trackOf} = require('./media.cjs');
const {dtlsOf} = require('./transports.cjs');
const {reportOf} = require('./stats.cjs');
const {Transforms} = require('./encoded.cjs');

const direction = idl.enumeration('RTCRtpTransceiverDirection', ['sendrecv', 'sendonly', 'recvonly', 'inactive', 'stopped']);
const priority = idl.enumeration('RTCPriorityType', ['very-low', 'low', 'medium', 'high']);
const codecMembers = {
  mimeType: {type: idl.string, required: true},
  clockRate: {type: idl.unsignedLong, required: true},
  channels: idl.unsignedShort,
  sdpFmtpLine: idl.string,
};
const codec = idl.dictionary('RTCRtpCodec', codecMembers);
const encoding = idl.dictionary('RTCRtpEncodingParameters', {
  active: {type: idl.boolean, default: true},
  codec,
  maxBitrate: idl.unsignedLong,
  maxFramerate: idl.double,
  networkPriority: priority,
  priority: {type: priority, default: 'low'},
  adaptivePtime: {type: idl.boolean, default: false},
  scaleResolutionDownBy: idl.double,
  scaleResolutionDownTo: idl.dictionary('RTCResolutionRestriction', {
    maxWidth: {type: idl.unsignedLong, required: true}, maxHeight: {type: idl.unsignedLong, required: true},
  }),
  scalabilityMode: idl.string,
}, idl.dictionary('RTCRtpCodingParameters', {rid: idl.string}));
// What a page may not change is not required either: an absent list is another one, and so an InvalidModificationError.
const sendParameters = idl.dictionary('RTCRtpSendParameters', {
  transactionId: {type: idl.string, required: true},
  encodings: {type: idl.sequence(encoding), required: true},
  degradationPreference: idl.enumeration('RTCDegradationPreference',
    ['maintain-framerate', 'maintain-resolution', 'balanced', 'maintain-framerate-and-resolution']),
}, idl.dictionary('RTCRtpParameters', {
  codecs: {type: idl.sequence(idl.dictionary('RTCRtpCodecParameters', {...codecMembers, payloadType: {type: idl.octet, required: true}}))},
  headerExtensions: {
    type: idl.sequence(idl.dictionary('RTCRtpHeaderExtensionParameters', {
      uri: {type: idl.string, required: true},
      id: {type: idl.unsignedShort, required: true},
      encrypted: {type: idl.boolean, default: false},
    })),
  },
  rtcp: idl.dictionary('RTCRtcpParameters', {cname: idl.string, reducedSize: idl.boolean}),
}));
// webrtc-extensions §3.5.
const setOptions = idl.dictionary('RTCSetParameterOptions', {
  encodingOptions: {
    type: idl.sequence(idl.dictionary('RTCEncodingOptions', {keyFrame: {type: idl.boolean, default: false}})), default: () => [],
  },
});
// RFC 8851 §10, and the 16 characters that browsers take.
function checkRids(encodings) {
  for (const {rid} of encodings) {
    if (rid !== undefined && !/^[A-Za-z0-9]{1,16}$/.test(rid)) throw new TypeError(`sendEncodings: '${rid}' is no rid`);
  }
}
const transceiverInit = idl.dictionary('RTCRtpTransceiverInit', {
  direction: {type: direction, default: 'sendrecv'},
  sendEncodings: {type: idl.sequence(encoding), default: () => []},
  streams: {type: (value, what) => idl.sequence(idl.instance(MediaStream))(value, what), default: () => []},
});

const extension = idl.dictionary('RTCRtpHeaderExtensionCapability', {
  uri: {type: idl.string, required: true}, direction: {type: direction, default: 'sendrecv'},
});

let tellTone;
let nativeOf;
let connectionOf;
let withStreams;

const capabilitiesOf = (kind, way) => {
  const text = idl.string(kind);
  return text === 'audio' || text === 'video' ? native.capabilities(text, way) : null;
};

class RTCDTMFSender extends EventTarget {
  #native;
  constructor() {
    illegal(arguments[0]);
    super();
    this.#native = arguments[1];
  }
  get canInsertDTMF() { return this.#native.canInsertDTMF(); }
  get toneBuffer() { return this.#native.toneBuffer(); }
  insertDTMF(tones, duration = 100, interToneGap = 70) {
    idl.required(arguments, 1, 'insertDTMF');
    const text = idl.string(tones);
    const length = idl.unsignedLong(duration);
    const gap = idl.unsignedLong(interToneGap);
    attempt(() => this.#native.insertDTMF(text, length, gap), {SyntaxError: 'InvalidCharacterError'});
  }
  static {
    tellTone = (sender, tone) => sender.dispatchEvent(new RTCDTMFToneChangeEvent('tonechange', {tone}));
  }
}
exposed(RTCDTMFSender);
handlers(RTCDTMFSender, ['tonechange']);

class RTCRtpSender {
  #native;
  #connection;
  #kind;
  #dtmf = null;
  #track = null;        // held, so that it stays the same object
  #transport = null;
  #parameters = null;   // [[LastReturnedParameters]]
  #transaction = '';    // what its transactionId was: a page may write to it
  #streams = new Set();  // their ids
  #transforms;

  constructor() {
    illegal(arguments[0]);
    [, this.#native, this.#connection, this.#kind] = arguments;
    this.#transforms = new Transforms(this.#kind, 'sender', (wanted) => attempt(() => this.#native.setTransform('sender', wanted)));
    if (this.#kind === 'audio') this.#dtmf = new RTCDTMFSender(internal, this.#native);
  }
  get track() { return (this.#track = trackOf(this.#native.senderTrack())); }
  get transport() { return (this.#transport = dtlsOf(this.#native.senderTransport())); }
  get dtmf() { return this.#dtmf; }
  get transform() { return this.#transforms.transform; }
  set transform(value) { this.#transforms.set(value); }
  createEncodedStreams() { return this.#transforms.createEncodedStreams(); }
  static getCapabilities(kind) {
    idl.required(arguments, 1, 'getCapabilities');
    return capabilitiesOf(kind, 'send');
  }

  getParameters() {
    if (this.#parameters) return this.#parameters;
    const made = attempt(() => this.#native.senderParameters());
    this.#parameters = made;
    this.#transaction = made.transactionId;
    this.#connection.later(() => { this.#parameters = null; });
    return made;
  }

  async setParameters(parameters, setParameterOptions = {}) {
    this.#native;  // of this type
    idl.required(arguments, 1, 'setParameters');
    const wish = sendParameters(parameters);
    const options = setOptions(setParameterOptions);
    if (this.#native.direction() === 'stopped') throw invalidState('setParameters: the transceiver is stopped');
    if (!this.#parameters) throw invalidState('setParameters: call getParameters first, in the same task');
    if (wish.transactionId !== this.#transaction) {
      throw exception('InvalidModificationError', 'setParameters: another transactionId than getParameters gave');
    }
    // The same parameters may be set again until this task has ended: the stack is asked for a transaction each time.
    attempt(() => {
      const {transactionId} = this.#native.senderParameters();
      this.#native.setParameters({...wish, transactionId}, options);
    });
    await this.#connection.turn();
  }

  async replaceTrack(withTrack) {
    this.#native;
    idl.required(arguments, 1, 'replaceTrack');
    const track = idl.nullable(idl.instance(MediaStreamTrack))(withTrack, 'replaceTrack');
    if (track && track.kind !== this.#kind) throw new TypeError(`replaceTrack: a sender of ${this.#kind} takes no ${track.kind}`);
    await this.#connection.chain(async () => {
      if (this.#native.direction() === 'stopped') throw invalidState('replaceTrack: the transceiver is stopped');
      await this.#connection.inParallel(() => this.#native.replaceTrack(track && nativeTrack(track)));
      this.#track = track;
    });
  }

  setStreams(...streams) {
    this.#native;
    const ids = new Set(streams.map((each) => idl.instance(MediaStream)(each, 'setStreams').id));
    const same = ids.size === this.#streams.size && [...ids].every((id) => this.#streams.has(id));
    if (same && this.#native.direction() !== 'stopped') return;  // a set: another order is no change
    attempt(() => this.#native.setStreams([...ids]));
    this.#streams = ids;
  }

  async getStats() {
    const {turn} = this.#connection;
    await turn();
    return reportOf(this.#native.senderStats());
  }

  static {
    nativeOf = (sender) => (#native in sender ? sender.#native : null);
    connectionOf = (sender) => sender.#connection;
    withStreams = (sender, ids) => {
      sender.#streams = new Set(ids);
      return sender;
    };
  }
}
exposed(RTCRtpSender);

class RTCRtpReceiver {
  #native;
  #connection;
  #track;
  #transport = null;
  #target = null;
  #transforms;
  constructor() {
    illegal(arguments[0]);
    [, this.#native, this.#connection] = arguments;
    this.#track = trackOf(this.#native.receiverTrack());
    this.#transforms = new Transforms(this.#track.kind, 'receiver', (wanted) => attempt(() => this.#native.setTransform('receiver', wanted)));
  }
  get track() { return this.#track; }
  get transform() { return this.#transforms.transform; }
  set transform(value) { this.#transforms.set(value); }
  createEncodedStreams() { return this.#transforms.createEncodedStreams(); }
  get transport() { return (this.#transport = dtlsOf(this.#native.receiverTransport())); }
  get jitterBufferTarget() { return this.#target; }
  set jitterBufferTarget(value) {
    const target = idl.nullable(idl.double)(value, 'jitterBufferTarget');
    attempt(() => this.#native.setJitterBufferTarget(target));
    this.#target = target;
  }
  static getCapabilities(kind) {
    idl.required(arguments, 1, 'getCapabilities');
    return capabilitiesOf(kind, 'receive');
  }
  getParameters() {
    const out = this.#native.receiverParameters();
    delete out.rtcp.cname;  // §5.3: of senders
    return out;
  }
  getContributingSources() { return this.#native.sources('contributing'); }
  getSynchronizationSources() { return this.#native.sources('synchronization'); }
  async getStats() {
    const {turn} = this.#connection;
    await turn();
    return reportOf(this.#native.receiverStats());
  }
}
exposed(RTCRtpReceiver);

class RTCRtpTransceiver {
  #native;
  #sender;
  #receiver;
  constructor() {
    illegal(arguments[0]);
    const [, object, connection] = arguments;
    this.#native = object;
    this.#sender = new RTCRtpSender(internal, object, connection, object.kind());
    this.#receiver = new RTCRtpReceiver(internal, object, connection);
  }
  get mid() { return this.#native.mid(); }
  get sender() { return this.#sender; }
  get receiver() { return this.#receiver; }
  get direction() { return this.#native.direction(); }
  set direction(value) {
    const text = idl.string(value);
    this.#native;
    if (!direction.values.includes(text)) return;  // WebIDL: an attribute of an enumeration ignores what is none
    attempt(() => this.#native.setDirection(text));
  }
  get currentDirection() { return this.#native.currentDirection(); }
  // Of before "stopped" was a direction; Chromium has it.
  get stopped() { return this.#native.currentDirection() === 'stopped'; }
  stop() { attempt(() => this.#native.stop()); }
  setCodecPreferences(codecs) {
    idl.required(arguments, 1, 'setCodecPreferences');
    const list = idl.sequence(codec)(codecs, 'codecs');
    attempt(() => this.#native.setCodecPreferences(list));
  }
  getHeaderExtensionsToNegotiate() { return this.#native.extensions('wished'); }
  setHeaderExtensionsToNegotiate(extensions) {
    idl.required(arguments, 1, 'setHeaderExtensionsToNegotiate');
    const list = idl.sequence(extension)(extensions, 'extensions');
    attempt(() => this.#native.setExtensions(list));
  }
  getNegotiatedHeaderExtensions() { return this.#native.extensions('negotiated'); }
  [told](type, tone) {
    if (type === 'tonechange') tellTone(this.#sender.dtmf, tone);
  }
}
exposed(RTCRtpTransceiver);

const transceiverOf = (object, connection) =>
  facadeOf(object, () => new RTCRtpTransceiver(internal, object, connection));

module.exports = {
  RTCDTMFSender, RTCRtpSender, RTCRtpReceiver, RTCRtpTransceiver, checkRids, transceiverInit, transceiverOf,
  nativeOf: (sender) => nativeOf(sender), connectionOf: (sender) => connectionOf(sender),
  withStreams: (sender, ids) => withStreams(sender, ids),
};
