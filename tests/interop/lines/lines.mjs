// Real lines: what arrives over a narrow, a lossy and a changing line, with tincan at one end, beside two Chromiums on the
// same line. Prints a table: of several calls a row, by seeds in turn, the median, and from the least to the most. The plot
// is of the first.
//
//     node tests/interop/lines/lines.mjs [--seconds 20] [--calls 1] [--only NAME[,NAME]] [--seed 1]
//                                        [--controller delay-loss|scream|fixed] [--max-bitrate BITS]
//                                        [--json FILE] [--plot FILE.svg]
//
// --max-bitrate is what tincan sends at most, bits a second: Chromium's fake camera makes no more than 900,000.
// BUILD names the folder of the tincan that is called (build), CHROMIUM the browser.
import { writeFile } from 'node:fs/promises';

import { commandLine, number, oneOf, outputFile, someOf, whole } from '../../../scripts/command_line.mjs';
import { needProgram } from '../lib/tincan.mjs';
import { call } from './call.mjs';
import { openChromium, openTincan } from './ends.mjs';
import { plot } from './plot.mjs';
import { counts, digits, millis, percent, Table } from './table.mjs';

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
  seconds: { is: number(6, 3600), default: 20 }, calls: { is: whole(1, 100), default: 1 }, only: { is: someOf(Object.keys(lines)) },
  seed: { is: whole(0, 2 ** 32 - 1), default: 1 }, controller: { is: oneOf(['delay-loss', 'scream', 'fixed']), default: 'delay-loss' },
  'max-bitrate': { is: whole(30_000, 100_000_000) }, json: { is: outputFile }, plot: { is: outputFile },
} });
const { seconds, calls, seed } = options;
const ourFlags = ['--controller', options.controller, ...(options['max-bitrate'] ? ['--max-bitrate', `${options['max-bitrate']}`] : [])];
needProgram();

const share = (part, all) => (all ? part / all : undefined);
const p95 = (waits) => [...waits].sort((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? 0;
const table = new Table(Object.keys(lines), [
  { name: 'frames/s', of: ({ end }) => end.frames / seconds, ...digits(1) },
  { name: 'freezes', of: ({ end }) => end.freezes, ...counts },
  { name: 'frozen s', of: ({ end }) => end.frozenSeconds, ...digits(1) },
  { name: 'concealed', of: ({ end }) => share(end.concealed, end.samples), ...percent(1) },
  { name: 'kbit/s', of: ({ wire }) => (wire.bytes * 8) / seconds / 1000, ...digits(0) },
  { name: 'of line', of: ({ wire }) => utilisation(wire), ...percent(0) },
  { name: 'queue p95', of: ({ wire }) => p95(wire.waits), ...millis },
  { name: 'resent', of: ({ sender }) => share(sender.resent, sender.sent), ...percent(1) },
  { name: 'TCP has', of: ({ wire }) => wire.beside, ...percent(0) },
], calls);

/// Of what the line could have carried since its first five seconds.
function utilisation({ seconds: all }) {
  const settled = all.slice(5, -1);
  return share(settled.reduce((sum, each) => sum + each.bytes, 0), settled.reduce((sum, each) => sum + each.rate / 8, 0));
}

const fields = [];
function field(line, all) {
  // The last second is a part of one.
  const of = ([{ wire }]) => wire.seconds.slice(0, -1);
  const pairs = Object.entries(all).map(([direction, each]) => (
    { direction, rates: of(each).map(({ bytes }) => (bytes * 8) / 1000), waits: of(each).map(({ wait }) => wait) }));
  fields.push({ line, capacity: of(Object.values(all)[0]).map(({ rate }) => rate / 1000), pairs });
}

for (const [name, line] of Object.entries(lines)) {
  if (options.only && !options.only.includes(name)) continue;
  const all = { 'Chromium > Chromium': [], 'Chromium > tincan': [], 'tincan > Chromium': [] };
  for (let i = 0; i < calls; i++) {
    const how = { seconds, seed: (seed + i) % 2 ** 32 };
    const note = (direction, end, sender, wire) => all[direction].push({ seed: how.seed, end, sender, wire });
    const pair = await call(line, how);
    note('Chromium > Chromium', pair.atRight, pair.atLeft, pair.toRight);
    const ours = await call(line, { ...how, openRight: () => openTincan(...ourFlags) });
    note('Chromium > tincan', ours.atRight, ours.atLeft, ours.toRight);
    note('tincan > Chromium', ours.atLeft, ours.atRight, ours.toLeft);
  }
  for (const [direction, each] of Object.entries(all)) table.row(name, direction, each);
  field(name, all);
}
if (options.json) await writeFile(options.json, JSON.stringify(table.rows, (key, value) => (key === 'waits' ? undefined : value), 2));
if (options.plot) await writeFile(options.plot, plot(fields));
