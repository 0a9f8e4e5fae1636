// The page from another machine: an address that can be typed, a QR code that a telephone reads, HTTPS.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';

import jsqr from 'jsqr';

import { connected } from './lib/checks.mjs';
import { withPage } from './lib/launch.mjs';
import { program, startCall } from './lib/tincan.mjs';

const own = Object.values(networkInterfaces()).flat().find((each) => each.family === 'IPv4' && !each.internal)?.address;
const skip = own ? false : 'this machine has no address but loopback';

test('the page comes by HTTPS from an address of the network, and has camera and microphone', { timeout: 90_000, skip }, async () => {
  const tincan = await startCall(['--bind', '0.0.0.0']);
  try {
    assert.equal(new URL(tincan.url).protocol, 'https:');
    assert.equal(new URL(tincan.url).hostname, own);
    await withPage('about:blank', async (page) => {
      // Typed without https://, and sent there.
      await page.goto(tincan.url.replace('https:', 'http:'));
      assert.equal(new URL(page.url()).protocol, 'https:');
      await page.waitForFunction(() => document.getElementById('cameras').options.length > 0);
      await page.click('#start');
      await connected(page);
      await page.waitForFunction(() => document.getElementById('picture').textContent.includes('fps'), { timeout: 15_000 });
      await page.click('#hangup');
    }, { args: ['--ignore-certificate-errors', `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${own}`] });
    assert.match(tincan.output, /its certificate was made just now/);
  } finally {
    await tincan.clean();
  }
});

/// The dark modules of a code that was drawn in half blocks, as an image of four pixels a module, and a white margin.
function picture(lines) {
  const rows = lines.flatMap((line) => [[...line].map((c) => '█▀'.includes(c)), [...line].map((c) => '█▄'.includes(c))]);
  const scale = 4;
  const margin = 4;
  const side = (rows[0].length + 2 * margin) * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (rows[Math.floor(y / scale) - margin]?.[Math.floor(x / scale) - margin]) pixels.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  }
  return [pixels, side, side];
}

test('a terminal shows the address as a QR code', { timeout: 30_000, skip }, async (t) => {
  // `script` gives it a terminal.
  const child = spawn('script', ['-qefc', `${program} call --no-browser --bind 0.0.0.0 --port 0`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  try {
    await new Promise((found, fail) => {
      child.stdout.on('data', (chunk) => { output += chunk; if (output.includes('certificate')) found(); });
      child.on('close', () => fail(new Error(output)));
    });
  } finally {
    child.kill('SIGTERM');
  }
  // eslint-disable-next-line no-control-regex
  const lines = [...output.matchAll(/\x1b\[30;107m(.*?)\x1b\[0m/g)].map((match) => match[1]);
  if (lines.length === 0) return t.skip('built without libqrencode');
  const read = jsqr.default ? jsqr.default(...picture(lines)) : jsqr(...picture(lines));
  assert.equal(read?.data, /open (https:\S+) /.exec(output)[1]);
});
