// The last minute of bitrates (left scale) and round-trip time (right scale) on a canvas.
const SPAN = 60;

export class Graph {
  #canvas;
  #points = [];

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  clear() {
    this.#points = [];
    this.draw();
  }

  add(point) {
    this.#points.push(point);
    if (this.#points.length > SPAN + 1) this.#points.shift();
    this.draw();
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = window.devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    const pen = this.#canvas.getContext('2d');
    pen.scale(scale, scale);
    const area = { left: 4, right: width - 4, top: 16, bottom: height - 4 };
    // The page's own colours, light or dark.
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const rate = niceTop(Math.max(100_000, ...this.#points.map((p) => Math.max(p.in, p.out))));
    const rtt = niceTop(Math.max(5, ...this.#points.map((p) => p.rtt ?? 0)));
    this.#grid(pen, area, rate, rtt, colour);
    this.#line(pen, area, 'rtt', rtt, colour('rtt'), false);
    this.#line(pen, area, 'out', rate, colour('out'), true);
    this.#line(pen, area, 'in', rate, colour('in'), true);
  }

  #grid(pen, { left, right, top, bottom }, rate, rtt, colour) {
    pen.strokeStyle = colour('edge');
    pen.lineWidth = 1;
    for (let i = 0; i <= 2; i++) {
      const y = Math.round(top + ((bottom - top) * i) / 2) + 0.5;
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(right, y);
      pen.stroke();
    }
    pen.font = '11px system-ui, sans-serif';
    pen.fillStyle = colour('quiet');
    pen.textAlign = 'left';
    pen.fillText(bits(rate), left, top - 4);
    pen.textAlign = 'right';
    pen.fillText(`${rtt} ms`, right, top - 4);
  }

  #line(pen, { left, right, top, bottom }, key, limit, colour, fill) {
    const step = (right - left) / SPAN;
    const start = right - step * (this.#points.length - 1);
    const path = new Path2D();
    let first = null;
    let last = null;
    this.#points.forEach((point, i) => {
      if (point[key] == null) return;
      const x = start + i * step;
      const y = bottom - (bottom - top) * Math.min(1, point[key] / limit);
      if (first === null) path.moveTo(x, y); else path.lineTo(x, y);
      first ??= x;
      last = x;
    });
    if (first === null) return;
    pen.strokeStyle = colour;
    pen.lineWidth = 1.8;
    pen.lineJoin = 'round';
    pen.stroke(path);
    if (!fill) return;
    const under = new Path2D(path);
    under.lineTo(last, bottom);
    under.lineTo(first, bottom);
    pen.fillStyle = `${colour}22`;
    pen.fill(under);
  }
}

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value);
}

export function bits(rate) {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(rate / 1e3)} kbit/s`;
}
