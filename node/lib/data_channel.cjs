'use strict';
// RTCDataChannel (webrtc-pc §6.2).
const {Event, EventTarget, Blob, MessageEvent} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, facadeOf, handlerOf, handlers, illegal, internal, told} = require('./interface.cjs');
const {RTCError, invalidState, translated} = require('./errors.cjs');
const {RTCErrorEvent} = require('./events.cjs');
const {Outbox, heard} = require('./slabs.cjs');
const {dispatch, hasOne} = require('./channel_message.cjs');

// Channels whose events may still come; nobody else need hold them.
const open = new Set();
const encoder = new TextEncoder();

const channelInit = idl.dictionary('RTCDataChannelInit', {
  ordered: {type: idl.boolean, default: true},
  maxPacketLifeTime: idl.unsignedShort.enforce,
  maxRetransmits: idl.unsignedShort.enforce,
  protocol: {type: idl.usvString, default: ''},
  negotiated: {type: idl.boolean, default: false},
  id: idl.unsignedShort.enforce,
  priority: idl.enumeration('RTCPriorityType', ['very-low', 'low', 'medium', 'high']),
});
/** createDataChannel's checks (webrtc-pc §6.1), but for those that need the connection. */
function checkChannel(label, init) {
  const length = (text) => encoder.encode(text).length;
  if (length(label) > 65535) throw new TypeError('createDataChannel: the label has more than 65535 bytes');
  if (length(init.protocol) > 65535) throw new TypeError('createDataChannel: the protocol has more than 65535 bytes');
  if (init.negotiated && init.id === undefined) throw new TypeError('createDataChannel: negotiated channels need an id');
  if (init.maxPacketLifeTime !== undefined && init.maxRetransmits !== undefined) {
    throw new TypeError('createDataChannel: either maxPacketLifeTime or maxRetransmits');
  }
  if (!init.negotiated) delete init.id;
  if (init.id === 65535) throw new TypeError('createDataChannel: an id is at most 65534');
}

let closeWith;
const isBlob = (value) => value instanceof Blob || value instanceof globalThis.Blob;
const isBuffer = (value) => Object.prototype.toString.call(value) === '[object ArrayBuffer]' ||
  Object.prototype.toString.call(value) === '[object SharedArrayBuffer]';

class RTCDataChannel extends EventTarget {
  #native;
  #settings;
  #binaryType = 'arraybuffer';
  #lowThreshold = 0;
  #readyState = 'connecting';
  #waiting = [];      // behind a Blob that is being read
  #waitingBytes = 0;  // of those, and of what close() has left
  #closing = false;   // close() was called while something waited
  #connection;        // keeps it
  #outbox;

  constructor() {
    illegal(arguments[0]);
    super();
    this.#native = arguments[1];
    this.#connection = arguments[2];
    this.#outbox = new Outbox(this.#native);
    this.#settings = this.#native.settings();
    this.#readyState = this.#native.readyState();
    if (this.#readyState !== 'closed') open.add(this);
  }

  get label() { return this.#settings.label; }
  get ordered() { return this.#settings.ordered; }
  get maxPacketLifeTime() { return this.#settings.maxPacketLifeTime; }
  get maxRetransmits() { return this.#settings.maxRetransmits; }
  get protocol() { return this.#settings.protocol; }
  get negotiated() { return this.#settings.negotiated; }
  get id() { return this.#native.id(); }
  get readyState() { return this.#readyState; }
  get bufferedAmount() { return this.#native.bufferedAmount() + this.#waitingBytes; }
  get bufferedAmountLowThreshold() { return this.#lowThreshold; }
  set bufferedAmountLowThreshold(value) {
    this.#lowThreshold = idl.unsignedLong.enforce(value, 'bufferedAmountLowThreshold');
    this.#native.setLowThreshold(this.#lowThreshold);
  }
  get binaryType() { return this.#binaryType; }
  set binaryType(value) {
    const text = idl.string(value);
    if (!(this instanceof RTCDataChannel)) throw new TypeError('not an RTCDataChannel');
    if (text === 'blob' || text === 'arraybuffer') this.#binaryType = text;
  }

  send(data) {
    this.#settings;  // of this type, before anything else
    idl.required(arguments, 1, 'send');
    let message = data;
    let size;
    let blob = false;
    if (typeof data === 'string') {  // the commonest first: each question below costs more
      message = idl.usvString(data);
    } else if (ArrayBuffer.isView(data) || isBuffer(data)) {
      size = data.byteLength;
    } else if ((blob = isBlob(data))) {
      size = data.size;
    } else {
      message = idl.usvString(data);
    }
    if (this.#readyState === 'open' && this.#waiting.length === 0 && this.#gathered(message)) return;
    if (this.#readyState !== 'open') throw invalidState(`send: the channel is ${this.#readyState}`);
    if (typeof message === 'string' && this.#waiting.length) size = encoder.encode(message).length;
    if (blob || this.#waiting.length) return this.#wait(message, size);
    this.#sendNow(message);
  }

  /** A small one waits for the next drain, with others. */
  #gathered(message) {
    if (!(message instanceof Uint8Array)) return false;
    try {
      return this.#outbox.put(message);
    } catch (error) {
      throw translated(error);
    }
  }

  #sendNow(message) {
    try {
      if (typeof message === 'string') this.#native.send(message);
      else if (ArrayBuffer.isView(message)) this.#native.send(message.buffer, message.byteOffset, message.byteLength);
      else this.#native.send(message, 0, message.byteLength);
    } catch (error) {
      throw translated(error);
    }
  }

  // A Blob is read first; what comes after it keeps its place. What may be changed meanwhile is copied.
  #wait(message, size) {
    const most = this.#connection?.sctp?.maxMessageSize;
    if (most && size > most) throw new TypeError(`send: ${size} bytes are more than the far end takes, ${most}`);
    const entry = {size};
    if (isBlob(message)) entry.blob = message;
    else if (typeof message === 'string') entry.message = message;
    else if (isBuffer(message)) entry.message = message.slice(0);
    else entry.message = message.buffer.slice(message.byteOffset, message.byteOffset + message.byteLength);
    this.#waiting.push(entry);
    this.#waitingBytes += size;
    if (this.#waiting.length === 1) this.#sendWaiting();
  }

  async #sendWaiting() {
    while (this.#waiting.length) {
      const [entry] = this.#waiting;
      try {
        if (entry.blob) entry.message = await bytesOf(entry.blob);
        if (this.#readyState !== 'closed' && this.#native.readyState() === 'open') {
          this.#sendNow(entry.message);
          this.#waitingBytes -= entry.size;
        }
      } catch (error) {
        this.#fail('data-channel-failure', error.message);
      }
      this.#waiting.shift();
    }
    if (this.#closing) this.#native.close();
  }

  close() {
    if (this.#readyState === 'closing' || this.#readyState === 'closed') return;
    this.#readyState = 'closing';
    if (this.#waiting.length) this.#closing = true;
    else this.#native.close();
  }

  #fail(errorDetail, message) {
    this.dispatchEvent(new RTCErrorEvent('error', {error: new RTCError({errorDetail}, message)}));
  }

  [heard](data) {
    if (this.#readyState === 'closed') return;
    const made = typeof data === 'string' || this.#binaryType === 'arraybuffer' ? data : new Blob([data]);
    const handler = handlerOf(this, 'message');
    if (typeof handler === 'function' && hasOne(this)) dispatch(this, handler, made);
    else this.dispatchEvent(new MessageEvent('message', {data: made}));
  }

  [told](type, data) {
    switch (type) {
      case 'message':
        this[heard](data);
        return;
      case 'open':
        // One of the far end's is open when it is told of (§6.2.2), and close() may have been called since.
        if (this.#readyState !== 'connecting' && this.#readyState !== 'open') return;
        this.#readyState = 'open';
        break;
      case 'closing':
        if (this.#readyState === 'closed') return;
        this.#readyState = 'closing';
        break;
      case 'close':
        this.#readyState = 'closed';
        open.delete(this);
        break;
      case 'error':
        this.dispatchEvent(new RTCErrorEvent('error', {error: new RTCError(data, data.message)}));
        return;
    }
    this.dispatchEvent(new Event(type));
  }

  /** The connection was closed: closed without an event (webrtc-pc §4.4.1.10). */
  static {
    closeWith = (channel) => {
      channel.#readyState = 'closed';
      open.delete(channel);
    };
  }
}
exposed(RTCDataChannel);
handlers(RTCDataChannel, ['open', 'bufferedamountlow', 'error', 'closing', 'close', 'message']);

// jsdom's Blob has no arrayBuffer().
async function bytesOf(blob) {
  if (blob.arrayBuffer) return blob.arrayBuffer();
  return require('./env.cjs').readBlob(blob);
}

const channelOf = (object, connection) => facadeOf(object, () => new RTCDataChannel(internal, object, connection));

module.exports = {RTCDataChannel, channelInit, checkChannel, channelOf, closeWith: (channel) => closeWith(channel)};
