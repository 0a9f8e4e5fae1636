'use strict';
// RTCStatsReport (webrtc-pc §8.4): a maplike of ids and dictionaries.
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

const reportOf = (list) => new RTCStatsReport(internal, list);

module.exports = {RTCStatsReport, reportOf};
