// A page of Node's that changes what createOffer() or createAnswer() made before it sets it, against Chromium and Firefox:
// ICE credentials of its own, port 0, another SCTP port, and more ways than its transceivers have. Either side offers; it is
// always Node's description that is changed, and the browser that has to take it.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';

import {launchChromium, launchFirefox} from '../../tests/interop/lib/launch.mjs';
import {event, tincan, until} from './lib.mjs';

const {RTCVideoSink, RTCAudioSink} = tincan.nonstandard;
const kinds = ['audio', 'video'];

const credentials = (sdp) => sdp.replace(/a=ice-(ufrag|pwd):.*(?=\r)/g, 'a=ice-$1:libp2p+webrtc+v1/of/node');
// Out of its BUNDLE, too: Firefox takes no offer, and Chromium no answer, whose group begins with a section that is rejected.
const reject = (kind) => (sdp) => {
  const [, mid] = sdp.split('\r\nm=').find((section) => section.startsWith(kind)).match(/\r\na=mid:(.*)\r\n/);
  return sdp.replace(`m=${kind} 9 `, `m=${kind} 0 `)
    .replace(/a=group:BUNDLE.*(?=\r)/, (group) => group.split(' ').filter((each) => each !== mid).join(' '));
};
const changes = [
  {
    name: 'ICE credentials of its own', change: credentials,
    check: ({pc}) => assert.equal(pc.sctp.transport.iceTransport.getLocalParameters().usernameFragment, 'libp2p+webrtc+v1/of/node'),
  },
  {name: 'no sound, the first section', change: reject('audio'), without: 'audio'},
  {name: 'no pictures', change: reject('video'), without: 'video'},
  {name: 'another SCTP port', change: (sdp) => sdp.replace('a=sctp-port:5000', 'a=sctp-port:4999')},
  {name: 'more ways', change: (sdp) => sdp.replace(/a=recvonly/g, 'a=sendrecv'), receives: true},
];

// Runs in the page: a peer whose descriptions have all of its candidates.
function peer() {
  const gathered = async (pc) => {
    while (pc.iceGatheringState !== 'complete') await new Promise((next) => pc.addEventListener('icegatheringstatechange', next, {once: true}));
    return {type: pc.localDescription.type, sdp: pc.localDescription.sdp};
  };
  window.begin = async () => {
    window.pc = new RTCPeerConnection();
    pc.ondatachannel = ({channel}) => { channel.onmessage = ({data}) => channel.send(data); };
    window.stream ??= await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: 240}});
    for (const kind of ['audio', 'video'])
      for (const track of stream.getTracks()) if (track.kind === kind) pc.addTrack(track, stream);
  };
  window.offer = async () => {
    pc.createDataChannel('theirs');
    await pc.setLocalDescription();
    return gathered(pc);
  };
  window.take = async (description) => {
    await pc.setRemoteDescription(description);
    if (description.type === 'answer') return null;
    await pc.setLocalDescription();
    return gathered(pc);
  };
  window.received = async () => {
    const out = {audio: 0, video: 0};
    for (const each of (await pc.getStats()).values())
      if (each.type === 'inbound-rtp') out[each.kind] += each.kind === 'video' ? each.framesDecoded ?? 0 : each.packetsReceived;
    return out;
  };
}

const browsers = {};
async function pageOf(name) {
  if (!browsers[name]) {
    browsers[name] = await (name === 'Chromium' ? launchChromium() : launchFirefox());
    const page = await browsers[name].newPage();
    await page.goto(new URL('page.html', import.meta.url).href);  // getUserMedia wants a secure context: a file has one
    await page.evaluate(peer);
    browsers[name].tab = page;
  }
  return browsers[name].tab;
}
const stream = await tincan.getUserMedia({audio: true, video: {width: 320, height: 240}});
const tracks = Object.fromEntries(stream.getTracks().map((track) => [track.kind, track]));
after(async () => {
  for (const track of stream.getTracks()) track.stop();
  for (const browser of Object.values(browsers)) await browser.close();
});

/** What was made, changed by the page and set; with all candidates. */
async function set(pc, made, change) {
  const sdp = change ? change(made.sdp) : made.sdp;
  if (change) assert.notEqual(sdp, made.sdp, 'nothing was changed');
  await pc.setLocalDescription({type: made.type, sdp});
  await until(() => pc.iceGatheringState === 'complete');
  const told = pc.localDescription.sdp.split('\r\n');
  const kept = sdp.split('\r\n').filter((line) => !/^(m|c|a=rtcp)[=:]/.test(line));  // these have the default candidates now
  for (const line of kept) assert.ok(told.includes(line), `what was set is told: ${line}`);
  return {type: made.type, sdp: pc.localDescription.sdp};
}

/** A connection of Node's, and the page's. `receives`: Node's has nothing to send at first. */
class Call {
  static async with(page, t, {offers, receives}) {
    await page.evaluate(() => window.begin());
    return new Call(page, t, offers, receives);
  }
  constructor(page, t, offers, receives) {
    Object.assign(this, {page, offers, pc: new tincan.RTCPeerConnection(), counts: {audio: 0, video: 0}});
    t.after(() => {
      this.pc.close();
      return page.evaluate(() => window.pc.close());
    });
    this.pc.ontrack = ({track}) => {
      const sink = new (track.kind === 'video' ? RTCVideoSink : RTCAudioSink)(track);
      sink.onframe = sink.ondata = () => { ++this.counts[track.kind]; };
    };
    if (!receives) for (const kind of kinds) this.pc.addTrack(tracks[kind], stream);
    else if (offers) for (const kind of kinds) this.pc.addTransceiver(kind, {direction: 'recvonly'});
    this.channel = this.pc.createDataChannel('echo');
  }
  async round(change) {
    const {pc, page, offers} = this;
    if (!offers) await pc.setRemoteDescription(await page.evaluate(() => window.offer()));
    const said = await set(pc, offers ? await pc.createOffer() : await pc.createAnswer(), change);
    const answer = await page.evaluate((description) => window.take(description), said);
    if (offers) await pc.setRemoteDescription(answer);
  }
  /** Data both ways, and from now on sound and pictures both ways; none of what is of the kind `without`. */
  async flows(without) {
    if (this.channel.readyState !== 'open') await event(this.channel, 'open');
    const echo = event(this.channel, 'message');
    const ask = () => this.channel.send('to the page and back');
    ask();
    const again = setInterval(ask, 250);  // what is under way when a DTLS association ends is lost with it
    assert.equal((await echo.finally(() => clearInterval(again))).data, 'to the page and back');
    const flowing = kinds.filter((kind) => kind !== without);
    const here = {...this.counts};
    const there = () => this.page.evaluate(() => window.received());
    const before = await there();
    await until(() => flowing.every((kind) => this.counts[kind] > here[kind] + 10), 15);
    let now = await there();
    for (const limit = Date.now() + 15_000; !flowing.every((kind) => now[kind] > before[kind] + 10) && Date.now() < limit;) now = await there();
    for (const kind of flowing) assert.ok(now[kind] > before[kind] + 10, `${kind} to the browser: ${before[kind]}, then ${now[kind]}`);
    if (!without) return;
    assert.equal(this.counts[without] - here[without], 0, `${without} from the browser`);
    assert.deepEqual(this.pc.getTransceivers().map((each) => each.receiver.track.kind), flowing, 'what was rejected is stopped');
    assert.match(this.pc[this.offers ? 'remoteDescription' : 'localDescription'].sdp, new RegExp(`m=${without} 0 `));
  }
}

for (const browser of ['Chromium', 'Firefox']) {
  for (const offers of [true, false]) {
    for (const {name, change, check, without, receives} of changes) {
      test(`${offers ? 'an offer' : 'an answer'} to ${browser}: ${name}`, {timeout: 40_000}, async (t) => {
        const call = await Call.with(await pageOf(browser), t, {offers, receives});
        await call.round(change);
        if (receives) {
          for (const {direction, currentDirection, sender, receiver} of call.pc.getTransceivers()) {
            assert.deepEqual([direction, currentDirection], ['recvonly', 'sendrecv']);
            await sender.replaceTrack(tracks[receiver.track.kind]);
          }
        }
        await call.flows(without);
        check?.(call);
      });
    }
  }
}

// The browser goes on over the transport of another section, and shakes hands anew. Firefox may lose its pictures there by
// itself (tests/interop/renewal.test.mjs).
test('a later offer to Chromium: no sound, the first section', {timeout: 40_000}, async (t) => {
  const call = await Call.with(await pageOf('Chromium'), t, {offers: true});
  await call.round();
  await call.flows();
  await call.round(reject('audio'));
  await call.flows('audio');
  call.pc.addTrack(tracks.audio, stream);
  await call.page.evaluate(() => { pc.addTrack(stream.getAudioTracks()[0], stream); });
  await call.round();
  assert.equal(call.pc.localDescription.sdp.split('\r\nm=').length, 4, 'in its place');
  await call.flows();
});
