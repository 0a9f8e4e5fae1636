// The two examples (apps/examples): two peers in one process, and one with headless Chromium, either side offering.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import WebSocket from 'ws';  // puppeteer-core has it

import { program as tincan } from './lib/tincan.mjs';

const kStunsError = /icecandidateerror 701, stuns:stun\.example\.org:5349: \S/;
// Chromium sends a smaller picture while its processor is busy.
const kMedia = /received video (?:640x480|480x360|320x240), [1-9]\d* frames; audio, [1-9]\d* frames/;

/// Starts an example: `line(pattern)` waits for a line of its output, `end` gives {code, output, complaints}.
function start(name, args) {
  const child = spawn(join(dirname(tincan), name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const watchdog = setTimeout(() => child.kill('SIGKILL'), 60_000);
  let [output, complaints] = ['', ''];
  const end = new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(watchdog);
      done({ code, output, complaints });
    });
  });
  child.stderr.on('data', (chunk) => { complaints += chunk; });
  const waiting = new Set();
  child.stdout.on('data', (chunk) => {
    output += chunk;
    for (const look of waiting) look();
  });
  const line = (pattern) => new Promise((found, failed) => {
    const look = () => {
      const match = pattern.exec(output);
      if (!match) return;
      waiting.delete(look);
      found(match);
    };
    waiting.add(look);
    look();
    end.then(() => failed(new Error(`${name} ended without ${pattern}:\n${output}${complaints}`)), failed);
  });
  return { child, end, line };
}

for (const name of ['perfect_peer', 'classic_peer']) {
  describe(name, () => {
    test('two peers in one process', async () => {
      const { code, output, complaints } = await start(name, ['--duration', '0.5']).end;
      assert.equal(code, 0, output + complaints);
      assert.equal(complaints, '');
      for (const peer of ['caller', 'callee']) assert.match(output, new RegExp(`${peer} ${kMedia.source}`));
      if (name === 'classic_peer') assert.match(output, kStunsError);
    });

    for (const [offerer, args] of [['the page', []], ['tincan', ['--offer']]]) {
      test(`with Chromium; ${offerer} offers`, async () => {
        const { code, output, complaints } = await start(name, ['--headless', '--duration', '1', ...args]).end;
        assert.equal(code, 0, output + complaints);
        assert.equal(complaints, '');
        assert.equal(/\.html\?start$/m.test(output), offerer === 'the page');
        assert.match(output, new RegExp(`tincan ${kMedia.source}`));
        assert.match(output, /the page received video 640x480, [1-9]\d* frames/);
        if (name === 'classic_peer') assert.match(output, kStunsError);
      });
    }
  });
}

/// What an example with a page says to these messages; ends when it does, or by the page's leaving.
async function say(name, messages, until) {
  const example = start(name, ['--browser']);
  const [, host] = await example.line(/http:\/\/([^/]+)\//);
  const socket = new WebSocket(`ws://${host}/ws`);
  await new Promise((open, failed) => { socket.onopen = open; socket.onerror = failed; });
  for (const message of messages) socket.send(message);
  if (until) await example.line(until);
  if (until) socket.close();
  const result = await example.end;
  socket.terminate();
  return result;
}

describe('bad input', () => {
  const oneLine = ({ code, complaints }, pattern) => {
    assert.equal(code, 1);
    assert.match(complaints, pattern);
    assert.equal(complaints.trim().split('\n').length, 1, complaints);
  };

  test('an unknown desc.type is told of, and the rest goes on', async () => {
    const messages = ['pranswer', 'nonsense', 7].map((type) => JSON.stringify({ desc: { type, sdp: '' } }));
    const result = await say('classic_peer', messages, /(Unsupported SDP type\. Your code may differ here\.\s[^]*){3}/);
    oneLine(result, /^classic_peer: the page went away: /);
  });

  for (const [what, name, message, complaint] of [
    ['no JSON', 'perfect_peer', 'v=0', /no JSON object/],
    ['half of a JSON', 'perfect_peer', '{"candidate":{', /no JSON object/],
    ['deep JSON', 'perfect_peer', `{"description":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /"description" is an object/],
    ['a description of a wrong type', 'perfect_peer', '{"description":{"type":"nonsense","sdp":""}}', /"type" is offer/],
    ['a description that is none', 'perfect_peer', '{"description":7}', /"description" is an object/],
    ['a broken SDP', 'perfect_peer', '{"description":{"type":"offer","sdp":"v=1"}}', /^perfect_peer: tincan: \S/],
    ['a broken SDP', 'classic_peer', '{"desc":{"type":"offer","sdp":"v=1"}}', /^classic_peer: tincan: \S/],
    ['an answer to no offer', 'classic_peer', '{"desc":{"type":"answer","sdp":"v=0"}}', /^classic_peer: tincan: \S/],
    ['a candidate before its description', 'classic_peer', '{"candidate":{"candidate":"candidate:1 1 udp 1 1.2.3.4 5 typ host","sdpMid":"0"}}', /^classic_peer: tincan: \S/],
    ['a page that fails', 'classic_peer', '{"error":"NotAllowedError"}', /^classic_peer: the page: NotAllowedError$/m],
  ]) {
    test(`${name}: ${what}`, async () => oneLine(await say(name, [message]), complaint));
  }

  test('a port in use', async () => {
    const first = start('perfect_peer', ['--browser']);
    const [, port] = await first.line(/127\.0\.0\.1:(\d+)/);
    oneLine(await start('classic_peer', ['--browser', '--port', port]).end, /--port/);
    first.child.kill('SIGINT');
    oneLine(await first.end, /^perfect_peer: interrupted/);
  });
});

test('a wrong command line of an example is one line and 2, and --help starts nothing', () => {
  const run = (name, ...args) => spawnSync(join(dirname(tincan), name), args, { encoding: 'utf8', timeout: 10_000 });
  for (const name of ['perfect_peer', 'classic_peer', 'telephone', 'room', 'sfu']) {
    const help = run(name, '--help');
    assert.equal(help.status, 0, name);
    assert.match(help.stdout, /Usage: \w+ /);
    const cases = [[['--nonsense'], /there is no option --nonsense/], ...(name === 'sfu'
      ? [[['0'], /viewers: 0 is no whole number from 1 to 100/], [['3', 'x'], /seconds: x is no whole number/], [['1', '1', '1'], /what is "1" for/]]
      : name === 'room' ? [[['70000'], /70000 is no whole number from 0 to 65535/], [['1', '2'], /what is "2" for/]]
        : [[['--port', '70000'], /70000 is no whole number/], [['--port'], /--port needs a value/], [['--duration', 'x'], /x is no number above 0/], [['more'], /what is "more" for/]])];
    for (const [args, words] of cases) {
      const { status, stdout, stderr } = run(name, ...args);
      assert.equal(status, 2, `${name} ${args.join(' ')}: ${stderr}`);
      assert.match(stderr, words);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
      assert.equal(stdout, '');
    }
  }
});
