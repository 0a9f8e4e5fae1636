'use strict';
// RTCPeerConnection (webrtc-pc §4.4, §5.1, §6.1, §8.2).
//
// What the W3C does "in parallel" is a task in the loop's next turn: the call, its events, its promise. So nothing a page
// can see changes while its own code runs, though the stack below answers at once (ARCHITECTURE.md).
const {Event, EventTarget, native, setTimeout} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, facades, handlers, told} = require('./interface.cjs');
const {attempt, exception, invalidState, translated} = require('./errors.cjs');
const {copyOf, toConfiguration, toNative} = require('./configuration.cjs');
const description = require('./description.cjs');
const {RTCIceCandidate} = description;
const events = require('./events.cjs');
const {MediaStream, MediaStreamTrack, nativeTrack, streamOf} = require('./media.cjs');
const rtp = require('./rtp.cjs');
const {channelInit, checkChannel, channelOf, closeWith} = require('./data_channel.cjs');
const {sctpOf} = require('./transports.cjs');
const {reportOf} = require('./stats.cjs');
const {Operations} = require('./operations.cjs');
const {withCallbacks, offerToReceive} = require('./legacy.cjs');

// Connections whose events may still come.
const open = new Set();

const offerOptions = idl.dictionary('RTCOfferOptions', {
  iceRestart: {type: idl.boolean, default: false}, offerToReceiveAudio: idl.boolean, offerToReceiveVideo: idl.boolean,
});
let statsOf;

class RTCPeerConnection extends EventTarget {
  #native;
  #configuration;
  #link;  // what senders, receivers and channels ask of us
  #closed = false;
  #operations = new Operations(() => this.#emptied());
  #askWhenEmpty = false;
  #signalingState = 'stable';
  #local;  // descriptions
  #remote;
  #transceivers = new Map();
  #channels = new Set();
  #streams = new WeakSet();  // of the far end, that have been told
  #sctp = null;
  #lastOffer = '';
  #lastAnswer = '';

  constructor(configuration = {}) {
    const converted = toConfiguration(configuration);
    super();
    this.#configuration = converted;
    this.#native = attempt(() => new native.Connection(toNative(converted, configuration)));
    this.#local = new description.Descriptions((which) => this.#native.description(which + 'Local'));
    this.#remote = new description.Descriptions((which) => this.#native.description(which + 'Remote'));
    facades.set(this.#native, this);
    const self = this;
    this.#link = {
      turn: () => this.#turn(),
      inParallel: (call) => this.#inParallel(call),
      later: (call) => this.#native.afterEvents(call),
      chain: (operation) => this.#operations.chain(operation),
      get sctp() { return self.sctp; },
    };
    open.add(this);
  }

  static generateCertificate(keygenAlgorithm) {
    return Promise.resolve().then(() => {
      idl.required(arguments, 1, 'generateCertificate');
      return description.generateCertificate(keygenAlgorithm);
    });
  }

  // ---- Descriptions ----

  get localDescription() { return this.#local.newest; }
  get currentLocalDescription() { return this.#local.of('current'); }
  get pendingLocalDescription() { return this.#local.of('pending'); }
  get remoteDescription() { return this.#remote.newest; }
  get currentRemoteDescription() { return this.#remote.of('current'); }
  get pendingRemoteDescription() { return this.#remote.of('pending'); }

  get signalingState() { return this.#closed ? 'closed' : this.#signalingState; }
  get iceGatheringState() { return this.#native.state('iceGathering'); }
  get iceConnectionState() { return this.#closed ? 'closed' : this.#native.state('iceConnection'); }
  get connectionState() { return this.#closed ? 'closed' : this.#native.state('connection'); }
  get canTrickleIceCandidates() { return this.#native.canTrickle(); }

  /** A turn of the loop, and with it every event that waits. */
  #turn() {
    return new Promise((resolve) => this.#native.afterEvents(resolve));
  }
  // The end of the W3C's "in parallel": a task that does it, with its events, and then settles the promise.
  #inParallel(call) {
    return new Promise((resolve, reject) => {
      let settle = () => {};
      this.#native.inTask(() => {
        if (this.#closed) return;
        try {
          const result = call();
          settle = () => resolve(result);
        } catch (error) {
          settle = () => reject(translated(error));
        }
      }, () => {
        this.#signalingState = this.#native.state('signaling');
        settle();
      });
    });
  }

  async createOffer(options = {}) {
    const legacy = typeof options === 'function' || arguments.length >= 2;
    const given = legacy ? arguments[2] : options;
    const wish = offerOptions(given);
    return withCallbacks(arguments, 0, () => this.#createOffer(wish));
  }
  #createOffer(wish) {
    if (this.#closed) return Promise.reject(invalidState('createOffer: the connection is closed'));
    return this.#operations.chain(async () => {
      if (!['stable', 'have-local-offer'].includes(this.#signalingState)) {
        throw invalidState(`createOffer: the signaling state is ${this.#signalingState}`);
      }
      offerToReceive(this, 'audio', wish.offerToReceiveAudio);
      offerToReceive(this, 'video', wish.offerToReceiveVideo);
      const {type, sdp} = await this.#inParallel(() => this.#native.createOffer(wish.iceRestart));
      this.#lastOffer = sdp;
      return {type, sdp};
    });
  }

  async createAnswer(options = {}) {
    this.#native;
    return withCallbacks(arguments, 0, () => {
      if (this.#closed) return Promise.reject(invalidState('createAnswer: the connection is closed'));
      return this.#operations.chain(async () => {
        if (!['have-remote-offer', 'have-local-pranswer'].includes(this.#signalingState)) {
          throw invalidState(`createAnswer: the signaling state is ${this.#signalingState}`);
        }
        const {type, sdp} = await this.#inParallel(() => this.#native.createAnswer());
        this.#lastAnswer = sdp;
        return {type, sdp};
      });
    });
  }

  async setLocalDescription(localDescription = {}) {
    const {type, sdp} = description.toLocalDescription(localDescription);
    return withCallbacks(arguments, 1, () => this.#operations.chain(() => {
      if (type === 'rollback') this.#checkRollback('have-local-offer');
      const offers = ['stable', 'have-local-offer', 'have-remote-pranswer'].includes(this.#signalingState);
      const kind = type ?? (offers ? 'offer' : 'answer');
      return this.#inParallel(() => (type === undefined && sdp === '' ? this.#native.setLocalDescription()
        : this.#native.setLocalDescription(kind, sdp)));
    }));
  }

  async setRemoteDescription(remoteDescription) {
    this.#native;
    idl.required(arguments, 1, 'setRemoteDescription');
    const {type, sdp} = description.toDescription(remoteDescription);
    return withCallbacks(arguments, 1, () => this.#operations.chain(async () => {
      if (type === 'rollback') this.#checkRollback('have-remote-offer');
      // §4.4.1.5: an offer over our own rolls that back first, by way of stable; which stands, whatever the offer is.
      if (type === 'offer' && this.#signalingState === 'have-local-offer') {
        await this.#inParallel(() => this.#native.setLocalDescription('rollback', ''));
      }
      await this.#inParallel(() => this.#native.setRemoteDescription(type, sdp));
    }));
  }
  #checkRollback(state) {
    if (this.#signalingState !== state) throw invalidState(`rollback: the signaling state is ${this.#signalingState}`);
  }

  async addIceCandidate(candidate = {}) {
    const given = description.toCandidate(candidate ?? {});
    return withCallbacks(arguments, 1, () => this.#addIceCandidate(given));
  }
  #addIceCandidate(candidate) {
    if (candidate.candidate !== '' && candidate.sdpMid === null && candidate.sdpMLineIndex === null) {
      return Promise.reject(new TypeError('addIceCandidate: sdpMid or sdpMLineIndex must say which m-line it is of'));
    }
    return this.#operations.chain(async () => {
      if (!this.remoteDescription) throw invalidState('addIceCandidate: set the remote description first');
      await this.#inParallel(() => this.#native.addIceCandidate(candidate));
    });
  }

  restartIce() { this.#native.restartIce(); }

  // ---- Configuration ----

  getConfiguration() { return copyOf(this.#configuration); }
  setConfiguration(configuration = {}) {
    const old = this.#configuration;
    if (this.#closed) throw invalidState('setConfiguration: the connection is closed');
    const wish = toConfiguration(configuration);
    const same = (a, b) => a.length === b.length && a.every((each, i) => each === b[i]);
    const given = configuration?.certificates;
    if (given !== undefined && !same(wish.certificates, old.certificates)) {
      throw exception('InvalidModificationError', 'setConfiguration: certificates cannot change');
    }
    for (const name of ['bundlePolicy', 'rtcpMuxPolicy']) {
      if (wish[name] !== old[name]) throw exception('InvalidModificationError', `setConfiguration: ${name} cannot change`);
    }
    if (wish.iceCandidatePoolSize !== old.iceCandidatePoolSize && this.localDescription) {
      throw exception('InvalidModificationError', 'setConfiguration: candidates are gathered already');
    }
    attempt(() => this.#native.setConfiguration(toNative(wish, configuration)));
    this.#configuration = {...wish, certificates: old.certificates};
  }

  close() {
    if (this.#closed) return;
    const sctp = this.#sctp?.state === 'closed' ? null : this.#sctp;
    this.#native.close();
    this.#closed = true;
    // The one event behind close() that browsers have, and only who holds it can hear it.
    if (sctp) setTimeout(() => sctp[told]('statechange'), 0);
    this.#operations.close();
    for (const channel of this.#channels) closeWith(channel);
    open.delete(this);
  }

  // ---- Media ----

  #transceiver(object) {
    const made = rtp.transceiverOf(object, this.#link);
    this.#transceivers.set(object, made);  // keeps it
    return made;
  }
  getTransceivers() { return this.#native.transceivers().map((each) => this.#transceiver(each)); }
  // CollectSenders and CollectReceivers: of those that have not stopped.
  #going() { return this.getTransceivers().filter((each) => each.currentDirection !== 'stopped'); }
  getSenders() { return this.#going().map((each) => each.sender); }
  getReceivers() { return this.#going().map((each) => each.receiver); }

  addTrack(track, ...streams) {
    this.#native;
    idl.required(arguments, 1, 'addTrack');
    idl.instance(MediaStreamTrack)(track, 'addTrack');
    const ids = streams.map((each) => idl.instance(MediaStream)(each, 'addTrack').id);
    if (this.#closed) throw invalidState('addTrack: the connection is closed');
    const made = attempt(() => this.#native.addTrack(nativeTrack(track), [...new Set(ids)]));
    return rtp.withStreams(this.#transceiver(made).sender, ids);
  }

  removeTrack(sender) {
    this.#native;
    idl.required(arguments, 1, 'removeTrack');
    idl.instance(rtp.RTCRtpSender)(sender, 'removeTrack');
    if (this.#closed) throw invalidState('removeTrack: the connection is closed');
    if (rtp.connectionOf(sender) !== this.#link) throw exception('InvalidAccessError', 'removeTrack: a sender of another connection');
    attempt(() => this.#native.removeTrack(rtp.nativeOf(sender)));
  }

  addTransceiver(trackOrKind, init = {}) {
    this.#native;
    idl.required(arguments, 1, 'addTransceiver');
    const isTrack = trackOrKind instanceof MediaStreamTrack;
    const kind = isTrack ? trackOrKind.kind : idl.string(trackOrKind);
    const wish = rtp.transceiverInit(init);
    if (kind !== 'audio' && kind !== 'video') throw new TypeError(`addTransceiver: '${kind}' is neither a track nor "audio" or "video"`);
    rtp.checkRids(wish.sendEncodings);
    if (this.#closed) throw invalidState('addTransceiver: the connection is closed');
    const ids = [...new Set(wish.streams.map((each) => each.id))];
    const made = attempt(() => this.#native.addTransceiver(isTrack ? nativeTrack(trackOrKind) : kind, {...wish, streams: ids}));
    const transceiver = this.#transceiver(made);
    rtp.withStreams(transceiver.sender, ids);
    return transceiver;
  }

  // ---- Data ----

  get sctp() { return (this.#sctp = sctpOf(this.#native.sctp())); }

  createDataChannel(label, dataChannelDict = {}) {
    this.#native;
    idl.required(arguments, 1, 'createDataChannel');
    const name = idl.usvString(label);
    const init = channelInit(dataChannelDict);
    if (this.#closed) throw invalidState('createDataChannel: the connection is closed');
    checkChannel(name, init);
    return this.#channel(attempt(() => this.#native.createDataChannel(name, init)));
  }
  #channel(object) {
    const channel = channelOf(object, this.#link);
    this.#channels.add(channel);
    channel.addEventListener('close', () => this.#channels.delete(channel), {once: true});
    return channel;
  }

  // ---- Statistics ----

  async getStats(selector = null) {
    const track = idl.nullable(idl.instance(MediaStreamTrack))(selector, 'getStats');
    if (track) {
      const holders = [...this.getSenders(), ...this.getReceivers()].filter((each) => each.track === track);
      if (holders.length !== 1) throw exception('InvalidAccessError', 'getStats: the track is not of exactly one sender or receiver');
    }
    await this.#turn();
    return reportOf(attempt(() => this.#native.getStats(track && nativeTrack(track))));
  }

  // ---- Events ----

  // §4.7.3: a task of its own, and not while operations wait: the chain looks again when it is empty.
  #negotiationNeeded() {
    this.#native.afterEvents(() => {
      if (this.#closed) return;
      if (!this.#operations.empty) {
        this.#askWhenEmpty = true;
        return;
      }
      if (this.#signalingState !== 'stable' || !this.#native.negotiationNeeded()) return;
      this.dispatchEvent(new Event('negotiationneeded'));
    });
  }
  #emptied() {
    if (!this.#askWhenEmpty) return;
    this.#askWhenEmpty = false;
    this.#negotiationNeeded();
  }

  [told](type, ...args) {
    if (this.#closed) return;
    const [first, second] = args;
    switch (type) {
      case 'negotiationneeded':
        this.#negotiationNeeded();
        return;
      case 'signalingstatechange':
        this.#signalingState = this.#native.state('signaling');
        break;
      case 'icecandidate': {
        const candidate = first && new RTCIceCandidate(first);
        this.dispatchEvent(new events.RTCPeerConnectionIceEvent(type, {candidate, url: first?.url}));
        return;
      }
      case 'icecandidateerror':
        this.dispatchEvent(new events.RTCPeerConnectionIceErrorEvent(type, first));
        return;
      case 'track': {
        const transceiver = this.#transceiver(first);
        const {receiver} = transceiver;
        const streams = second.map(streamOf);
        const added = streams.filter((stream) => !this.#streams.has(stream));
        for (const stream of added) this.#streams.add(stream);
        this.dispatchEvent(new events.RTCTrackEvent(type, {receiver, track: receiver.track, streams, transceiver}));
        for (const stream of added) this.dispatchEvent(new events.MediaStreamEvent('addstream', {stream}));
        return;
      }
      case 'datachannel':
        this.dispatchEvent(new events.RTCDataChannelEvent(type, {channel: this.#channel(first)}));
        return;
    }
    this.dispatchEvent(new Event(type));
  }

  static { statsOf = (pc) => pc.#native.getStats(); }
}
exposed(RTCPeerConnection);
handlers(RTCPeerConnection, [
  'negotiationneeded', 'icecandidate', 'icecandidateerror', 'signalingstatechange', 'iceconnectionstatechange',
  'icegatheringstatechange', 'connectionstatechange', 'track', 'datachannel', 'addstream',
]);

module.exports = {
  RTCPeerConnection,
  /** What getStats() would promise, at once: a list of dictionaries. */
  statsOf: (pc) => statsOf(pc),
};
