// The last minute of the line on a canvas. Above: the bitrates, with what the browser believes that the line carries (a
// dotted line) and what it tells its encoders to make (a dashed one). Below: round trip, what of it is a queue, and
// losses as bars.
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
    const split = Math.round(height * 0.62);
    const rates = { left: 4, right: width - 4, top: 16, bottom: split };
    const delays = { left: 4, right: width - 4, top: split + 22, bottom: height - 4 };
    // The page's own colours, light or dark.
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const rate = niceTop(this.#largest(100_000, 'in', 'out', 'target', 'estimate'));
    const delay = niceTop(this.#largest(5, 'rtt'));
    const loss = niceTop(this.#largest(10, 'loss'));
    this.#grid(pen, rates, 2, bits(rate), '', colour);
    this.#grid(pen, delays, 1, `${loss} % lost`, `${delay} ms`, colour);
    this.#line(pen, rates, 'out', rate, colour('out'), { fill: true });
    this.#line(pen, rates, 'in', rate, colour('in'), { fill: true });
    this.#line(pen, rates, 'estimate', rate, colour('quiet'), { dash: [1.5, 3.5] });
    this.#line(pen, rates, 'target', rate, colour('out'), { dash: [6, 4] });
    this.#bars(pen, delays, 'loss', loss, colour('loss'));
    this.#line(pen, delays, 'queue', delay, colour('rtt'), { fill: true, width: 0 });
    this.#line(pen, delays, 'rtt', delay, colour('rtt'), {});
  }

  // An estimate far beyond all that is sent would press the rest flat: it leaves the picture instead.
  #largest(least, ...keys) {
    const sent = Math.max(least, ...this.#points.flatMap((p) => keys.filter((key) => key !== 'estimate').map((key) => p[key] ?? 0)));
    if (!keys.includes('estimate')) return sent;
    return Math.max(sent, Math.min(2.5 * sent, Math.max(0, ...this.#points.map((p) => p.estimate ?? 0))));
  }

  #grid(pen, { left, right, top, bottom }, lines, leftText, rightText, colour) {
    pen.strokeStyle = colour('edge');
    pen.lineWidth = 1;
    for (let i = 0; i <= lines; i++) {
      const y = Math.round(top + ((bottom - top) * i) / lines) + 0.5;
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(right, y);
      pen.stroke();
    }
    pen.font = '11px system-ui, sans-serif';
    pen.fillStyle = colour('quiet');
    pen.textAlign = 'left';
    pen.fillText(leftText, left, top - 4);
    pen.textAlign = 'right';
    pen.fillText(rightText, right, top - 4);
  }

  #xOf({ left, right }, i) {
    const step = (right - left) / SPAN;
    return right - step * (this.#points.length - 1 - i);
  }

  #line(pen, area, key, limit, colour, { fill = false, dash = [], width = 1.8 }) {
    const { top, bottom } = area;
    const path = new Path2D();
    let first = null;
    let last = null;
    this.#points.forEach((point, i) => {
      if (point[key] == null) return;
      const x = this.#xOf(area, i);
      const y = bottom - (bottom - top) * Math.min(1, point[key] / limit);
      if (first === null) path.moveTo(x, y); else path.lineTo(x, y);
      first ??= x;
      last = x;
    });
    if (first === null) return;
    if (width > 0) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.lineJoin = 'round';
      pen.setLineDash(dash);
      pen.stroke(path);
      pen.setLineDash([]);
    }
    if (!fill) return;
    const under = new Path2D(path);
    under.lineTo(last, bottom);
    under.lineTo(first, bottom);
    pen.fillStyle = `${colour}${width > 0 ? '22' : '55'}`;
    pen.fill(under);
  }

  #bars(pen, area, key, limit, colour) {
    const { top, bottom } = area;
    const width = Math.max(2, ((area.right - area.left) / SPAN) * 0.6);
    pen.fillStyle = colour;
    this.#points.forEach((point, i) => {
      if (!point[key]) return;
      const height = Math.max(1.5, (bottom - top) * Math.min(1, point[key] / limit));
      pen.fillRect(this.#xOf(area, i) - width / 2, bottom - height, width, height);
    });
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
