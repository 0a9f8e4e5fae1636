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
  /** Refuse what is wrong in a peer's description, where it could be mended or left out. */
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
  /** The synthetic microphone: a tone; or a WAV file that loops. */
  audio?: boolean | (MediaTrackConstraints & {toneFrequency?: number; file?: string});
  /** The synthetic camera; or a Y4M file that loops. */
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
export interface AudioData {
  /** Channels interleaved. */
  samples: Int16Array;
  sampleRate: number;
  bitsPerSample?: 16;
  channelCount?: number;
  numberOfFrames?: number;
}

/** Frames in and out of JavaScript, in the shapes of @roamhq/wrtc's `nonstandard`. */
export namespace nonstandard {
  class RTCVideoSource {
    constructor(init?: {isScreencast?: boolean; needsDenoising?: boolean});
    readonly isScreencast: boolean;
    readonly needsDenoising?: boolean;
    createTrack(): MediaStreamTrack;
    onFrame(frame: I420Frame): void;
  }
  class RTCAudioSource {
    createTrack(): MediaStreamTrack;
    onData(data: AudioData): void;
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
    ondata: ((event: Event & AudioData) => void) | null;
    stop(): void;
  }
}
