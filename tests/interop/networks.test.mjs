// Two tincans behind real NATs (network namespaces, nftables), with coturn between them: straight through where the NATs
// allow it, over the relay where they do not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startCoturn } from './lib/coturn.mjs';
import { buildNetwork, whyNot } from './lib/networks.mjs';
import { program } from './lib/tincan.mjs';

const reason = whyNot();
if (reason) console.log(`networks are not tested here: ${reason}`);

/// Both ends of `tincan call --stdio`, each one's output the other's input; their reports.
async function call(network, servers) {
  const folder = await mkdtemp(join(tmpdir(), 'tincan-networks-'));
  try {
    const ends = ['a', 'b'].map((host, i) => {
      const args = ['call', '--stdio', '--data', '--audio', '--duration', '4', '--timeout', '20', '--recording', '', '--picture', '',
        '--report', join(folder, `${host}.json`), ...servers, ...(i === 0 ? ['--offer'] : [])];
      const [file, all] = network.command(host, program, args);
      return spawn(file, all, { stdio: ['pipe', 'pipe', 'pipe'] });
    });
    let words = '';
    ends.forEach((each, i) => {
      each.stdout.pipe(ends[1 - i].stdin);
      ends[1 - i].stdin.on('error', () => {});  // it hung up first
      each.stderr.on('data', (chunk) => { words += chunk; });
    });
    await Promise.all(ends.map((each) => new Promise((done) => each.on('close', done))));
    const reports = await Promise.all(['a', 'b'].map(async (host) => JSON.parse(await readFile(join(folder, `${host}.json`), 'utf8'))));
    return { reports, words };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const [kinds, relayed] of [[['cone', 'cone'], false], [['cone', 'symmetric'], true], [['symmetric', 'symmetric'], true]]) {
  test(`${kinds.join(' NAT against ')} NAT: ${relayed ? 'over the relay' : 'straight through'}`, { skip: reason ?? false, timeout: 60_000 }, async (context) => {
    const network = buildNetwork(kinds);
    let server;
    try {
      server = await startCoturn({ address: network.serverAddress, inside: (file, args) => network.command('server', file, args) });
      const { reports, words } = await call(network, ['--ice-server', server.turn, '--ice-username', server.username, '--ice-credential', server.credential]);
      context.diagnostic(JSON.stringify(reports.map(({ pair, secondsToConnect }) => ({ ...pair, secondsToConnect }))));
      for (const { result, pair } of reports) {
        assert.equal(result, 'ok', words);
        const types = [pair.localType, pair.remoteType];
        assert.equal(types.includes('relay'), relayed, types.join(' to '));
      }
    } finally {
      await server?.stop();
      network.remove();
    }
  });
}
