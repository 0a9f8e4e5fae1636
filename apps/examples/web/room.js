// The two kinds of pages of the room (../room): ?publish sends the camera in three encodings, without it one watches.
const publishes = location.search === '?publish';
const view = document.getElementById('view');
const socket = new WebSocket(`${location.protocol.replace('http', 'ws')}//${location.host}/ws${publishes ? '?publish' : ''}`);
const send = (message) => socket.send(JSON.stringify(message));
const pc = new RTCPeerConnection();
window.room = { pc, view };

pc.onicecandidate = ({ candidate }) => send({ candidate });
pc.onconnectionstatechange = () => { document.getElementById('status').textContent = pc.connectionState; };
pc.ontrack = ({ streams }) => { [view.srcObject] = streams; };

async function publish() {
  // Browsers send three encodings of large pictures alone.
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 960, height: 540 } });
  view.srcObject = stream;
  const transceiver = pc.addTransceiver(stream.getVideoTracks()[0], {
    direction: 'sendonly',
    streams: [stream],
    sendEncodings: [
      { rid: 'q', scaleResolutionDownBy: 4 },
      { rid: 'h', scaleResolutionDownBy: 2 },
      { rid: 'f' },
    ],
  });
  const { codecs } = RTCRtpReceiver.getCapabilities('video');
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => ['video/VP8', 'video/rtx'].includes(mimeType)));
  await pc.setLocalDescription();
  send({ description: pc.localDescription });
}

socket.onopen = () => { if (publishes) publish(); };
socket.onmessage = async ({ data }) => {
  const { description, candidate } = JSON.parse(data);
  if (description) {
    await pc.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    await pc.setLocalDescription();
    send({ description: pc.localDescription });
  } else if (candidate) {
    await pc.addIceCandidate(candidate);
  }
};

document.getElementById('caption').textContent = publishes ? 'your camera' : 'the camera';
document.getElementById('layers').hidden = publishes;
for (const button of document.querySelectorAll('button')) button.onclick = () => send({ rid: button.dataset.rid });
