'use strict';
// RTCConfiguration (webrtc-pc §4.2): conversion, and the checks that need no connection.
const idl = require('./webidl.cjs');
const {exception} = require('./errors.cjs');
const {RTCCertificate, nativeCertificate} = require('./description.cjs');

// One URL is a list of one, as browsers have it.
const urls = (value, what) => {
  const list = typeof value === 'object' && value !== null && typeof value[Symbol.iterator] === 'function';
  return list ? idl.sequence(idl.usvString)(value, what) : [idl.usvString(value, what)];
};
const server = idl.dictionary('RTCIceServer', {
  urls: {type: urls, required: true}, username: idl.string, credential: idl.string,
});
const dictionary = idl.dictionary('RTCConfiguration', {
  iceServers: {type: idl.sequence(server), default: () => []},
  iceTransportPolicy: {type: idl.enumeration('RTCIceTransportPolicy', ['relay', 'all']), default: 'all'},
  bundlePolicy: {type: idl.enumeration('RTCBundlePolicy', ['balanced', 'max-compat', 'max-bundle']), default: 'balanced'},
  rtcpMuxPolicy: {type: idl.enumeration('RTCRtcpMuxPolicy', ['negotiate', 'require']), default: 'require'},
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

// RFC 7064 §3.1, RFC 7065 §3.1.
const kUrl = /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[^:/?#[\]@\s]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/i;

// webrtc-pc §4.4.1.1, "validate an ICE server".
function checkServer({urls: list, username, credential}) {
  if (list.length === 0) throw exception('SyntaxError', 'iceServers: urls is empty');
  for (const url of list) {
    const [, scheme, , , query] = kUrl.exec(url) ?? [];
    if (!scheme || (query && /^stun/i.test(scheme))) throw exception('SyntaxError', `iceServers: '${url}' is no STUN or TURN URL`);
    if (/^turn/i.test(scheme) && (username === undefined || credential === undefined)) {
      throw exception('InvalidAccessError', `iceServers: ${url} needs username and credential`);
    }
    // RFC 8489 §14.3: fewer than 509 bytes; browsers take 509.
    if (/^turn/i.test(scheme) && new TextEncoder().encode(username).length > 509) {
      throw exception('InvalidAccessError', 'iceServers: a username has 509 bytes at most');
    }
  }
}

// An empty user name or password is taken, and authenticates nobody (RFC 8489 §9.2): such a server is not asked.
const usable = ({urls: [first], username, credential}) => !/^turn/i.test(first) || (username !== '' && credential !== '');

/** As the addon wants it. */
function toNative(configuration, value) {
  return {
    ...extras(value),
    ...configuration,
    iceServers: configuration.iceServers.filter(usable),
    certificates: configuration.certificates.map(nativeCertificate),
  };
}

/** A copy for a page: its own objects. */
function copyOf(configuration) {
  return {
    ...configuration,
    iceServers: configuration.iceServers.map((each) => ({...each, urls: [...each.urls]})),
    certificates: [...configuration.certificates],
  };
}

module.exports = {toConfiguration, toNative, copyOf};
