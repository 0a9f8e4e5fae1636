'use strict';
// Small messages between channels and the addon, many for one call into it or from it: in memory that both see
// (addon/message_slabs.h).
const env = require('./env.cjs');
const {facades} = require('./interface.cjs');

// Words: how many messages there are; of what came, how many were told, of what is to be sent, the batch's number.
const [kCount, kState, kSizes] = [0, 1, 3];
const kBatchUnit = 2 ** 20;  // addon/channel.cc

/** The method by which a channel hears of bytes: an ArrayBuffer of its own. */
const heard = Symbol('heard');

// HTML §8.1.7.3: what a message's handler has queued runs before the next message. Node does so between timers by the
// same function. Where it is not there, messages are told one by one, each by a call from the addon.
const {checkpoint} = env;

function deliver(object, from, count) {
  const channel = facades.get(object);
  let at = kBytesAt;
  for (let i = 0; i < from; ++i) at += inWords[kSizes + i];
  for (let i = from; i < count; ++i) {
    const end = at + inWords[kSizes + i];
    inWords[kState] = i + 1;
    channel?.[heard](incoming.slice(at, end));
    at = end;
    if (i + 1 === count) return;  // whoever has called us does so
    try {
      checkpoint();
    } catch (error) {
      env.native.uncaught(error);
    }
  }
}

const {incoming, outgoing, small, most} = env.native.shareMessages(checkpoint ? deliver : undefined);
const kBytesAt = 4 * (kSizes + most);
const inWords = new Uint32Array(incoming, 0, kSizes + most);
const outWords = new Uint32Array(outgoing, 0, kSizes + most);
const outBytes = new Uint8Array(outgoing, kBytesAt);

/** The messages of one channel, as far as they may wait for the next drain. The first of each batch does not. */
class Outbox {
  #native;
  #batch = -1;
  #room = 0;
  #used = 0;

  constructor(native) { this.#native = native; }

  /** bytes: a Uint8Array. False: it has to go by itself. */
  put(bytes) {
    const size = bytes.length;
    if (size > small) return false;
    const count = outWords[kCount];
    if (outWords[kState] !== this.#batch || count === most || size > this.#room) return this.#begin(bytes);
    outBytes.set(bytes, this.#used);
    outWords[kSizes + count] = size;
    outWords[kCount] = count + 1;
    this.#used += size;
    this.#room -= size;
    return true;
  }
  #begin(bytes) {
    const begun = this.#native.begin(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#batch = Math.floor(begun / kBatchUnit);
    this.#room = begun % kBatchUnit;
    this.#used = 0;
    return true;
  }
}

module.exports = {Outbox, heard};
