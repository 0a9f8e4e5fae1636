'use strict';
// RTCIceTransport, RTCDtlsTransport and RTCSctpTransport (webrtc-pc §5.5, §5.6, §6.1).
const {Event, EventTarget} = require('./env.cjs');
const {exposed, facadeOf, handlers, illegal, internal, told} = require('./interface.cjs');
const {RTCError} = require('./errors.cjs');
const {RTCErrorEvent} = require('./events.cjs');
const {RTCIceCandidate} = require('./description.cjs');

const candidateOf = (init) => new RTCIceCandidate(
  init.sdpMid === null && init.sdpMLineIndex === null ? {...init, sdpMid: ''} : init);

class RTCIceCandidatePair {
  #local;
  #remote;
  constructor() {
    illegal(arguments[0]);
    this.#local = candidateOf(arguments[1].local);
    this.#remote = candidateOf(arguments[1].remote);
  }
  get local() { return this.#local; }
  get remote() { return this.#remote; }
}
exposed(RTCIceCandidatePair);

class RTCIceTransport extends EventTarget {
  #native;
  #pair = null;
  #pairText = '';
  constructor() {
    illegal(arguments[0]);
    super();
    this.#native = arguments[1];
  }
  get role() { return this.#native.get('role'); }
  get component() { return this.#native.get('component'); }
  get state() { return this.#native.get('state'); }
  get gatheringState() { return this.#native.get('gatheringState'); }
  getLocalCandidates() { return this.#native.get('localCandidates').map(candidateOf); }
  getRemoteCandidates() { return this.#native.get('remoteCandidates').map(candidateOf); }
  getSelectedCandidatePair() {
    const pair = this.#native.get('selectedCandidatePair');
    if (!pair || this.state === 'closed') return null;
    const text = `${pair.local.candidate} ${pair.remote.candidate}`;
    if (text !== this.#pairText) {
      this.#pairText = text;
      this.#pair = new RTCIceCandidatePair(internal, pair);
    }
    return this.#pair;
  }
  getLocalParameters() { return this.#native.get('localParameters'); }
  getRemoteParameters() { return this.#native.get('remoteParameters'); }
  [told](type) { this.dispatchEvent(new Event(type)); }
}
exposed(RTCIceTransport);
handlers(RTCIceTransport, ['statechange', 'gatheringstatechange', 'selectedcandidatepairchange']);

class RTCDtlsTransport extends EventTarget {
  #native;
  #iceTransport;
  constructor() {
    illegal(arguments[0]);
    super();
    this.#native = arguments[1];
    this.#iceTransport = facadeOf(this.#native.iceTransport(), (object) => new RTCIceTransport(internal, object));
  }
  get iceTransport() { return this.#iceTransport; }
  get state() { return this.#native.state(); }
  getRemoteCertificates() { return this.#native.remoteCertificates(); }
  [told](type, error) {
    if (type === 'error') {
      this.dispatchEvent(new RTCErrorEvent('error', {error: new RTCError(error, error.message)}));
    } else {
      this.dispatchEvent(new Event(type));
    }
  }
}
exposed(RTCDtlsTransport);
handlers(RTCDtlsTransport, ['statechange', 'error']);
const dtlsOf = (object) => facadeOf(object, () => new RTCDtlsTransport(internal, object));

class RTCSctpTransport extends EventTarget {
  #native;
  #transport;  // held, so that it stays the same object
  constructor() {
    illegal(arguments[0]);
    super();
    this.#native = arguments[1];
  }
  get transport() { return (this.#transport = dtlsOf(this.#native.transport())); }
  get state() { return this.#native.state(); }
  get maxMessageSize() { return this.#native.maxMessageSize(); }
  get maxChannels() { return this.#native.maxChannels(); }
  [told](type) { this.dispatchEvent(new Event(type)); }
}
exposed(RTCSctpTransport);
handlers(RTCSctpTransport, ['statechange']);
const sctpOf = (object) => facadeOf(object, () => new RTCSctpTransport(internal, object));

module.exports = {RTCIceCandidatePair, RTCIceTransport, RTCDtlsTransport, RTCSctpTransport, dtlsOf, sctpOf};
