// Node and Chromium, either side offering: data, sound and pictures both ways.
import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {after, before, test} from 'node:test';

import {event, tincan, until} from './lib.mjs';

const require = createRequire(new URL('../../tests/interop/package.json', import.meta.url));
const {RTCVideoSink, RTCAudioSink} = tincan.nonstandard;

let browser;
before(async () => {
  const {default: puppeteer} = await import(require.resolve('puppeteer-core'));
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required'],
  });
});
after(() => browser?.close());

// Runs in the page: a peer that echoes what comes over its channels and sends its camera and microphone.
function peer() {
  const pc = new RTCPeerConnection();
  const queue = [];
  pc.onicecandidate = ({candidate}) => candidate && tell(JSON.stringify({candidate}));
  pc.ondatachannel = ({channel}) => { channel.onmessage = ({data}) => channel.send(data); };
  pc.ontrack = ({streams: [stream]}) => {
    const video = document.querySelector('video');
    video.srcObject = stream;
  };
  window.pc = pc;
  window.addMedia = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: 240}});
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
  };
  window.offer = async () => {
    await pc.setLocalDescription();
    tell(JSON.stringify({description: pc.localDescription}));
  };
  window.hear = async (text) => {
    const {description, candidate} = JSON.parse(text);
    if (!description) return pc.remoteDescription ? pc.addIceCandidate(candidate) : queue.push(candidate);
    await pc.setRemoteDescription(description);
    for (const each of queue.splice(0)) await pc.addIceCandidate(each);
    if (description.type === 'offer') await window.offer();
  };
}

for (const offerer of ['Node', 'Chromium']) {
  test(`${offerer} offers`, {timeout: 40_000}, async () => {
    const page = await browser.newPage();
    const pc = new tincan.RTCPeerConnection();
    const waiting = [];
    await page.exposeFunction('tell', async (text) => {
      const {description, candidate} = JSON.parse(text);
      if (!description) return pc.remoteDescription ? pc.addIceCandidate(candidate) : waiting.push(candidate);
      await pc.setRemoteDescription(description);
      for (const each of waiting.splice(0)) await pc.addIceCandidate(each);
      if (description.type === 'offer') await offer();
    });
    // getUserMedia wants a secure context: a file has one.
    await page.goto(new URL('page.html', import.meta.url).href);
    await page.evaluate(peer);
    const tell = (message) => page.evaluate((text) => window.hear(text), JSON.stringify(message));
    const offer = async () => {
      await pc.setLocalDescription();
      await tell({description: pc.localDescription});
    };
    pc.onicecandidate = ({candidate}) => { if (candidate) tell({candidate}); };

    const counts = {};
    pc.ontrack = ({track}) => {
      const sink = new (track.kind === 'video' ? RTCVideoSink : RTCAudioSink)(track);
      sink.onframe = sink.ondata = () => { counts[track.kind] = (counts[track.kind] ?? 0) + 1; };
    };
    const stream = await tincan.getUserMedia({audio: true, video: {width: 320, height: 240}});
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
    const channel = pc.createDataChannel('echo', {negotiated: false});
    await page.evaluate(() => window.addMedia());
    if (offerer === 'Node') {
      await offer();
    } else {
      await page.evaluate(() => { pc.createDataChannel('theirs'); return window.offer(); });
    }
    if (channel.readyState !== 'open') await event(channel, 'open');
    const echo = event(channel, 'message');
    channel.send('to the page and back');
    assert.equal((await echo).data, 'to the page and back');
    await until(() => counts.video > 10 && counts.audio > 10, 20);
    await page.waitForFunction(() => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > 10, {timeout: 20_000});
    assert.equal(await page.evaluate(() => document.querySelector('video').videoWidth), 320);
    pc.close();
    for (const track of stream.getTracks()) track.stop();
    await page.close();
  });
}
