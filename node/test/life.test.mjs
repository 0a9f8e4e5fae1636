// What connections cost: nothing while they wait, and nothing once they are closed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import {test} from 'node:test';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

import {channels} from './lib.mjs';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
const descriptors = () => fs.readdirSync('/proc/self/fd').length;
async function collected() {
  for (let i = 0; i < 5; ++i) {
    gc();
    await turn();
  }
}

test('1,000 connections opened and closed leak neither heap nor descriptors', async () => {
  const open = async (count) => {
    for (let i = 0; i < count; ++i) {
      const {a, b, from} = await channels();
      from.send('x');
      a.close();
      b.close();
    }
    await collected();
  };
  await open(40);  // what is made once is made
  const before = {heap: process.memoryUsage().heapUsed, rss: process.memoryUsage().rss, descriptors: descriptors()};
  await open(480);
  const after = {heap: process.memoryUsage().heapUsed, rss: process.memoryUsage().rss, descriptors: descriptors()};
  assert.equal(after.descriptors, before.descriptors);
  assert.ok(after.heap - before.heap < 2 * 2 ** 20, `heap grew by ${after.heap - before.heap} bytes`);
  assert.ok(after.rss - before.rss < 48 * 2 ** 20, `memory grew by ${after.rss - before.rss} bytes`);
});

test('100 idle connections take no processor time', async () => {
  const pairs = [];
  for (let i = 0; i < 50; ++i) pairs.push(await channels());
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const {user, system} = process.cpuUsage(before);
  const share = (user + system) / 4e6;
  for (const {a, b} of pairs) {
    a.close();
    b.close();
  }
  // Consent is asked for every five seconds (RFC 7675): 100 requests and answers, and a timer each.
  assert.ok(share < 0.05, `${(100 * share).toFixed(1)} % of a core`);
});
