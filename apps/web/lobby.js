// Before the call: which camera and microphone, what they see and hear, and one clear sentence when there is none.
export class Lobby {
  #view;
  #context = null;
  #meterTimer = null;
  #generation = 0;
  stream = null;

  /// `view`: the elements {preview, meter, cameras, microphones, devices, problem, again}.
  constructor(view) {
    this.#view = view;
    view.again.onclick = () => this.open();
    for (const list of [view.cameras, view.microphones]) list.onchange = () => this.open();
    navigator.mediaDevices?.addEventListener?.('devicechange', () => this.#list());
  }

  /// Opens the chosen devices, or what there is of them; null when there is none. Never throws.
  async open() {
    const generation = ++this.#generation;
    this.#stop();
    this.#tell('');
    if (!navigator.mediaDevices) {
      this.#tell(`Browsers give camera and microphone only to pages on https:// or on this machine. Open http://localhost:${location.port || 80} on the machine that runs tincan, or call without them: you will see and hear the other end.`);
      return null;
    }
    const wish = (list) => (list.value ? { deviceId: { exact: list.value } } : true);
    const video = wish(this.#view.cameras);
    const audio = wish(this.#view.microphones);
    let firstError = null;
    for (const constraints of [{ audio, video }, { audio }, { video }]) {
      try {
        const stream = await navigator.mediaDevices.getUserMedia(constraints);
        if (generation !== this.#generation) {  // another choice was made meanwhile
          for (const track of stream.getTracks()) track.stop();
          return this.stream;
        }
        this.stream = stream;
        break;
      } catch (error) {
        firstError ??= error;
        if (error.name === 'NotAllowedError') break;  // do not ask three times
      }
    }
    // All of it is shown in one turn: a button that moves after the sentence is there moves from under a pointer.
    await this.#list();
    if (generation !== this.#generation) return this.stream;
    if (firstError) this.#tell(this.stream ? half(this.stream, firstError) : sentence(firstError));
    this.#view.preview.srcObject = this.stream;
    this.#view.preview.hidden = !this.stream?.getVideoTracks().length;
    this.#listen();
    return this.stream;
  }

  /// The call has the devices from here on, or nobody has.
  close({ keepTracks = false } = {}) {
    this.#generation++;
    this.#silence();
    if (!keepTracks) this.#stop();
    this.#view.preview.srcObject = null;
    this.#view.preview.hidden = this.#view.meter.hidden = this.#view.devices.hidden = true;
    this.#tell('');
    this.stream = null;
  }

  #stop() {
    this.#silence();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  #silence() {
    clearInterval(this.#meterTimer);
    this.#context?.close();
    this.#context = null;
    this.#view.meter.value = 0;
  }

  #tell(problem) {
    this.#view.problem.textContent = problem;
    this.#view.problem.hidden = this.#view.again.hidden = !problem;
  }

  #listen() {
    const hasSound = this.stream?.getAudioTracks().length > 0;
    this.#view.meter.hidden = !hasSound;
    if (!hasSound) return;
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#meterTimer = setInterval(() => {
      if (this.#context?.state === 'suspended') this.#context.resume().catch(() => {});
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      this.#view.meter.value = rms > 0 ? Math.max(0, 1 + Math.log10(rms) / 3) : 0;  // -60 dB to 0
    }, 100);
  }

  async #list() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    fill(this.#view.cameras, devices.filter((each) => each.kind === 'videoinput'), this.stream?.getVideoTracks()[0]);
    fill(this.#view.microphones, devices.filter((each) => each.kind === 'audioinput'), this.stream?.getAudioTracks()[0]);
    this.#view.devices.hidden = this.#view.cameras.hidden && this.#view.microphones.hidden;
  }
}

function fill(list, devices, track) {
  const named = devices.filter((each) => each.deviceId);
  list.replaceChildren(...named.map((each, i) => new Option(each.label || `Device ${i + 1}`, each.deviceId)));
  list.value = track?.getSettings().deviceId ?? '';
  list.hidden = list.parentElement.hidden = named.length === 0;
}

// What went wrong, and what to do, in one sentence each.
function sentence(error) {
  const words = {
    NotAllowedError: 'The browser did not allow this page to use camera and microphone: allow them behind the icon beside the address, then try again.',
    NotFoundError: 'No camera and no microphone was found: plug one in and try again, or call without them.',
    NotReadableError: 'Another program has the camera or the microphone: close it and try again, or call without them.',
    OverconstrainedError: 'The device that was chosen is gone: choose another one.',
  };
  return words[error.name] ?? `Camera and microphone cannot be opened (${error.message || error.name}): try again, or call without them.`;
}

function half(stream, error) {
  const missing = stream.getVideoTracks().length ? 'microphone' : 'camera';
  const why = error.name === 'NotReadableError' ? 'another program has it' : 'none was found';
  return `The call will be without your ${missing}: ${why}.`;
}
