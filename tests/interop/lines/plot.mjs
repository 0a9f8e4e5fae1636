// What came through each line over time, as one SVG: a field a line, a curve a pair of ends, the line's own rate dashed;
// below it how long packets waited in its queue.
const kColours = { 'Chromium > Chromium': '#57606a', 'Chromium > tincan': '#9a6700', 'tincan > Chromium': '#1f6feb' };
const kWidth = 560, kRates = 120, kWaits = 44, kGap = 14, kHead = 26, kLeft = 64;

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const text = (x, y, words, colour = '#57606a') => `<text x="${x}" y="${y.toFixed(1)}" fill="${colour}">${escape(words)}</text>`;

function curve(values, most, top, height, colour, more = '') {
  if (values.length < 2) return '';
  const points = values.map((value, i) => [kLeft + (kWidth * i) / (values.length - 1), top + height * (1 - Math.min(value / most, 1))]);
  return `<path d="M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}" fill="none" stroke="${colour}" stroke-width="1.5" ${more}/>`;
}

/// `fields`: [{line, capacity: [kbit/s], pairs: [{direction, rates: [kbit/s], waits: [ms]}]}], a value a second.
export function plot(fields) {
  const height = kHead + kRates + kGap + kWaits + 22;
  const parts = fields.map((field, i) => {
    const top = i * height + kHead, below = top + kRates + kGap;
    const reached = Math.max(1, ...field.pairs.flatMap((pair) => pair.rates));
    const capacity = field.capacity.length > 0 ? Math.max(...field.capacity) : 0;
    const most = 1.15 * (capacity > 0 && capacity < 4 * reached ? Math.max(capacity, reached) : reached);
    const longest = Math.max(50, ...field.pairs.flatMap((pair) => pair.waits));
    let out = text(0, top - 10, field.line, '#1f2328') + text(0, top + 10, `${Math.round(most)} kbit/s`) + text(0, below + 10, `${Math.round(longest)} ms`) + text(0, below + 23, 'queued');
    if (capacity > 0) out += curve(field.capacity, most, top, kRates, '#8c959f', 'stroke-dasharray="6 4"');
    field.pairs.forEach((pair, k) => {
      const colour = kColours[pair.direction] ?? '#000';
      out += text(kLeft + 170 + 150 * k, top - 10, pair.direction, colour);
      out += curve(pair.rates, most, top, kRates, colour) + curve(pair.waits, longest, below, kWaits, colour);
    });
    return `${out}<path d="M${kLeft} ${below + kWaits}H${kLeft + kWidth}M${kLeft} ${top + kRates}H${kLeft + kWidth}" stroke="#d0d7de"/>`;
  });
  const size = [kLeft + kWidth + 10, height * fields.length];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(' ')}" width="${size[0]}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${parts.join('\n')}</svg>\n`;
}

const kBars = 90, kGroup = 92;

/// Of `rows`, {line, direction, …}: a field for each of `figures`, [{title, of(row)}], with a group of bars a line.
export function bars(rows, figures) {
  const lines = [...new Set(rows.map((each) => each.line))];
  const width = kLeft + kGroup * lines.length + 10, height = kHead + kBars + 34;
  const parts = figures.map(({ title, of }, i) => {
    const top = i * height + kHead, most = Math.max(1e-9, ...rows.map(of));
    let out = text(0, top - 10, title, '#1f2328') + text(0, top + 10, most.toPrecision(3));
    Object.entries(kColours).forEach(([direction, colour], k) => { out += text(kLeft + 130 + 150 * k, top - 10, direction, colour); });
    lines.forEach((line, group) => {
      const x = kLeft + kGroup * group;
      out += text(x, top + kBars + 14, line.length > 17 ? `${line.slice(0, 16)}…` : line);
      Object.entries(kColours).forEach(([direction, colour], k) => {
        const found = rows.find((each) => each.line === line && each.direction === direction);
        const tall = found ? (kBars * of(found)) / most : 0;
        out += `<rect x="${x + 22 * k}" y="${(top + kBars - tall).toFixed(1)}" width="18" height="${tall.toFixed(1)}" fill="${colour}"/>`;
      });
    });
    return `${out}<path d="M${kLeft} ${top + kBars}H${width - 10}" stroke="#d0d7de"/>`;
  });
  const size = [width, height * figures.length];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(' ')}" width="${size[0]}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${parts.join('\n')}</svg>\n`;
}
