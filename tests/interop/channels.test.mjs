// Data channels against dcsctp (Chromium) and usrsctp (Firefox): messages up to what may be sent, and a thousand channels.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connected, echo } from './lib/checks.mjs';
import { launchChromium, launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

/// Opens `at once` channels, has each echo its number, closes them, until `count` are through.
function openAndClose(page, { count, atOnce }) {
  return page.evaluate(async ({ count, atOnce }) => {
    const within = (promise, what) => Promise.race([promise, new Promise((_, failed) => {
      setTimeout(() => failed(new Error(`${what} after 20 s`)), 20_000);
    })]);
    const live = async (number) => {
      const channel = window.tincan.pc.createDataChannel('echo');
      await within(new Promise((open) => { channel.onopen = open; }), `channel ${number} is not open`);
      const answer = new Promise((done) => { channel.onmessage = ({ data }) => done(data); });
      channel.send(`number ${number}`);
      const back = await within(answer, `channel ${number} has no echo`);
      const closed = new Promise((done) => { channel.onclose = done; });
      channel.close();
      await within(closed, `channel ${number} is not closed`);
      return back === `number ${number}`;
    };
    let right = 0;
    for (let begun = 0; begun < count; begun += atOnce) {
      const round = Array.from({ length: Math.min(atOnce, count - begun) }, (_, i) => live(begun + i));
      right += (await Promise.all(round)).filter(Boolean).length;
    }
    return right;
  }, { count, atOnce });
}

for (const [browser, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  for (const side of ['page', 'tincan']) {
    test(`a thousand channels and messages of 256 KiB with ${browser}, ${side} offering`, { timeout: 120_000 }, async () => {
      const tincan = await startCall(side === 'tincan' ? ['--offer'] : [], { seconds: 110 });
      try {
        await withPage(`${tincan.url}?auto=1`, async (page) => {
          await connected(page);
          const data = await echo(page, { count: 60, largest: 262_144 });
          assert.equal(data.wrong, null);
          assert.equal(data.same, data.count);
          assert.equal(await openAndClose(page, { count: 1000, atOnce: 100 }), 1000);
        }, { launch });
      } finally {
        await tincan.clean();
      }
    });
  }
}
