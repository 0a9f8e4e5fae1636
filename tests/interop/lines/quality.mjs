// How well what arrives over bad lines is heard and seen, with tincan at one end, beside two Chromiums on the same line:
// what of the sound was made up, how long sound and pictures were held back, freezes, pictures a second. Prints a table.
//
//     node tests/interop/lines/quality.mjs [--seconds 15] [--only NAME[,NAME]] [--seed 1] [--json FILE] [--plot FILE.svg]
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
  seconds: { is: number(1, 3600), default: 15 }, only: { is: someOf(Object.keys(lines)) }, seed: { is: whole(0, 2 ** 32 - 1), default: 1 },
  json: { is: outputFile }, plot: { is: outputFile },
} });
const { seconds, seed } = options;
needProgram();

// RFC 7587 §6.1: what the receiver would like, so each end is told it in the other's words.
const withDtx = (sdp) => sdp.replace(/^a=rtpmap:(\d+) opus\/48000\/2\r?\n(a=fmtp:\1 )?/gim, (line, type) => (line.includes('fmtp') ? `${line}usedtx=1;` : `${line}a=fmtp:${type} usedtx=1\r\n`));

const columns = ['line', 'direction', 'made up', 'silent', 'stretched', 'sound held', 'for line', 'frames/s', 'freezes', 'frozen s', 'video held', 'packets/s'];
const rows = [];
const show = (cells) => console.log(cells.map((cell, i) => (i < 2 ? String(cell).padEnd([27, 21][i]) : String(cell).padStart(11))).join(''));
const percent = (share) => `${(100 * share).toFixed(1)} %`;

function row(line, direction, got) {
  rows.push({ line, direction, ...got, framesASecond: got.frames / seconds });
  show([line, direction, percent(got.concealed), percent(got.silent), percent(got.stretched), `${got.soundHold.toFixed(0)} ms`, `${got.soundLeast.toFixed(0)} ms`,
    (got.frames / seconds).toFixed(1), got.freezes, got.frozenSeconds.toFixed(1), `${got.hold.toFixed(0)} ms`, (got.soundPackets / seconds).toFixed(0)]);
}

const folder = await mkdtemp(join(tmpdir(), 'tincan-quality-'));
atEnd(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'voice.wav');
await writeFile(file, voice());
const openLeft = () => openChromium({ args: [`--use-file-for-fake-audio-capture=${file}`] });
show(columns);
for (const [name, { dtx, ...line }] of Object.entries(lines)) {
  if (options.only && !options.only.includes(name)) continue;
  const how = { seconds, seed, ask: 'quality', openLeft, munge: dtx ? withDtx : undefined };
  const pair = await call(line, { ...how, openRight: openLeft });
  row(name, 'Chromium > Chromium', pair.atRight);
  const ours = await call(line, { ...how, openRight: () => openTincan('--audio', file) });
  row(name, 'Chromium > tincan', ours.atRight);
  row(name, 'tincan > Chromium', ours.atLeft);
}
if (options.json) await writeFile(options.json, JSON.stringify(rows, null, 2));
if (options.plot) {
  await writeFile(options.plot, bars(rows, [
    { title: 'made up, %', of: (each) => 100 * each.concealed }, { title: 'sound held back, ms', of: (each) => each.soundHold },
    { title: 'pictures a second', of: (each) => each.framesASecond }, { title: 'frozen, s', of: (each) => each.frozenSeconds },
    { title: 'pictures held back, ms', of: (each) => each.hold },
  ]));
}
