// How well what arrives over bad lines is heard and seen, with tincan at one end, beside two Chromiums on the same line:
// what of the sound was made up, how long sound and pictures were held back, how far sound was ahead of pictures at the end,
// freezes, pictures a second, and of how many the sender made. Prints a table: of several calls a row, by seeds in turn, the
// median, and from the least to the most.
//
//     node tests/interop/lines/quality.mjs [--seconds 15] [--calls 1] [--only NAME[,NAME]] [--seed 1] [--json FILE]
//                                          [--plot FILE.svg]
//
// BUILD names the folder of the tincan that is called (build), CHROMIUM the browser.
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { atEnd, commandLine, number, outputFile, someOf, whole } from '../../../scripts/command_line.mjs';
import { needProgram } from '../lib/tincan.mjs';
import { call } from './call.mjs';
import { openChromium, openTincan } from './ends.mjs';
import { bars } from './plot.mjs';
import { counts, digits, millis, percent, Table } from './table.mjs';
import { voice } from './voice.mjs';

const lines = {
  'nothing': {},
  '5 % lost': { loss: 0.05 },
  '10 % lost': { loss: 0.1 },
  '20 % lost': { loss: 0.2 },
  '200 ms held back each 5 s': { stallMs: 200 },
  'jitter of 100 ms': { jitterMs: 100 },
  'DTX': { dtx: true },
};

const { options } = commandLine(import.meta.url, { options: {
  seconds: { is: number(1, 3600), default: 15 }, calls: { is: whole(1, 100), default: 1 }, only: { is: someOf(Object.keys(lines)) },
  seed: { is: whole(0, 2 ** 32 - 1), default: 1 }, json: { is: outputFile }, plot: { is: outputFile },
} });
const { seconds, calls, seed } = options;
needProgram();

// RFC 7587 §6.1: what the receiver would like, so each end is told it in the other's words.
const withDtx = (sdp) => sdp.replace(/^a=rtpmap:(\d+) opus\/48000\/2\r?\n(a=fmtp:\1 )?/gim, (line, type) => (line.includes('fmtp') ? `${line}usedtx=1;` : `${line}a=fmtp:${type} usedtx=1\r\n`));

const table = new Table(Object.keys(lines), [
  { name: 'made up', of: (got) => got.concealed, ...percent(1) },
  { name: 'silent', of: (got) => got.silent, ...percent(1) },
  { name: 'stretched', of: (got) => got.stretched, ...percent(1) },
  { name: 'sound held', of: (got) => got.soundHold, ...millis },
  { name: 'for line', of: (got) => got.soundLeast, ...millis },
  { name: 'ahead', of: (got) => got.ahead, ...millis },
  { name: 'sent/s', of: ({ sent }) => sent.frames / seconds, ...digits(1) },
  { name: 'frames/s', of: (got) => got.frames / seconds, ...digits(1) },
  { name: 'freezes', of: (got) => got.freezes, ...counts },
  { name: 'frozen s', of: (got) => got.frozenSeconds, ...digits(1) },
  { name: 'video held', of: (got) => got.hold, ...millis },
  { name: 'packets/s', of: (got) => got.soundPackets / seconds, ...digits(0) },
], calls);

const folder = await mkdtemp(join(tmpdir(), 'tincan-quality-'));
atEnd(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'voice.wav');
await writeFile(file, voice());
const openLeft = () => openChromium({ args: [`--use-file-for-fake-audio-capture=${file}`] });
for (const [name, { dtx, ...line }] of Object.entries(lines)) {
  if (options.only && !options.only.includes(name)) continue;
  const all = { 'Chromium > Chromium': [], 'Chromium > tincan': [], 'tincan > Chromium': [] };
  for (let i = 0; i < calls; i++) {
    const how = { seconds, seed: (seed + i) % 2 ** 32, ask: 'quality', openLeft, munge: dtx ? withDtx : undefined };
    const note = (direction, at, from) => all[direction].push({ seed: how.seed, ...at.received, sent: from.sent });
    const pair = await call(line, { ...how, openRight: openLeft });
    note('Chromium > Chromium', pair.atRight, pair.atLeft);
    const ours = await call(line, { ...how, openRight: () => openTincan('--audio', file) });
    note('Chromium > tincan', ours.atRight, ours.atLeft);
    note('tincan > Chromium', ours.atLeft, ours.atRight);
  }
  for (const [direction, each] of Object.entries(all)) table.row(name, direction, each);
}
if (options.json) await writeFile(options.json, JSON.stringify(table.rows, null, 2));
if (options.plot) {
  await writeFile(options.plot, bars(table.rows, [
    { title: 'made up, %', of: (each) => 100 * each['made up'] }, { title: 'sound held back, ms', of: (each) => each['sound held'] },
    { title: 'pictures a second', of: (each) => each['frames/s'] }, { title: 'frozen, s', of: (each) => each['frozen s'] },
    { title: 'pictures held back, ms', of: (each) => each['video held'] },
  ]));
}
