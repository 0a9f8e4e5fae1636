// Real lines: what arrives over a narrow, a lossy and a changing line, with tincan at one end, beside two Chromiums on the
// same line. Prints a table.
//
//     node tests/interop/lines/lines.mjs [--seconds 20] [--only NAME[,NAME]] [--seed 1] [--controller delay-loss|scream|fixed]
//                                        [--max-bitrate BITS] [--json FILE] [--plot FILE.svg]
//
// --max-bitrate is what tincan sends at most, bits a second: Chromium's fake camera makes no more than 900,000.
// BUILD names the folder of the tincan that is called (build), CHROMIUM the browser.
import { writeFile } from 'node:fs/promises';

import { commandLine, number, oneOf, outputFile, someOf, whole } from '../../../scripts/command_line.mjs';
import { needProgram } from '../lib/tincan.mjs';
import { call } from './call.mjs';
import { openChromium, openTincan } from './ends.mjs';
import { plot } from './plot.mjs';

const lines = {
  'no limit': {},
  '300 kbit/s': { rate: 300_000 },
  '500 kbit/s': { rate: 500_000 },
  '1 Mbit/s': { rate: 1_000_000 },
  '5 Mbit/s': { rate: 5_000_000 },
  '20 Mbit/s': { rate: 20_000_000 },
  'down and up': { rate: 2_000_000, then: [{ after: 0.4, rate: 500_000 }, { after: 0.7, rate: 2_000_000 }] },
  'beside a TCP': { rate: 2_000_000, tcp: true },  // each way, from 5 s on
  '200 ms RTT': { rate: 2_000_000, delayMs: 100 },
  '2 % loss': { loss: 0.02 },
  '10 % loss': { loss: 0.1 },
  '300 ms step': { then: [{ after: 0.4, delayMs: 320 }] },  // after these shares of the call
};

const { options } = commandLine(import.meta.url, { options: {
  seconds: { is: number(6, 3600), default: 20 }, only: { is: someOf(Object.keys(lines)) }, seed: { is: whole(0, 2 ** 32 - 1), default: 1 },
  controller: { is: oneOf(['delay-loss', 'scream', 'fixed']), default: 'delay-loss' },
  'max-bitrate': { is: whole(30_000, 100_000_000) }, json: { is: outputFile }, plot: { is: outputFile },
} });
const { seconds, seed } = options;
const ourFlags = ['--controller', options.controller, ...(options['max-bitrate'] ? ['--max-bitrate', `${options['max-bitrate']}`] : [])];
needProgram();

const columns = ['line', 'direction', 'frames/s', 'freezes', 'frozen s', 'concealed', 'kbit/s', 'of line', 'p95 ms', 'resent', 'TCP has'];
const fields = [];
const p95 = (waits) => [...waits].sort((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? 0;
const rows = [];
const show = (cells) => console.log(cells.map((cell, i) => (i < 2 ? String(cell).padEnd([13, 20][i]) : String(cell).padStart(10))).join(''));

function row(line, direction, end, sender, wire) {
  const rate = (wire.bytes * 8) / seconds / 1000;
  const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : '-');
  const cells = [line, direction, (end.frames / seconds).toFixed(1), end.freezes ?? '-', end.frozenSeconds?.toFixed(1) ?? '-',
    share(end.concealed, end.samples), rate.toFixed(0), utilisation(wire), p95(wire.waits).toFixed(0), share(sender.resent, sender.sent), wire.beside];
  rows.push(Object.fromEntries(columns.map((name, i) => [name, cells[i]])));
  show(cells);
  const field = fields.find((each) => each.line === line) ?? fields[fields.push({ line, capacity: [], pairs: [] }) - 1];
  // The last second is a part of one.
  const whole = wire.seconds.slice(0, -1);
  field.capacity = whole.map((each) => each.rate / 1000);
  field.pairs.push({ direction, rates: whole.map((each) => (each.bytes * 8) / 1000), waits: whole.map((each) => each.wait) });
}

/// Of what the line could have carried since its first five seconds.
function utilisation({ seconds: all }) {
  const settled = all.slice(5, -1);
  const could = settled.reduce((sum, each) => sum + each.rate / 8, 0);
  return could > 0 ? `${((100 * settled.reduce((sum, each) => sum + each.bytes, 0)) / could).toFixed(0)} %` : '-';
}

show(columns);
for (const [name, line] of Object.entries(lines)) {
  if (options.only && !options.only.includes(name)) continue;
  const how = { seconds, seed };
  const pair = await call(line, how);
  row(name, 'Chromium > Chromium', pair.atRight, pair.atLeft, pair.toRight);
  const ours = await call(line, { ...how, openRight: () => openTincan(...ourFlags) });
  row(name, 'Chromium > tincan', ours.atRight, ours.atLeft, ours.toRight);
  row(name, 'tincan > Chromium', ours.atLeft, ours.atRight, ours.toLeft);
}
if (options.json) await writeFile(options.json, JSON.stringify(rows, null, 2));
if (options.plot) await writeFile(options.plot, plot(fields));
