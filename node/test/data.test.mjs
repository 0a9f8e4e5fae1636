import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {channels, event, until} from './lib.mjs';

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

// Small messages cross many at a time (lib/slabs.cjs): nobody can tell.
test('small messages are a task each, in order, beside larger ones and text', async () => {
  const {a, b, from, to} = await channels();
  to.binaryType = 'arraybuffer';
  const told = [];
  let pending = 0;
  to.onmessage = (event) => {
    assert.equal(pending, 0, 'the microtasks of the message before have run');
    ++pending;
    Promise.resolve().then(() => { --pending; });
    assert.ok(event instanceof MessageEvent && event instanceof Event);
    assert.deepEqual([event.type, event.target, event.currentTarget, event.eventPhase, event.origin, event.ports.length],
      ['message', to, to, 2, '', 0]);
    assert.deepEqual(event.composedPath(), [to]);
    told.push(event);
  };
  const sizes = [];
  for (let i = 0; i < 3000; ++i) {
    const size = i % 500 === 7 ? 5000 : i % 100 === 3 ? 1024 : i % 40;
    sizes.push(i % 90 === 5 ? `text ${i}` : size);
    from.send(typeof sizes[i] === 'string' ? sizes[i] : new Uint8Array(size).fill(i));
  }
  const whole = sizes.reduce((sum, each) => sum + (each.length ?? each), 0);
  assert.equal(from.bufferedAmount, whole, 'all that waits is counted at once');
  await until(() => told.length === sizes.length);
  told.forEach(({data, currentTarget, target}, i) => {
    assert.equal(currentTarget, null);
    assert.equal(target, to);
    if (typeof sizes[i] === 'string') assert.equal(data, sizes[i]);
    else assert.deepEqual([data.byteLength, new Uint8Array(data).every((each) => each === i % 256)], [sizes[i], true]);
  });
  assert.notEqual(told[0].data, told[1].data, 'each has bytes of its own');
  await until(() => from.bufferedAmount === 0);

  // What a handler throws is nobody else's, and another listener is another way.
  const thrown = [];
  const caught = (error) => thrown.push(error.message);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', caught);
  const heard = [];
  to.onmessage = ({data}) => {
    heard.push(data.byteLength);
    if (data.byteLength === 2) throw new Error('two');
    if (data.byteLength === 3) to.addEventListener('message', (event) => heard.push(-event.data.byteLength));
    if (data.byteLength === 5) to.onmessage = null;
  };
  for (let i = 1; i <= 6; ++i) from.send(new Uint8Array(i));
  await until(() => heard.includes(-6));
  process.removeListener('uncaughtException', caught);
  for (const each of others) process.on('uncaughtException', each);
  assert.deepEqual(thrown, ['two']);
  assert.deepEqual(heard.filter((each) => each > 0), [1, 2, 3, 4, 5]);
  assert.deepEqual(heard.filter((each) => each < 0).slice(-3), [-4, -5, -6]);

  // A handler that closes hears no more; what was sent before close() arrives.
  const last = [];
  to.onmessage = ({data}) => {
    last.push(data.byteLength);
    if (last.length === 3) b.close();
  };
  for (let i = 0; i < 50; ++i) from.send(new Uint8Array(10));
  await until(() => last.length >= 3);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(last.length, 3);
  a.close();
  const again = await channels();
  const got = [];
  again.to.onmessage = ({data}) => got.push(data.byteLength);
  for (let i = 1; i <= 20; ++i) again.from.send(new Uint8Array(i));
  again.from.close();
  assert.throws(() => again.from.send(new Uint8Array(1)), {name: 'InvalidStateError'});
  await until(() => got.length === 20);
  assert.deepEqual(got, Array.from({length: 20}, (_, i) => i + 1));
  again.a.close();
  again.b.close();
});
