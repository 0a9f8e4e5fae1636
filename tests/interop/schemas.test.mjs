// What `tincan call` writes is as docs/schemas say: every line of --stdio, and --report.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import Ajv from 'ajv';

import { program } from './lib/tincan.mjs';

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const schema = (name) => ajv.compile(JSON.parse(readFileSync(new URL(`../../docs/schemas/${name}.schema.json`, import.meta.url), 'utf8')));
const isReport = schema('report');
const isLine = schema('stdio');
const check = (validate, value) => assert.ok(validate(value), `${JSON.stringify(value, null, 1)}\n${ajv.errorsText(validate.errors, { separator: '\n' })}`);
const quiet = ['--recording', '', '--picture', ''];

async function inFolder(body) {
  const folder = await mkdtemp(join(tmpdir(), 'tincan-interop-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
const report = (folder, name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

test('both ends of a call: each line and both reports', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const ends = ['a', 'b'].map((name) => spawn(program, ['call', '--stdio', ...quiet, '--report', `${name}.json`,
      ...(name === 'a' ? ['--offer', '--duration', '2'] : [])], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] }));
    const lines = [];
    ends.forEach((end, i) => {
      end.stdin.on('error', () => {});
      end.stdout.pipe(ends[1 - i].stdin);
      createInterface({ input: end.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
    });
    const codes = await Promise.all(ends.map((end) => new Promise((done) => end.on('close', done))));
    assert.deepEqual(codes, [0, 0]);
    for (const line of lines) check(isLine, line);
    for (const kind of ['description', 'candidate', 'bye']) assert.ok(lines.some((line) => kind in line), kind);
    for (const name of ['a', 'b']) {
      const one = report(folder, name);
      check(isReport, one);
      assert.deepEqual(one.tracks.map((track) => `${track.direction} ${track.kind}`).sort(), ['in audio', 'in video', 'out audio', 'out video']);
      for (const spoiled of [{ ...one, surprise: 1 }, { ...one, tracks: [{}] }, { ...one, reason: undefined }]) {
        assert.ok(!isReport(JSON.parse(JSON.stringify(spoiled))));
      }
    }
  }));

test('a call that fails: its lines and its report', { timeout: 60_000 }, () =>
  inFolder((folder) => {
    for (const input of ['', 'not JSON\n', '{"description":{"type":"offer","sdp":"garbage"}}\n']) {
      const { status, stdout } = spawnSync(program, ['call', '--stdio', '--offer', ...quiet, '--report', 'failed.json'],
        { cwd: folder, encoding: 'utf8', input, timeout: 60_000 });
      assert.equal(status, 1);
      for (const line of stdout.trim().split('\n').filter(Boolean)) check(isLine, JSON.parse(line));
      const failed = report(folder, 'failed');
      check(isReport, failed);
      assert.equal(failed.result, 'failed');
    }
  }));

test('what is no line of --stdio', () => {
  for (const wrong of [{}, { description: { type: 'later', sdp: '' } }, { candidate: { sdpMLineIndex: 70000 } }, { bye: false }, { bye: true, description: {} }]) {
    assert.ok(!isLine(wrong), JSON.stringify(wrong));
  }
});
