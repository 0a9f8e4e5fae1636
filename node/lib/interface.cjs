'use strict';
// Makes ES classes into WebIDL's interfaces (https://webidl.spec.whatwg.org/#es-interfaces), and has the facade's side of
// what the addon tells.
const {EventTarget, native} = require('./env.cjs');

/** What constructors that a page may not call are given by those who may. */
const internal = Symbol('internal');

function illegal(given) {
  if (given !== internal) throw new TypeError('Illegal constructor');
}

/** Enumerable members, a toStringTag, and constants. */
function exposed(Class, name = Class.name, constants = {}) {
  for (const target of [Class.prototype, Class]) {
    for (const key of Object.getOwnPropertyNames(target)) {
      if (['constructor', 'length', 'name', 'prototype', 'arguments', 'caller'].includes(key)) continue;
      const property = Object.getOwnPropertyDescriptor(target, key);
      property.enumerable = true;
      Object.defineProperty(target, key, property);
    }
    for (const [key, value] of Object.entries(constants)) {
      Object.defineProperty(target, key, {value, enumerable: true, writable: false, configurable: false});
    }
  }
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {value: name, configurable: true});
  return Class;
}

const handlersOf = new WeakMap();  // target -> Map(type -> {handler})

/** Event handler attributes (HTML §8.1.8.1): the listener takes its place when a handler is set first. */
function handlers(Class, types) {
  for (const type of types) {
    const key = `on${type}`;
    const check = (self) => {
      if (!(self instanceof Class)) throw new TypeError(`${key}: not of type ${Class.name}`);
    };
    const property = Object.getOwnPropertyDescriptor({
      get [key]() {
        check(this);
        return handlersOf.get(this)?.get(type)?.handler ?? null;
      },
      set [key](value) {
        check(this);
        const handler = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
        let all = handlersOf.get(this);
        if (!all) handlersOf.set(this, (all = new Map()));
        const known = all.get(type);
        if (known && handler) {
          known.handler = handler;
        } else if (known) {
          EventTarget.prototype.removeEventListener.call(this, type, known.listener);
          all.delete(type);
        } else if (handler) {
          const entry = {handler};
          entry.listener = function(event) {
            if (typeof entry.handler !== 'function') return;
            if (entry.handler.call(this, event) === false) event.preventDefault();
          };
          all.set(type, entry);
          EventTarget.prototype.addEventListener.call(this, type, entry.listener);
        }
      },
    }, key);
    Object.defineProperty(Class.prototype, key, property);
  }
}

/** The handler that the attribute on<type> has; null: none. */
const handlerOf = (target, type) => handlersOf.get(target)?.get(type)?.handler ?? null;

// ---- The addon's objects and the facade's ----

const facades = new WeakMap();  // the addon's object -> ours, which holds it

/** The facade's object for the addon's: made by `make` when there is none. */
function facadeOf(object, make) {
  if (object === null) return null;
  let facade = facades.get(object);
  if (!facade && make) facades.set(object, (facade = make(object)));
  return facade ?? null;
}

/** The method by which a facade's object hears of the addon's events: (type, ...args). */
const told = Symbol('told');

// No event has more than four arguments (an encoded frame has); a rest parameter would cost an array for each.
native.setDispatcher((object, type, first, second, third, fourth) => {
  facades.get(object)?.[told](type, first, second, third, fourth);
});

module.exports = {internal, illegal, exposed, handlerOf, handlers, facades, facadeOf, told};
