// Each worker has an instance of the addon of its own, and ends whatever is open in it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Worker} from 'node:worker_threads';

const lib = JSON.stringify(fileURLToPath(new URL('lib.mjs', import.meta.url)));
const ends = {
  'by itself': 'a.close(); b.close();',
  'while connections are open': 'process.exit(0);',
  'out of a handler': 'to.onmessage = () => process.exit(0); from.send("x");',
};

for (const [how, code] of Object.entries(ends)) {
  test(`a worker ends ${how}`, {timeout: 10_000}, async () => {
    const program = `import(${lib}).then(async ({channels}) => { const {a, b, from, to} = await channels(); ${code} });`;
    const worker = new Worker(program, {eval: true});
    const status = await new Promise((resolve, reject) => {
      worker.on('exit', resolve);
      worker.on('error', reject);
    });
    assert.equal(status, 0);
  });
}
