// Real lines: what arrives over a narrow, a lossy and a changing line, with tincan at one end, beside two Chromiums on the
// same line. Prints a table; `--seconds 30`, `--only NAME`, `--json FILE`.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { openBridge } from './bridge.mjs';
import { openChromium, openTincan, withoutCandidates } from './ends.mjs';

const lines = {
  'no limit': {},
  '1 Mbit/s': { rate: 1_000_000 },
  '500 kbit/s': { rate: 500_000 },
  '2 % loss': { loss: 0.02 },
  '10 % loss': { loss: 0.1 },
  '300 ms step': { then: { after: 8, delayMs: 320 } },
};

const { values: options } = parseArgs({ options: {
  seconds: { type: 'string', default: '20' }, only: { type: 'string' }, json: { type: 'string' }, seed: { type: 'string', default: '1' },
} });
const seconds = Number(options.seconds);
const sleep = (wait) => new Promise((done) => setTimeout(done, wait * 1000));

/// One call of `seconds` over `line`: what each end received.
async function call(line, openRight) {
  const shape = { ...line };
  const left = await openChromium();
  const right = await openRight();
  let bridge;
  try {
    const answer = await right.answer(withoutCandidates(await left.offer()));
    bridge = await openBridge(shape, await right.candidate(), { seed: Number(options.seed) });
    await left.accept(withoutCandidates(answer));
    await left.add(`candidate:1 1 udp 2122260223 127.0.0.1 ${bridge.port} typ host`);
    await left.connected();
    const step = line.then && setTimeout(() => Object.assign(shape, line.then), line.then.after * 1000);
    await sleep(seconds);
    clearTimeout(step);
    const atLeft = await left.received();
    const carried = { ...bridge.toLeft };
    const atRight = await right.received();
    return { atLeft, atRight, toLeft: carried, toRight: { ...bridge.toRight } };
  } finally {
    await left.close();
    await right.close();
    await bridge?.close();
  }
}

const columns = ['line', 'direction', 'frames/s', 'freezes', 'frozen s', 'concealed', 'kbit/s', 'resent'];
const rows = [];
const show = (cells) => console.log(cells.map((cell, i) => (i < 2 ? String(cell).padEnd([13, 20][i]) : String(cell).padStart(10))).join(''));

function row(line, direction, end, sender, wire) {
  const rate = (wire.bytes * 8) / seconds / 1000;
  const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : '-');
  const cells = [line, direction, (end.frames / seconds).toFixed(1), end.freezes ?? '-', end.frozenSeconds?.toFixed(1) ?? '-',
    share(end.concealed, end.samples), rate.toFixed(0), share(sender.resent, sender.sent)];
  rows.push(Object.fromEntries(columns.map((name, i) => [name, cells[i]])));
  show(cells);
}

show(columns);
for (const [name, line] of Object.entries(lines)) {
  if (options.only && options.only !== name) continue;
  const pair = await call(line, openChromium);
  row(name, 'Chromium > Chromium', pair.atRight, pair.atLeft, pair.toRight);
  const ours = await call(line, openTincan);
  row(name, 'Chromium > tincan', ours.atRight, ours.atLeft, ours.toRight);
  row(name, 'tincan > Chromium', ours.atLeft, ours.atRight, ours.toLeft);
}
if (options.json) await writeFile(options.json, JSON.stringify(rows, null, 2));
