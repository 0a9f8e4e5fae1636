'use strict';
// What a channel that has one handler of messages and nothing else is given: the event and its dispatch in one, at a third
// of what EventTarget takes for it. It is a MessageEvent to whoever looks at it.
const {Event, EventTarget, MessageEvent} = require('./env.cjs');

const kNoPorts = Object.freeze([]);
const kAtTarget = 2;

let dispatch;

class ChannelMessage extends Event {
  #data;
  #target = null;
  #current = null;
  constructor(data) {
    super('message');
    this.#data = data;
  }
  get data() { return this.#data; }
  get origin() { return ''; }
  get lastEventId() { return ''; }
  get source() { return null; }
  get ports() { return kNoPorts; }
  get target() { return this.#target ?? super.target; }
  get srcElement() { return this.target; }
  get currentTarget() { return this.#current ?? super.currentTarget; }
  get eventPhase() { return this.#current ? kAtTarget : super.eventPhase; }
  composedPath() { return this.#current ? [this.#current] : super.composedPath(); }
  static {
    dispatch = (target, handler, data) => {
      const event = new ChannelMessage(data);
      event.#target = event.#current = target;
      try {
        handler.call(target, event);
      } catch (error) {
        process.nextTick(() => { throw error; });  // as EventTarget does
      }
      event.#current = null;
    };
  }
}
Object.setPrototypeOf(ChannelMessage.prototype, MessageEvent.prototype);
ChannelMessage.prototype.constructor = MessageEvent;

// Node's EventTarget keeps its listeners in a Map by type, under a symbol: how many there are is looked up there. Where it
// is not found, nobody has one handler alone.
const kListeners = (() => {
  if (typeof process === 'undefined' || EventTarget !== globalThis.EventTarget) return undefined;
  const target = new EventTarget();
  const symbol = Object.getOwnPropertySymbols(target).find((each) => each.description === 'kEvents');
  if (typeof target[symbol]?.get !== 'function') return undefined;
  target.addEventListener('x', () => {});
  return target[symbol].get('x')?.size === 1 ? symbol : undefined;
})();

/** Whether `target` has one listener of messages and no more. */
const hasOne = kListeners ? (target) => target[kListeners].get('message')?.size === 1 : () => false;

module.exports = {hasOne, dispatch: (target, handler, data) => dispatch(target, handler, data)};
