#!/usr/bin/env node
// The judge: mutates real descriptions by seed, asks Chromium, Firefox and tincan, and prints who takes what, by kind.
// Exits 1 when tincan refuses what both browsers take and judge/reasons.mjs has no reason for it.
//   judge.mjs [--count 400] [--seed 1] [--kind TEXT] [--findings FILE.md]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { openBrowsers } from './judge/browsers.mjs';
import { kinds, mutate, randomFrom } from './judge/mutations.mjs';
import { reasons } from './judge/reasons.mjs';

const { values: options } = parseArgs({
  options: { count: { type: 'string', default: '400' }, seed: { type: 'string', default: '1' }, kind: { type: 'string', default: '' }, findings: { type: 'string' } },
});
const root = resolve(fileURLToPath(import.meta.url), '../../..');
const program = process.env.SDP_JUDGE ?? join(root, process.env.BUILD ?? 'build', 'sdp_judge');
const kShapes = ['audio', 'audio video', 'data', 'audio video data'];

/// tincan, as a judge like the browsers.
function openTincan() {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (questions) => {
    const replies = [];
    for (const question of questions) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`sdp_judge ended at ${JSON.stringify(question)}`);
      replies.push(JSON.parse(value));
    }
    return replies;
  };
  return { name: 'tincan', ask, async close() { child.stdin.end(); if (child.exitCode === null) await once(child, 'exit'); } };
}

const must = (replies, who) => replies.map((reply) => {
  if (!reply.ok) throw new Error(`${who} refuses a description that nobody has touched: ${reply.error}`);
  return reply.sdp;
});

/// For each shape: offers of the browsers, and answers of the browsers to an offer of each judge.
async function describe(judges) {
  const browsers = judges.filter(({ name }) => name !== 'tincan');
  const makes = kShapes.map((media, id) => ({ id, type: 'make', media }));
  const offers = await Promise.all(judges.map(async (judge) => must(await judge.ask(makes), judge.name)));
  const offerOf = (name, shape) => offers[judges.findIndex((judge) => judge.name === name)][shape];
  const sources = [];
  for (const [shape, media] of kShapes.entries()) {
    for (const browser of browsers) {
      const offer = offerOf(browser.name, shape);
      sources.push({ type: 'offer', from: browser.name, media, texts: judges.map(() => offer) });
      const questions = judges.map(({ name }, id) => ({ id, type: 'offer', sdp: offerOf(name, shape) }));
      sources.push({ type: 'answer', from: browser.name, media, texts: must(await browser.ask(questions), browser.name) });
    }
  }
  return sources;
}

/// `count` cases that differ: every kind in turn over every source, a quarter of the later ones with a second kind.
function makeCases(sources, count, seed) {
  const names = Object.keys(kinds).filter((name) => name.includes(options.kind));
  const cases = [];
  for (let i = 0; cases.length < count && i < 20 * count; ++i) {
    const random = randomFrom(seed * 1_000_003 + i);
    const used = [names[i % names.length]];
    if (i >= 2 * names.length && random.next() < 0.25) used.push(random.pick(names));
    const source = random.pick(sources);
    const texts = source.texts.map((text) => mutate(text, used, randomFrom(seed * 7919 + i)));
    if (texts.every((text) => text !== null)) cases.push({ id: cases.length, kind: used.join(' + '), source, texts });
  }
  return cases;
}

const mark = (rows, name) => {
  const taken = rows.filter(({ replies }) => replies[name].ok).length;
  return taken === rows.length ? 'takes' : taken === 0 ? 'refuses' : `${taken} of ${rows.length}`;
};

const browsers = await openBrowsers();
const judges = [...browsers, openTincan()];
try {
  const cases = makeCases(await describe(judges), Number(options.count), Number(options.seed));
  const replies = await Promise.all(judges.map((judge, i) =>
    judge.ask(cases.map(({ id, source: { type, media }, texts }) => ({ id, type, media, sdp: texts[i] })))));
  const rows = cases.map((each, row) => ({ ...each, replies: Object.fromEntries(judges.map(({ name }, i) => [name, replies[i][row]])) }));

  const byKind = Map.groupBy?.(rows, ({ kind }) => kind)
    ?? rows.reduce((map, row) => map.set(row.kind, [...(map.get(row.kind) ?? []), row]), new Map());
  const width = Math.max(...[...byKind.keys()].map((kind) => kind.length));
  console.log(`${'kind'.padEnd(width)}  ${judges.map(({ name }) => name.padEnd(9)).join(' ')}`);
  for (const [kind, group] of [...byKind].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${kind.padEnd(width)}  ${judges.map(({ name }) => mark(group, name).padEnd(9)).join(' ')}`);
  }

  const known = (row) => row.kind.split(' + ').find((kind) => kind in reasons);
  const refused = rows.filter((row) => row.replies.Chromium.ok && row.replies.Firefox.ok && !row.replies.tincan.ok);
  const fresh = refused.filter((row) => !known(row));
  const stale = Object.keys(reasons).filter((kind) => byKind.has(kind) && !refused.some((row) => row.kind === kind));
  for (const row of fresh) console.log(`refused: ${row.kind} (${row.source.type} of ${row.source.from}: ${row.source.media}): ${row.replies.tincan.error}`);
  for (const kind of new Set(refused.map(known).filter(Boolean))) console.log(`refused, for a reason: ${kind}: ${reasons[kind]}`);
  for (const kind of stale) console.log(`taken by now; take it out of judge/reasons.mjs: ${kind}`);
  const both = rows.filter((row) => row.replies.Chromium.ok && row.replies.Firefox.ok).length;
  console.log(`${rows.length} descriptions; both browsers take ${both}, of which tincan refuses ${refused.length} (${fresh.length} without a reason)`);

  if (options.findings) {
    const smallest = new Map();
    for (const row of refused) {
      const text = row.texts.at(-1);
      if (!smallest.has(row.kind) || smallest.get(row.kind).texts.at(-1).length > text.length) smallest.set(row.kind, row);
    }
    await writeFile(options.findings, [`# What both browsers take and tincan refuses (seed ${options.seed})\n`,
      ...[...smallest].map(([kind, row]) => `## ${kind}\n\n${row.source.type} of ${row.source.from}, ${row.source.media}: ${row.replies.tincan.error}\n\n\`\`\`\n${row.texts.at(-1)}\`\`\`\n`)].join('\n'));
  }
  process.exitCode = fresh.length + stale.length > 0 ? 1 : 0;
} finally {
  await Promise.all(judges.map((judge) => judge.close()));
}
