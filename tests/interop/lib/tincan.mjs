// Starts the built `tincan` and gives what it says: its URL, its end, its report.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
export const program = process.env.TINCAN ?? join(root, process.env.BUILD ?? 'build', 'tincan');

/// Throws where there is no tincan to call.
export function needProgram() {
  if (!existsSync(program)) throw new Error(`${program} is not built: run make build`);
}

/// `tincan call --no-browser --port 0 …args`, once its page can be opened. Stops by itself after `seconds` at the latest.
export async function startCall(args = [], { seconds = 60 } = {}) {
  needProgram();
  const folder = await mkdtemp(join(tmpdir(), 'tincan-interop-'));
  const reportFile = join(folder, 'report.json');
  const child = spawn(program, ['call', '--no-browser', '--once', '--port', '0', '--report', reportFile, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const watchdog = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  const ended = new Promise((done) => {
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      done({ code, signal });
    });
  });
  const url = await new Promise((found, failed) => {
    const listen = (chunk) => {
      output += chunk;
      const match = /open (https?:\S+) /.exec(output);
      if (match) found(match[1]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    ended.then(({ code, signal }) => failed(new Error(`tincan ended (${code ?? signal}) before its page was up:\n${output}`)));
  });
  return {
    url,
    folder,
    get output() { return output; },
    /// Waits for its end, asked for with SIGINT unless it comes by itself; {code, signal, report}.
    async end({ interrupt = true } = {}) {
      if (interrupt) child.kill('SIGINT');
      const how = await ended;
      const report = existsSync(reportFile) ? JSON.parse(await readFile(reportFile, 'utf8')) : null;
      return { ...how, report, output };
    },
    async clean() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
