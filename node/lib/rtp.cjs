'use strict';
// RTCRtpSender, RTCRtpReceiver, RTCRtpTransceiver and RTCDTMFSender (webrtc-pc §5, §7).
const {EventTarget, native} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, facadeOf, handlers, illegal, internal, told} = require('./interface.cjs');
const {attempt, exception, invalidState, translated} = require('./errors.cjs');
const {RTCDTMFToneChangeEvent} = require('./events.cjs');
const {MediaStream, MediaStreamTrack, nativeTrack, trackOf} = require('./media.cjs');
const {dtlsOf} = require('./transports.cjs');
const {reportOf} = require('./stats.cjs');

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
  scaleResolutionDownBy: idl.double,
  scalabilityMode: idl.string,
}, idl.dictionary('RTCRtpCodingParameters', {rid: idl.string}));
const sendParameters = idl.dictionary('RTCRtpSendParameters', {
  transactionId: {type: idl.string, required: true},
  encodings: {type: idl.sequence(encoding), required: true},
  degradationPreference: idl.enumeration('RTCDegradationPreference',
    ['maintain-framerate', 'maintain-resolution', 'balanced', 'maintain-framerate-and-resolution']),
}, idl.dictionary('RTCRtpParameters', {
  codecs: {type: idl.sequence(idl.dictionary('RTCRtpCodecParameters', {...codecMembers, payloadType: {type: idl.octet, required: true}})), required: true},
  headerExtensions: {
    type: idl.sequence(idl.dictionary('RTCRtpHeaderExtensionParameters', {
      uri: {type: idl.string, required: true},
      id: {type: idl.unsignedShort, required: true},
      encrypted: {type: idl.boolean, default: false},
    })),
    required: true,
  },
  rtcp: {type: idl.dictionary('RTCRtcpParameters', {cname: idl.string, reducedSize: idl.boolean}), required: true},
}));
const transceiverInit = idl.dictionary('RTCRtpTransceiverInit', {
  direction: {type: direction, default: 'sendrecv'},
  sendEncodings: {type: idl.sequence(encoding), default: () => []},
  streams: {type: (value, what) => idl.sequence(idl.instance(MediaStream))(value, what), default: () => []},
});

let tellTone;
let nativeOf;
let connectionOf;

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
  #extra = [];          // of each encoding, what the stack has no room for yet

  constructor() {
    illegal(arguments[0]);
    [, this.#native, this.#connection, this.#kind] = arguments;
    if (this.#kind === 'audio') this.#dtmf = new RTCDTMFSender(internal, this.#native);
  }
  get track() { return (this.#track = trackOf(this.#native.senderTrack())); }
  get transport() { return (this.#transport = dtlsOf(this.#native.senderTransport())); }
  get dtmf() { return this.#dtmf; }
  static getCapabilities(kind) {
    idl.required(arguments, 1, 'getCapabilities');
    return capabilitiesOf(kind, 'send');
  }

  getParameters() {
    if (this.#parameters) return this.#parameters;
    const made = attempt(() => this.#native.senderParameters());
    made.encodings.forEach((each, i) => Object.assign(each, this.#extra[i]));
    this.#parameters = made;
    this.#connection.later(() => { this.#parameters = null; });
    return made;
  }

  async setParameters(parameters, setParameterOptions = {}) {
    this.#native;  // of this type
    idl.required(arguments, 1, 'setParameters');
    const wish = sendParameters(parameters);
    if (this.#native.direction() === 'stopped') throw invalidState('setParameters: the transceiver is stopped');
    const last = this.#parameters;
    if (!last) throw invalidState('setParameters: call getParameters first, in the same task');
    this.#checkEncodings(wish, last);
    try {
      this.#native.setParameters(wish);
    } catch (error) {
      throw translated(error);
    }
    this.#parameters = null;
    this.#extra = wish.encodings.map(({priority: p, networkPriority, scalabilityMode}) => (
      {...(p !== 'low' && {priority: p}), ...(networkPriority && {networkPriority}), ...(scalabilityMode && {scalabilityMode})}));
    await this.#connection.turn();
  }

  #checkEncodings(wish, last) {
    if (wish.encodings.length !== last.encodings.length) {
      throw exception('InvalidModificationError', 'setParameters: encodings cannot be added or removed');
    }
  }

  async replaceTrack(withTrack) {
    this.#native;
    idl.required(arguments, 1, 'replaceTrack');
    const track = idl.nullable(idl.instance(MediaStreamTrack))(withTrack, 'replaceTrack');
    if (track && track.kind !== this.#kind) throw new TypeError(`replaceTrack: a sender of ${this.#kind} takes no ${track.kind}`);
    await this.#connection.chain(async () => {
      if (this.#native.direction() === 'stopped') throw invalidState('replaceTrack: the transceiver is stopped');
      attempt(() => this.#native.replaceTrack(nativeTrack(track)));
      this.#track = track;
      await this.#connection.turn();
    });
  }

  setStreams(...streams) {
    this.#native;
    const ids = streams.map((each) => idl.instance(MediaStream)(each, 'setStreams').id);
    attempt(() => this.#native.setStreams([...new Set(ids)]));
  }

  async getStats() {
    const {turn} = this.#connection;
    await turn();
    return reportOf(this.#native.senderStats());
  }

  static {
    nativeOf = (sender) => (#native in sender ? sender.#native : null);
    connectionOf = (sender) => sender.#connection;
  }
}
exposed(RTCRtpSender);

class RTCRtpReceiver {
  #native;
  #connection;
  #track;
  #transport = null;
  #target = null;
  constructor() {
    illegal(arguments[0]);
    [, this.#native, this.#connection] = arguments;
    this.#track = trackOf(this.#native.receiverTrack());
  }
  get track() { return this.#track; }
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
  getParameters() { return this.#native.receiverParameters(); }
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
  stop() { attempt(() => this.#native.stop()); }
  setCodecPreferences(codecs) {
    idl.required(arguments, 1, 'setCodecPreferences');
    const list = idl.sequence(codec)(codecs, 'codecs');
    attempt(() => this.#native.setCodecPreferences(list));
  }
  [told](type, tone) {
    if (type === 'tonechange') tellTone(this.#sender.dtmf, tone);
  }
}
exposed(RTCRtpTransceiver);

const transceiverOf = (object, connection) =>
  facadeOf(object, () => new RTCRtpTransceiver(internal, object, connection));

module.exports = {
  RTCDTMFSender, RTCRtpSender, RTCRtpReceiver, RTCRtpTransceiver, transceiverInit, transceiverOf,
  nativeOf: (sender) => nativeOf(sender), connectionOf: (sender) => connectionOf(sender),
};
