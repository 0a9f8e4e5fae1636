'use strict';
// require('tincan/globals'): the W3C's names as globals, and navigator.mediaDevices, as in a browser.
const {nonstandard, getUserMedia, mediaDevices, ...names} = require('./lib/index.cjs');

for (const [name, value] of Object.entries(names)) {
  Object.defineProperty(globalThis, name, {value, writable: true, configurable: true});
}
const navigator = globalThis.navigator ?? {};
Object.defineProperty(navigator, 'mediaDevices', {value: mediaDevices, configurable: true});
Object.defineProperty(globalThis, 'navigator', {value: navigator, writable: true, configurable: true});
