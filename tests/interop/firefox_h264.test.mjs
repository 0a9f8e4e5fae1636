// H.264 with Firefox, in either packetization mode. Firefox has it from Cisco's OpenH264 plugin, which it downloads at its
// first start: no Debian package has that. FIREFOX_GMP names a folder with libgmpopenh264.so and gmpopenh264.info; without
// one these tests are skipped. It can be built in two seconds from the sources of cisco/openh264 and mozilla/gmp-api, over
// Debian's libopenh264-dev:
//   g++ -fPIC -shared -w -Igmp-api -I/usr/include/wels -Imodule module/gmp-openh264.cpp -o libgmpopenh264.so -lopenh264
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connected, sentFrames, watchVideo } from './lib/checks.mjs';
import { launchFirefox, withPage } from './lib/launch.mjs';
import { startCall } from './lib/tincan.mjs';

const folder = process.env.FIREFOX_GMP;
const skip = folder ? false : 'no OpenH264 plugin for Firefox: set FIREFOX_GMP';
if (folder) Object.assign(process.env, { MOZ_GMP_PATH: folder, MOZ_DISABLE_GMP_SANDBOX: '1' });
const prefs = { 'media.gmp-provider.enabled': true, 'media.gmp-gmpopenh264.enabled': true };
const launch = (options) => launchFirefox({ ...options, prefs });

/// Before the page's own code runs: of what it says and hears, the H.264 of one mode alone is left.
function only(mode) {
  const strip = ({ type, sdp }) => {
    if (!sdp) return { type, sdp };
    const ofMode = (section, number) => {
      const parameters = new RegExp(`^a=fmtp:${number} (.*)$`, 'm').exec(section)?.[1] ?? '';
      return (/packetization-mode=(\d)/.exec(parameters)?.[1] ?? '0') === mode;
    };
    return { type, sdp: sdp.split(/^(?=m=)/m).map((section) => {
      if (!section.startsWith('m=video')) return section;
      const kept = [...section.matchAll(/^a=rtpmap:(\d+) H264\/90000/gm)].map(([, number]) => number).filter((number) => ofMode(section, number));
      return section.split('\r\n').filter((line) => {
        const [, number] = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line) ?? [];
        return number === undefined || kept.includes(number);
      }).map((line) => (line.startsWith('m=video') ? line.replace(/SAVPF.*/, `SAVPF ${kept.join(' ')}`) : line)).join('\r\n');
    }).join('') };
  };
  const { createOffer, createAnswer, setRemoteDescription, setLocalDescription } = RTCPeerConnection.prototype;
  Object.assign(RTCPeerConnection.prototype, {
    async setLocalDescription(description) {
      if (description?.type === 'rollback') return setLocalDescription.call(this, description);
      const answers = this.signalingState === 'have-remote-offer';
      const made = description ?? await (answers ? createAnswer : createOffer).call(this);
      return setLocalDescription.call(this, answers ? made : strip(made));
    },
    setRemoteDescription(description) { return setRemoteDescription.call(this, strip(description)); },
  });
}

for (const mode of ['1', '0']) {
  for (const side of ['page', 'tincan']) {
    test(`H.264 of packetization mode ${mode} with Firefox, ${side} offering`, { timeout: 90_000, skip }, async (context) => {
      const tincan = await startCall(['--video', ...(side === 'tincan' ? ['--offer', '--codec', 'H264'] : [])]);
      try {
        await withPage('about:blank', async (page) => {
          await page.evaluateOnNewDocument(only, mode);
          await page.goto(`${tincan.url}?auto=1`);
          await connected(page);
          const video = await watchVideo(page, { count: 10 });
          assert.ok(video.counters.length >= 10, `frame counters read: ${video.counters.length}`);
          await sentFrames(page, 30);
          const agreed = await page.evaluate(() => window.tincan.pc.remoteDescription.sdp.match(/a=(rtpmap|fmtp):\d+ .*(H264|packetization).*/g));
          context.diagnostic(JSON.stringify(agreed));
          await page.click('#hangup');
        }, { launch });
        const { report, output } = await tincan.end({ interrupt: false });
        for (const direction of ['in', 'out']) {
          const track = report.tracks.find((each) => each.direction === direction && each.kind === 'video');
          assert.equal(track.codec, 'video/H264', output);
          if (direction === 'in') assert.ok(track.framesDecoded >= 20, `decoded: ${track.framesDecoded}`);
        }
      } finally {
        await tincan.clean();
      }
    });
  }
}
