// webrtc-pc §4.4.3: calls with callbacks, and the options of offers that ask for media.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {pair, tincan} from './lib.mjs';

const {RTCPeerConnection, RTCIceCandidate} = tincan;

// §4.4.3.1: the promise is of nothing and does not wait; the callback has what the promise would have had.
test('callbacks take what promises would have had', async (t) => {
  const [a, b] = pair();
  t.after(() => { a.close(); b.close(); });
  a.createDataChannel('x');
  const call = (target, name, ...args) => new Promise((resolve, reject) => {
    const promise = target[name](...args, resolve, reject);
    assert.ok(promise instanceof Promise);
    promise.then((value) => assert.equal(value, undefined), reject);
  });
  const order = [];
  const offer = await new Promise((resolve, reject) => {
    const promise = a.createOffer((made) => { order.push('callback'); resolve(made); }, reject, {iceRestart: true});
    promise.then(() => order.push('promise'));
  });
  assert.equal(offer.type, 'offer');
  assert.deepEqual(order, ['promise', 'callback']);
  assert.equal(await call(a, 'setLocalDescription', offer), undefined);
  await call(b, 'setRemoteDescription', offer);
  const answer = await call(b, 'createAnswer');
  assert.equal(answer.type, 'answer');
  await call(b, 'setLocalDescription', answer);
  await call(a, 'setRemoteDescription', answer);
  assert.equal(a.signalingState, 'stable');
  const candidate = new RTCIceCandidate({candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0'});
  await call(a, 'addIceCandidate', candidate);
});

// §4.4.3: the promise of such a call tells nothing of how it went.
test('what fails goes to the second callback, and the promise is fulfilled all the same', async (t) => {
  const pc = new RTCPeerConnection();
  t.after(() => pc.close());
  for (const [name, ...args] of [['createAnswer'], ['setLocalDescription', {type: 'answer', sdp: ''}],
    ['setRemoteDescription', {type: 'answer', sdp: 'v=0'}], ['addIceCandidate', {candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0'}]]) {
    let promise;
    const error = await new Promise((resolve, reject) => {
      promise = pc[name](...args, () => reject(new Error(`${name} succeeds`)), resolve);
    });
    assert.equal(error.name, 'InvalidStateError', name);
    assert.equal(await promise, undefined, name);
  }
});

// §4.4.3.2: true adds a transceiver that receives, once; false takes receiving away from those that there are.
test('offerToReceive', async (t) => {
  const pc = new RTCPeerConnection();
  t.after(() => pc.close());
  const directions = () => pc.getTransceivers().map((each) => `${each.receiver.track.kind} ${each.direction}`);
  await pc.createOffer({offerToReceiveAudio: true, offerToReceiveVideo: true});
  assert.deepEqual(directions(), ['audio recvonly', 'video recvonly']);
  await pc.createOffer({offerToReceiveAudio: true});
  assert.deepEqual(directions(), ['audio recvonly', 'video recvonly'], 'one that receives is there');
  pc.addTransceiver('audio');
  await pc.createOffer({offerToReceiveAudio: false});
  assert.deepEqual(directions(), ['audio inactive', 'video recvonly', 'audio sendonly']);
  await pc.createOffer({});
  assert.deepEqual(directions(), ['audio inactive', 'video recvonly', 'audio sendonly'], 'absent is neither');
});
