// Messages and frames of the addon beside the same in C++ and beside other WebRTC for Node.js, in one run: one table.
//
//     node node/bench/bench.mjs [--cpp data_bench] [--peers FOLDER] [--rounds 3] [--seconds 3]
//
// data_bench is bench/data.cc (CMake's target of that name, a Release build); FOLDER has node_modules with @roamhq/wrtc
// and node-datachannel (tests/interop/peers, after scripts/install-deps peers). Rounds are interleaved, and the median
// counts. A machine that does other work beside is told apart by the column of processor time.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {commandLine, folder, inputFile, number, whole} from '../../scripts/command_line.mjs';

const {options: values} = commandLine(import.meta.url, {options: {
  cpp: {is: inputFile}, peers: {is: folder}, rounds: {is: whole(1, 100), default: 3}, seconds: {is: number(0.1, 10), default: 3}}});
const one = fileURLToPath(new URL('one.mjs', import.meta.url));

const module = (name) => path.resolve(values.peers ?? '.', 'node_modules', ...name.split('/'));
const inNode = (library) => (test) => execFileSync(process.execPath, [one, library, test, String(values.seconds)], {stdio: ['ignore', 'pipe', 'ignore'], timeout: 15_000});
const libraries = [
  ...(values.cpp ? [['tincan, C++', (test) => execFileSync(path.resolve(values.cpp), [test, String(values.seconds)])]] : []),
  ['tincan, Node', inNode('tincan')],
  ...[['@roamhq/wrtc', '@roamhq/wrtc'], ['node-datachannel', 'node-datachannel/dist/cjs/polyfill/index.cjs']]
    .filter(([, file]) => values.peers && fs.existsSync(module(file))).map(([name, file]) => [name, inNode(module(file))]),
];
// Many small messages on their way are what one library needs and another cannot take: the better of two counts.
const tests = [
  {name: '64', runs: ['65536:64'], unit: 'MB/s', amount: ({rate}) => rate * 65536 / 1e6},
  {name: '100', runs: ['100:64', '100:4096'], unit: 'messages/s', amount: ({rate}) => rate},
  {name: 'frames', runs: ['frames'], unit: 'frames/s', amount: ({rate}) => rate},
];

const results = new Map(libraries.flatMap(([library]) => tests.map(({name}) => [`${library} ${name}`, []])));
for (let round = 0; round < values.rounds; ++round) {
  for (const {name, runs} of tests) {
    for (const [library, run] of libraries) {
      const got = runs.map((test) => {
        try {
          return JSON.parse(run(test));
        } catch {
          return {rate: 0};  // it has no pictures, or did not come to an end
        }
      }).sort((a, b) => b.rate - a.rate)[0];
      if (got.rate > 0) results.get(`${library} ${name}`).push(got);
    }
  }
}
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

console.log('| | messages of 64 KiB | | of 100 bytes | | pictures, 640x480, 30 a second | |');
console.log('|---|---|---|---|---|---|---|');
for (const [library] of libraries) {
  const cells = tests.flatMap(({name, unit, amount}) => {
    const all = results.get(`${library} ${name}`);
    if (!all.length) return ['-', '-'];
    const value = median(all.map(amount));
    const cost = median(all.map((each) => each.cost));
    return [`${value < 100 ? value.toFixed(1) : Math.round(value)} ${unit}`, `${cost < 100 ? cost.toFixed(1) : Math.round(cost)} µs each`];
  });
  console.log(`| ${library} | ${cells.join(' | ')} |`);
}
