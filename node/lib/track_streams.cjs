'use strict';
// MediaStreamTrackProcessor and VideoTrackGenerator (mediacapture-transform), and MediaStreamTrackGenerator, Chromium's shape
// of the second: a track's frames as Web streams.
const {native} = require('./env.cjs');
const idl = require('./webidl.cjs');
const {exposed, facades, internal} = require('./interface.cjs');
const {attempt, invalidState} = require('./errors.cjs');
const {MediaStreamTrack, setMuted, trackOf, watchFrames, whenEnded} = require('./media.cjs');
const {VideoFrame, frameOf, pictureOf} = require('./video_frame.cjs');
const {AudioData, interleaved} = require('./audio_data.cjs');

// A picture that nobody read is worth less than the next one; of sound all is wanted, as long as it is not old.
const kBuffered = {video: 1, audio: 10};

const processorInit = idl.dictionary('MediaStreamTrackProcessorInit', {
  track: {type: idl.instance(MediaStreamTrack), required: true},
  maxBufferSize: idl.unsignedShort.enforce,
});
const generatorInit = idl.dictionary('MediaStreamTrackGeneratorInit', {
  kind: {type: idl.enumeration('kind', ['audio', 'video']), required: true},
});

const soundOf = ({samples, sampleRate, channelCount, numberOfFrames, timestamp}) => new AudioData({
  format: 's16', sampleRate, numberOfFrames, numberOfChannels: channelCount, timestamp, data: samples});

class MediaStreamTrackProcessor {
  #readable;
  #waiting = [];
  #controller;
  #asked = false;
  #ended = false;
  #stop;

  constructor(init) {
    idl.required(arguments, 1, 'MediaStreamTrackProcessor');
    const {track, maxBufferSize} = processorInit(init);
    const most = Math.max(1, maxBufferSize ?? kBuffered[track.kind]);
    const toFrame = track.kind === 'video' ? frameOf : soundOf;
    this.#readable = new ReadableStream({
      start: (controller) => { this.#controller = controller; },
      pull: () => {
        this.#asked = true;
        this.#give();
      },
      cancel: () => this.#finish(),
    }, {highWaterMark: 0});
    if (track.readyState === 'ended') {
      this.#controller.close();
      return;
    }
    const stopWatching = watchFrames(track, (frame) => {
      if (this.#waiting.length >= most) this.#waiting.shift().close();
      this.#waiting.push(toFrame(frame));
      this.#give();
    });
    const forget = whenEnded(track, () => {
      this.#ended = true;
      this.#stop?.();
      this.#give();
    });
    this.#stop = () => {
      this.#stop = undefined;
      stopWatching();
      forget();
    };
  }
  get readable() { return this.#readable; }

  #give() {
    if (this.#asked && this.#waiting.length) {
      this.#asked = false;
      this.#controller.enqueue(this.#waiting.shift());
    }
    if (!this.#ended || this.#waiting.length) return;
    this.#ended = false;
    this.#controller.close();
  }
  #finish() {
    this.#stop?.();
    for (const frame of this.#waiting.splice(0)) frame.close();
  }
}
exposed(MediaStreamTrackProcessor);

class MediaStreamTrackGenerator extends MediaStreamTrack {
  #writable;

  constructor(init) {
    idl.required(arguments, 1, 'MediaStreamTrackGenerator');
    const {kind} = generatorInit(init);
    const source = kind === 'video' ? new native.VideoSource() : new native.AudioSource();
    const object = source.createTrack({});
    super(internal, object);
    facades.set(object, this);
    const push = kind === 'video' ? (frame) => {
      const {width, height, data} = pictureOf(idl.instance(VideoFrame)(frame, 'write'));
      attempt(() => source.onFrame(width, height, data));
    } : (sound) => {
      const {samples, sampleRate, channelCount} = interleaved(idl.instance(AudioData)(sound, 'write'));
      attempt(() => source.onData(samples, sampleRate, channelCount));
    };
    this.#writable = new WritableStream({
      write: (frame) => {
        if (this.readyState === 'ended') throw invalidState('write: the track has ended');
        push(frame);
        frame.close();
      },
      close: () => this.stop(),
      abort: () => this.stop(),
    });
  }
  get writable() { return this.#writable; }
}
exposed(MediaStreamTrackGenerator);

class VideoTrackGenerator {
  #track;
  #writable;
  #muted = false;

  constructor() {
    const source = new native.VideoSource();
    const track = this.#track = trackOf(source.createTrack({}));
    this.#writable = new WritableStream({
      write: (frame) => {
        const {width, height, data} = pictureOf(idl.instance(VideoFrame)(frame, 'write'));
        if (!this.#muted && track.readyState === 'live') attempt(() => source.onFrame(width, height, data));
        frame.close();
      },
      close: () => track.stop(),
      abort: () => track.stop(),
    });
  }
  get writable() { return this.#writable; }
  get track() { return this.#track; }
  get muted() { return this.#muted; }
  set muted(value) {
    const muted = Boolean(value);
    if (muted === this.#muted) return;
    this.#muted = muted;
    setMuted(this.#track, muted);
  }
}
exposed(VideoTrackGenerator);

module.exports = {VideoFrame, AudioData, MediaStreamTrackProcessor, MediaStreamTrackGenerator, VideoTrackGenerator};
