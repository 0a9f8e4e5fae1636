// The page before, around and after a call: what a person sees when all is well, and when it is not.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { connected } from './lib/checks.mjs';
import { withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const text = (page, id) => page.$eval(`#${id}`, (element) => element.textContent);
const visible = (page, id) => page.$eval(`#${id}`, (element) => element.checkVisibility());

/// What axe finds wrong in the page as it is shown, in one line each.
async function faults(page) {
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`);
}

async function withTincan(body, ...args) {
  const tincan = await startCall(args);
  try {
    await body(tincan);
  } finally {
    await tincan.clean();
  }
}

const refuse = (name) => (page) => page.evaluateOnNewDocument((wanted) => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', wanted));
}, name);

for (const scheme of ['dark', 'light']) {
  test(`axe finds nothing in the lobby, in the call and after it (${scheme})`, { timeout: 90_000 }, () => withTincan(async (tincan) => {
    await withPage('about:blank', async (page) => {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      // The page's own rules let no foreign script in; this one comes by the debugger.
      await page.setBypassCSP(true);
      await page.goto(tincan.url);
      await page.addScriptTag({ path: axePath });
      await page.waitForFunction(() => document.getElementById('cameras').options.length > 0);
      assert.equal(await visible(page, 'preview'), true);
      await page.waitForFunction(() => document.getElementById('level').value > 0, { timeout: 10_000 });
      assert.deepEqual(await faults(page), []);
      await page.click('#start');
      await connected(page);
      await page.waitForFunction(() => [...document.querySelectorAll('#steps li')].every((step) => step.dataset.is === 'done'));
      assert.deepEqual(await faults(page), []);
      const apart = await page.evaluate(() => document.getElementById('remote').getBoundingClientRect().bottom <= document.querySelector('.controls').getBoundingClientRect().top);
      assert.ok(apart, 'no control hides the picture');
      await page.waitForFunction(() => document.getElementById('picture').textContent.includes('fps'), { timeout: 10_000 });
      for (const [id, words] of [['repaired', /^\d+ NACKs?/], ['freezes', /^\d+/], ['concealed', /^\d+\.\d%$/], ['codecs', /(opus.*VP8|VP8.*opus) · against losses RED, ULPFEC$/]])
        assert.match(await text(page, id), words, id);
      // The summary is of a second of statistics at least.
      await page.waitForFunction(() => document.getElementById('remote').currentTime > 3.5, { timeout: 20_000 });
      await page.click('#hangup');
      await page.waitForFunction(() => window.tincan.state === 'idle');
      assert.match(await text(page, 'summary'), /length0:0\d.*received.*bit\/s.*lost.*repaired.*freezes.*made up\d/);
      assert.deepEqual(await faults(page), []);
    });
  }));
}

for (const [name, viewport] of [['a telephone', { width: 390, height: 844 }], ['a low window', { width: 1280, height: 560 }], ['a telephone on its side', { width: 844, height: 390 }]]) {
  test(`the lobby is whole on ${name}`, { timeout: 60_000 }, () => withTincan((tincan) => withPage(tincan.url, async (page) => {
    await page.waitForFunction(() => document.getElementById('cameras').options.length > 0);
    for (const id of ['curtain-text', 'preview', 'start']) {
      // What can be scrolled to and is then the topmost thing there.
      const seen = await page.$eval(`#${id}`, (element) => {
        element.scrollIntoView({ block: 'center' });
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight && document.elementFromPoint((left + right) / 2, (top + bottom) / 2) === element;
      });
      assert.ok(seen, id);
    }
    if (name !== 'a telephone') return;
    await page.evaluate(() => scrollTo(0, 0));
    const stage = await page.$eval('.stage', (element) => [element.scrollHeight - element.clientHeight, document.getElementById('curtain').scrollHeight - document.getElementById('curtain').clientHeight]);
    assert.deepEqual(stage, [0, 0], 'nothing scrolls within the page');
    assert.ok(await page.$eval('#start', (element) => element.getBoundingClientRect().bottom <= innerHeight), 'the button is in sight at once');
  }, { viewport: { isMobile: viewport.width < 1000, ...viewport } })));
}

test('the last message of the chat stays in sight', { timeout: 60_000 }, () => withTincan((tincan) => withPage(tincan.url, async (page) => {
  await page.click('#start');
  await connected(page);
  await page.waitForFunction(() => !document.getElementById('text').disabled);
  for (const word of ['one', 'two', 'three']) {
    await page.type('#text', word);
    await page.keyboard.press('Enter');
  }
  await page.waitForFunction(() => document.querySelectorAll('#messages p').length >= 7 && document.getElementById('security').textContent.length > 5);
  const below = await page.$eval('#messages', async (list) => {
    await new Promise(requestAnimationFrame);
    return list.lastElementChild.getBoundingClientRect().bottom - list.getBoundingClientRect().bottom;
  });
  assert.ok(below <= 1, `${below} pixels too low`);
})));

for (const [name, words] of [
  ['NotAllowedError', /did not allow.*try again/],
  ['NotFoundError', /No camera and no microphone was found: plug one in/],
  ['NotReadableError', /Another program has the camera/],
]) {
  test(`${name} is one sentence that says what to do, and the call goes on without`, { timeout: 60_000 }, () => withTincan(async (tincan) => {
    await withPage('about:blank', async (page) => {
      await refuse(name)(page);
      await page.goto(tincan.url);
      await page.waitForFunction(() => !document.getElementById('problem').hidden);
      assert.match(await text(page, 'problem'), words);
      assert.equal(await visible(page, 'again'), true);
      assert.equal(await visible(page, 'level'), false);
      await page.click('#start');
      await connected(page);
      const dead = await page.evaluate(() => ['mute', 'camera'].map((id) => document.getElementById(id).disabled));
      assert.deepEqual(dead, [true, true], 'nothing to mute, nothing to turn off');
      await page.click('#hangup');
    });
  }));
}

test('an insecure origin says what to open instead', { timeout: 60_000 }, () => withTincan(async (tincan) => {
  await withPage('about:blank', async (page) => {
    await page.evaluateOnNewDocument(() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined }));
    await page.goto(tincan.url);
    await page.waitForFunction(() => !document.getElementById('problem').hidden);
    assert.match(await text(page, 'problem'), /only to pages on https:.*Open http:\/\/localhost:\d+/);
  });
}));

test('a server that is gone is one sentence', { timeout: 60_000 }, () => withTincan(async (tincan) => {
  let words = '';
  // The browser logs that it found no server; that is no fault of the page.
  await withPage('about:blank', async (page) => {
    await page.goto(tincan.url);
    await page.waitForFunction(() => document.getElementById('cameras').options.length > 0);
    await tincan.clean();
    await page.click('#start');
    await page.waitForFunction(() => window.tincan.state === 'failed');
    words = await text(page, 'status-text');
  }).catch((error) => assert.match(error.message, /WebSocket connection to .* failed/));
  assert.match(words, /^Nobody answers at 127\.0\.0\.1:\d+: is “tincan call” still running there\?/);
}));
