// A capture of the loopback interface by dumpcap, read by tshark.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const kInterface = 'lo';

/// Why nothing can be captured or read here; null when it can.
export function whyNoCapture() {
  const version = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
  if (version.error) return `tshark: ${version.error.message}`;
  const probe = spawnSync('dumpcap', ['-q', '-i', kInterface, '-a', 'duration:1', '-w', '/dev/null'], { encoding: 'utf8', timeout: 10_000 });
  if (probe.error) return `dumpcap: ${probe.error.message}`;
  return probe.status === 0 ? null : `dumpcap: ${probe.stderr.trim().split('\n').at(-1)}`;
}

/// Captures UDP into `file`, once it has begun; stop() ends it with the file complete.
export async function startCapture(file) {
  const child = spawn('dumpcap', ['-q', '-i', kInterface, '-f', 'udp', '-w', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  const ended = new Promise((done) => child.on('close', done));
  await new Promise((begun, failed) => {
    child.stderr.on('data', (chunk) => {
      words += chunk;
      if (/^File: /m.test(words)) begun();  // the interface is open before the file is
    });
    child.on('close', () => failed(new Error(`dumpcap ended: ${words}`)));
  });
  return {
    file,
    async stop() {
      child.kill('SIGINT');
      await ended;
      if (!existsSync(file)) throw new Error(`dumpcap left no file: ${words}`);
    },
  };
}

function run(program, args, input = '') {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', input, timeout: 60_000 });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

/// Lines of `fields`, a packet each, of those that `filter` shows.
export const tshark = (file, filter, fields, more = []) =>
  run('tshark', ['-r', file, ...more, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]);

/// What the DTLS records of a capture carry under the secrets of `keys`, in hex. All ports are taken for DTLS, or tshark
/// would guess, and mostly say STUN.
export function decrypt(file, keys) {
  const ports = new Set(tshark(file, 'udp', ['udp.srcport']));
  const decode = [...ports].flatMap((port) => ['-d', `udp.port==${port},dtls`]);
  return tshark(file, 'dtls.app_data && data', ['data.data'], ['-o', `tls.keylog_file:${keys}`, ...decode])
    .flatMap((line) => line.split(','));
}

/// Writes a capture of these SCTP packets in bare IP: tshark knows no way from DTLS to SCTP.
export function writeSctp(file, packets) {
  const dump = packets.map((hex) => `0000 ${hex.match(/../g).join(' ')}\n`).join('\n');
  run('text2pcap', ['-q', '-i', '132', '-', file], dump);
}
