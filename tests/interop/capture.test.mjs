// A call between two tincans, captured on the loopback interface: Wireshark reads its data channel by our key log, and
// nothing without it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { decrypt, startCapture, tshark, whyNoCapture, writeSctp } from './lib/capture.mjs';
import { program } from './lib/tincan.mjs';

const reason = whyNoCapture();
if (reason) console.log(`no capture is read here: ${reason}`);

// tshark knows a DTLS session by its pair of addresses, and would lose one that moves to another pair: so there is one.
const isElsewhere = (line) => {
  const address = JSON.parse(line).candidate?.candidate?.split(' ')[4];
  return address !== undefined && address !== '' && address !== '127.0.0.1';
};

/// Both ends of `tincan call --stdio`, each one's output the other's input; their reports.
async function call(folder, environment) {
  const ends = ['a', 'b'].map((name, i) => spawn(program, ['call', '--stdio', '--dtls', '1.2', '--data', '--interface', 'lo', '--loopback', '--duration', '2', '--timeout', '20',
    '--recording', '', '--picture', '', '--report', join(folder, `${name}.json`), ...(i === 0 ? ['--offer'] : [])],
  { cwd: folder, env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] }));
  let words = '';
  ends.forEach((each, i) => {
    const lines = createInterface({ input: each.stdout });
    lines.on('line', (line) => { if (!isElsewhere(line)) ends[1 - i].stdin.write(`${line}\n`); });
    lines.on('close', () => ends[1 - i].stdin.end());
    ends[1 - i].stdin.on('error', () => {});  // it hung up first
    each.stderr.on('data', (chunk) => { words += chunk; });
  });
  await Promise.all(ends.map((each) => new Promise((done) => each.on('close', done))));
  const reports = await Promise.all(['a', 'b'].map(async (name) => JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'))));
  return { reports, words };
}

test('Wireshark decrypts a captured call by the key log', { skip: reason ?? false, timeout: 90_000 }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'tincan-capture-'));
  try {
    const keys = join(folder, 'keys.txt');
    const none = join(folder, 'none.txt');
    await writeFile(none, '');
    const capture = await startCapture(join(folder, 'call.pcapng'));
    const { reports, words } = await call(folder, { SSLKEYLOGFILE: keys });
    await capture.stop();
    for (const { result, dtls } of reports) {
      assert.equal(result, 'ok', words);
      assert.equal(dtls.version, 'DTLS 1.2');
    }
    const logged = (await readFile(keys, 'utf8')).trim().split('\n');
    assert.ok(logged.length >= 1 && logged.every((line) => /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/.test(line)), logged.join('\n'));

    const sctp = join(folder, 'sctp.pcap');
    const packets = decrypt(capture.file, keys);
    assert.ok(packets.length > 0, 'nothing was decrypted');
    writeSctp(sctp, packets);
    const opens = tshark(sctp, 'rtcdc', ['rtcdc.message_type', 'rtcdc.label']);
    const types = new Set(tshark(sctp, 'sctp', ['sctp.chunk_type']).flatMap((line) => line.split(',').map(Number)));
    context.diagnostic(`${packets.length} SCTP packets of chunk types ${[...types]}; DCEP: ${opens.join(', ')}`);
    // INIT, INIT ACK, COOKIE ECHO, COOKIE ACK, I-DATA (RFC 8260: both ends have it), SACK
    for (const type of [1, 2, 10, 11, 64, 3]) assert.ok(types.has(type), `no SCTP chunk of type ${type}`);
    assert.ok(opens.some((line) => line.endsWith('\tchat')), 'no DATA_CHANNEL_OPEN of "chat"');
    assert.deepEqual(decrypt(capture.file, none).filter((hex) => packets.includes(hex)), [], 'without the keys nothing is read');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
