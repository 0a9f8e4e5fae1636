'use strict';
// `node --require as_wrtc.cjs PROGRAM`: what the program calls wrtc, @roamhq/wrtc or node-datachannel's polyfill is the
// addon. A program's own tests then run on it as they are.
const Module = require('node:module');
const path = require('node:path');

const kNames = new Set(['wrtc', '@roamhq/wrtc', '@koush/wrtc', 'node-datachannel/polyfill']);
const addon = path.join(__dirname, '..', 'index.cjs');

const resolve = Module._resolveFilename;
Module._resolveFilename = function(request, ...rest) {
  return kNames.has(request) ? addon : resolve.call(this, request, ...rest);
};

// simple-peer's tests ask a server of their author's for a TURN server. Here both ends are one machine: there is none.
const load = Module._load;
Module._load = function(request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (request !== 'simple-get') return loaded;
  return {...loaded, concat: (url, done) => setImmediate(done, null, {}, Buffer.from('{"iceServers":[]}'))};
};
