'use strict';
// RTCConfiguration (webrtc-pc §4.2): conversion, and the checks that need no connection.
const idl = require('./webidl.cjs');
const {exception} = require('./errors.cjs');
const {RTCCertificate, nativeCertificate} = require('./description.cjs');

const urls = (value, what) => {
  const list = typeof value === 'object' && value !== null && typeof value[Symbol.iterator] === 'function';
  return list ? idl.sequence(idl.usvString)(value, what) : idl.usvString(value, what);
};
const server = idl.dictionary('RTCIceServer', {
  urls: {type: urls, required: true}, username: idl.string, credential: idl.string,
});
const dictionary = idl.dictionary('RTCConfiguration', {
  iceServers: {type: idl.sequence(server), default: () => []},
  iceTransportPolicy: {type: idl.enumeration('RTCIceTransportPolicy', ['relay', 'all']), default: 'all'},
  bundlePolicy: {type: idl.enumeration('RTCBundlePolicy', ['balanced', 'max-compat', 'max-bundle']), default: 'balanced'},
  rtcpMuxPolicy: {type: idl.enumeration('RTCRtcpMuxPolicy', ['require']), default: 'require'},
  certificates: {type: idl.sequence(idl.instance(RTCCertificate)), default: () => []},
  iceCandidatePoolSize: {type: idl.octet.enforce, default: 0},
});

// Ours, beside the W3C's: what net::DriverConfig and the C++ RTCConfiguration have.
const extras = idl.dictionary('RTCConfiguration', {
  includeLoopback: idl.boolean, ipv6: idl.boolean, interfaces: idl.sequence(idl.string), videoBitrate: idl.unsignedLong,
  mdnsNames: idl.boolean, strictSdp: idl.boolean,
});

function toConfiguration(value) {
  const out = dictionary(value);
  for (const each of out.iceServers) checkServer(each);
  const now = Date.now();
  if (out.certificates.some((certificate) => certificate.expires <= now)) {
    throw exception('InvalidAccessError', 'a certificate has expired');
  }
  return out;
}

// webrtc-pc §4.4.1.1, "validate an ICE server".
function checkServer({urls: given, username, credential}) {
  const list = [].concat(given);
  if (list.length === 0) throw exception('SyntaxError', 'iceServers: urls is empty');
  for (const url of list) {
    const scheme = /^([a-z]+):/i.exec(url)?.[1].toLowerCase();
    if (!['stun', 'stuns', 'turn', 'turns'].includes(scheme)) throw exception('SyntaxError', `iceServers: '${url}' is no STUN or TURN URL`);
    if (!scheme.startsWith('turn')) continue;
    if (username === undefined || credential === undefined) {
      throw exception('InvalidAccessError', `iceServers: ${url} needs username and credential`);
    }
    if (new TextEncoder().encode(username).length > 508) throw exception('InvalidAccessError', 'iceServers: a username has 508 bytes at most');
  }
}

/** As the addon wants it. */
function toNative(configuration, value) {
  return {
    ...extras(value),
    ...configuration,
    iceServers: configuration.iceServers.map((each) => ({...each, urls: [].concat(each.urls)})),
    certificates: configuration.certificates.map(nativeCertificate),
  };
}

/** A copy for a page: its own objects. */
function copyOf(configuration) {
  return {
    ...configuration,
    iceServers: configuration.iceServers.map((each) => ({...each, urls: Array.isArray(each.urls) ? [...each.urls] : each.urls})),
    certificates: [...configuration.certificates],
  };
}

module.exports = {toConfiguration, toNative, copyOf};
