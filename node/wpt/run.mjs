// Runs web-platform-tests on the addon: `make wpt WPT=FOLDER`, a checkout that lies outside the project.
//
//     node node/wpt/run.mjs FOLDER [--folders webrtc,webrtc-stats] [--only PART OF A NAME] [--jobs 2] [--report FILE.md]
//                           [--json FILE] [--reference FILE.tsv [--all]] [--update]
//
// A child process a page (page.cjs). passes.tsv has what passes, a page and a subtest a line: it may only grow, and the
// exit code is 1 when something of it fails.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {commandLine, fail, folder as aFolder, inputFile, outputFile, text, whole} from '../../scripts/command_line.mjs';

const kFolders = 'webrtc,webrtc-encoded-transform,webrtc-extensions,webrtc-priority,webrtc-stats,webrtc-svc';
const here = path.dirname(fileURLToPath(import.meta.url));
const {options: values, words: [folder]} = commandLine(import.meta.url, {
  options: {
    reference: {is: inputFile}, only: {is: text}, jobs: {is: whole(1, 64), default: 2}, report: {is: outputFile},
    json: {is: outputFile}, update: {flag: true}, folders: {is: text, default: kFolders}, all: {flag: true},
  },
  words: [['FOLDER, a checkout of web-platform-tests (make wpt WPT=FOLDER),', aFolder]],
});
if (!fs.existsSync(path.join(folder, 'resources', 'testharness.js'))) fail(`${folder} is no checkout of web-platform-tests: it has no resources/testharness.js`, 2);
const stored = path.join(here, 'passes.tsv');
const escaped = (text) => text.replace(/[\t\n\r]/g, ' ');
const keyOf = (page, name) => `${page}\t${escaped(name)}`;
const readKeys = (file) => new Set(file && fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);

function* pagesIn(under) {
  for (const entry of fs.readdirSync(path.join(folder, under), {withFileTypes: true})) {
    const name = `${under}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!['third_party', 'resources', 'tools', 'META'].includes(entry.name)) yield* pagesIn(name);
    } else if (/\.(window|any)\.js$/.test(name)) {
      yield name.replace(/\.js$/, '.html');
    } else if (/\.html$/.test(name) && /testharness\.js/.test(fs.readFileSync(path.join(folder, name), 'utf8'))) {
      yield name;
    }
  }
}

function runPage(page) {
  const text = (() => {
    try { return fs.readFileSync(path.join(folder, page), 'utf8'); } catch { return fs.readFileSync(path.join(folder, page.replace(/\.html$/, '.js')), 'utf8'); }
  })();
  const limit = /timeout["']?\s*content=["']?long|META: timeout=long/.test(text) ? 70_000 : 20_000;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--expose-gc', path.join(here, 'page.cjs'), folder, page], {stdio: ['ignore', 'pipe', 'pipe']});
    let out = '';
    let errors = '';
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { errors = (errors + data).slice(-2000); });
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      try {
        resolve({page, ...JSON.parse(out.trim().split('\n').pop())});
      } catch {
        resolve({page, status: 1, message: signal ? `ended by ${signal}` : `exit ${code}`, errors, tests: []});
      }
    });
  });
}

const reference = readKeys(values.reference);
const wanted = values.folders.split(',');
for (const each of wanted) if (!fs.existsSync(path.join(folder, each))) fail(`--folders: there is no ${each} in ${folder}`, 2);
let pages = [...new Set(wanted.flatMap((each) => [...pagesIn(each)]))].sort();
if (reference.size && !values.all) {
  const named = new Set([...reference].map((line) => line.split('\t')[0]));
  pages = pages.filter((page) => named.has(page));
}
if (values.only) pages = pages.filter((page) => page.includes(values.only));
if (pages.length === 0) fail('no page is of that name: --only takes a part of one, as webrtc/RTCPeerConnection-close.html', 2);

const results = [];
const queue = [...pages];
await Promise.all(Array.from({length: values.jobs}, async () => {
  while (queue.length) {
    const result = await runPage(queue.shift());
    results.push(result);
    const passed = result.tests.filter((test) => test.status === 0).length;
    console.log(`${String(passed).padStart(4)} of ${String(result.tests.length).padStart(4)}  ${result.page}${result.message ? `  (${escaped(result.message).slice(0, 100)})` : ''}`);
  }
}));

// ---- What came of it ----
const passes = new Set();
const failures = new Map();
for (const {page, tests, message} of results) {
  for (const test of tests) {
    if (test.status === 0) passes.add(keyOf(page, test.name));
    else failures.set(keyOf(page, test.name), test.message ?? ['', 'failed', 'timed out', 'not run'][test.status] ?? 'failed');
  }
  if (!tests.length) failures.set(keyOf(page, '(the page)'), message ?? 'no result');
}
const mine = (key) => pages.includes(key.split('\t')[0]);
const before = [...readKeys(stored)].filter(mine);
const lost = before.filter((key) => !passes.has(key));
const ofReference = [...reference].filter((key) => wanted.some((each) => key.startsWith(`${each}/`)) && (!values.only || mine(key)));
const both = ofReference.filter((key) => passes.has(key));

// Failures of one kind have one message but for names and numbers.
const kindOf = (message) => escaped(message ?? '').replace(/"[^"]*"|'[^']*'/g, '"…"').replace(/\d+/g, '#').slice(0, 110) || 'failed';
function byKind() {
  const kinds = new Map();
  for (const key of ofReference.length ? ofReference.filter((each) => !passes.has(each)) : failures.keys()) {
    const message = failures.get(key) ?? failures.get(keyOf(key.split('\t')[0], '(the page)')) ?? 'not reached';
    const kind = kindOf(message);
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push(key);
  }
  return [...kinds].sort((a, b) => b[1].length - a[1].length);
}
const lines = [
  `web-platform-tests on the addon: ${passes.size} subtests pass, ${failures.size} do not, in ${pages.length} pages of ${wanted.join(', ')}`,
  ...(ofReference.length ? [`of the reference's ${ofReference.length}: ${both.length} (${(100 * both.length / ofReference.length).toFixed(1)} %)`] : []),
  ...(lost.length ? [`${lost.length} that passed before do not:`, ...lost.map((key) => `  ${key}: ${failures.get(key) ?? ''}`)] : []),
];
console.log(`\n${lines.join('\n')}`);
if (values.report) {
  const kinds = byKind().map(([kind, keys]) => `\n## ${keys.length}: ${kind}\n\n${keys.map((key) => `- ${key.replace('\t', ': ')} (${escaped(failures.get(key) ?? '').slice(0, 200)})`).join('\n')}`);
  fs.writeFileSync(values.report, `# ${lines.join('\n\n')}\n${kinds.join('\n')}\n`);
}
if (values.json) fs.writeFileSync(values.json, JSON.stringify(results));
if (values.update) {
  const others = [...readKeys(stored)].filter((key) => !mine(key));
  fs.writeFileSync(stored, `${[...new Set([...others, ...before, ...passes])].sort().join('\n')}\n`);
}
process.exit(lost.length ? 1 : 0);
