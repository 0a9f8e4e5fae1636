'use strict';
// Descriptions, candidates and certificates: what signalling carries (webrtc-pc §4.7, §4.8, §4.9).
const {native} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, illegal, internal} = require('./interface.cjs');
const {attempt} = require('./errors.cjs');

const sdpType = idl.enumeration('RTCSdpType', ['offer', 'pranswer', 'answer', 'rollback']);
const toDescription = idl.dictionary('RTCSessionDescriptionInit', {
  type: {type: sdpType, required: true}, sdp: {type: idl.string, default: ''},
});
const toLocalDescription = idl.dictionary('RTCLocalSessionDescriptionInit', {
  type: sdpType, sdp: {type: idl.string, default: ''},
});

class RTCSessionDescription {
  #type;
  #sdp;
  constructor(descriptionInitDict) {
    idl.required(arguments, 1, 'RTCSessionDescription');
    ({type: this.#type, sdp: this.#sdp} = toDescription(descriptionInitDict));
  }
  get type() { return this.#type; }
  get sdp() { return this.#sdp; }
  toJSON() { return {type: this.#type, sdp: this.#sdp}; }
}
exposed(RTCSessionDescription);

/** One side's descriptions: the same object for the same description, which moves from pending to current. */
class Descriptions {
  #read;
  #known = [];
  /** `read` gives what the addon has as 'pending' or 'current'. */
  constructor(read) { this.#read = read; }
  of(which) {
    const now = this.#read(which);
    if (!now) return null;
    const known = this.#known.find((each) => each.type === now.type && each.sdp === now.sdp);
    if (known) return known;
    const made = new RTCSessionDescription(now);
    this.#known = [made, ...this.#known].slice(0, 2);
    return made;
  }
  get newest() { return this.of('pending') ?? this.of('current'); }
}

const candidateMembers = {
  candidate: {type: idl.string, default: ''},
  sdpMid: {type: idl.nullable(idl.string), default: null},
  sdpMLineIndex: {type: idl.nullable(idl.unsignedShort), default: null},
  usernameFragment: {type: idl.nullable(idl.string), default: null},
};
const toCandidate = idl.dictionary('RTCIceCandidateInit', candidateMembers);
const toLocalCandidate = idl.dictionary('RTCLocalIceCandidateInit', {
  ...candidateMembers,
  relayProtocol: {type: idl.nullable(idl.enumeration('RTCIceServerTransportProtocol', ['udp', 'tcp', 'tls'])), default: null},
  url: {type: idl.nullable(idl.usvString), default: null},
});

class RTCIceCandidate {
  #init;
  #parsed;
  constructor(candidateInitDict = {}) {
    this.#init = toLocalCandidate(candidateInitDict);
    if (this.#init.sdpMid === null && this.#init.sdpMLineIndex === null) {
      throw new TypeError('RTCIceCandidate: sdpMid or sdpMLineIndex must say which m-line it is of');
    }
  }
  // What the line says is read when it is asked for first.
  #line() { return (this.#parsed ??= native.parseCandidate(this.#init.candidate)); }
  get candidate() { return this.#init.candidate; }
  get sdpMid() { return this.#init.sdpMid; }
  get sdpMLineIndex() { return this.#init.sdpMLineIndex; }
  get foundation() { return this.#line().foundation; }
  get component() { return this.#line().component; }
  get priority() { return this.#line().priority; }
  get address() { return this.#line().address; }
  get protocol() { return this.#line().protocol; }
  get port() { return this.#line().port; }
  get type() { return this.#line().type; }
  get tcpType() { return this.#line().tcpType; }
  // A name is none to the stack, which asks nobody for it.
  get relatedAddress() {
    const line = this.#line();
    return line.relatedAddress ?? (line.foundation && (/ raddr (\S+)/.exec(this.candidate)?.[1] ?? null));
  }
  get relatedPort() {
    const line = this.#line();
    const text = line.foundation && / rport (\d+)/.exec(this.candidate)?.[1];
    return line.relatedPort ?? (text ? Number(text) : null);
  }
  get usernameFragment() { return this.#init.usernameFragment; }
  get relayProtocol() { return this.#init.relayProtocol; }
  get url() { return this.#init.url; }
  toJSON() {
    const {candidate, sdpMid, sdpMLineIndex, usernameFragment} = this.#init;
    return {candidate, sdpMid, sdpMLineIndex, usernameFragment};
  }
}
exposed(RTCIceCandidate);

const certificates = new WeakMap();  // ours -> the addon's

class RTCCertificate {
  #native;
  constructor() {
    illegal(arguments[0]);
    this.#native = arguments[1];
    certificates.set(this, this.#native);
  }
  get expires() { return this.#native.expires(); }
  // By the hash that descriptions have.
  getFingerprints() { return this.#native.fingerprints().slice(0, 1); }
}
exposed(RTCCertificate);
const certificateOf = (object) => new RTCCertificate(internal, object);
const nativeCertificate = (certificate) => certificates.get(certificate);

const algorithmMembers = {
  name: {type: idl.string, required: true},
  namedCurve: idl.string,
  modulusLength: idl.unsignedLong.enforce,
  publicExponent: idl.any,
  hash: (value, what) => (typeof value === 'object' ? idl.string(value?.name, what) : idl.string(value, what)),
};
const toAlgorithm = idl.dictionary('AlgorithmIdentifier', algorithmMembers);
const toExpiration = idl.dictionary('RTCCertificateExpiration', {expires: idl.unsignedLongLong.enforce});

// W3C webrtc-pc §4.9.1: a key that cannot be had is a NotSupportedError, a value that makes no sense a TypeError or an
// OperationError, as Web Crypto says.
function generateCertificate(keygenAlgorithm) {
  const object = typeof keygenAlgorithm === 'object' && keygenAlgorithm !== null;
  const given = object ? toAlgorithm(keygenAlgorithm) : {name: idl.string(keygenAlgorithm)};
  const {expires} = object ? toExpiration(keygenAlgorithm) : {};
  const name = {ecdsa: 'ECDSA', 'rsassa-pkcs1-v1_5': 'RSASSA-PKCS1-v1_5', ed25519: 'Ed25519'}[given.name.toLowerCase()];
  const wish = {name: name ?? given.name, expires};
  if (name === 'ECDSA') wish.namedCurve = given.namedCurve ?? '';
  if (name === 'RSASSA-PKCS1-v1_5') {
    wish.modulusLength = given.modulusLength ?? 0;
    wish.hash = given.hash ?? '';
    const exponent = given.publicExponent;
    const usual = exponent && exponent.length === 3 && exponent[0] === 1 && exponent[1] === 0 && exponent[2] === 1;
    if (!usual) wish.name = 'RSASSA-PKCS1-v1_5 with another exponent than 65537';
  }
  return certificateOf(attempt(() => native.generateCertificate(wish)));
}

module.exports = {
  RTCSessionDescription, Descriptions, RTCIceCandidate, RTCCertificate, toDescription, toLocalDescription, toCandidate,
  certificateOf, nativeCertificate, generateCertificate,
};
