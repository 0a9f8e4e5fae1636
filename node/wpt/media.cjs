'use strict';
// Canvas, AudioContext and media elements, no more of them than the tests use: pictures are kept as I420, as the addon
// gives and takes them.

/** BT.601, limited range, as the stack's pictures are. */
function toYuv([r, g, b]) {
  return [16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255, 128 + (-37.797 * r - 74.203 * g + 112 * b) / 255,
    128 + (112 * r - 93.786 * g - 18.214 * b) / 255];
}
function toRgb(y, u, v) {
  const luma = 1.164383 * (y - 16);
  return [luma + 1.596027 * (v - 128), luma - 0.391762 * (u - 128) - 0.812968 * (v - 128), luma + 2.017232 * (u - 128)]
    .map((each) => Math.max(0, Math.min(255, Math.round(each))));
}
const named = {black: [0, 0, 0], white: [255, 255, 255], red: [255, 0, 0], green: [0, 128, 0], blue: [0, 0, 255], yellow: [255, 255, 0]};
function colourOf(style) {
  const numbers = /^rgba?\(([^)]*)\)$/.exec(String(style))?.[1].split(',').map((each) => Math.floor(Number(each)));
  const hex = /^#(..)(..)(..)$/.exec(String(style))?.slice(1).map((each) => parseInt(each, 16));
  return numbers ?? hex ?? named[style] ?? [0, 0, 0];
}

class Picture {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.chroma = (width + 1) >> 1;
    const size = width * height;
    const half = this.chroma * ((height + 1) >> 1);
    this.data = new Uint8Array(size + 2 * half);
    this.y = this.data.subarray(0, size).fill(16);
    this.u = this.data.subarray(size, size + half).fill(128);
    this.v = this.data.subarray(size + half).fill(128);
  }
  static of({width, height, data}) {
    const out = new Picture(width, height);
    out.data.set(data);
    return out;
  }
  fill(x, y, width, height, colour) {
    const [luma, u, v] = toYuv(colour);
    const left = Math.max(0, Math.floor(x));
    const right = Math.min(this.width, Math.ceil(x + width));
    for (let row = Math.max(0, Math.floor(y)); row < Math.min(this.height, Math.ceil(y + height)); ++row) {
      if (right <= left) return;
      this.y.fill(luma, row * this.width + left, row * this.width + right);
      const at = (row >> 1) * this.chroma;
      this.u.fill(u, at + (left >> 1), at + ((right + 1) >> 1));
      this.v.fill(v, at + (left >> 1), at + ((right + 1) >> 1));
    }
  }
  pixel(x, y) {
    const at = (y >> 1) * this.chroma + (x >> 1);
    return toRgb(this.y[y * this.width + x], this.u[at], this.v[at]);
  }
  draw(from, toWidth, toHeight) {
    for (let y = 0; y < Math.min(this.height, toHeight); ++y) {
      for (let x = 0; x < Math.min(this.width, toWidth); ++x) {
        const sx = Math.floor(x * from.width / toWidth);
        const sy = Math.floor(y * from.height / toHeight);
        this.y[y * this.width + x] = from.y[sy * from.width + sx];
        const at = (y >> 1) * this.chroma + (x >> 1);
        const source = (sy >> 1) * from.chroma + (sx >> 1);
        this.u[at] = from.u[source];
        this.v[at] = from.v[source];
      }
    }
  }
}

const pictures = new WeakMap();  // a canvas or a video element -> Picture

function pictureOf(canvas) {
  const known = pictures.get(canvas);
  if (known && known.width === canvas.width && known.height === canvas.height) return known;
  const made = new Picture(canvas.width, canvas.height);
  pictures.set(canvas, made);
  return made;
}

function installCanvas(window, {MediaStream, nonstandard}) {
  const {prototype} = window.HTMLCanvasElement;
  const contexts = new WeakMap();
  prototype.getContext = function(kind) {
    if (kind !== '2d') return null;
    const canvas = this;
    if (!contexts.has(canvas)) {
      contexts.set(canvas, {
        canvas, fillStyle: '#000000', font: '', strokeStyle: '#000000',
        fillRect(x, y, width, height) { pictureOf(canvas).fill(x, y, width, height, colourOf(this.fillStyle)); },
        clearRect(x, y, width, height) { pictureOf(canvas).fill(x, y, width, height, [0, 0, 0]); },
        drawImage(source, x, y, width, height) {
          const from = pictures.get(source);
          if (from) pictureOf(canvas).draw(from, width ?? from.width, height ?? from.height);
        },
        getImageData(left, top, width, height) {
          const picture = pictureOf(canvas);
          const data = new Uint8ClampedArray(width * height * 4);
          for (let y = 0; y < height; ++y) {
            for (let x = 0; x < width; ++x) data.set([...picture.pixel(left + x, top + y), 255], (y * width + x) * 4);
          }
          return {width, height, data};
        },
        fillText() {}, beginPath() {}, arc() {}, fill() {}, stroke() {}, save() {}, restore() {}, moveTo() {}, lineTo() {},
      });
    }
    return contexts.get(canvas);
  };
  prototype.captureStream = function() {
    const source = new nonstandard.RTCVideoSource();
    const track = source.createTrack();
    const push = () => {
      if (track.readyState === 'ended') return clearInterval(timer);
      source.onFrame(pictureOf(this));
    };
    const timer = setInterval(push, 50);
    timer.unref();
    push();
    return new MediaStream([track]);
  };
}

function installAudio(window, {tone}) {
  class Node {
    connect(other) {
      other.inputs?.push(this);
      return other;
    }
    disconnect() {}
  }
  class MediaStreamAudioDestinationNode extends Node {
    inputs = [];
    stream = tone(440);
  }
  class AudioContext {
    state = 'running';
    destination = new Node();
    currentTime = 0;
    createOscillator() { return Object.assign(new Node(), {start() {}, stop() {}, frequency: {value: 440}, type: 'sine'}); }
    createGain() { return Object.assign(new Node(), {gain: {value: 1}}); }
    createMediaStreamDestination() { return new MediaStreamAudioDestinationNode(); }
    createMediaStreamSource() { return new Node(); }
    createAnalyser() { return Object.assign(new Node(), {getByteFrequencyData() {}}); }
    async resume() {}
    async close() {}
  }
  Object.assign(window, {AudioContext, MediaStreamAudioDestinationNode});
}

function installElements(window, {nonstandard, MediaStream}) {
  const {prototype} = window.HTMLMediaElement;
  const states = new WeakMap();
  const state = (element) => {
    if (!states.has(element)) states.set(element, {stream: null, started: 0, sinks: [], ready: 0, paused: true, captures: []});
    return states.get(element);
  };
  // It does not move within a task: what is read right after a stream was set is 0.
  const timeOf = ({stream, started}) => (stream && started !== null ? (performance.now() - started) / 1000 : 0);
  const fire = (element, type) => element.dispatchEvent(new window.Event(type));
  const shows = (element, {width, height, data}) => {
    const own = state(element);
    const before = pictures.get(element);
    pictures.set(element, Picture.of({width, height, data}));
    own.frames = (own.frames ?? 0) + 1;
    if (own.ready === 0) {
      own.ready = 4;
      for (const type of ['loadedmetadata', 'loadeddata', 'canplay', 'playing']) fire(element, type);
    }
    if (!before || before.width !== width || before.height !== height) fire(element, 'resize');
    fire(element, 'timeupdate');
    for (const source of own.captures) source.onFrame({width, height, data});
  };
  const watch = (element, track) => {
    const own = state(element);
    if (track.kind === 'video') {
      const sink = new nonstandard.RTCVideoSink(track);
      sink.onframe = ({frame}) => shows(element, frame);
      own.sinks.push(sink);
    } else {
      const sink = new nonstandard.RTCAudioSink(track);
      sink.ondata = () => {
        if (own.ready !== 0 || own.stream?.getVideoTracks().length) return;
        own.ready = 4;
        for (const type of ['loadedmetadata', 'loadeddata', 'canplay', 'playing']) fire(element, type);
      };
      own.sinks.push(sink);
    }
  };
  Object.defineProperties(prototype, {
    srcObject: {
      configurable: true,
      get() { return state(this).stream; },
      set(stream) {
        const own = state(this);
        for (const sink of own.sinks.splice(0)) sink.stop();
        clearInterval(own.clock);
        Object.assign(own, {stream, ready: 0, started: null});
        setTimeout(() => { own.started ??= performance.now(); }, 0);
        if (stream) {  // its time goes on whether frames come or not
          own.clock = setInterval(() => fire(this, 'timeupdate'), 250);
          own.clock.unref();
        }
        for (const track of stream?.getTracks() ?? []) watch(this, track);
        stream?.addEventListener('addtrack', ({track}) => own.stream === stream && watch(this, track));
      },
    },
    currentTime: {configurable: true, get() { return timeOf(state(this)); }, set() {}},
    readyState: {configurable: true, get() { return state(this).ready; }},
    paused: {configurable: true, get() { return state(this).paused; }},
  });
  prototype.play = async function() { state(this).paused = false; };
  prototype.pause = function() { state(this).paused = true; };
  prototype.load = function() {};
  prototype.captureStream = function() {
    const source = new nonstandard.RTCVideoSource();
    state(this).captures.push(source);
    return new MediaStream([source.createTrack()]);
  };
  for (const [name, of] of [['videoWidth', 'width'], ['videoHeight', 'height']]) {
    Object.defineProperty(window.HTMLVideoElement.prototype, name, {configurable: true, get() { return pictures.get(this)?.[of] ?? 0; }});
  }
  window.HTMLVideoElement.prototype.getVideoPlaybackQuality = function() { return {totalVideoFrames: state(this).frames ?? 0, droppedVideoFrames: 0}; };
  window.HTMLVideoElement.prototype.requestVideoFrameCallback = function(call) {
    this.addEventListener('timeupdate', () => call(performance.now(), {width: this.videoWidth, height: this.videoHeight}), {once: true});
    return 1;
  };
}

// A page is never larger than its window here, and takes no more of it than it has.
function installPage(window) {
  window.Element.prototype.scrollIntoView = function() {};
  window.Element.prototype.requestFullscreen = async function() {};
  window.document.exitFullscreen = async () => {};
}

function install(window, names) {
  installPage(window);
  installCanvas(window, names);
  installAudio(window, names);
  installElements(window, names);
}

module.exports = {install};
