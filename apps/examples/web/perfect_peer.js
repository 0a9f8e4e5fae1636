// WebRTC's "Simple Peer-to-peer Example". ../perfect_peer.cc is the same in C++.
import { SignalingChannel } from '/signaling_channel.js';

const selfView = document.getElementById('self');
const remoteView = document.getElementById('remote');
const signaling = new SignalingChannel(remoteView);
const pc = new RTCPeerConnection({ iceServers: [{ urls: 'stun:stun.example.org' }] });

// Every ICE candidate goes to the other peer.
pc.onicecandidate = ({ candidate }) => signaling.send({ candidate });

// The negotiationneeded event makes the offer.
pc.onnegotiationneeded = async () => {
  await pc.setLocalDescription();
  signaling.send({ description: pc.localDescription });
};

// Once media comes for a remote track, its stream is shown.
pc.ontrack = ({ track, streams }) => {
  track.onunmute = () => {
    if (remoteView.srcObject) return;
    remoteView.srcObject = streams[0];
  };
};

// Called at one of the two peers.
function start() { addCameraMic(); }

// The camera and the microphone, shown and sent.
async function addCameraMic() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  selfView.srcObject = stream;
}

signaling.onmessage = async ({ data: { description, candidate } }) => {
  if (description) {
    await pc.setRemoteDescription(description);
    // An offer wants an answer.
    if (description.type === 'offer') {
      if (!selfView.srcObject) await addCameraMic();
      await pc.setLocalDescription();
      signaling.send({ description: pc.localDescription });
    }
  } else {
    await pc.addIceCandidate(candidate);
  }
};

if (location.search === '?start') start();
