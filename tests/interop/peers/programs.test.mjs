// Stacks that are programs of their own as the far end of `tincan call --stdio`: pion, aiortc and GStreamer. Each speaks
// the same JSON lines; each sends sound, pictures and a message, and says what it received.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { program } from '../lib/tincan.mjs';

const kSeconds = 30;
const folder = fileURLToPath(new URL('programs/', import.meta.url));
const python = '/usr/bin/python3';  // Debian's: aiortc and gi are its packages
let built;

// Debian's packages of Go are sources below one GOPATH. A program beside them finds them by their module's version only
// when it has a go.mod of its own.
before(async () => {
  built = await mkdtemp(join(tmpdir(), 'tincan-pion-'));
  const home = join(built, 'src', 'peer');
  await mkdir(home, { recursive: true });
  await copyFile(join(folder, 'pion_peer.go'), join(home, 'main.go'));
  await writeFile(join(home, 'go.mod'), 'module peer\n');
  execFileSync('go', ['build', '-o', join(built, 'pion_peer'), '.'], {
    cwd: home, env: { ...process.env, GO111MODULE: 'off', GOPATH: `${built}:/usr/share/gocode`, GOFLAGS: '-p=2' }, stdio: 'inherit',
  });
});
after(() => rm(built, { recursive: true, force: true }));

const programs = {
  pion: { command: () => [join(built, 'pion_peer')] },
  aiortc: { command: () => [python, join(folder, 'aiortc_peer.py')] },
  GStreamer: { command: () => [python, join(folder, 'gstreamer_peer.py')] },
};

/// One call with a program that offers or answers; fulfils once it has seen all of `wanted`, and tincan what it sent of
/// `kinds`. Gives the notes on its descriptions.
async function call([file, ...args], role, more, wanted, kinds = ['audio', 'video']) {
  const home = await mkdtemp(join(tmpdir(), 'tincan-peers-'));
  const report = join(home, 'report.json');
  const ends = {
    tincan: spawn(program, ['call', '--stdio', '--audio', '--video', '--data', '--recording', '', '--picture', '', '--report', report,
      ...(role === 'offer' ? [] : ['--offer'])], { cwd: home }),
    peer: spawn(file, [...args, role, ...more], { cwd: home }),
  };
  const words = { tincan: '', peer: '' };
  const seen = new Set();
  const notes = [];
  const closed = {};
  let timer;
  const done = new Promise((fulfil, fail) => {
    const why = (text) => new Error(`${text}; seen: ${[...seen].join(', ')}\ntincan: ${words.tincan}\npeer: ${words.peer}`);
    timer = setTimeout(() => fail(why(`not all within ${kSeconds} s`)), kSeconds * 1000);
    for (const [name, other] of [['tincan', 'peer'], ['peer', 'tincan']]) {
      ends[name].stderr.on('data', (chunk) => { words[name] += chunk; });
      ends[name].stdin.on('error', () => {});
      closed[name] = new Promise((end) => { ends[name].on('close', (code) => { end(code); fail(why(`${name} ended with ${code}`)); }); });
      createInterface({ input: ends[name].stdout }).on('line', (line) => {
        const message = JSON.parse(line);
        if (message.seen) {
          seen.add(message.seen);
          if (wanted.every((each) => seen.has(each))) fulfil();
        } else if (message.notes) {
          notes.push(...message.notes);
        } else {
          ends[other].stdin.write(`${line}\n`);
        }
      });
    }
  });
  try {
    await done;
    // What arrived here is in tincan's own report. A decoded picture may still be on its way.
    await new Promise((wait) => setTimeout(wait, 1500));
    ends.tincan.kill('SIGINT');
    assert.equal(await closed.tincan, 0, words.tincan);
    const { tracks } = JSON.parse(await readFile(report, 'utf8'));
    const received = (kind) => tracks.find((each) => each.direction === 'in' && each.kind === kind);
    if (kinds.includes('audio')) assert.ok(received('audio')?.packets > 25, 'sound arrives here');
    if (kinds.includes('video')) assert.ok(received('video')?.framesDecoded > 5, 'pictures arrive here');
    return { notes };
  } finally {
    clearTimeout(timer);
    for (const end of Object.values(ends)) end.kill('SIGKILL');
    await Promise.all(Object.values(closed));
    await rm(home, { recursive: true, force: true });
  }
}

for (const [name, { command }] of Object.entries(programs)) {
  for (const role of ['offer', 'answer']) {
    test(`sound, pictures and a message with ${name}, which ${role}s`, { timeout: 90_000 }, () =>
      call(command(), role, [], ['sound', 'pictures', 'message']));
  }
}

// webrtcbin's own default: each section goes its own way.
for (const role of ['offer', 'answer']) {
  test(`sound, pictures and a message with GStreamer that bundles nothing, which ${role}s`, { timeout: 90_000 }, () =>
    call(programs.GStreamer.command(), role, ['none'], ['sound', 'pictures', 'message']));
}
