import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {channels, event} from './lib.mjs';

test('text and bytes go both ways, whole and in order', async () => {
  const {a, b, from, to} = await channels();
  const got = [];
  to.onmessage = ({data}) => got.push(data);
  from.send('héllo');
  from.send('');
  from.send(Uint8Array.of(1, 2, 3));
  from.send(Uint8Array.of(9, 4, 5, 6, 9).subarray(1, 4));
  from.send(new Blob(['a blob']));
  from.send('behind the blob');
  while (got.length < 6) await event(to, 'message');
  assert.equal(got[0], 'héllo');
  assert.equal(got[1], '');
  assert.deepEqual(new Uint8Array(got[2]), Uint8Array.of(1, 2, 3));
  assert.deepEqual(new Uint8Array(got[3]), Uint8Array.of(4, 5, 6));
  assert.equal(new TextDecoder().decode(got[4]), 'a blob');
  assert.equal(got[5], 'behind the blob');
  to.binaryType = 'arraybuffer';
  const back = event(from, 'message');
  to.send(new ArrayBuffer(100_000));
  assert.equal((await back).data.byteLength, 100_000);
  a.close();
  b.close();
});

test('what is misused is told by the W3C\'s names', async () => {
  const {a, b, from, to} = await channels();
  assert.throws(() => from.send(), TypeError);
  assert.throws(() => from.send(Symbol('x')), TypeError);
  assert.throws(() => a.createDataChannel('x', {maxRetransmits: 1, maxPacketLifeTime: 1}), TypeError);
  assert.throws(() => a.createDataChannel('x', {maxRetransmits: -1}), TypeError);
  from.close();
  assert.equal(from.readyState, 'closing');
  assert.throws(() => from.send('late'), {name: 'InvalidStateError'});
  await event(to, 'close');
  assert.equal(to.readyState, 'closed');
  a.close();
  assert.throws(() => a.createDataChannel('x'), {name: 'InvalidStateError'});
  await assert.rejects(a.createOffer(), {name: 'InvalidStateError'});
  await assert.rejects(b.setRemoteDescription({type: 'offer', sdp: 'nonsense'}), {name: 'OperationError', errorDetail: 'sdp-syntax-error'});
  b.close();
});

test('a program whose connections are closed ends by itself', () => {
  const lib = fileURLToPath(new URL('lib.mjs', import.meta.url));
  const program = `const {channels} = await import(${JSON.stringify(lib)});
    const {a, b, from, to} = await channels();
    to.onmessage = ({data}) => { console.log(data); a.close(); b.close(); };
    from.send('the end');`;
  const {status, stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', program], {timeout: 10_000, encoding: 'utf8'});
  assert.equal(stdout, 'the end\n', stderr);
  assert.equal(status, 0);
});
