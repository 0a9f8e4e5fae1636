// coturn on loopback, for the length of a test: STUN and TURN over UDP, TCP and TLS.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { program as tincan } from './tincan.mjs';

const program = process.env.TURNSERVER ?? '/usr/bin/turnserver';

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

const kPatience = 15_000;

/// Asks by STUN until somebody answers: coturn does not say when it is ready.
async function untilAnswered(address, port) {
  const socket = createSocket('udp4');
  const request = Buffer.concat([Buffer.from('000100002112a442', 'hex'), randomBytes(12)]);
  try {
    await new Promise((answered, failed) => {
      const again = setInterval(() => socket.send(request, port, address), 50);
      const watchdog = setTimeout(() => { clearInterval(again); failed(new Error(`nobody answers at ${address}:${port}`)); }, kPatience);
      socket.on('message', () => { clearInterval(again); clearTimeout(watchdog); answered(); });
    });
  } finally {
    socket.close();
  }
}

async function untilAccepted(address, port) {
  const deadline = Date.now() + kPatience;
  for (;;) {
    const accepted = await new Promise((done) => {
      const socket = connect(port, address, () => { socket.destroy(); done(true); });
      socket.on('error', () => done(false));
    });
    if (accepted) return;
    if (Date.now() > deadline) throw new Error(`nobody listens at ${address}:${port}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/// The same by `tincan ice`, which runs where coturn does.
async function untilItAnswersInside(inside, address, port) {
  const deadline = Date.now() + kPatience;
  for (;;) {
    const [file, args] = inside(tincan, ['ice', '--timeout', '1', '--check', `stun:${address}:${port}`]);
    const status = await new Promise((done) => spawn(file, args, { stdio: 'ignore' }).on('close', done));
    if (status === 0) return;
    if (Date.now() > deadline) throw new Error(`nobody answers at ${address}:${port}`);
  }
}

/// { stun, turn, turnTcp, stuns, turns: URLs, username, credential, certificate: file, stop() }. `address`: where it
/// listens and relays; `inside(file, args)`: the command that runs it in another network.
export async function startCoturn({ address = '127.0.0.1', inside = null, args = [] } = {}) {
  if (!existsSync(program)) throw new Error(`${program} is not there: scripts/install-deps installs it`);
  const folder = await mkdtemp(join(tmpdir(), 'tincan-coturn-'));
  const certificate = join(folder, 'cert.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'key.pem'), '-out', certificate,
    '-days', '2', '-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,IP:${address}`], { stdio: 'ignore' });
  // In a network of its own every port is free, and nobody here can ask whether it is up.
  const [port, tlsPort] = inside ? [3478, 5349] : [await freePort(), await freePort()];
  const command = [program, ['-n', `--listening-ip=${address}`, `--relay-ip=${address}`, `--listening-port=${port}`,
    `--tls-listening-port=${tlsPort}`, '--realm=test.local', '--lt-cred-mech', '--user=user:pass', '--fingerprint', `--cert=${certificate}`,
    `--pkey=${join(folder, 'key.pem')}`, '--no-cli', '--allow-loopback-peers', '--log-file=stdout', '--simple-log', '--no-software-attribute',
    `--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'db')}`, ...args]];
  const child = spawn(...(inside ? inside(...command) : command), { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  const ended = new Promise((done) => child.on('close', done));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { log += chunk; });
  const up = inside ? untilItAnswersInside(inside, address, port) : (async () => {
    await untilAnswered(address, port);
    await untilAccepted(address, tlsPort);
  })();
  await Promise.race([up, ended.then(() => { throw new Error(`coturn ended:\n${log}`); })]);
  return {
    stun: `stun:${address}:${port}`,
    stuns: `stuns:${address}:${tlsPort}`,
    turn: `turn:${address}:${port}`,
    turnTcp: `turn:${address}:${port}?transport=tcp`,
    turns: `turns:${address}:${tlsPort}`,
    username: 'user',
    credential: 'pass',
    certificate,
    get log() { return log; },
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
