// One call: the signalling socket, the peer connection and the W3C's "perfect negotiation" between them
// (WebRTC 1.0 §10.7). This side is the polite one. Tells its story through `on`: {state, step, stream, channel, ended}.
export class Call {
  #socket;
  #on;
  #pageOffers = true;
  #mediaAdded = false;
  #ended = false;
  #welcomed = false;
  #incoming = Promise.resolve();

  constructor({ local, offer, on }) {
    this.#on = on;
    this.local = local;
    this.channel = null;
    this.pc = new RTCPeerConnection();
    this.#wirePeer();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.#socket = new WebSocket(`${scheme}://${location.host}/ws${offer ? '?offer=page' : ''}`);
    // One message at a time: a candidate must not overtake its description.
    this.#socket.onmessage = ({ data }) => { this.#incoming = this.#incoming.then(() => this.#receive(JSON.parse(data))).catch((error) => this.end(String(error))); };
    this.#socket.onclose = () => this.end(this.#welcomed
      ? 'The other end hung up.'
      : `Nobody answers at ${location.host}: is “tincan call” still running there? Start it again, then call again.`);
    on.state('connecting', 'Calling…');
  }

  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #wirePeer() {
    const pc = this.pc;
    pc.onicecandidate = ({ candidate }) => this.#send({ candidate });
    pc.onnegotiationneeded = () => this.#negotiate();
    pc.ontrack = ({ track, streams }) => {
      const take = () => this.#on.stream(streams[0] ?? new MediaStream([track]));
      if (track.muted) track.onunmute = take;
      take();
    };
    pc.ondatachannel = ({ channel }) => this.#useChannel(channel);
    pc.oniceconnectionstatechange = () => {
      if (['connected', 'completed'].includes(pc.iceConnectionState)) this.#on.step('ice');
    };
    pc.onconnectionstatechange = () => {
      const words = { connected: 'Connected', disconnected: 'The line is silent…', failed: 'The line broke: no packet came through any more.' };
      if (pc.connectionState === 'connected') this.#on.step('dtls');
      if (pc.connectionState === 'connected') this.#on.state('connected', words.connected);
      else if (pc.connectionState === 'disconnected') this.#on.state('connecting', words.disconnected);
      else if (pc.connectionState === 'failed') this.end(words.failed);
    };
  }

  #addMedia() {
    if (this.#mediaAdded) return;
    this.#mediaAdded = true;
    for (const track of this.local?.getTracks() ?? []) this.pc.addTrack(track, this.local);
  }

  #useChannel(channel) {
    if (this.channel) return;
    this.channel = channel;
    channel.binaryType = 'arraybuffer';
    const open = () => this.#on.channel(channel);
    if (channel.readyState === 'open') open(); else channel.addEventListener('open', open);
  }

  async #negotiate() {
    if (!this.#pageOffers && !this.pc.remoteDescription) return;  // the other end starts
    try {
      await this.pc.setLocalDescription();
      this.#send({ description: this.pc.localDescription });
    } catch (error) {
      this.end(`Error: ${error.message}`);
    }
  }

  async #receive({ welcome, busy, bye, reason, description, candidate }) {
    if (this.#ended) return;
    if (busy) return this.end('The C++ peer is in another call.');
    if (bye) return this.end(reason ? `The other end hung up: ${reason}.` : 'The other end hung up.');
    if (welcome) return this.#begin(welcome);
    if (description) return this.#receiveDescription(description);
    if (candidate !== undefined) return this.#receiveCandidate(candidate);
  }

  #begin({ offer }) {
    this.#welcomed = true;
    this.#on.step('signalling');
    this.#pageOffers = offer === 'page';
    if (!this.#pageOffers) return;
    this.#addMedia();
    if (!this.local) {  // without a camera, still ask for the other end's
      this.pc.addTransceiver('audio', { direction: 'recvonly' });
      this.pc.addTransceiver('video', { direction: 'recvonly' });
    }
    this.#useChannel(this.pc.createDataChannel('chat'));
  }

  async #receiveDescription(description) {
    const pc = this.pc;
    // The polite side takes every offer: when its own is under way too, setRemoteDescription rolls that one back.
    await pc.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    this.#addMedia();
    await pc.setLocalDescription();
    this.#send({ description: pc.localDescription });
  }

  async #receiveCandidate(candidate) {
    await this.pc.addIceCandidate(candidate ?? undefined);
  }

  /// Tells the far end what has come so far.
  tellReceived(received) { this.#send({ received }); }

  hangUp() {
    this.#send({ bye: true });
    this.end('You hung up.');
  }

  end(reason) {
    if (this.#ended) return;
    this.#ended = true;
    this.pc.close();
    this.#socket.close();
    this.#on.ended(reason);
  }
}
