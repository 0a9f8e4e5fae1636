import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);
export const tincan = require('../index.cjs');
const {RTCPeerConnection} = tincan;

/** Two connections that tell each other what they have. */
export function pair(configuration) {
  const peers = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)];
  peers.forEach((each, i) => {
    const other = peers[1 - i];
    each.onicecandidate = ({candidate}) => {
      if (other.signalingState !== 'closed') other.addIceCandidate(candidate).catch(() => {});
    };
  });
  return peers;
}

export async function negotiate(from, to) {
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
}

export const event = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, {once: true}));

/** Resolves when `done` says so; rejects after `seconds`. */
export async function until(done, seconds = 10) {
  const limit = Date.now() + seconds * 1000;
  while (!done()) {
    if (Date.now() > limit) throw new Error(`not within ${seconds} s: ${done}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Two open channels of two connected peers. */
export async function channels(init, configuration) {
  const [a, b] = pair(configuration);
  const from = a.createDataChannel('chat', init);
  const other = event(b, 'datachannel');
  await negotiate(a, b);
  const {channel: to} = await other;
  if (from.readyState !== 'open') await event(from, 'open');
  if (to.readyState !== 'open') await event(to, 'open');
  return {a, b, from, to};
}
