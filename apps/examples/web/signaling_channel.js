// The examples' signalling: JSON over a WebSocket to the C++ peer. Also tells that peer what it cannot see: what goes
// wrong here, and what `remoteView` shows.
export class SignalingChannel {
  onmessage = null;
  more = '';  // to be told with what is shown
  #socket = new WebSocket(`ws://${location.host}/ws`);
  #open = new Promise((open) => { this.#socket.onopen = open; });

  constructor(remoteView) {
    const status = document.getElementById('status');
    this.#socket.onmessage = ({ data }) => this.onmessage({ data: JSON.parse(data) });
    this.#socket.onclose = () => { status.textContent = 'The C++ peer is gone.'; };
    window.addEventListener('unhandledrejection', ({ reason }) => {
      status.textContent = String(reason);
      this.send({ error: String(reason) });
    });
    remoteView.onplaying = () => { status.textContent = 'Connected.'; };
    setInterval(() => {
      const frames = remoteView.getVideoPlaybackQuality().totalVideoFrames;
      const size = `${remoteView.videoWidth}x${remoteView.videoHeight}`;
      if (frames > 0) this.send({ seen: `video ${size}, ${frames} frames${this.more}` });
    }, 250);
  }

  async send(message) {
    await this.#open;
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
