#!/usr/bin/env node
// The judge: mutates real descriptions by seed, asks Chromium, Firefox and tincan, and prints who takes what, by kind, and
// whose sections come out otherwise than with both browsers (rejected, or another direction). Of the kinds that both
// browsers take, some are then used in real calls. Exits 1 when tincan stands alone and judge/reasons.mjs has no reason.
//
//     node tests/interop/judge.mjs [--count 800] [--calls 30] [--seed 1] [--kind PART OF A NAME] [--findings FILE.md]
//
// BUILD names the folder of sdp_judge and tincan (build), CHROMIUM and FIREFOX the browsers.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { commandLine, fail, outputFile, whole } from '../../scripts/command_line.mjs';
import { openBrowsers } from './judge/browsers.mjs';
import { holdCalls } from './judge/calls.mjs';
import { kinds, mutate, randomFrom } from './judge/mutations.mjs';
import { callReasons, reasons, sectionReasons } from './judge/reasons.mjs';

/// Which kinds have this in their names.
const kindsWith = (words) => {
  const names = Object.keys(kinds).filter((name) => name.includes(words));
  return names.length > 0 ? names : fail(`--kind: no kind has "${words}" in its name: see judge/mutations.mjs (--help tells more)`, 2);
};
const { options } = commandLine(import.meta.url, { options: {
  count: { is: whole(1, 100_000), default: 800 }, calls: { is: whole(0, 1000), default: 30 }, seed: { is: whole(0, 1_000_000), default: 1 },
  kind: { is: kindsWith, default: Object.keys(kinds) }, findings: { is: outputFile },
} });
const root = resolve(fileURLToPath(import.meta.url), '../../..');
const program = process.env.SDP_JUDGE ?? join(root, process.env.BUILD ?? 'build', 'sdp_judge');
if (!existsSync(program)) fail(`${program} is not built: make judge builds it`);
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
  const names = options.kind;
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

/// All take it, and both browsers make the same of it.
const compares = ({ replies: { Chromium, Firefox, tincan } }) => Chromium.ok && Firefox.ok && tincan.ok
  && Chromium.sections.length > 0 && String(Chromium.sections) === String(Firefox.sections);
/// And tincan something else.
const differs = (row) => compares(row) && String(row.replies.tincan.sections) !== String(row.replies.Chromium.sections);

/// `count` cases for calls: evenly from `names`, offers and answers of both browsers in turn.
function makeCalls(names, count, seed) {
  return Array.from({ length: Math.min(count, names.length) }, (_, i) => {
    const kind = names[(Math.floor((i * names.length) / Math.min(count, names.length)) + seed) % names.length];
    const [type, writer] = [i % 2 === 0 ? 'offer' : 'answer', Math.floor(i / 2) % 2 === 0 ? 'Chromium' : 'Firefox'];
    return { kind, type, writer, media: 'audio video data', change: (text) => mutate(text, [kind], randomFrom(seed * 104_729 + i)) };
  });
}

const browsers = await openBrowsers();
const judges = [...browsers, openTincan()];
try {
  const cases = makeCases(await describe(judges), options.count, options.seed);
  const replies = await Promise.all(judges.map((judge, i) =>
    judge.ask(cases.map(({ id, source: { type, media }, texts }) => ({ id, type, media, sdp: texts[i] })))));
  const rows = cases.map((each, row) => ({ ...each, replies: Object.fromEntries(judges.map(({ name }, i) => [name, replies[i][row]])) }));

  const byKind = Map.groupBy?.(rows, ({ kind }) => kind)
    ?? rows.reduce((map, row) => map.set(row.kind, [...(map.get(row.kind) ?? []), row]), new Map());
  const width = Math.max(...[...byKind.keys()].map((kind) => kind.length));
  console.log(`${'kind'.padEnd(width)}  ${judges.map(({ name }) => name.padEnd(9)).join(' ')} sections`);
  for (const [kind, group] of [...byKind].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const other = group.filter(differs).length;
    console.log(`${kind.padEnd(width)}  ${judges.map(({ name }) => mark(group, name).padEnd(9)).join(' ')} ${other > 0 ? `${other} of ${group.length} differ` : 'same'}`);
  }

  const known = (row, list) => row.kind.split(' + ').find((kind) => kind in list);
  const refused = rows.filter((row) => row.replies.Chromium.ok && row.replies.Firefox.ok && !row.replies.tincan.ok);
  const other = rows.filter(differs);
  const from = ({ source }) => `${source.type} of ${source.from}: ${source.media}`;
  let wrong = 0;
  /// Each without a reason; then each reason that was used; then each that is of no use any more.
  const tell = (what, found, asked, list, say) => {
    const fresh = found.filter((row) => !known(row, list));
    for (const row of fresh) console.log(`${what}: ${row.kind} (${say(row)}`);
    for (const kind of new Set(found.map((row) => known(row, list)).filter(Boolean))) console.log(`${what}, for a reason: ${kind}: ${list[kind]}`);
    const stale = Object.keys(list).filter((kind) => asked(kind) && !found.some((row) => row.kind === kind));
    for (const kind of stale) console.log(`${what} no more; take it out of judge/reasons.mjs: ${kind}`);
    wrong += fresh.length + stale.length;
    return fresh.length;
  };
  const fresh = tell('refused', refused, (kind) => byKind.has(kind), reasons, (row) => `${from(row)}): ${row.replies.tincan.error}`);
  const otherwise = tell('other sections', other, (kind) => byKind.has(kind), sectionReasons,
    (row) => `${from(row)}): browsers ${row.replies.Chromium.sections.join(', ')}; tincan ${row.replies.tincan.sections.join(', ')}`);
  const both = rows.filter((row) => row.replies.Chromium.ok && row.replies.Firefox.ok).length;
  console.log(`${rows.length} descriptions; both browsers take ${both}, of which tincan refuses ${refused.length} (${fresh} without a reason); of ${rows.filter(compares).length} in which both make the same of the sections, other ones in ${other.length} (${otherwise})`);

  const taken = [...byKind].filter(([kind, group]) => kind in kinds && group.every(({ replies }) => replies.Chromium.ok && replies.Firefox.ok)).map(([kind]) => kind).sort();
  const calls = await holdCalls(browsers, makeCalls(taken, options.calls, options.seed), ({ kind, type, writer, expected, missing, error }) => {
    const how = expected === null ? `no call between browsers either: ${error ?? 'not connected'}` : missing.length === 0 ? 'comes up' : `without ${missing.join(', ')}`;
    console.log(`call  ${kind.padEnd(width)}  ${`${type} of ${writer}`.padEnd(18)}  ${how}`);
  });
  const failed = calls.filter(({ missing }) => missing.length > 0);
  const broken = tell('no call', failed, (kind) => calls.some((row) => row.kind === kind), callReasons,
    ({ type, writer, missing, error }) => `${type} of ${writer}): without ${missing.join(', ')}: ${error}`);
  const held = calls.filter(({ expected }) => expected !== null).length;
  console.log(`${calls.length} calls; between browsers ${held} come up, of which with tincan ${held - failed.length} (${broken} without a reason)`);

  if (options.findings) {
    const smallest = new Map();
    for (const row of refused) {
      const text = row.texts.at(-1);
      if (!smallest.has(row.kind) || smallest.get(row.kind).texts.at(-1).length > text.length) smallest.set(row.kind, row);
    }
    await writeFile(options.findings, [`# What both browsers take and tincan refuses (seed ${options.seed})\n`,
      ...[...smallest].map(([kind, row]) => `## ${kind}\n\n${row.source.type} of ${row.source.from}, ${row.source.media}: ${row.replies.tincan.error}\n\n\`\`\`\n${row.texts.at(-1)}\`\`\`\n`)].join('\n'));
  }
  process.exitCode = wrong > 0 ? 1 : 0;
} finally {
  await Promise.all(judges.map((judge) => judge.close()));
}
