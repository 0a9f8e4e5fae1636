'use strict';
// node-datachannel's classes of RTP: descriptions of media, tracks, and media handlers. A track here is a transceiver of the
// W3C's below: of RTP that is sent, the frames are taken and sent anew by this stack's session (addon/rtp_track.h), and of
// what comes, frames become RTP again. So repairs, reports, pacing and key frames are the session's own, whatever handlers
// are set; SSRCs and payload types on the wire are those of the descriptions that it writes.
const {Buffer} = require('node:buffer');
const {native} = require('../lib/env.cjs');
const {RTCRtpReceiver, RTCRtpSender, RTCRtpScriptTransform} = require('../lib/index.cjs');
const {trackOf} = require('../lib/media.cjs');

const kDirections = {SendOnly: 'sendonly', RecvOnly: 'recvonly', SendRecv: 'sendrecv', Inactive: 'inactive', Unknown: 'sendrecv'};
const nameOf = (direction) => Object.keys(kDirections).find((name) => kDirections[name] === direction) ?? 'Unknown';

/** An m-line as a program describes it. */
class Media {
  #kind;
  #mid;
  #direction;
  #formats = new Map();  // payload type -> {codec, clockRate, channels, profile}
  #sources = new Map();  // SSRC -> {name, msid, trackId}
  #bitrate = 0;
  #lines = [];
  constructor(kind, mid, direction) {
    if (!(direction in kDirections)) throw new TypeError(`${direction} is no direction`);
    this.#kind = kind;
    this.#mid = String(mid);
    this.#direction = direction;
  }
  _add(payloadType, codec, clockRate, profile, channels) {
    this.#formats.set(Number(payloadType), {codec, clockRate, profile, channels});
  }
  /** What may be sent and received, the first first: names of codecs. */
  _codecs() { return [...this.#formats.values()].map(({codec}) => codec).filter((codec) => codec.toLowerCase() !== 'rtx'); }
  _kind() { return this.#kind; }

  type() { return this.#kind; }
  mid() { return this.#mid; }
  direction() { return this.#direction; }
  setDirection(direction) {
    if (!(direction in kDirections)) throw new TypeError(`${direction} is no direction`);
    this.#direction = direction;
  }
  description() { return `${this.#kind} 9 UDP/TLS/RTP/SAVPF ${[...this.#formats.keys()].join(' ')}`; }
  hasPayloadType(payloadType) { return this.#formats.has(Number(payloadType)); }
  removeFormat(name) {
    for (const [type, {codec}] of this.#formats) if (codec.toLowerCase() === String(name).toLowerCase()) this.#formats.delete(type);
  }
  addRTXCodec(payloadType, originalPayloadType, clockRate) {
    this._add(payloadType, 'rtx', clockRate, `apt=${originalPayloadType}`);
  }
  addRTPMap() {}
  addSSRC(ssrc, name, msid, trackId) { this.#sources.set(ssrc, {name, msid, trackId}); }
  removeSSRC(ssrc) { this.#sources.delete(ssrc); }
  replaceSSRC(old, ssrc, name, msid, trackId) {
    this.removeSSRC(old);
    this.addSSRC(ssrc, name, msid, trackId);
  }
  hasSSRC(ssrc) { return this.#sources.has(ssrc); }
  getSSRCs() { return [...this.#sources.keys()]; }
  getCNameForSsrc(ssrc) { return this.#sources.get(ssrc)?.name ?? ''; }
  setBitrate(bitrate) { this.#bitrate = bitrate; }
  getBitrate() { return this.#bitrate; }
  parseSdpLine(line) {
    const map = /^a=rtpmap:(\d+) ([^/]+)\/(\d+)(?:\/(\d+))?/.exec(line);
    const format = /^a=fmtp:(\d+) (.*)$/.exec(line.trim());
    if (map) this._add(map[1], map[2], Number(map[3]), undefined, Number(map[4] ?? 1));
    else if (format && this.hasPayloadType(format[1])) this.#formats.get(Number(format[1])).profile = format[2];
    else this.#lines.push(line.trim());
  }
  generateSdp(eol = '\r\n', address = '0.0.0.0', port = 9) {
    const lines = [`m=${this.description().replace(' 9 ', ` ${port} `)}`, `c=IN IP4 ${address}`];
    if (this.#bitrate > 0) lines.push(`b=AS:${this.#bitrate}`);
    lines.push(`a=mid:${this.#mid}`, `a=${kDirections[this.#direction]}`, 'a=rtcp-mux', ...this.#lines);
    for (const [type, {codec, clockRate, channels, profile}] of this.#formats) {
      lines.push(`a=rtpmap:${type} ${codec}/${clockRate}${channels > 1 ? `/${channels}` : ''}`);
      if (profile) lines.push(`a=fmtp:${type} ${profile}`);
    }
    for (const [ssrc, {name, msid, trackId}] of this.#sources) {
      if (name) lines.push(`a=ssrc:${ssrc} cname:${name}`);
      if (msid) lines.push(`a=ssrc:${ssrc} msid:${msid} ${trackId ?? ''}`.trimEnd());
    }
    return lines.map((line) => line + eol).join('');
  }
}

class Video extends Media {
  constructor(mid = 'video', direction = 'SendOnly') { super('video', mid, direction); }
  addVideoCodec(payloadType, codec, profile) { this._add(payloadType, codec, 90000, profile); }
  addH264Codec(payloadType, profile = 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1') {
    this.addVideoCodec(payloadType, 'H264', profile);
  }
  addH265Codec(payloadType) { this.addVideoCodec(payloadType, 'H265'); }
  addVP8Codec(payloadType) { this.addVideoCodec(payloadType, 'VP8'); }
  addVP9Codec(payloadType) { this.addVideoCodec(payloadType, 'VP9'); }
  addAV1Codec(payloadType) { this.addVideoCodec(payloadType, 'AV1'); }
}

class Audio extends Media {
  constructor(mid = 'audio', direction = 'SendOnly') { super('audio', mid, direction); }
  addAudioCodec(payloadType, codec, profile) {
    const opus = codec.toLowerCase() === 'opus';
    this._add(payloadType, codec, opus ? 48000 : 8000, profile, opus ? 2 : 1);
  }
  addOpusCodec(payloadType, profile = 'minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1') {
    this.addAudioCodec(payloadType, 'opus', profile);
    return profile;
  }
}

// ---- Media handlers: those that the session is, and those that make packets of frames ----

class MediaHandler {
  _next = null;
  addToChain(handler) {
    let last = this;
    while (last._next) last = last._next;
    last._next = handler;
  }
}
class RtcpReceivingSession extends MediaHandler {}
class RtcpNackResponder extends MediaHandler {}
class PacingHandler extends MediaHandler {}
class RtcpSrReporter extends MediaHandler {
  constructor(rtpConfig) {
    super();
    this.rtpConfig = rtpConfig;
  }
}
class RtpPacketizationConfig {
  playoutDelayId = 0;
  playoutDelayMin = 0;
  playoutDelayMax = 0;
  timestamp = 0;
  #clockRate;
  constructor(ssrc, cname, payloadType, clockRate) {
    Object.assign(this, {ssrc, cname, payloadType});
    this.#clockRate = clockRate;
  }
  get clockRate() { return this.#clockRate; }
}
class RtpPacketizer extends MediaHandler {
  constructor(rtpConfig) {
    super();
    this.rtpConfig = rtpConfig;
  }
  _frame(bytes) { return bytes; }
}
/** Units behind their length become units behind a start code. */
function annexB(bytes) {
  const out = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    out.push(Buffer.from([0, 0, 0, 1]), bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return Buffer.concat(out);
}
class NalPacketizer extends RtpPacketizer {
  #separator;
  constructor(separator, rtpConfig) {
    super(rtpConfig);
    this.#separator = separator;
  }
  _frame(bytes) { return this.#separator === 'Length' ? annexB(bytes) : bytes; }
}
class H264RtpPacketizer extends NalPacketizer {}
class H265RtpPacketizer extends NalPacketizer {}
class AV1RtpPacketizer extends RtpPacketizer {
  constructor(packetization, rtpConfig) { super(rtpConfig); }
}

// ---- Tracks ----

const mimeOf = (kind, codec) => `${kind}/${codec}`.toLowerCase();
const isOf = (kind, codecs) => ({mimeType}) => codecs.some((codec) => mimeOf(kind, codec) === mimeType.toLowerCase());

class Track {
  #media;
  #callbacks;
  #transceiver = null;
  #connected = () => false;
  #open = false;
  #closed = false;
  #inlet = null;
  #outlet = null;
  #transformer = null;
  #handler = null;
  #early = [];

  constructor(media, callbacks) {
    this.#media = media;
    this.#callbacks = callbacks;
  }
  get _kind() { return this.#media._kind(); }
  get _transceiver() { return this.#transceiver; }
  /** What the program described, for a transceiver that is new or the far end's. */
  _bind(transceiver, connected, described) {
    this.#transceiver = transceiver;
    this.#connected = connected;
    const codecs = this.#media._codecs();
    if (described && codecs.length) {
      const wanted = isOf(this._kind, [...codecs, 'rtx']);
      const of = (Class) => Class.getCapabilities(this._kind).codecs.filter(wanted);
      const known = this.#media.direction() === 'SendOnly' ? of(RTCRtpSender) : of(RTCRtpReceiver);
      if (!known.some(isOf(this._kind, codecs))) throw new TypeError(`addTrack: no codec is known of ${codecs.join(', ')}`);
      transceiver.setCodecPreferences(known);
    }
    const scope = new EventTarget();
    scope.addEventListener('rtctransform', ({transformer}) => this.#read(transformer));
    transceiver.receiver.transform = new RTCRtpScriptTransform(scope);
  }
  /** Something was negotiated, or the connection's state is another. */
  _update() {
    if (this.#closed || !this.#transceiver) return;
    const {currentDirection, sender} = this.#transceiver;
    if (currentDirection === 'stopped' || (this.#open && currentDirection === 'inactive')) {
      this._close();
      return;
    }
    if (['sendonly', 'sendrecv'].includes(currentDirection) && !this.#inlet) {
      const negotiated = sender.getParameters().codecs;
      const codec = negotiated.find(isOf(this._kind, this.#media._codecs())) ?? negotiated[0];
      if (codec) {
        this.#inlet = new native.RtpInlet(this._kind, codec);
        sender.replaceTrack(trackOf(this.#inlet.createTrack())).catch((error) => this.#callbacks.call('error', error.message));
      }
    }
    if (this.#open || !currentDirection || !this.#connected()) return;
    this.#open = true;
    this.#callbacks.call('open');
  }
  _close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#open = false;
    this.#callbacks.call('closed');
  }
  async #read(transformer) {
    this.#transformer = transformer;
    try {
      for await (const frame of transformer.readable) this.#heard(frame);
    } catch (error) {
      this.#callbacks.call('error', error.message);
    }
  }
  #heard(frame) {
    const {rtpTimestamp, payloadType, synchronizationSource} = frame.getMetadata();
    if (!this.#outlet) {
      const codec = this.#transceiver.receiver.getParameters().codecs.find((each) => each.payloadType === payloadType);
      if (!codec) return;
      this.#outlet = new native.RtpOutlet(this._kind, codec);
    }
    const packets = this.#outlet.packets(frame.data, rtpTimestamp, payloadType, synchronizationSource, frame.type === 'key');
    for (const packet of packets) {
      if (this.#early) this.#early.push(Buffer.from(packet));
      else this.#callbacks.call('message', Buffer.from(packet));
    }
    if (this.#early?.length > 1000) this.#early.splice(0, this.#early.length - 1000);
  }

  direction() { return this.#transceiver ? nameOf(this.#transceiver.direction) : this.#media.direction(); }
  mid() { return this.#transceiver?.mid ?? this.#media.mid(); }
  type() { return this._kind; }
  close() {
    if (this.#closed) return;
    this.#transceiver?.stop();
    this._close();
  }
  sendMessage(message) { return this.sendMessageBinary(Buffer.from(message)); }
  /** A packet of RTP (RTCP is the session's); with a packetizer among the handlers, a whole frame. */
  sendMessageBinary(buffer) {
    if (this.#closed) throw new Error('Track is closed');
    if (!this.#open || !this.#inlet) return false;
    let handler = this.#handler;
    while (handler && !(handler instanceof RtpPacketizer)) handler = handler._next;
    if (!handler) return this.#inlet.push(buffer);
    return this.#inlet.pushFrame(handler._frame(buffer), handler.rtpConfig.timestamp >>> 0);
  }
  isOpen() { return this.#open; }
  isClosed() { return this.#closed; }
  bufferedAmount() { return 0; }
  maxMessageSize() { return 65535; }
  setBufferedAmountLowThreshold() {}
  /** The session's own reports say what the line carries. */
  requestBitrate() { return this.#open; }
  requestKeyframe() {
    if (!this.#open || !this.#transformer || this._kind !== 'video') return false;
    this.#transformer.sendKeyFrameRequest().catch(() => {});
    return true;
  }
  setMediaHandler(handler) { this.#handler = handler; }
  onOpen(callback) {
    this.#callbacks.set('open', callback);
    if (this.#open) queueMicrotask(callback);
  }
  onClosed(callback) { this.#callbacks.set('closed', callback); }
  onError(callback) { this.#callbacks.set('error', callback); }
  onMessage(callback) {
    this.#callbacks.set('message', callback);
    for (const packet of this.#early?.splice(0) ?? []) callback(packet);
    this.#early = null;
  }
}

/** The description of a section that the far end has offered: what it has of it is taken. */
function mediaOf(transceiver) {
  const Class = transceiver.receiver.track.kind === 'video' ? Video : Audio;
  return new Class(transceiver.mid, 'SendRecv');
}

module.exports = {
  Audio, Video, Track, mediaOf, kDirections, MediaHandler, RtcpReceivingSession, RtcpNackResponder, RtcpSrReporter, PacingHandler,
  RtpPacketizationConfig, RtpPacketizer, H264RtpPacketizer, H265RtpPacketizer, AV1RtpPacketizer,
};
