// Every script of the repository as a stranger types it: --help says what it is for and exits 0; whatever is wrong with a
// command line is one line that says what to do, and exit code 2; never a stack trace, and nothing is made or run.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const top = resolve(fileURLToPath(import.meta.url), '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'tincan-scripts-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
writeFileSync(join(scratch, 'file'), 'x');

const node = (path) => [process.execPath, join(top, path)];
const scripts = {
  ...Object.fromEntries(readdirSync(join(top, 'scripts')).filter((name) => !name.includes('.') && !name.startsWith('_')).map((name) => [name, [join(top, 'scripts', name)]])),
  '.ci/run': [join(top, '.ci/run')],
  lines: node('tests/interop/lines/lines.mjs'), quality: node('tests/interop/lines/quality.mjs'), judge: node('tests/interop/judge.mjs'), 'field descriptions': node('tests/interop/field_descriptions.mjs'),
  wpt: node('node/wpt/run.mjs'), 'node bench': node('node/bench/bench.mjs'), one: node('node/bench/one.mjs'), simple_peer: node('node/scripts/simple_peer.mjs'),
  data_end: node('bench/peers/data_end.mjs'),
};
// A build that is not there: nothing is run by mistake.
const env = { ...process.env, BUILD: join(scratch, 'no-build'), SDP_JUDGE: join(scratch, 'no-judge'), TINCAN: join(scratch, 'no-tincan') };
function run(name, args, { stdout = 'pipe', more = {} } = {}) {
  const [file, ...words] = [...scripts[name], ...args];
  return spawnSync(file, words, { encoding: 'utf8', timeout: 20_000, cwd: scratch, env: { ...env, ...more }, stdio: ['ignore', stdout, 'pipe'] });
}

function refused(name, args, words, { code = 2, more } = {}) {
  const { status, stdout, stderr } = run(name, args, { more });
  const what = `${name} ${args.join(' ')}: exit ${status}\n${stderr}${stdout}`;
  assert.equal(status, code, what);
  assert.equal(stderr.trim().split('\n').length, 1, what);
  assert.match(stderr, words, what);
  assert.equal(stdout, '', what);
}

test('--help says what each script is for, and nothing is done', { timeout: 120_000 }, () => {
  assert.ok(Object.keys(scripts).length > 20);
  for (const name of Object.keys(scripts)) {
    for (const option of ['--help', '-h']) {
      const { status, stdout, stderr } = run(name, [option]);
      assert.equal(status, 0, `${name}: ${stderr}`);
      assert.equal(stderr, '', name);
      assert.ok(stdout.length > 60 && !stdout.startsWith('#'), `${name}: ${stdout}`);
    }
  }
  assert.deepEqual(readdirSync(scratch), ['file']);
});

test('an option that is not there is refused in one line, with 2', { timeout: 120_000 }, () => {
  const arguments_ = new Set(['bench', 'fuzz', 'install-deps', 'readme-test', '.ci/run', 'check-packaging']);  // words, each of which is looked at
  for (const name of Object.keys(scripts)) {
    refused(name, ['--nonsense'], arguments_.has(name) ? /nonsense/ : /there is no option --nonsense/);
  }
  assert.deepEqual(readdirSync(scratch), ['file']);
});

test('what is missing, is no number or is not there is said in one line, with 2', { timeout: 120_000 }, () => {
  for (const [name, args, words] of [
    ['bench-data', ['--seconds'], /--seconds needs a value/], ['bench-data', ['--seconds', '-1'], /--seconds: -1 is no number from 0.1 to 3600/],
    ['bench-data', ['--seconds', 'x'], /x is no number/], ['bench-data', ['--seconds', ''], /nothing is no number/], ['bench-data', ['--times', '1.5'], /1.5 is no whole number/],
    ['bench-data', ['--only', 'moon'], /there is no moon; there are loopback, lines/], ['bench-data', ['--peers', join(scratch, 'file')], /there is no folder/],
    ['bench-data', ['--json', scratch], /is a folder: name a file/], ['bench-data', ['--json', join(scratch, 'no/where.json')], /cannot be written: no such file or directory/],
    ['bench-data', ['more'], /what is "more" for/],
    ['lines', ['--seconds', '1e9'], /1e9 is no number from 6 to 3600/], ['lines', ['--only', '1 Mbit/s,moon'], /there is no moon; there are no limit, /],
    ['lines', ['--controller', 'x'], /there is no x; there are delay-loss/], ['lines', ['--seed', '-1'], /-1 is no whole number/], ['lines', ['--seconds=NaN'], /NaN is no number/],
    ['lines', ['--calls', '1.5'], /1.5 is no whole number from 1 to 100/], ['quality', ['--calls', '0'], /0 is no whole number from 1 to 100/], ['quality', ['--calls'], /--calls needs a value/],
    ['quality', ['--only', ''], /there is no ""/], ['quality', ['--seconds', '0x10'], /0x10 is no number/],
    ['judge', ['--count', '0'], /0 is no whole number/], ['judge', ['--kind', 'moon'], /no kind has "moon"/],
    ['wpt', [], /FOLDER, .* is missing/], ['wpt', [scratch], /is no checkout of web-platform-tests/], ['wpt', [join(scratch, 'file')], /there is no folder/],
    ['wpt', [scratch, '--update=yes'], /--update takes no value/], ['wpt', [scratch, '--jobs', '0'], /0 is no whole number/],
    ['node bench', ['--cpp', scratch], /there is no file/], ['one', ['tincan', '100', '1'], /100 is no TEST/], ['one', ['tincan'], /TEST is missing/],
    ['simple_peer', [], /DIR, .* is missing/], ['simple_peer', [scratch], /is no checkout of simple-peer/],
    ['data_end', [scratch, 'pion'], /pair, offer or answer is missing/], ['data_end', [scratch, 'pion', 'pair', '1', '1'], /there is no pion; there are libdatachannel/],
    ['build', [], /the FOLDER to build in is missing/], ['bench-report', [], /FOLDER is missing/], ['bench-report', [join(scratch, 'no')], /there is no folder/],
    ['check-includes', ['x'], /what is "x" for/], ['skipped', [join(scratch, 'no')], /there is no folder/], ['install-deps', ['moon'], /there is no moon: call, /],
    ['fuzz', ['moon'], /run, replay or coverage, not moon/], ['readme-test', [scratch], /is no program/], ['readme-test', [], /PROGRAM, .* is missing/],
    ['.ci/run', ['style', 'moon'], /there is no step moon/], ['install-test', ['build', 'most'], /there is no option most/],
  ]) refused(name, args, words);
  refused('fuzz', [], /FUZZ_SECONDS=x is no number/, { more: { FUZZ_SECONDS: 'x' } });
  refused('fuzz', [], /CORPUS=nowhere is no folder/, { more: { CORPUS: 'nowhere' } });
  refused('bench', [], /no program has moon in its name/, { more: { BENCH_ONLY: 'moon' } });
  assert.deepEqual(readdirSync(scratch), ['file']);
});

test('a program that is not built is one line, with 1', () => {
  for (const [name, args] of [['bench-data', ['--build', scratch]], ['lines', []], ['quality', []], ['judge', []], ['check-symbols', [scratch]]]) {
    refused(name, args, /is not built: /, { code: 1 });
  }
});

test('a full disk is said, and a reader that goes away is no stack trace', async () => {
  const full = openSync('/dev/full', 'w');
  for (const name of ['lines', 'check-includes', 'judge']) {
    const { status, stderr } = run(name, name === 'check-includes' ? [] : ['--help'], { stdout: full });
    assert.equal(status, 1, `${name}: ${stderr}`);
    assert.match(stderr, /^[\w-]+: standard output cannot be written: no space left on device\n$/i);
  }
  closeSync(full);
  for (const name of ['lines', 'bench-data', 'install-deps', 'clause-table']) {
    const [file, ...words] = scripts[name];
    const child = spawn('bash', ['-c', '"$@" --help | true', 'sh', file, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => { errors += chunk; });
    await new Promise((done) => child.on('close', done));
    assert.equal(errors, '', name);
  }
});
