// The same peer in the older style. ../classic_peer.cc is the same in C++.
import { SignalingChannel } from '/signaling_channel.js';

const selfView = document.getElementById('self');
const remoteView = document.getElementById('remote');
const signaling = new SignalingChannel(remoteView);
const pc = new RTCPeerConnection({ iceServers: [{ urls: 'stuns:stun.example.org' }] });

// Every ICE candidate goes to the other peer.
pc.onicecandidate = ({ candidate }) => signaling.send({ candidate });

// The negotiationneeded event makes the offer.
pc.onnegotiationneeded = async () => {
  await pc.setLocalDescription(await pc.createOffer());
  signaling.send({ desc: pc.localDescription });
};

// The stream is shown at once, before any of its media came.
pc.ontrack = ({ streams }) => {
  if (remoteView.srcObject) return;
  remoteView.srcObject = streams[0];
};

// Called at one of the two peers.
function start() { addCameraMic(); }

// The camera and the microphone, shown and sent.
async function addCameraMic() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  selfView.srcObject = stream;
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
}

signaling.onmessage = async ({ data: { desc, candidate } }) => {
  if (desc) {
    if (desc.type === 'offer') {
      await pc.setRemoteDescription(desc);
      await addCameraMic();
      await pc.setLocalDescription(await pc.createAnswer());
      signaling.send({ desc: pc.localDescription });
    } else if (desc.type === 'answer') {
      await pc.setRemoteDescription(desc);
    } else {
      console.log('Unsupported SDP type. Your code may differ here.');
    }
  } else if (candidate) {
    await pc.addIceCandidate(candidate);
  }
};

if (location.search === '?start') start();
