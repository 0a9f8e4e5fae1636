'use strict';
// RTCStatsReport (webrtc-pc §8.4): a maplike of ids and dictionaries.
const env = require('./env.cjs');
const {exposed, illegal, internal} = require('./interface.cjs');

class RTCStatsReport {
  #map;
  constructor() {
    illegal(arguments[0]);
    this.#map = new Map(arguments[1].map((stats) => [stats.id, stats]));
  }
  get size() { return this.#map.size; }
  get(key) { return this.#map.get(String(key)); }
  has(key) { return this.#map.has(String(key)); }
  entries() { return this.#map.entries(); }
  keys() { return this.#map.keys(); }
  values() { return this.#map.values(); }
  forEach(callback) {
    if (typeof callback !== 'function') throw new TypeError('forEach: not a function');
    const self = arguments[1];
    for (const [key, value] of this.#map) callback.call(self, value, key, this);
  }
}
Object.defineProperty(RTCStatsReport.prototype, Symbol.iterator, {
  value: RTCStatsReport.prototype.entries, writable: true, configurable: true,
});
exposed(RTCStatsReport);

// webrtc-stats §8.4.1, "limiting exposure of hardware capabilities": a window that captures nothing does not hear of them.
const kHardware = ['encoderImplementation', 'powerEfficientEncoder', 'decoderImplementation', 'powerEfficientDecoder'];

function reportOf(list) {
  if (env.hidesHardware?.()) for (const each of list) for (const name of kHardware) delete each[name];
  return new RTCStatsReport(internal, list);
}

module.exports = {RTCStatsReport, reportOf};
