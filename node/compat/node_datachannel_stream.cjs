'use strict';
// node-datachannel's DataChannelStream: a channel as a stream of Node's.
const {Buffer} = require('node:buffer');
const {Duplex} = require('node:stream');

const kMostWaiting = 1 << 20;  // bytes in the channel, past which a writer waits

/** Strings and Buffers, each a message. What is written before the channel is open waits for that; reading drops nothing. */
class DataChannelStream extends Duplex {
  #channel;
  #resume;  // what the last write waits for

  constructor(channel, options) {
    super({allowHalfOpen: false, ...options, objectMode: true});
    this.#channel = channel;
    const go = () => {
      const resume = this.#resume;
      this.#resume = undefined;
      resume?.();
    };
    channel.setBufferedAmountLowThreshold(kMostWaiting / 2);
    channel.onOpen(go);
    channel.onBufferedAmountLow(go);
    channel.onMessage((message) => this.push(message));
    channel.onError((message) => this.destroy(new Error(`DataChannelStream: ${message}`)));
    channel.onClosed(() => {
      this.push(null);
      this.end();
    });
  }

  get label() { return this.#channel.getLabel(); }
  get id() { return this.#channel.getId(); }
  get protocol() { return this.#channel.getProtocol(); }

  _read() {}
  _write(chunk, encoding, callback) {
    if (!this.#channel.isOpen()) {
      this.#resume = () => this._write(chunk, encoding, callback);
      return;
    }
    try {
      if (typeof chunk === 'string') this.#channel.sendMessage(chunk);
      else if (Buffer.isBuffer(chunk)) this.#channel.sendMessageBinary(chunk);
      else throw new TypeError('DataChannelStream: neither a string nor a Buffer');
    } catch (error) {
      callback(error);
      return;
    }
    if (this.#channel.bufferedAmount() > kMostWaiting) this.#resume = callback;
    else callback();
  }
  _final(callback) {
    this.#channel.close();
    callback();
  }
  _destroy(error, callback) {
    this.#channel.close();
    callback(error);
  }
}

module.exports = {DataChannelStream};
