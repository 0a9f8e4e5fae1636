// Telephone tones with Chromium (RFC 4733): its RTCDTMFSender is heard by build/telephone, in the sound that is played;
// what that one presses back, the page hears with its analyser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { program as tincan } from './lib/tincan.mjs';

const kPressed = '159D*0#';  // as web/telephone.js does

function run(args) {
  const child = spawn(join(dirname(tincan), 'telephone'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const watchdog = setTimeout(() => child.kill('SIGKILL'), 60_000);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(watchdog);
      done({ code, output });
    });
  });
}

for (const [offerer, args] of [['the page', []], ['tincan', ['--offer']]]) {
  test(`keys are heard both ways; ${offerer} offers`, { timeout: 90_000 }, async () => {
    const { code, output } = await run(['--headless', '--duration', '9', ...args]);
    assert.equal(code, 0, output);
    const heard = [...output.matchAll(/heard (\S)$/gm)].map(([, key]) => key).join('');
    assert.equal(heard, kPressed, output);
    assert.match(output, new RegExp(`the page received .*keys ${kPressed.replaceAll('*', '\\*')}$`, 'm'));
  });
}
