// What `tincan` writes is as docs/schemas say: every line of call --stdio, call --report, and sdp --json.
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

test('sdp --json: an overview, a check, an answer and a comparison', () => {
  const isSdp = schema('sdp');
  const data = new URL('../data/sdp/', import.meta.url).pathname;
  const offer = `${data}chromium/chromium-156-audio-video-data-offer.sdp`;
  const answer = `${data}chromium/chromium-156-audio-video-data-answer.sdp`;
  const sdp = (args, input) => {
    const { status, stdout } = spawnSync(program, ['sdp', '--json', ...args], { encoding: 'utf8', input, timeout: 60_000 });
    const value = JSON.parse(stdout);
    check(isSdp, value);
    assert.ok(!isSdp({ ...value, surprise: 1 }));
    return { status, value };
  };
  assert.equal(sdp([offer]).value.sections[1].answer.codecs[0].name, 'VP8');
  assert.equal(sdp([answer]).value.type, 'answer');
  assert.equal(sdp([`${data}firefox/firefox-153-simulcast-vp8-offer.sdp`]).value.sections[0].rids.length, 3);
  assert.deepEqual(sdp(['--check', offer]), { status: 0, value: { usable: true, findings: [] } });
  assert.equal(sdp(['--answer', offer]).value.type, 'answer');
  assert.equal(sdp(['--diff', offer, answer]).status, 0);
  const text = readFileSync(offer, 'utf8');
  const broken = sdp(['--check', '-'], text.replace('a=ice-ufrag:', 'a=ice-ufrag:!'));
  assert.deepEqual([broken.status, broken.value.usable, broken.value.findings[0].column], [1, false, 13]);
  assert.equal(sdp(['-'], 'garbage').status, 1);
  // As a console logs it; and what comes of an answer can be read again.
  assert.equal(sdp(['-'], JSON.stringify({ type: 'offer', sdp: text })).status, 0);
  assert.equal(sdp(['-'], JSON.stringify(sdp(['--answer', offer]).value)).value.type, 'answer');
});

test('what is no line of --stdio', () => {
  for (const wrong of [{}, { description: { type: 'later', sdp: '' } }, { candidate: { sdpMLineIndex: 70000 } }, { bye: false }, { bye: true, description: {} }]) {
    assert.ok(!isLine(wrong), JSON.stringify(wrong));
  }
});
