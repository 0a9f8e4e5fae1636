'use strict';
// Workers of a page, on the page's own thread and in its realm: a script with a global scope of its own. Messages arrive
// in a task of their own, as copies; streams, ports and windows' objects stay what they are, which a transfer would do.

const kKept = new Set(['MessagePort', 'ReadableStream', 'WritableStream', 'TransformStream']);

function cloner(cloneFrame) {
  const clone = (value, seen = new Map()) => {
    if (typeof value === 'function' || typeof value === 'symbol') throw new Error('it cannot be cloned');
    if (value === null || typeof value !== 'object') return value;
    if (seen.has(value)) return seen.get(value);
    const frame = cloneFrame(value);
    if (frame) return frame;
    const name = value.constructor?.name;
    if (kKept.has(name) || value instanceof Error || name === 'DOMException' || name === 'RTCError') return value;
    if (Array.isArray(value)) {
      const out = [];
      seen.set(value, out);
      for (const each of value) out.push(clone(each, seen));
      return out;
    }
    if (name !== 'Object') return structuredClone(value);
    const out = {};
    seen.set(value, out);
    for (const [key, each] of Object.entries(value)) out[key] = clone(each, seen);
    return out;
  };
  return clone;
}

/** `names`: what only workers see of the facade. `fileOf`: the text of a URL. */
function install(window, fileOf, {cloneFrame, names}) {
  const clone = cloner(cloneFrame);
  window.structuredClone = (value, options) => {
    const frame = cloneFrame(value);
    return frame ?? structuredClone(value, options);
  };
  const {EventTarget, MessageEvent} = window;
  const send = (target, data) => setTimeout(() => target.dispatchEvent(new MessageEvent('message', {data})), 0);
  const handler = (Class, type) => {
    const own = new WeakMap();
    Object.defineProperty(Class.prototype, `on${type}`, {
      get() { return own.get(this) ?? null; },
      set(value) {
        if (!own.has(this)) this.addEventListener(type, (event) => own.get(this)?.call(this, event));
        own.set(this, value);
      },
    });
  };

  class Scope extends EventTarget {
    #worker;
    #base;
    constructor(worker, base) {
      super();
      this.#worker = worker;
      this.#base = base;
      Object.assign(this, names);
    }
    get self() { return this.global; }
    postMessage(data) { send(this.#worker, clone(data)); }
    importScripts(...urls) { for (const url of urls) this.run(new URL(url, this.#base).href); }
    close() {}
    run(url) {
      const text = url.startsWith('data:') ? decodeURIComponent(url.slice(url.indexOf(',') + 1)) : fileOf(url);
      // Its names are of its scope first, and then of the window's; what it sets is of its scope.
      window.eval(`(function(scope) { with (scope) {\n${text}\n} })`).call(this.global, this.global);
    }
  }
  handler(Scope, 'message');
  handler(Scope, 'rtctransform');

  class Worker extends EventTarget {
    #scope;
    constructor(url) {
      super();
      const at = new URL(String(url), window.location.href);
      const scope = new Scope(this, at.href);
      this.#scope = scope;
      this[Symbol.for('tincan.scope')] = scope;
      scope.global = new Proxy(scope, {
        has: () => true,
        get: (target, key) => {
          if (key === Symbol.unscopables) return undefined;
          const value = key in target ? target[key] : window[key];
          return typeof value === 'function' && key in target && !value.prototype ? value.bind(target) : value;
        },
        set: (target, key, value) => {
          target[key] = value;
          return true;
        },
      });
      setTimeout(() => {
        try {
          scope.run(at.href);
        } catch (error) {
          this.dispatchEvent(new window.ErrorEvent('error', {error, message: String(error?.message ?? error)}));
        }
      }, 0);
    }
    postMessage(data) { send(this.#scope, clone(data)); }
    terminate() {}
  }
  handler(Worker, 'message');
  handler(Worker, 'error');
  window.Worker = Worker;
}

module.exports = {install};
