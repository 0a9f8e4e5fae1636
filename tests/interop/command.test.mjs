// `tincan call` as a user starts it: what it leaves behind, and what it says when something is wrong.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { program, startCall } from './lib/tincan.mjs';

async function inFolder(body) {
  const folder = await mkdtemp(join(tmpdir(), 'tincan-interop-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const run = (args, options = {}) => spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, ...options });
const profiles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('tincan-browser-'));

test('--headless holds a call by itself and leaves a recording, a picture and a report', { timeout: 90_000 }, () =>
  inFolder((folder) => {
    const { status, stdout, stderr } = run(['call', '--headless', '--duration', '3', '--port', '0', '--report', 'r.json'], { cwd: folder });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /wrote call\.webm/);
    const webm = readFileSync(join(folder, 'call.webm'));
    assert.deepEqual([...webm.subarray(0, 4)], [0x1a, 0x45, 0xdf, 0xa3]);
    const png = readFileSync(join(folder, 'call.png'));
    assert.equal(png.toString('latin1', 1, 4), 'PNG');
    const report = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8'));
    assert.equal(report.result, 'ok');
    assert.ok(report.secondsToFirstFrame > 0);
  }));

test('Ctrl-C ends it cleanly and takes Chromium along', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const before = profiles();
    const child = spawn(program, ['call', '--headless', '--duration', '60', '--port', '0'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    await new Promise((connectedNow, failed) => {
      child.stdout.on('data', (chunk) => { output += chunk; if (/ connected, /.test(output)) connectedNow(); });
      child.on('close', (code) => failed(new Error(`ended with ${code}: ${output}`)));
    });
    child.removeAllListeners('close');
    child.kill('SIGINT');
    const code = await new Promise((done) => child.on('close', done));
    assert.match(output, /call ended: interrupted/);
    assert.ok([0, 1].includes(code));  // 1 when it was too short for media to flow
    assert.deepEqual(profiles(), before, 'no profile is left');
  }));

test('a port in use is one clear line', { timeout: 30_000 }, async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((up) => server.on('listening', up));
  const { port } = server.address();
  const { status, stderr } = run(['call', '--no-browser', '--port', String(port)]);
  server.close();
  assert.equal(status, 1);
  assert.equal(stderr, `tincan: port ${port} is in use (another call?): choose another with --port, or 0 for any\n`);
});

test('bad input is one clear line and a non-zero exit code', { timeout: 60_000 }, () => {
  const cases = [
    [['call', '--video', 'nowhere.y4m', '--no-browser'], 2, /--video: there is no file nowhere\.y4m/],
    [['call', '--bind', 'localhost', '--no-browser'], 2, /--bind: localhost is no IP address/],
    [['call', '--stdio', '--headless'], 2, /--stdio has no page/],
    [['call', '--stdio', '--ice-server', 'http://example.org'], 2, /--ice-server: .*http:\/\/example\.org/],
    [['call', '--stdio', '--ice-server', 'turn:192.0.2.1'], 2, /needs --ice-username and --ice-credential/],
    [['call', '--stdio', '--interface', 'none0'], 2, /--interface: this machine has none that is called none0/],
  ];
  for (const [args, code, words] of cases) {
    const { status, stderr } = run(args, { input: '' });
    assert.equal(status, code, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, words);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  for (const line of ['not JSON', '{"description":{"type":"offer","sdp":"garbage"}}', '{"description":{"type":"later"}}', '{}']) {
    const { status, stdout, stderr } = run(['call', '--stdio', '--recording', '', '--picture', ''], { input: `${line}\n` });
    assert.equal(status, 1, line);
    assert.doesNotMatch(stderr, /Sanitizer|terminate/);
    for (const out of stdout.trim().split('\n').filter(Boolean)) assert.doesNotThrow(() => JSON.parse(out));
  }
});

test('--verbose tells what the stack does, and nothing does without it', { timeout: 60_000 }, () => {
  const line = / *\d+\.\d{3} info ice: new -> closed\n/;
  for (const verbose of [true, false]) {
    const args = ['call', '--stdio', '--recording', '', '--picture', '', ...(verbose ? ['--verbose'] : [])];
    const { stderr } = run(args, { input: '{}\n' });
    assert.equal(line.test(stderr), verbose, stderr);
  }
});

test('the command line is refused with 2, and --version says the version', () => {
  assert.equal(run(['call', '--nonsense']).status, 2);
  for (const [args, words] of [[[], /say what to do: call, ice, sdp or bench/], [['nonsense'], /there is no command nonsense/], [['call', '--duration', '-1'], /-1 is no number above 0/], [['ice', '--interface', 'none0'], /none that is called none0/],
    [['bench', '--json', '/nowhere/x'], /--json: \/nowhere\/x cannot be written/]]) {
    const { status, stderr } = run(args);
    assert.equal(status, 2);
    assert.match(stderr, words);
  }
  assert.equal(run(['call', '--port', '70000']).status, 2);
  const { status, stdout } = run(['--version']);
  assert.equal(status, 0);
  assert.match(stdout, /^tincan \d+\.\d+\.\d+\n$/);
});

test('what went wrong is said once', { timeout: 60_000 }, () => {
  const said = (text, words) => text.split(words).length - 1;
  const ended = run(['call', '--stdio'], { input: '' });
  assert.equal(ended.status, 1);
  assert.equal(said(ended.stderr, 'standard input ended before the call was connected'), 1, ended.stderr);
  const ill = run(['call', '--stdio'], { input: 'x\n' });
  assert.equal(ill.status, 1);
  assert.equal(said(ill.stderr, 'not a JSON object'), 1, ill.stderr);
  const name = 'nowhere.invalid';
  for (const args of [['--server', `stun:${name}`], ['--check', `stun:${name}`]]) {
    const { status, stdout, stderr } = run(['ice', ...args]);
    assert.equal(status, 1);
    const fault = (stdout + stderr).split('\n').filter((line) => /resolve/.test(line));
    assert.equal(fault.length, 1, stdout + stderr);
    assert.equal(said(fault[0], 'resolve'), 1, fault[0]);
  }
});

test('output that cannot be written is one line and 1, and a reader that goes away is no failure', { timeout: 60_000 }, () => {
  const shell = (command) => spawnSync('bash', ['-c', command, 'sh', program], { encoding: 'utf8', timeout: 30_000 });
  for (const command of ['"$1" --help > /dev/full', '"$1" --version > /dev/full', '"$1" ice --interface lo --timeout 1 > /dev/full',
    '"$1" ice --interface lo --timeout 1 >&-', 'printf "v=0\n" | "$1" sdp - > /dev/full']) {
    const { status, stderr } = shell(command);
    assert.equal(status, 1, command);
    assert.equal(stderr, 'tincan: standard output cannot be written (is it closed, or its disk full?)\n', command);
  }
  // The signalling is what a call cannot do without: it ends at once, and not after its --timeout.
  const { status, stderr } = shell('sleep 20 | timeout 10 "$1" call --stdio --offer --recording "" --picture "" > /dev/full');
  assert.equal(status, 1, stderr);
  assert.match(stderr, /call ended: standard output, which carries the signalling, cannot be written/);
  const { stdout, stderr: errors } = shell('printf "m=audio 9 x 0\n" | "$1" sdp - | true; echo "${PIPESTATUS[1]}"');
  assert.equal(errors, '');
  assert.equal(stdout, '0\n');
});

test('an output that cannot be written is said before the call', { timeout: 60_000 }, () =>
  inFolder((folder) => {
    writeFileSync(join(folder, 'old.webm'), 'old');
    for (const args of [['--recording', 'old.webm'], ['--recording', 'nowhere/x.webm'], ['--report', 'nowhere/r.json'], ['--picture', '.'],
      ['--browser', '/nowhere/firefox']]) {
      const { status, stdout, stderr } = run(['call', '--no-browser', ...args].filter((word) => word !== '--no-browser' || args[0] !== '--browser'), { cwd: folder });
      assert.equal(status, 2, `${args}: ${stdout}`);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
      assert.doesNotMatch(stdout, /wrote/);
    }
    assert.equal(readFileSync(join(folder, 'old.webm'), 'utf8'), 'old');
  }));

test('--stdio ends at the end of its input and on an overlong line, and tells the far end why', { timeout: 60_000 }, () => {
  for (const [input, words] of [['', /standard input ended/], ['x'.repeat(2 << 20), /a line of more than 1 MiB/]]) {
    const { status, stdout } = run(['call', '--stdio', '--recording', '', '--picture', ''], { input });
    assert.equal(status, 1);
    const messages = stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.match(messages.at(-1).reason, words);
    assert.equal(messages.at(-1).bye, true);
  }
});

test('--browser takes a Firefox by its path', { timeout: 90_000, skip: !existsSync('/usr/bin/firefox-esr') && 'no Firefox here' }, () =>
  inFolder((folder) => {
    const { status, stdout, stderr } = run(['call', '--browser', '/usr/bin/firefox-esr', '--duration', '4', '--port', '0'], { cwd: folder });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /calling \/usr\/bin\/firefox-esr/);
  }));

test('two tincans call each other over --stdio', { timeout: 60_000 }, () =>
  inFolder(async (folder) => {
    const start = (name, ...args) => spawn(program, ['call', '--stdio', '--recording', '', '--picture', '', '--report', `${name}.json`, ...args],
      { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    const a = start('a', '--offer', '--duration', '3');
    const b = start('b');
    // Candidates that are of no use to anybody end no call, and are told of.
    for (const candidate of [5, { candidate: 'candidate:1 1 udp 1 192.0.2.1 5 typ host', sdpMid: '0', sdpMLineIndex: 70000 },
      { candidate: 'candidate:nonsense', sdpMid: '0' }, { candidate: 'candidate:1 1 udp 1 192.0.2.1 5 typ host', sdpMid: 'nowhere' }])
      b.stdin.write(`${JSON.stringify({ candidate })}\n`);
    const notes = [];
    createInterface({ input: b.stdout }).on('line', (line) => notes.push(...(JSON.parse(line).notes ?? [])));
    a.stdout.pipe(b.stdin);
    b.stdout.pipe(a.stdin);
    for (const end of [a.stdin, b.stdin]) end.on('error', () => {});
    const codes = await Promise.all([a, b].map((child) => new Promise((done) => child.on('close', done))));
    assert.deepEqual(codes, [0, 0]);
    assert.equal(notes.filter((note) => /a candidate is passed over/.test(note)).length, 4, notes.join('\n'));
    for (const name of ['a', 'b']) {
      const report = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      assert.equal(report.result, 'ok');
      assert.ok(report.tracks.find((t) => t.direction === 'in' && t.kind === 'video').framesDecoded > 30);
      assert.ok(report.channels[0].messagesReceived >= 1);
    }
  }));

test('a second page is told that the line is busy, and other origins are not served', { timeout: 60_000 }, async () => {
  const tincan = await startCall([]);
  try {
    const evil = await fetch(tincan.url, { headers: { Host: 'evil.example' } }).catch(() => null);
    assert.ok(!evil || evil.status !== 500);
    const { status } = await fetch(`${tincan.url}nothing`);
    assert.equal(status, 404);
    const page = await fetch(tincan.url);
    assert.match(page.headers.get('content-security-policy'), /default-src 'self'/);
  } finally {
    await tincan.clean();
  }
});
