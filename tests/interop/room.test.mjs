// The room (apps/examples/room): one Chromium sends its camera in three encodings, two others watch, and each gets the
// size that it asks for, again and again, without a new connection or a stop.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { launchChromium } from './lib/launch.mjs';
import { program as tincan } from './lib/tincan.mjs';

const kSizes = { q: [240, 135], h: [480, 270], f: [960, 540] };

async function startRoom() {
  const child = spawn(join(dirname(tincan), 'room'), ['0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((found, failed) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const match = /open (http:\S+)room\.html\?publish/.exec(output);
      if (match) found(match[1]);
    });
    child.on('close', () => failed(new Error(`the room ended:\n${output}`)));
  });
  return { url, end: () => new Promise((done) => { child.on('close', done); child.kill('SIGINT'); }) };
}

const shows = (page, [width, height]) => page.waitForFunction(
  (w, h) => window.room.view.videoWidth === w && window.room.view.videoHeight === h, { timeout: 20_000, polling: 100 }, width, height);

/// Pictures that were shown, and how often they stopped.
const seen = (page) => page.evaluate(async () => {
  const video = [...(await window.room.pc.getStats()).values()].find((s) => s.type === 'inbound-rtp');
  return { pictures: video.framesDecoded, freezes: video.freezeCount, ssrc: video.ssrc };
});

test('Chromium to two Chromiums, each in the size that it asks for', { timeout: 120_000 }, async () => {
  const room = await startRoom();
  const browser = await launchChromium();
  try {
    const publisher = await browser.newPage();
    await publisher.goto(`${room.url}room.html?publish`);
    // All three flow.
    await publisher.waitForFunction(async () => {
      const sent = [...(await window.room.pc.getStats()).values()].filter((s) => s.type === 'outbound-rtp');
      return sent.length === 3 && sent.every((s) => s.framesSent > 10);
    }, { timeout: 40_000, polling: 200 });
    const watchers = [];
    for (let i = 0; i < 2; i++) {
      const page = await browser.newPage();
      await page.goto(`${room.url}room.html`);
      await shows(page, kSizes.f);
      watchers.push(page);
    }
    const first = await Promise.all(watchers.map(seen));
    for (const [a, b] of [['q', 'h'], ['f', 'q'], ['h', 'f']]) {
      await watchers[0].evaluate((rid) => document.querySelector(`[data-rid=${rid}]`).click(), a);
      await watchers[1].evaluate((rid) => document.querySelector(`[data-rid=${rid}]`).click(), b);
      await Promise.all([shows(watchers[0], kSizes[a]), shows(watchers[1], kSizes[b])]);
      const before = await Promise.all(watchers.map(seen));
      await new Promise((wait) => setTimeout(wait, 2000));
      const after = await Promise.all(watchers.map(seen));
      for (const i of [0, 1]) assert.ok(after[i].pictures - before[i].pictures >= 20, `pictures in 2 s: ${after[i].pictures - before[i].pictures}`);
    }
    const last = await Promise.all(watchers.map(seen));
    for (const i of [0, 1]) assert.equal(last[i].ssrc, first[i].ssrc, 'one stream all along');
  } finally {
    await browser.close();
    await room.end();
  }
});
