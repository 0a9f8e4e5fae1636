/// <reference lib="dom" />
// The W3C's classes have TypeScript's own types of them (lib.dom); what is beside the W3C is declared here.

/** Beside the W3C's dictionary. */
export interface TincanConfiguration extends RTCConfiguration {
  /** Candidates of loopback addresses, too; without it only when there are no others. */
  includeLoopback?: boolean;
  /** Candidates of IPv6 addresses; true when absent. */
  ipv6?: boolean;
  /** Only these interfaces ("eth0"); all when absent. */
  interfaces?: string[];
  /** What a video encoder makes at most, in bits a second. */
  videoBitrate?: number;
  /** Hide private addresses behind `.local` names, as browsers do. */
  mdnsNames?: boolean;
  /** Refuse what is wrong in a peer's description, where it could be mended or left out, and any change of an own one. */
  strictSdp?: boolean;
}

export const RTCPeerConnection: {
  new (configuration?: TincanConfiguration): RTCPeerConnection;
  prototype: RTCPeerConnection;
  generateCertificate(keygenAlgorithm: AlgorithmIdentifier): Promise<RTCCertificate>;
};
export type RTCPeerConnection = globalThis.RTCPeerConnection;
export const RTCSessionDescription: typeof globalThis.RTCSessionDescription;
export const RTCIceCandidate: typeof globalThis.RTCIceCandidate;
export const RTCCertificate: typeof globalThis.RTCCertificate;
export const RTCDTMFSender: typeof globalThis.RTCDTMFSender;
export const RTCRtpSender: typeof globalThis.RTCRtpSender;
export const RTCRtpReceiver: typeof globalThis.RTCRtpReceiver;
export const RTCRtpTransceiver: typeof globalThis.RTCRtpTransceiver;
export const RTCDataChannel: typeof globalThis.RTCDataChannel;
export const RTCIceTransport: typeof globalThis.RTCIceTransport;
export const RTCDtlsTransport: typeof globalThis.RTCDtlsTransport;
export const RTCSctpTransport: typeof globalThis.RTCSctpTransport;
export const RTCStatsReport: typeof globalThis.RTCStatsReport;
export const RTCError: typeof globalThis.RTCError;
export const RTCPeerConnectionIceEvent: typeof globalThis.RTCPeerConnectionIceEvent;
export const RTCPeerConnectionIceErrorEvent: typeof globalThis.RTCPeerConnectionIceErrorEvent;
export const RTCTrackEvent: typeof globalThis.RTCTrackEvent;
export const RTCDataChannelEvent: typeof globalThis.RTCDataChannelEvent;
export const RTCDTMFToneChangeEvent: typeof globalThis.RTCDTMFToneChangeEvent;
export const RTCErrorEvent: typeof globalThis.RTCErrorEvent;
export const MediaStream: typeof globalThis.MediaStream;
export const MediaStreamTrack: typeof globalThis.MediaStreamTrack;
export const MediaStreamTrackEvent: typeof globalThis.MediaStreamTrackEvent;
export const MediaDevices: typeof globalThis.MediaDevices;
export const MediaDeviceInfo: typeof globalThis.MediaDeviceInfo;
export const InputDeviceInfo: typeof globalThis.InputDeviceInfo;
export const OverconstrainedError: typeof globalThis.OverconstrainedError;
export const RTCEncodedVideoFrame: typeof globalThis.RTCEncodedVideoFrame;
export const RTCEncodedAudioFrame: typeof globalThis.RTCEncodedAudioFrame;

/** What `worker` hears of as the event 'rtctransform': an EventTarget of this thread, in place of a worker's scope. */
export interface RTCRtpScriptTransformer extends EventTarget {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
  readonly options: any;
  onkeyframerequest: ((event: KeyFrameRequestEvent) => any) | null;
  generateKeyFrame(rid?: string): Promise<void>;
  sendKeyFrameRequest(): Promise<void>;
}
export interface RTCTransformEvent extends Event {
  readonly transformer: RTCRtpScriptTransformer;
}
export interface KeyFrameRequestEvent extends Event {
  readonly rid: string | null;
}
export const RTCRtpScriptTransform: {
  prototype: globalThis.RTCRtpScriptTransform;
  new(worker: EventTarget, options?: any, transfer?: any[]): globalThis.RTCRtpScriptTransform;
};

export const RTCIceCandidatePair: {prototype: {readonly local: RTCIceCandidate; readonly remote: RTCIceCandidate}};

export interface TincanConstraints {
  /**
   * The synthetic microphone: a tone; or a file that loops, WAV or whatever FFmpeg reads; or a real one, by a deviceId of
   * enumerateDevices() or by "default".
   */
  audio?: boolean | (MediaTrackConstraints & {toneFrequency?: number; file?: string});
  /** Likewise: the synthetic camera, a file (Y4M, or whatever FFmpeg reads), a real one. */
  video?: boolean | (MediaTrackConstraints & {file?: string});
}
export function getUserMedia(constraints: TincanConstraints): Promise<MediaStream>;
export const mediaDevices: Omit<MediaDevices, 'getUserMedia'> & {getUserMedia: typeof getUserMedia};

/** I420: the Y plane, then U, then V, without padding; U and V have half the width and height, rounded up. */
export interface I420Frame {
  width: number;
  height: number;
  data: Uint8Array;
  rotation?: number;
}
/** Sound as `nonstandard` has it. */
export interface SoundSamples {
  /** Channels interleaved. */
  samples: Int16Array;
  sampleRate: number;
  bitsPerSample?: 16;
  channelCount?: number;
  numberOfFrames?: number;
}

// ---- Frames as Web streams (mediacapture-transform; WebCodecs' VideoFrame and AudioData, in memory) ----

export type VideoPixelFormat = 'I420' | 'NV12' | 'RGBA' | 'RGBX' | 'BGRA' | 'BGRX';
export interface PlaneLayout {
  offset: number;
  stride: number;
}
export interface VideoFrameRect {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
}
export interface VideoFrameCopyToOptions {
  /** In pixels; x and y are even where chroma is halved. The whole picture when absent. */
  rect?: VideoFrameRect;
  /** Where the planes go; one behind the other, without padding, when absent. */
  layout?: PlaneLayout[];
  /** The frame's own, or, of an I420 frame, one of RGBA, RGBX, BGRA, BGRX (BT.601, limited range). */
  format?: VideoPixelFormat;
}
/** A picture. What a track gives is I420; what a generator is given may be of any format. */
export class VideoFrame {
  constructor(data: BufferSource, init: {
    format: VideoPixelFormat; codedWidth: number; codedHeight: number;
    /** Microseconds. */
    timestamp: number;
    duration?: number; layout?: PlaneLayout[]; displayWidth?: number; displayHeight?: number;
  });
  constructor(frame: VideoFrame, init?: {timestamp?: number; duration?: number});
  /** null once closed. */
  readonly format: VideoPixelFormat | null;
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly codedRect: Required<VideoFrameRect> | null;
  readonly visibleRect: Required<VideoFrameRect> | null;
  readonly displayWidth: number;
  readonly displayHeight: number;
  readonly timestamp: number;
  readonly duration: number | null;
  readonly colorSpace: {primaries: string; transfer: string; matrix: string; fullRange: boolean};
  allocationSize(options?: VideoFrameCopyToOptions): number;
  copyTo(destination: BufferSource, options?: VideoFrameCopyToOptions): Promise<PlaneLayout[]>;
  clone(): VideoFrame;
  close(): void;
}

export type AudioSampleFormat = 'u8' | 's16' | 's32' | 'f32' | 'u8-planar' | 's16-planar' | 's32-planar' | 'f32-planar';
export interface AudioDataCopyToOptions {
  planeIndex: number;
  frameOffset?: number;
  frameCount?: number;
  format?: AudioSampleFormat;
}
/** A stretch of sound. What a track gives is s16; every format is copied to every other. */
export class AudioData {
  constructor(init: {
    format: AudioSampleFormat; sampleRate: number; numberOfFrames: number; numberOfChannels: number;
    /** Microseconds. */
    timestamp: number;
    data: BufferSource;
  });
  readonly format: AudioSampleFormat | null;
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  readonly duration: number;
  readonly timestamp: number;
  allocationSize(options: AudioDataCopyToOptions): number;
  copyTo(destination: BufferSource, options: AudioDataCopyToOptions): void;
  clone(): AudioData;
  close(): void;
}

/** A track's frames, to read. Of those that wait the oldest are dropped: more than one picture, ten of sound, or maxBufferSize. */
export class MediaStreamTrackProcessor<T extends VideoFrame | AudioData = VideoFrame | AudioData> {
  constructor(init: {track: MediaStreamTrack; maxBufferSize?: number});
  readonly readable: ReadableStream<T>;
}
/** A track whose frames are written. What is written is closed by it; a closed stream ends the track. */
export interface MediaStreamTrackGenerator<T extends VideoFrame | AudioData = VideoFrame | AudioData> extends MediaStreamTrack {
  readonly writable: WritableStream<T>;
}
export const MediaStreamTrackGenerator: {
  new <T extends VideoFrame | AudioData = VideoFrame | AudioData>(init: {kind: 'audio' | 'video'}): MediaStreamTrackGenerator<T>;
  prototype: MediaStreamTrackGenerator;
};

/** The standard's: its track is a plain one. While it is muted, so is the track, and what is written is dropped. */
export class VideoTrackGenerator {
  constructor();
  readonly writable: WritableStream<VideoFrame>;
  readonly track: MediaStreamTrack;
  muted: boolean;
}

/** Frames in and out of JavaScript, in the shapes of @roamhq/wrtc's `nonstandard`. */
export namespace nonstandard {
  /** `target` is of the source's size, and its data long enough; BT.601, limited range. */
  function i420ToRgba(source: {width: number; height: number; data: BufferSource}, target: {width: number; height: number; data: BufferSource}): void;
  function rgbaToI420(source: {width: number; height: number; data: BufferSource}, target: {width: number; height: number; data: BufferSource}): void;
  class RTCVideoSource {
    constructor(init?: {isScreencast?: boolean; needsDenoising?: boolean});
    readonly isScreencast: boolean;
    readonly needsDenoising?: boolean;
    createTrack(): MediaStreamTrack;
    onFrame(frame: I420Frame): void;
  }
  class RTCAudioSource {
    createTrack(): MediaStreamTrack;
    onData(data: SoundSamples): void;
  }
  class RTCVideoSink extends EventTarget {
    constructor(track: MediaStreamTrack);
    readonly stopped: boolean;
    onframe: ((event: Event & {frame: I420Frame}) => void) | null;
    stop(): void;
  }
  class RTCAudioSink extends EventTarget {
    constructor(track: MediaStreamTrack);
    readonly stopped: boolean;
    ondata: ((event: Event & SoundSamples) => void) | null;
    stop(): void;
  }
}
