'use strict';
const {DOMException} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed} = require('./interface.cjs');

const detail = idl.enumeration('RTCErrorDetailType', [
  'data-channel-failure', 'dtls-failure', 'fingerprint-failure', 'sctp-failure', 'sdp-syntax-error',
  'hardware-encoder-not-available', 'hardware-encoder-error',
]);
const init = idl.dictionary('RTCErrorInit', {
  errorDetail: {type: detail, required: true},
  sdpLineNumber: idl.long,
  sctpCauseCode: idl.long,
  receivedAlert: idl.unsignedLong,
  sentAlert: idl.unsignedLong,
});

// W3C webrtc-pc §11.2.
class RTCError extends DOMException {
  #init;
  constructor(rtcErrorInit, message = '') {
    idl.required(arguments, 1, 'RTCError');
    const converted = init(rtcErrorInit);
    super(idl.string(message), 'OperationError');
    // jsdom's DOMException makes an object of its own prototype.
    if (Object.getPrototypeOf(this) !== new.target.prototype) Object.setPrototypeOf(this, new.target.prototype);
    this.#init = converted;
  }
  get errorDetail() { return this.#init.errorDetail; }
  get sdpLineNumber() { return this.#init.sdpLineNumber ?? null; }
  get sctpCauseCode() { return this.#init.sctpCauseCode ?? null; }
  get receivedAlert() { return this.#init.receivedAlert ?? null; }
  get sentAlert() { return this.#init.sentAlert ?? null; }
}
exposed(RTCError);

const exception = (name, message) => new DOMException(message, name);
const invalidState = (message) => exception('InvalidStateError', message);

const kNames = new Set([
  'InvalidStateError', 'InvalidAccessError', 'InvalidModificationError', 'OperationError', 'NotSupportedError',
  'NotFoundError', 'NotReadableError', 'SyntaxError', 'NetworkError', 'InvalidCharacterError',
]);

/** An error of the addon's, in the W3C's words; `others` renames one of them. */
function translated(error, others = {}) {
  if (!error || typeof error.code !== 'string') return error;
  const name = others[error.code] ?? error.code;
  if (name === 'TypeError') return new TypeError(error.message);
  if (name === 'RangeError') return new RangeError(error.message);
  // An attribute whose value is none is content that is invalid, and no line that cannot be read (§4.4.1.5).
  if (error.rtcError && /a=ice-(ufrag|pwd):/.test(error.message)) return exception('InvalidAccessError', error.message);
  if (error.rtcError) return new RTCError(error.rtcError, error.message);
  // What is not misuse of the API (bytes that cannot be read, a bound of ours).
  return exception(kNames.has(name) ? name : 'OperationError', error.message);
}

/** Calls into the addon. */
function attempt(call, others) {
  try {
    return call();
  } catch (error) {
    throw translated(error, others);
  }
}

module.exports = {RTCError, exception, invalidState, translated, attempt};
