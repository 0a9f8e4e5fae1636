'use strict';
// Written for @roamhq/wrtc: a picture goes from one connection to another, and is looked at there. On the addon it runs
// with `node --require ../scripts/as_wrtc.cjs wrtc.cjs`, or with the first line changed to require('tincan').
const {RTCPeerConnection, MediaStream, nonstandard: {RTCVideoSource, RTCVideoSink}} = require('@roamhq/wrtc');

const [width, height] = [160, 120];
const grey = (luma) => {
  const data = new Uint8ClampedArray(width * height * 1.5).fill(128);
  data.fill(luma, 0, width * height);
  return {width, height, data};
};

(async () => {
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  a.onicecandidate = ({candidate}) => candidate && b.addIceCandidate(candidate);
  b.onicecandidate = ({candidate}) => candidate && a.addIceCandidate(candidate);

  const source = new RTCVideoSource();
  a.addTrack(source.createTrack(), new MediaStream());
  const shown = new Promise((resolve) => {
    b.ontrack = ({track}) => {
      const sink = new RTCVideoSink(track);
      sink.onframe = ({frame}) => {
        const luma = frame.data[frame.width * (frame.height >> 1) + (frame.width >> 1)];
        if (Math.abs(luma - 200) > 8) return;  // not yet
        sink.stop();
        resolve(frame);
      };
    };
  });
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(b.localDescription);
  const timer = setInterval(() => source.onFrame(grey(200)), 33);

  const frame = await shown;
  console.log(`${frame.width}x${frame.height}, grey`);
  clearInterval(timer);
  a.close();
  b.close();
})();
