'use strict';
// The events of webrtc-pc and of Media Capture and Streams.
const {Event} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed} = require('./interface.cjs');
const {RTCError} = require('./errors.cjs');
const {RTCIceCandidate} = require('./description.cjs');

const eventInit = {bubbles: idl.boolean, cancelable: idl.boolean, composed: idl.boolean};

/** An event class whose init dictionary has `members`; each is an attribute, `null` where it is absent. */
function eventClass(name, members, {required = false, absent = {}} = {}) {
  const convert = idl.dictionary(`${name}Init`, {...eventInit, ...members()});
  const slots = new WeakMap();
  const Class = {[name]: class extends Event {
    constructor(type, eventInitDict) {
      idl.required(arguments, required ? 2 : 1, name);
      const init = convert(eventInitDict);
      super(idl.string(type), init);
      slots.set(this, init);
    }
  }}[name];
  Object.defineProperty(Class, 'length', {value: required ? 2 : 1});
  for (const key of Object.keys(members())) {
    const property = Object.getOwnPropertyDescriptor({get [key]() {
      const init = slots.get(this);
      if (!init) throw new TypeError(`${key}: not of type ${name}`);
      return init[key] ?? absent[key] ?? null;
    }}, key);
    Object.defineProperty(Class.prototype, key, property);
  }
  return exposed(Class, name);
}

const nullable = idl.nullable;
// Classes that need these events themselves are asked for when an event is made.
const late = (module, name) => (value, what) => idl.instance(require(module)[name], name)(value, what);

const RTCPeerConnectionIceEvent = eventClass('RTCPeerConnectionIceEvent', () => ({
  candidate: nullable(idl.instance(RTCIceCandidate)), url: nullable(idl.usvString),
}));

const RTCPeerConnectionIceErrorEvent = eventClass('RTCPeerConnectionIceErrorEvent', () => ({
  address: nullable(idl.string),
  port: nullable(idl.unsignedShort),
  url: {type: idl.usvString, default: ''},
  errorCode: {type: idl.unsignedShort, required: true},
  errorText: {type: idl.usvString, default: ''},
}), {required: true});

const streams = (value, what) => Object.freeze(idl.sequence(late('./media.cjs', 'MediaStream'))(value, what));
const RTCTrackEvent = eventClass('RTCTrackEvent', () => ({
  receiver: {type: late('./rtp.cjs', 'RTCRtpReceiver'), required: true},
  track: {type: late('./media.cjs', 'MediaStreamTrack'), required: true},
  streams: {type: streams, default: () => Object.freeze([])},
  transceiver: {type: late('./rtp.cjs', 'RTCRtpTransceiver'), required: true},
}), {required: true});

const RTCDataChannelEvent = eventClass('RTCDataChannelEvent', () => ({
  channel: {type: late('./data_channel.cjs', 'RTCDataChannel'), required: true},
}), {required: true});

const RTCDTMFToneChangeEvent = eventClass('RTCDTMFToneChangeEvent', () => ({tone: {type: idl.string, default: ''}}));

const RTCErrorEvent = eventClass('RTCErrorEvent', () => ({
  error: {type: idl.instance(RTCError), required: true},
}), {required: true});

const MediaStreamTrackEvent = eventClass('MediaStreamTrackEvent', () => ({
  track: {type: late('./media.cjs', 'MediaStreamTrack'), required: true},
}), {required: true});

// Of before tracks had transceivers; browsers still have it.
const MediaStreamEvent = eventClass('MediaStreamEvent', () => ({stream: late('./media.cjs', 'MediaStream')}));

module.exports = {
  MediaStreamEvent,
  RTCPeerConnectionIceEvent, RTCPeerConnectionIceErrorEvent, RTCTrackEvent, RTCDataChannelEvent, RTCDTMFToneChangeEvent,
  RTCErrorEvent, MediaStreamTrackEvent,
};
