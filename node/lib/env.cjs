'use strict';
// What a browser's window has and the facade stands on. In Node its globals; `make wpt` gives those of a jsdom window in
// place of this file, so that what is thrown and fired there is of the page's own realm.
const {
  Event, EventTarget, DOMException, Blob, MessageEvent, setTimeout, ReadableStream, WritableStream, structuredClone,
} = globalThis;

module.exports = {
  Event, EventTarget, DOMException, Blob, MessageEvent, setTimeout, ReadableStream, WritableStream, structuredClone,
  native: require('./native.cjs'),
  // Runs what was queued by process.nextTick and as microtasks, in the midst of a task.
  checkpoint: typeof process._tickCallback === 'function' ? process._tickCallback : undefined,
};
