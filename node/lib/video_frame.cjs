'use strict';
// VideoFrame (WebCodecs §9.4), as far as the pictures of tracks want it: what is in memory, no GPU, no canvas.
const {DOMException} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, internal} = require('./interface.cjs');
const {invalidState} = require('./errors.cjs');

// A plane has a sample for `step` pixels each way, of `bytes` bytes (WebCodecs §9.9).
const rgb = [{step: 1, bytes: 4}];
const pictures = {
  I420: [{step: 1, bytes: 1}, {step: 2, bytes: 1}, {step: 2, bytes: 1}],
  NV12: [{step: 1, bytes: 1}, {step: 2, bytes: 2}],
  RGBA: rgb, RGBX: rgb, BGRA: rgb, BGRX: rgb,
};
const pixelFormat = idl.enumeration('VideoPixelFormat', Object.keys(pictures));
const rectangle = idl.dictionary('DOMRectInit', {
  x: {type: idl.double, default: 0}, y: {type: idl.double, default: 0},
  width: {type: idl.double, default: 0}, height: {type: idl.double, default: 0},
});
const planeLayout = idl.dictionary('PlaneLayout', {
  offset: {type: idl.unsignedLong.enforce, required: true}, stride: {type: idl.unsignedLong.enforce, required: true},
});
const bufferInit = idl.dictionary('VideoFrameBufferInit', {
  format: {type: pixelFormat, required: true},
  codedWidth: {type: idl.unsignedLong.enforce, required: true},
  codedHeight: {type: idl.unsignedLong.enforce, required: true},
  timestamp: {type: idl.double, required: true},
  duration: idl.double,
  layout: idl.sequence(planeLayout),
  displayWidth: idl.unsignedLong.enforce,
  displayHeight: idl.unsignedLong.enforce,
});
const frameInit = idl.dictionary('VideoFrameInit', {timestamp: idl.double, duration: idl.double});
const copyOptions = idl.dictionary('VideoFrameCopyToOptions', {
  rect: rectangle, layout: idl.sequence(planeLayout), format: pixelFormat,
});

/** Rows and bytes a row of each plane, without padding: [{offset, stride, rows}], and what they take together. */
function tight(format, width, height) {
  let size = 0;
  const planes = pictures[format].map(({step, bytes}) => {
    const plane = {offset: size, stride: Math.ceil(width / step) * bytes, rows: Math.ceil(height / step)};
    size += plane.stride * plane.rows;
    return plane;
  });
  return {planes, size};
}

/** Where the planes of a copy go: as `layout` says, or one behind the other. */
function placed(format, width, height, layout, method) {
  const {planes, size} = tight(format, width, height);
  if (!layout) return {planes, size};
  if (layout.length !== planes.length) throw new TypeError(`${method}: layout: ${format} has ${planes.length} planes`);
  let end = 0;
  const out = planes.map(({stride, rows}, i) => {
    if (layout[i].stride < stride) throw new TypeError(`${method}: layout: a stride of plane ${i} is under ${stride} bytes`);
    end = Math.max(end, layout[i].offset + layout[i].stride * (rows - 1) + stride);
    return {offset: layout[i].offset, stride: layout[i].stride, rows, used: stride};
  });
  return {planes: out, size: end};
}

// BT.601, limited range: what the stack's pictures are.
const clamp = (value) => (value < 0 ? 0 : value > 255 ? 255 : value);
function toRgb(frame, format) {
  const {width, height, data} = frame;
  const [y, u, v] = tight('I420', width, height).planes;
  const out = new Uint8Array(width * height * 4);
  const [red, blue] = format.startsWith('R') ? [0, 2] : [2, 0];
  for (let row = 0; row < height; ++row) {
    for (let column = 0; column < width; ++column) {
      const at = (row >> 1) * u.stride + (column >> 1);
      const luma = 298 * (data[row * y.stride + column] - 16) + 128;
      const cb = data[u.offset + at] - 128;
      const cr = data[v.offset + at] - 128;
      const to = (row * width + column) * 4;
      out[to + red] = clamp((luma + 409 * cr) >> 8);
      out[to + 1] = clamp((luma - 100 * cb - 208 * cr) >> 8);
      out[to + blue] = clamp((luma + 516 * cb) >> 8);
      out[to + 3] = 255;
    }
  }
  return out;
}
function fromRgb(frame) {
  const {width, height, data, format} = frame;
  const {planes: [y, u, v], size} = tight('I420', width, height);
  const out = new Uint8Array(size);
  const [red, blue] = format.startsWith('R') ? [0, 2] : [2, 0];
  for (let row = 0; row < height; ++row) {
    for (let column = 0; column < width; ++column) {
      const from = (row * width + column) * 4;
      const [r, g, b] = [data[from + red], data[from + 1], data[from + blue]];
      out[row * y.stride + column] = ((66 * r + 129 * g + 25 * b + 128) >> 8) + 16;
      if ((row | column) & 1) continue;
      const at = (row >> 1) * u.stride + (column >> 1);
      out[u.offset + at] = ((-38 * r - 74 * g + 112 * b + 128) >> 8) + 128;
      out[v.offset + at] = ((112 * r - 94 * g - 18 * b + 128) >> 8) + 128;
    }
  }
  return out;
}
function fromNv12({width, height, data}) {
  const {planes: [, u, v], size} = tight('I420', width, height);
  const out = new Uint8Array(size);
  out.set(data.subarray(0, u.offset));
  for (let i = 0; i < u.stride * u.rows; ++i) {
    out[u.offset + i] = data[u.offset + 2 * i];
    out[v.offset + i] = data[u.offset + 2 * i + 1];
  }
  return out;
}

let pictureOf;

class VideoFrame {
  #picture;  // {format, width, height, data without padding}; shared by clones, null once closed
  #timestamp;
  #duration;
  #display;

  constructor(source, init) {
    idl.required(arguments, 1, 'VideoFrame');
    if (source === internal) {
      const {width, height, data, timestamp} = init;
      this.#picture = {format: 'I420', width, height, data: new Uint8Array(data)};
      this.#timestamp = Math.trunc(timestamp);
      this.#duration = null;
      this.#display = {width, height};
      return;
    }
    if (source instanceof VideoFrame) {
      const {timestamp = source.#timestamp, duration = source.#duration} = frameInit(init);
      this.#picture = source.#open('VideoFrame');
      this.#timestamp = Math.trunc(timestamp);
      this.#duration = duration;
      this.#display = source.#display;
      return;
    }
    idl.required(arguments, 2, 'VideoFrame');
    const {format, codedWidth: width, codedHeight: height, timestamp, duration = null, layout, ...display} = bufferInit(init);
    const data = idl.bytes(source, 'VideoFrame');
    if (width < 1 || height < 1) throw new TypeError('VideoFrame: codedWidth and codedHeight are at least 1');
    const from = placed(format, width, height, layout, 'VideoFrame');
    if (from.size > data.length) throw new TypeError(`VideoFrame: ${format} of ${width}x${height} takes ${from.size} bytes, ${data.length} given`);
    const to = tight(format, width, height);
    const kept = new Uint8Array(to.size);
    to.planes.forEach(({offset, stride, rows}, i) => {
      for (let row = 0; row < rows; ++row) {
        const at = from.planes[i].offset + row * from.planes[i].stride;
        kept.set(data.subarray(at, at + stride), offset + row * stride);
      }
    });
    this.#picture = {format, width, height, data: kept};
    this.#timestamp = Math.trunc(timestamp);
    this.#duration = duration;
    this.#display = {width: display.displayWidth ?? width, height: display.displayHeight ?? height};
  }

  #open(method) {
    if (!this.#picture) throw invalidState(`${method}: the frame is closed`);
    return this.#picture;
  }
  get format() { return this.#picture?.format ?? null; }
  get codedWidth() { return this.#picture?.width ?? 0; }
  get codedHeight() { return this.#picture?.height ?? 0; }
  get codedRect() { return this.#picture ? this.#whole() : null; }
  get visibleRect() { return this.#picture ? this.#whole() : null; }
  get displayWidth() { return this.#picture ? this.#display.width : 0; }
  get displayHeight() { return this.#picture ? this.#display.height : 0; }
  get timestamp() { return this.#timestamp; }
  get duration() { return this.#picture ? this.#duration : null; }
  get colorSpace() { return {primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m', fullRange: false}; }
  #whole() { return {x: 0, y: 0, width: this.#picture.width, height: this.#picture.height}; }

  /** The rectangle, its format and the planes of a copy. */
  #copy(options, method) {
    const picture = this.#open(method);
    const {rect = this.#whole(), layout, format = picture.format} = copyOptions(options);
    if (format !== picture.format && !(picture.format === 'I420' && pictures[format] === rgb)) {
      throw new DOMException(`${method}: ${picture.format} to ${format} is not there`, 'NotSupportedError');
    }
    const {x, y, width, height} = rect;
    if (![x, y, width, height].every(Number.isInteger) || x < 0 || y < 0 || width < 1 || height < 1 ||
        x + width > picture.width || y + height > picture.height) {
      throw new TypeError(`${method}: rect is not inside of ${picture.width}x${picture.height}`);
    }
    if (pictures[picture.format].length > 1 && (x | y) & 1) throw new TypeError(`${method}: rect: x and y are even in ${picture.format}`);
    return {rect, format, picture, to: placed(format, width, height, layout, method)};
  }
  allocationSize(options) { return this.#copy(options, 'allocationSize').to.size; }
  async copyTo(destination, options) {
    idl.required(arguments, 1, 'copyTo');
    const {rect, format, picture, to} = this.#copy(options, 'copyTo');
    const out = idl.bytes(destination, 'copyTo');
    if (out.length < to.size) throw new TypeError(`copyTo: ${to.size} bytes are copied, there is room for ${out.length}`);
    const data = format === picture.format ? picture.data : toRgb(picture, format);
    const from = tight(format, picture.width, picture.height);
    to.planes.forEach(({offset, stride, rows, used = stride}, i) => {
      const {step, bytes} = pictures[format][i];
      for (let row = 0; row < rows; ++row) {
        const at = from.planes[i].offset + (rect.y / step + row) * from.planes[i].stride + (rect.x / step) * bytes;
        out.set(data.subarray(at, at + used), offset + row * stride);
      }
    });
    return to.planes.map(({offset, stride}) => ({offset, stride}));
  }
  clone() {
    this.#open('clone');
    return new VideoFrame(this);
  }
  close() { this.#picture = null; }

  static {
    pictureOf = (frame) => {
      const picture = frame.#open('write');
      if (picture.format === 'I420') return picture;
      return {width: picture.width, height: picture.height, data: picture.format === 'NV12' ? fromNv12(picture) : fromRgb(picture)};
    };
  }
}
exposed(VideoFrame);

/** A track's picture, without a copy: its pixels are the frame's from now on. */
const frameOf = (picture) => new VideoFrame(internal, picture);

module.exports = {VideoFrame, frameOf, toRgb, fromRgb, pictureOf: (frame) => pictureOf(frame)};
