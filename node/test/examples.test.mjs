// The two example programs (apps/examples/web), as their pages have them but for the import, with two peers in this
// process.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import {test} from 'node:test';

import {tincan, until} from './lib.mjs';

const {RTCVideoSink, RTCAudioSink} = tincan.nonstandard;

/** What a <video> is to these programs: a place to put a stream. */
class View {
  srcObject = null;
}

function run(program, search, signaling, connections) {
  const source = fs.readFileSync(new URL(`../../apps/examples/web/${program}.js`, import.meta.url), 'utf8');
  const body = source.replace(/^import .*$/m, '');
  assert.notEqual(body, source);
  const views = {self: new View(), remote: new View()};
  const document = {getElementById: (id) => views[id]};
  class RTCPeerConnection extends tincan.RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      connections.push(this);
    }
  }
  const navigator = {mediaDevices: {getUserMedia: (wish) => tincan.getUserMedia({...wish, video: wish.video && {width: 160, height: 120}})}};
  new Function('SignalingChannel', 'document', 'location', 'RTCPeerConnection', 'navigator', body)(
    signaling, document, {search}, RTCPeerConnection, navigator);
  return views;
}

/** Two ends of a channel of JSON, as the pages' is. */
function channels() {
  const ends = [];
  return class {
    constructor() { ends.push(this); }
    send(message) {
      const other = ends[1 - ends.indexOf(this)];
      const data = JSON.parse(JSON.stringify(message));
      setImmediate(() => other.onmessage({data}));
    }
  };
}

for (const program of ['perfect_peer', 'classic_peer']) {
  test(`${program}: pictures and sound both ways`, async () => {
    const connections = [];
    const signaling = channels();
    const callee = run(program, '', signaling, connections);
    const caller = run(program, '?start', signaling, connections);
    await until(() => caller.remote.srcObject && callee.remote.srcObject);
    const counts = {};
    const sinks = [['caller', caller], ['callee', callee]].flatMap(([name, {remote}]) => remote.srcObject.getTracks().map((track) => {
      const sink = new (track.kind === 'video' ? RTCVideoSink : RTCAudioSink)(track);
      sink.onframe = sink.ondata = () => { counts[`${name} ${track.kind}`] = (counts[`${name} ${track.kind}`] ?? 0) + 1; };
      return sink;
    }));
    await until(() => Object.keys(counts).length === 4 && Object.values(counts).every((each) => each > 5));
    for (const sink of sinks) sink.stop();
    for (const connection of connections) connection.close();
    for (const views of [caller, callee]) for (const track of views.self.srcObject.getTracks()) track.stop();
  });
}
