// A TCP by its segments, in one direction of a bridge: slow start, then CUBIC (RFC 9438 §4); a loss is known by three later
// acknowledgements (RFC 5681 §3.2), or after a second of silence. What it sends waits and is lost as what is beside it.
const kSegment = 1472;
const kScaling = 0.4, kBeta = 0.7;  // RFC 9438 §5, §4.6

export class Tcp {
  #direction;
  #backMs;
  #window = 10;  // RFC 6928 §2
  #threshold = Infinity;
  #before = 0;  // the window at the last loss
  #reducedAt = 0;
  #recoverTo = 0;
  #next = 0;
  #highest = -1;
  #outstanding = new Set();
  #progressAt = 0;
  #timer;
  acknowledged = 0;

  /// `backMs`: how long an acknowledgement takes.
  constructor(direction, backMs) {
    this.#direction = direction;
    this.#backMs = backMs;
  }
  start() {
    this.#progressAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), 100);
    this.#pump();
  }
  stop() { clearInterval(this.#timer); this.#timer = undefined; }

  #pump() {
    while (this.#timer && this.#outstanding.size < this.#window) {
      const number = this.#next++;
      this.#outstanding.add(number);
      this.#direction.carryBeside(kSegment, () => setTimeout(() => this.#acknowledge(number), this.#backMs));
    }
  }
  #acknowledge(number) {
    if (!this.#timer || !this.#outstanding.delete(number)) return;
    this.#progressAt = performance.now();
    this.acknowledged += kSegment;
    this.#highest = Math.max(this.#highest, number);
    if (this.#window < this.#threshold) this.#window += 1; else this.#grow();
    for (const waiting of this.#outstanding) {  // in order of sending
      if (waiting > this.#highest - 3) break;
      this.#outstanding.delete(waiting);
      if (waiting >= this.#recoverTo) this.#reduce();
    }
    this.#pump();
  }
  #grow() {
    const k = Math.cbrt((this.#before * (1 - kBeta)) / kScaling);
    const cubic = kScaling * ((performance.now() - this.#reducedAt) / 1000 - k) ** 3 + this.#before;
    this.#window += Math.max((Math.min(cubic, 1.5 * this.#window) - this.#window) / this.#window, 0.5 / this.#window);
  }
  #reduce() {
    this.#recoverTo = this.#next;
    this.#before = this.#window;
    this.#window = this.#threshold = Math.max(2, this.#window * kBeta);
    this.#reducedAt = performance.now();
  }
  #tick() {
    if (this.#outstanding.size > 0 && performance.now() - this.#progressAt > 1000) {
      this.#outstanding.clear();
      this.#threshold = Math.max(2, this.#window / 2);
      this.#window = 1;
      this.#recoverTo = this.#next;
      this.#progressAt = performance.now();
    }
    this.#pump();
  }
}
