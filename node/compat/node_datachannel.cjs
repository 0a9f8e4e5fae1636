'use strict';
// node-datachannel's own API (0.33) over the W3C's: PeerConnection, DataChannel and Track.
const {Buffer} = require('node:buffer');
const {RTCPeerConnection} = require('../lib/index.cjs');
const {statsOf} = require('../lib/peer_connection.cjs');
const rtp = require('./node_datachannel_rtp.cjs');
const {DataChannelStream} = require('./node_datachannel_stream.cjs');

// What would change what happens, and is not there: said, not passed over.
const kAbsent = [
  'proxyServer', 'bindAddress', 'enableIceTcp', 'enableIceUdpMux', 'portRangeBegin', 'portRangeEnd', 'mtu',
  'certificatePemFile', 'keyPemFile', 'disableFingerprintVerification', 'forceMediaTransport',
];
const kTypes = ['offer', 'answer', 'pranswer', 'rollback'];
const kTurn = {TurnUdp: ['turn', 'udp'], TurnTcp: ['turn', 'tcp'], TurnTls: ['turns', 'tcp']};

/** "turn:USER:PASSWORD@HOST:PORT?transport=tcp" and {hostname, port, …} as the W3C's dictionary. */
function toServer(server) {
  if (typeof server === 'string') {
    const parts = /^(\w+):(?:\/\/)?(?:([^:@]*):([^@]*)@)?(.*)$/.exec(server);
    if (!parts) throw new TypeError(`iceServers: ${server} is no URL of a server`);
    const [, scheme, username, credential, rest] = parts;
    return username === undefined ? {urls: `${scheme}:${rest}`}
      : {urls: `${scheme}:${rest}`, username: decodeURIComponent(username), credential: decodeURIComponent(credential)};
  }
  const {hostname, port, username, password, relayType} = server;
  if (username === undefined && !relayType) return {urls: `stun:${hostname}:${port}`};
  const [scheme, transport] = kTurn[relayType ?? 'TurnUdp'];
  return {urls: `${scheme}:${hostname}:${port}?transport=${transport}`, username, credential: password};
}

/** What is no string is refused at once, as there: the steps of a negotiation come later, and nobody waits for them. */
function aString(value, what) {
  if (typeof value !== 'string') throw new TypeError(`${what}: a string, not ${value === null ? 'null' : typeof value}`);
  return value;
}

/** Callbacks by their names: one each, as there. */
class Callbacks {
  #all = new Map();
  set(name, callback) {
    if (typeof callback !== 'function') throw new TypeError(`a callback for '${name}' is a function, not ${callback === null ? 'null' : typeof callback}`);
    this.#all.set(name, callback);
  }
  call(name, ...args) { this.#all.get(name)?.(...args); }
  clear() { this.#all.clear(); }
}

class DataChannel {
  #channel;
  #callbacks = new Callbacks();
  #count;
  #early = [];  // what came before onMessage() was called

  constructor(channel, count) {
    this.#channel = channel;
    this.#count = count;
    channel.binaryType = 'arraybuffer';
    channel.onopen = () => this.#callbacks.call('open');
    channel.onclose = () => this.#callbacks.call('closed');
    channel.onerror = ({error}) => this.#callbacks.call('error', error.message);
    channel.onbufferedamountlow = () => this.#callbacks.call('low');
    channel.onmessage = ({data}) => {
      const message = typeof data === 'string' ? data : Buffer.from(data);
      this.#count.received += Buffer.byteLength(message);
      if (this.#early) this.#early.push(message);
      else this.#callbacks.call('message', message);
    };
  }
  getLabel() { return this.#channel.label; }
  getId() { return this.#channel.id; }
  getProtocol() { return this.#channel.protocol; }
  close() { this.#channel.close(); }
  sendMessage(message) { return this.#send(aString(message, 'sendMessage')); }
  sendMessageBinary(buffer) {
    if (!ArrayBuffer.isView(buffer) && !(buffer instanceof ArrayBuffer)) throw new TypeError('sendMessageBinary: a Buffer, a view or an ArrayBuffer');
    return this.#send(buffer);
  }
  #send(message) {
    this.#channel.send(message);
    this.#count.sent += Buffer.byteLength(message);
    return this.#channel.bufferedAmount === 0;
  }
  isOpen() { return this.#channel.readyState === 'open'; }
  bufferedAmount() { return this.#channel.bufferedAmount; }
  maxMessageSize() { return this.#count.maxMessageSize(); }
  setBufferedAmountLowThreshold(size) { this.#channel.bufferedAmountLowThreshold = size; }
  onOpen(callback) {
    this.#callbacks.set('open', callback);
    if (this.isOpen()) queueMicrotask(callback);
  }
  onClosed(callback) { this.#callbacks.set('closed', callback); }
  onError(callback) { this.#callbacks.set('error', callback); }
  onBufferedAmountLow(callback) { this.#callbacks.set('low', callback); }
  onMessage(callback) {
    this.#callbacks.set('message', callback);
    for (const message of this.#early?.splice(0) ?? []) callback(message);
    this.#early = null;
  }
}

class PeerConnection {
  #pc;
  #callbacks = new Callbacks();
  #automatic;
  #count = {sent: 0, received: 0, maxMessageSize: () => this.maxMessageSize()};
  #chain = Promise.resolve();
  #tracks = new Set();

  constructor(peerName, config = {}) {
    aString(peerName, 'PeerConnection: the name of the peer');
    const {iceServers = [], iceTransportPolicy = 'all', disableAutoNegotiation = false} = config;
    for (const name of kAbsent) if (config[name]) throw new TypeError(`PeerConnection: ${name} is not there`);
    this.name = peerName;
    this.#automatic = !disableAutoNegotiation;
    const pc = this.#pc = new RTCPeerConnection({iceServers: iceServers.map(toServer), iceTransportPolicy});
    pc.onicecandidate = ({candidate}) => {
      if (candidate?.candidate) this.#callbacks.call('candidate', `a=${candidate.candidate}`, candidate.sdpMid);
    };
    pc.onconnectionstatechange = () => {
      this.#callbacks.call('state', pc.connectionState);
      this.#updateTracks();
    };
    pc.oniceconnectionstatechange = () => this.#callbacks.call('iceState', pc.iceConnectionState);
    pc.onsignalingstatechange = () => this.#callbacks.call('signalingState', pc.signalingState);
    pc.onicegatheringstatechange = () => this.#callbacks.call('gatheringState', pc.iceGatheringState);
    pc.ondatachannel = ({channel}) => this.#callbacks.call('dataChannel', new DataChannel(channel, this.#count));
  }

  /** One after the other; what fails is an unhandled rejection, and the next one is tried all the same. */
  #then(step) {
    this.#chain = this.#chain.then(() => (this.#pc.signalingState === 'closed' ? undefined : step())).catch((error) => { Promise.reject(error); });
  }
  // ---- Tracks: a transceiver each, from the first offer that has it or is answered with it ----

  #connected = () => this.#pc.connectionState === 'connected';
  #updateTracks() {
    for (const track of this.#tracks) {
      track._update();
      if (track.isClosed()) this.#tracks.delete(track);
    }
  }
  #addTransceivers() {
    for (const track of this.#tracks) {
      if (track._transceiver) continue;
      const transceiver = this.#pc.addTransceiver(track._kind, {direction: rtp.kDirections[track.direction()]});
      track._bind(transceiver, this.#connected, true);
    }
  }
  // Of what the far end offers a track that was added is its kind's first; others are told of.
  #takeTransceivers() {
    const known = new Set([...this.#tracks].map((track) => track._transceiver));
    for (const transceiver of this.#pc.getTransceivers()) {
      if (known.has(transceiver) || transceiver.direction === 'stopped') continue;
      const {kind} = transceiver.receiver.track;
      const added = [...this.#tracks].find((track) => !track._transceiver && track._kind === kind);
      const track = added ?? new rtp.Track(rtp.mediaOf(transceiver), new Callbacks());
      transceiver.direction = rtp.kDirections[track.direction()];
      track._bind(transceiver, this.#connected, added !== undefined);
      this.#tracks.add(track);
      if (!added) this.#callbacks.call('track', track);
    }
  }

  async #describe(type) {
    const offers = this.#pc.signalingState === 'stable' || this.#pc.signalingState === 'have-local-offer';
    if (offers && type !== 'rollback') this.#addTransceivers();
    await this.#pc.setLocalDescription(type && type !== 'unspec' ? {type} : undefined);
    const {sdp, type: made} = this.#pc.localDescription;
    this.#callbacks.call('description', sdp, made);
    this.#updateTracks();
  }

  close() {
    if (this.#pc.signalingState === 'closed') return;
    this.#pc.close();
    for (const track of this.#tracks) track._close();
    this.#tracks.clear();
    queueMicrotask(() => this.#callbacks.call('state', 'closed'));
  }
  destroy() {
    this.#callbacks.clear();
    this.close();
  }
  setLocalDescription(type) { this.#then(() => this.#describe(type)); }
  setRemoteDescription(sdp, type) {
    aString(sdp, 'setRemoteDescription: the description');
    if (!kTypes.includes(type)) throw new TypeError(`setRemoteDescription: the type is one of ${kTypes.join(', ')}, not ${String(type)}`);
    this.#then(async () => {
      await this.#pc.setRemoteDescription({sdp, type});
      if (type === 'offer') this.#takeTransceivers();
      this.#updateTracks();
      if (type === 'offer' && this.#automatic) await this.#describe('answer');
    });
  }
  addRemoteCandidate(candidate, mid) {
    aString(candidate, 'addRemoteCandidate: the candidate');
    aString(mid, 'addRemoteCandidate: the mid');
    this.#then(() => this.#pc.addIceCandidate({candidate: candidate.replace(/^a=/, ''), sdpMid: mid}).catch(() => {}));
  }
  createDataChannel(label, config = {}) {
    aString(label, 'createDataChannel: the label');
    const {unordered = false, ...rest} = config;
    const channel = new DataChannel(this.#pc.createDataChannel(label, {ordered: !unordered, ...rest}), this.#count);
    if (this.#automatic && !this.#pc.localDescription) {
      this.#then(() => {
        if (!this.#pc.localDescription && this.#pc.signalingState === 'stable') return this.#describe('offer');
      });
    }
    return channel;
  }
  /** In the next description, as there: setLocalDescription() makes one. */
  addTrack(media) {
    if (!(media instanceof rtp.Video) && !(media instanceof rtp.Audio)) throw new TypeError('addTrack: neither an Audio nor a Video');
    const track = new rtp.Track(media, new Callbacks());
    this.#tracks.add(track);
    return track;
  }
  hasMedia() { return this.#tracks.size > 0; }

  localDescription() { return this.#description(this.#pc.localDescription); }
  remoteDescription() { return this.#description(this.#pc.remoteDescription); }
  #description(description) { return description && {type: description.type, sdp: description.sdp}; }
  remoteFingerprint() {
    const found = /^a=fingerprint:(\S+) (\S+)/m.exec(this.#pc.remoteDescription?.sdp ?? '');
    return {algorithm: found?.[1].toLowerCase() ?? 'sha-256', value: found?.[2] ?? ''};
  }
  state() { return this.#pc.connectionState; }
  iceState() { return this.#pc.iceConnectionState; }
  signalingState() { return this.#pc.signalingState; }
  gatheringState() { return this.#pc.iceGatheringState; }
  /** What messages carried: not what SCTP adds. */
  bytesSent() { return this.#count.sent; }
  bytesReceived() { return this.#count.received; }
  /** SCTP's, in milliseconds; -1 before it has measured one, and 0 once the connection is closed, as there. */
  rtt() {
    if (this.#pc.signalingState === 'closed') return 0;
    const seconds = statsOf(this.#pc).find(({type}) => type === 'sctp-transport')?.smoothedRoundTripTime;
    return seconds === undefined ? -1 : Math.round(1000 * seconds);
  }
  maxDataChannelId() { return (this.#pc.sctp?.maxChannels ?? 65535) - 1; }
  maxMessageSize() { return this.#pc.sctp?.maxMessageSize ?? 65536; }
  getSelectedCandidatePair() {
    const pair = this.#pc.sctp?.transport.iceTransport.getSelectedCandidatePair();
    const of = ({address, port, type, protocol, candidate, sdpMid, priority}) => (
      {address, port, type, transportType: protocol, candidate, mid: sdpMid ?? '0', priority});
    return pair ? {local: of(pair.local), remote: of(pair.remote)} : null;
  }

  onLocalDescription(callback) { this.#callbacks.set('description', callback); }
  onLocalCandidate(callback) { this.#callbacks.set('candidate', callback); }
  onStateChange(callback) { this.#callbacks.set('state', callback); }
  onIceStateChange(callback) { this.#callbacks.set('iceState', callback); }
  onSignalingStateChange(callback) { this.#callbacks.set('signalingState', callback); }
  onGatheringStateChange(callback) { this.#callbacks.set('gatheringState', callback); }
  onTrack(callback) { this.#callbacks.set('track', callback); }
  onDataChannel(callback) { this.#callbacks.set('dataChannel', callback); }
}

const {mediaOf, kDirections, MediaHandler, ...ofRtp} = rtp;
module.exports = {
  PeerConnection, DataChannel, DataChannelStream, ...ofRtp,
  initLogger() {}, preload() {}, cleanup() {}, setSctpSettings() {},
  getLibraryVersion: () => require('../package.json').version,
};
