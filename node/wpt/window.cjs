'use strict';
// What a page finds in its window: the addon's facade, made in the window's own realm, and as much of canvas, Web Audio
// and media elements as the tests take pictures and sound from.
const fs = require('node:fs');
const path = require('node:path');
const native = require('../lib/native.cjs');
const media = require('./media.cjs');
const worker = require('./worker.cjs');

// Each window has a facade, and each of those knows its own objects.
const dispatchers = [];
native.setDispatcher((...args) => { for (const each of dispatchers) each(...args); });

/** The facade's modules, evaluated in the window: what they throw and make is of its realm. */
function facade(window) {
  const folder = path.join(__dirname, '..', 'lib');
  const {Event, EventTarget, DOMException, Blob, MessageEvent} = window;
  const captured = [];
  const env = {
    Event, EventTarget, DOMException, Blob, MessageEvent, setTimeout: window.setTimeout.bind(window),
    ReadableStream, WritableStream, structuredClone,
    hidesHardware: () => !captured.some((track) => track.readyState === 'live'),
    native: Object.assign(Object.create(native), {setDispatcher: (dispatcher) => dispatchers.push(dispatcher)}),
    readBlob: (blob) => new Promise((resolve, reject) => {
      const reader = new window.FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsArrayBuffer(blob);
    }),
  };
  const loaded = new Map([['./env.cjs', env]]);
  const load = (name) => {
    if (loaded.has(name)) return loaded.get(name);
    const module = {exports: {}};
    const source = fs.readFileSync(path.join(folder, name), 'utf8');
    const run = window.eval(`(function(module, require) {${source}\n})\n//# sourceURL=node/lib/${path.basename(name)}`);
    run(module, load);
    loaded.set(name, module.exports);
    return module.exports;
  };
  const {streamOfTracks} = load('./media.cjs');
  const {cloneFrame} = load('./encoded.cjs');
  const {mediaDevices} = load('./devices.cjs');
  const {getUserMedia} = mediaDevices;
  mediaDevices.getUserMedia = async function(...args) {
    const stream = await getUserMedia.apply(this, args);
    captured.push(...stream.getTracks());
    return stream;
  };
  return {...load('./index.cjs'), cloneFrame, tone: (toneFrequency) => streamOfTracks(native.getUserMedia({toneFrequency}, null))};
}

// What WebIDL exposes in workers alone.
const kOfWorkers = ['RTCRtpScriptTransformer', 'RTCTransformEvent', 'KeyFrameRequestEvent'];

const kGlobals = ['TextEncoder', 'TextDecoder', 'structuredClone', 'queueMicrotask', 'ReadableStream', 'WritableStream',
  'TransformStream', 'MessageChannel', 'BroadcastChannel'];

// jsdom's EventTarget and Event are functions of Node's realm, and so would be the TypeError of calling a class that
// extends them. These are of the window's.
function ownRealm(window) {
  for (const name of ['EventTarget', 'Event']) {
    const original = window[name];
    const made = window.eval(`(function(original) {
      const made = {${name}: function(type, init) {
        if (!new.target) throw new TypeError('${name}: use new');
        return Reflect.construct(original, arguments, new.target);
      }}.${name};
      for (const key of Reflect.ownKeys(original)) {
        if (key !== 'length' && key !== 'name') Object.defineProperty(made, key, Object.getOwnPropertyDescriptor(original, key));
      }
      Object.defineProperty(made, 'length', {value: original.length});
      return made;
    })`)(original);
    Object.defineProperty(window, name, {value: made, writable: true, configurable: true});
    Object.defineProperty(made.prototype, 'constructor', {value: made, writable: true, configurable: true});
  }
}

// The addon makes ArrayBuffers of Node's realm; the page has the same.
const kBuffers = ['ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array',
  'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'];

// Iterator helpers, which Node 22 has by itself.
function iteratorHelpers(window) {
  window.eval(`(() => {
    const prototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
    for (const name of ['map', 'filter', 'find', 'some', 'every', 'forEach', 'reduce']) {
      if (prototype[name]) continue;
      const value = function(...args) { return [...this][name](...args); };
      Object.defineProperty(prototype, name, {value, writable: true, configurable: true});
    }
    if (!prototype.toArray) prototype.toArray = function() { return [...this]; };
  })()`);
}

function install(window, fileOf) {
  ownRealm(window);
  iteratorHelpers(window);
  for (const name of kBuffers) window[name] = globalThis[name];
  for (const name of kGlobals) if (!window[name] && globalThis[name]) window[name] = globalThis[name];
  const {nonstandard, tone, mediaDevices, getUserMedia, cloneFrame, ...all} = facade(window);
  const names = {...all};
  const ofWorkers = {};
  for (const name of kOfWorkers) {
    ofWorkers[name] = names[name];
    delete names[name];
  }
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(window, name, {value, writable: true, enumerable: false, configurable: true});
  }
  Object.defineProperty(window.navigator, 'mediaDevices', {value: mediaDevices, configurable: true});
  const permissions = {query: async () => ({state: 'granted', addEventListener() {}})};
  Object.defineProperty(window.navigator, 'permissions', {value: permissions, configurable: true});
  // As much as pages ask of it: whether a type can be sent at all.
  const encodingInfo = async ({video, audio}) => {
    const kind = video ? 'video' : 'audio';
    const wanted = (video ?? audio)?.contentType?.toLowerCase();
    const supported = names.RTCRtpSender.getCapabilities(kind).codecs.some(({mimeType}) => mimeType.toLowerCase() === wanted);
    return {supported, smooth: supported, powerEfficient: false};
  };
  Object.defineProperty(window.navigator, 'mediaCapabilities', {value: {encodingInfo}, configurable: true});
  window.fetch = async (url) => {
    const text = fileOf(new URL(url, window.location.href).href);
    return {ok: true, status: 200, text: async () => text, json: async () => JSON.parse(text)};
  };
  Object.defineProperty(window.HTMLIFrameElement.prototype, 'srcdoc', {
    configurable: true,
    set(text) { this.src = `data:text/html;charset=utf-8,${encodeURIComponent(text)}`; },
  });
  window.gc = globalThis.gc;
  window.isSecureContext = true;
  media.install(window, {...names, nonstandard, tone});
  worker.install(window, fileOf, {cloneFrame, names: ofWorkers});
}

module.exports = {install};
