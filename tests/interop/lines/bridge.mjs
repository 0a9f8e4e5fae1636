// A line in user space: UDP packets between two ends on loopback, at a rate, with a queue, a delay and losses.
//
//   left ──> [port] ──> queue at `rate` ──> `delay` ──> one socket for each source of left's ──> right
//   left <── [port] <── `delay` <── queue at `rate` <──────────────────────────────────────────── right
//
// As a NAT, it has one socket towards `right` for each address that `left` sends from: so checks and their answers stay
// together, and `right` needs no candidate of left's.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const kIpAndUdp = 28;  // bytes of the headers that a line carries as well
const kMaxSources = 16;
const kMaxWaits = 1_000_000;

/// Numbers in [0, 1) from a seed: the same losses in every run.
export function seeded(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13; state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5; state >>>= 0;
    return state / 2 ** 32;
  };
}

const kStallEvery = 5000, kStallFrom = 2000;  // ms

/// One direction: a drop-tail queue of `queueMs` at `rate` bits a second (0: no limit), then `delayMs`, up to `jitterMs`
/// more, and `stallMs` in which nothing comes through, each five seconds. Packets keep their order. Lost is the share `loss`
/// of them by chance, and each `lossEvery`-th.
class Direction {
  #line;
  #random;
  #freeAt = 0;
  #lastOut = 0;
  #begun = performance.now();
  /// `seconds`: what came through in each, and the longest wait in the queue; `waits`: of each packet, ms.
  counts = { packets: 0, bytes: 0, lost: 0, overflowed: 0, seconds: [], waits: [] };

  constructor(line, random) {
    this.#line = line;
    this.#random = random;
  }

  carry(packet, deliver) {
    const { rate = 0, loss = 0, lossEvery = Infinity, delayMs = 20, jitterMs = 0, stallMs = 0 } = this.#line;
    const now = performance.now();
    const size = packet.length + kIpAndUdp;
    const place = this.#enqueue(now, size);
    if (!place) { this.counts.overflowed++; return; }
    let { out, wait } = place;
    this.counts.packets++;
    this.counts.bytes += size;
    this.#note(now, size, wait, rate);
    if (this.#random() < loss || this.counts.packets % lossEvery === 0) { this.counts.lost++; return; }
    const within = (now - this.#begun) % kStallEvery - kStallFrom;
    if (within >= 0 && within < stallMs) out += stallMs - within;
    if (jitterMs > 0) out += this.#random() * jitterMs;
    // In order, also when the delay becomes shorter.
    this.#lastOut = Math.max(this.#lastOut, out + delayMs);
    setTimeout(deliver, this.#lastOut - now);
  }

  /// A segment of somebody else's, which counts nowhere: it takes room in the queue.
  carryBeside(length, deliver) {
    const now = performance.now();
    const place = this.#enqueue(now, length + kIpAndUdp);
    if (place) setTimeout(deliver, place.out + (this.#line.delayMs ?? 20) - now);
  }

  #enqueue(now, size) {
    const { rate = 0, queueMs = 300 } = this.#line;
    if (rate === 0) return { out: now, wait: 0 };
    const start = Math.max(now, this.#freeAt);
    if (start - now > queueMs) return null;
    this.#freeAt = start + (size * 8000) / rate;
    return { out: this.#freeAt, wait: start - now };
  }

  #note(now, size, wait, rate) {
    const { seconds, waits } = this.counts;
    const second = Math.floor((now - this.#begun) / 1000);
    while (seconds.length <= second) seconds.push({ bytes: 0, wait: 0, rate });
    seconds[second].bytes += size;
    seconds[second].wait = Math.max(seconds[second].wait, wait);
    if (waits.length < kMaxWaits) waits.push(wait);
  }
}

/// `line`: {rate, queueMs, loss, lossEvery, delayMs, jitterMs, stallMs}, read for each packet, so that it may change during a call. `right`: {address,
/// port}. `port` is where `left` sends.
export async function openBridge(line, right, { seed = 1 } = {}) {
  const front = createSocket('udp4');
  const sources = new Map();
  const random = seeded(seed);
  const toRight = new Direction(line, random);
  const toLeft = new Direction(line, random);
  front.on('message', (packet, from) => {
    const key = `${from.address}:${from.port}`;
    let socket = sources.get(key);
    if (!socket) {
      if (sources.size === kMaxSources) return;
      socket = createSocket('udp4');
      sources.set(key, socket);
      socket.on('error', () => {});
      socket.on('message', (back) => toLeft.carry(back, () => front.send(back, from.port, from.address, () => {})));
    }
    toRight.carry(packet, () => socket.send(packet, right.port, right.address, () => {}));
  });
  front.bind(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    port: front.address().port,
    toRight: toRight.counts,
    toLeft: toLeft.counts,
    directions: [toRight, toLeft],
    async close() {
      // What is still on its way finds closed sockets: their sends fail in silence.
      for (const socket of [front, ...sources.values()]) { socket.send = () => {}; socket.close(); }
    },
  };
}
