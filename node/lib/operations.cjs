'use strict';
// The operations chain of a connection (webrtc-pc §4.4.1.2): one asynchronous method at a time, in the order of the calls.
const {invalidState} = require('./errors.cjs');

class Operations {
  #queue = [];
  #closed = false;
  #whenEmpty;

  /** `whenEmpty` is called each time the last operation has ended. */
  constructor(whenEmpty) {
    this.#whenEmpty = whenEmpty;
  }
  get empty() { return this.#queue.length === 0; }
  close() { this.#closed = true; }

  /** What an operation that was under way when the connection was closed gives is never told. */
  chain(operation) {
    if (this.#closed) return Promise.reject(invalidState('the connection is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push(() => {
        const end = (tell) => (value) => {
          if (this.#closed) return;
          tell(value);
          this.#queue.shift();
          if (this.#queue.length) this.#queue[0]();
          else this.#whenEmpty();
        };
        let promise;
        try {
          promise = operation();
        } catch (error) {
          promise = Promise.reject(error);
        }
        promise.then(end(resolve), end(reject));
      });
      if (this.#queue.length === 1) this.#queue[0]();
    });
  }
}

module.exports = {Operations};
