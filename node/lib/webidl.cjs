'use strict';
// WebIDL's conversions (https://webidl.spec.whatwg.org/#es-type-mapping), as far as WebRTC's IDL needs them. `what` says
// in an error what was being converted.

const idl = {};

idl.required = (args, count, method) => {
  if (args.length < count) throw new TypeError(`${method}: ${count} argument${count > 1 ? 's' : ''} required, ${args.length} given`);
};

idl.boolean = (value) => Boolean(value);

idl.string = (value, what = 'value') => {
  if (typeof value === 'symbol') throw new TypeError(`${what}: a symbol is no string`);
  return String(value);
};

// Lone surrogates become U+FFFD.
idl.usvString = (value, what) => {
  const text = idl.string(value, what);
  return text.toWellFormed ? text.toWellFormed() : text.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
};

idl.nullable = (convert) => (value, what) => (value === null || value === undefined ? null : convert(value, what));

const integer = (bits, signed) => {
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const most = signed ? 2 ** (bits - 1) - 1 : bits === 64 ? Number.MAX_SAFE_INTEGER : 2 ** bits - 1;
  const modulo = 2 ** bits;
  const toNumber = (value, what) => {
    if (typeof value === 'bigint' || typeof value === 'symbol') throw new TypeError(`${what}: not a number`);
    return Number(value);
  };
  const wrap = (value, what) => {
    let number = toNumber(value, what);
    if (!Number.isFinite(number)) return 0;
    number = Math.trunc(number) % modulo;
    if (number < 0) number += modulo;
    return (signed && number > most ? number - modulo : number) + 0;
  };
  wrap.enforce = (value, what = 'value') => {
    const number = toNumber(value, what);
    if (!Number.isFinite(number)) throw new TypeError(`${what}: not a finite number`);
    const whole = Math.trunc(number);
    if (whole < least || whole > most) throw new TypeError(`${what}: ${number} is not from ${least} to ${most}`);
    return whole + 0;
  };
  wrap.clamp = (value, what) => {
    const number = toNumber(value, what);
    return Number.isNaN(number) ? 0 : Math.min(most, Math.max(least, Math.round(number)));
  };
  return wrap;
};
idl.octet = integer(8, false);
idl.unsignedShort = integer(16, false);
idl.unsignedLong = integer(32, false);
idl.long = integer(32, true);
idl.unsignedLongLong = integer(64, false);

idl.double = (value, what = 'value') => {
  if (typeof value === 'bigint' || typeof value === 'symbol') throw new TypeError(`${what}: not a number`);
  const number = Number(value);
  if (!Number.isFinite(number)) throw new TypeError(`${what}: not a finite number`);
  return number;
};

idl.enumeration = (name, values) => {
  const convert = (value, what = name) => {
    const text = idl.string(value, what);
    if (!values.includes(text)) throw new TypeError(`${what}: '${text}' is not one of ${name}: ${values.join(', ')}`);
    return text;
  };
  convert.values = values;
  return convert;
};

idl.sequence = (convert) => (value, what = 'value') => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) throw new TypeError(`${what}: not a sequence`);
  const iterator = value[Symbol.iterator];
  if (typeof iterator !== 'function') throw new TypeError(`${what}: not iterable`);
  const out = [];
  for (const each of {[Symbol.iterator]: () => iterator.call(value)}) out.push(convert(each, `${what}[${out.length}]`));
  return out;
};

idl.instance = (Class, name = Class.name) => (value, what = 'value') => {
  if (!(value instanceof Class)) throw new TypeError(`${what}: not of type ${name}`);
  return value;
};

idl.any = (value) => value;
idl.callback = (value, what = 'callback') => {
  if (typeof value !== 'function') throw new TypeError(`${what}: not a function`);
  return value;
};

/** The bytes of a BufferSource, where they are. */
idl.bytes = (value, what = 'value') => {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]') return new Uint8Array(value);
  throw new TypeError(`${what}: not an ArrayBuffer or a view of one`);
};

// members: {name: convert | {type, default, required}}, read in the order of their names, as WebIDL asks. The result has
// only what is present.
idl.dictionary = (name, members, parent) => {
  const own = Object.keys(members).sort();
  const convert = (value, what = name) => {
    if (value !== undefined && value !== null && typeof value !== 'object' && typeof value !== 'function') {
      throw new TypeError(`${what}: not an object`);
    }
    const out = parent ? parent(value, what) : {};
    for (const key of own) {
      const member = typeof members[key] === 'function' ? {type: members[key]} : members[key];
      const given = value === undefined || value === null ? undefined : value[key];
      if (given !== undefined) out[key] = member.type(given, `${what}.${key}`);
      else if ('default' in member) out[key] = typeof member.default === 'function' ? member.default() : member.default;
      else if (member.required) throw new TypeError(`${what}: '${key}' is required`);
    }
    return out;
  };
  return convert;
};

module.exports = idl;
