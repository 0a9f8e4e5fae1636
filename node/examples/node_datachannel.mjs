// The program of node-datachannel's own README, unmodified but for the import:
// import nodeDataChannel from 'node-datachannel';
import nodeDataChannel from '../compat/node_datachannel.mjs';  // 'tincan/node-datachannel'

const peer1 = new nodeDataChannel.PeerConnection('Peer1', {iceServers: []});
const peer2 = new nodeDataChannel.PeerConnection('Peer2', {iceServers: []});

peer1.onLocalDescription((sdp, type) => peer2.setRemoteDescription(sdp, type));
peer1.onLocalCandidate((candidate, mid) => peer2.addRemoteCandidate(candidate, mid));
peer2.onLocalDescription((sdp, type) => peer1.setRemoteDescription(sdp, type));
peer2.onLocalCandidate((candidate, mid) => peer1.addRemoteCandidate(candidate, mid));

let heard = 0;
const hear = (who) => (message) => {
  console.log(`${who} got: ${message}`);
  if (++heard < 2) return;
  peer1.close();
  peer2.close();
  nodeDataChannel.cleanup();
};

peer2.onDataChannel((channel) => {
  channel.onMessage(hear('peer 2'));
  channel.sendMessage('Hello from peer 2');
});

const channel = peer1.createDataChannel('test');
channel.onOpen(() => channel.sendMessage('Hello from peer 1'));
channel.onMessage(hear('peer 1'));
