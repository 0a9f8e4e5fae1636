// node-datachannel's names, as far as they are here: see compat/node_datachannel.cjs.
import {Duplex, DuplexOptions} from 'node:stream';

export type DescriptionType = 'unspec' | 'offer' | 'answer' | 'pranswer' | 'rollback';
export interface IceServer {
  hostname: string;
  port: number;
  username?: string;
  password?: string;
  relayType?: 'TurnUdp' | 'TurnTcp' | 'TurnTls';
}
export interface RtcConfig {
  iceServers: (string | IceServer)[];
  iceTransportPolicy?: 'all' | 'relay';
  disableAutoNegotiation?: boolean;
}
export interface DataChannelInitConfig {
  protocol?: string;
  negotiated?: boolean;
  id?: number;
  unordered?: boolean;
  maxPacketLifeTime?: number;
  maxRetransmits?: number;
}
export interface SelectedCandidateInfo {
  address: string;
  port: number;
  type: string;
  transportType: string;
  candidate: string;
  mid: string;
  priority: number;
}
export class DataChannel {
  private constructor();
  getLabel(): string;
  getId(): number;
  getProtocol(): string;
  close(): void;
  sendMessage(message: string): boolean;
  sendMessageBinary(buffer: Buffer | Uint8Array): boolean;
  isOpen(): boolean;
  bufferedAmount(): number;
  maxMessageSize(): number;
  setBufferedAmountLowThreshold(size: number): void;
  onOpen(callback: () => void): void;
  onClosed(callback: () => void): void;
  onError(callback: (error: string) => void): void;
  onBufferedAmountLow(callback: () => void): void;
  onMessage(callback: (message: string | Buffer) => void): void;
}
/** Strings and Buffers, each a message. */
export class DataChannelStream extends Duplex {
  constructor(channel: DataChannel, options?: Omit<DuplexOptions, 'objectMode'>);
  readonly label: string;
  readonly id: number;
  readonly protocol: string;
}
export type Direction = 'SendRecv' | 'SendOnly' | 'RecvOnly' | 'Inactive' | 'Unknown';
declare class Media {
  type(): string;
  mid(): string;
  direction(): Direction;
  setDirection(direction: Direction): void;
  description(): string;
  generateSdp(eol?: string, address?: string, port?: number): string;
  removeFormat(name: string): void;
  hasPayloadType(payloadType: number): boolean;
  addRTXCodec(payloadType: number, originalPayloadType: number, clockRate: number): void;
  addRTPMap(): void;
  addSSRC(ssrc: number, name?: string, msid?: string, trackId?: string): void;
  removeSSRC(ssrc: number): void;
  replaceSSRC(oldSsrc: number, ssrc: number, name?: string, msid?: string, trackId?: string): void;
  hasSSRC(ssrc: number): boolean;
  getSSRCs(): number[];
  getCNameForSsrc(ssrc: number): string;
  setBitrate(bitrate: number): void;
  getBitrate(): number;
  parseSdpLine(line: string): void;
}
/** What a section is to be. Its codecs are those that are negotiated; payload types, SSRCs and the mid are the session's. */
export class Audio extends Media {
  constructor(mid?: string, direction?: Direction);
  addAudioCodec(payloadType: number, codec: string, profile?: string): void;
  addOpusCodec(payloadType: number, profile?: string): string;
}
export class Video extends Media {
  constructor(mid?: string, direction?: Direction);
  addVideoCodec(payloadType: number, codec: string, profile?: string): void;
  addH264Codec(payloadType: number, profile?: string): void;
  addH265Codec(payloadType: number): void;
  addVP8Codec(payloadType: number): void;
  addVP9Codec(payloadType: number): void;
  addAV1Codec(payloadType: number): void;
}
/** What the session does by itself, whether it is set or not. */
export class MediaHandler { addToChain(handler: MediaHandler): void; }
export class RtcpReceivingSession extends MediaHandler {}
export class RtcpNackResponder extends MediaHandler { constructor(maxSize?: number); }
export class PacingHandler extends MediaHandler { constructor(bitsPerSecond: number, sendInterval: number); }
export class RtpPacketizationConfig {
  constructor(ssrc: number, cname: string, payloadType: number, clockRate: number, videoOrientationId?: number);
  playoutDelayId: number;
  playoutDelayMin: number;
  playoutDelayMax: number;
  /** Of the next frame. */
  timestamp: number;
  readonly clockRate: number;
}
export class RtcpSrReporter extends MediaHandler {
  constructor(rtpConfig: RtpPacketizationConfig);
  readonly rtpConfig: RtpPacketizationConfig;
}
/** With one of these sendMessageBinary() takes whole frames. */
export class RtpPacketizer extends MediaHandler {
  constructor(rtpConfig: RtpPacketizationConfig);
  readonly rtpConfig: RtpPacketizationConfig;
}
type NalUnitSeparator = 'Length' | 'ShortStartSequence' | 'LongStartSequence' | 'StartSequence';
declare class NalPacketizer extends RtpPacketizer {
  constructor(separator: NalUnitSeparator, rtpConfig: RtpPacketizationConfig, maxFragmentSize?: number);
}
export class H264RtpPacketizer extends NalPacketizer {}
export class H265RtpPacketizer extends NalPacketizer {}
export class AV1RtpPacketizer extends RtpPacketizer {
  constructor(packetization: 'Obu' | 'TemporalUnit', rtpConfig: RtpPacketizationConfig, maxFragmentSize?: number);
}
export class Track {
  private constructor();
  direction(): Direction;
  mid(): string;
  type(): string;
  close(): void;
  sendMessage(message: string): boolean;
  /** A packet of RTP; false where it is none, or of a frame that cannot be decoded. */
  sendMessageBinary(buffer: Buffer | Uint8Array): boolean;
  isOpen(): boolean;
  isClosed(): boolean;
  bufferedAmount(): number;
  maxMessageSize(): number;
  setBufferedAmountLowThreshold(size: number): void;
  requestBitrate(bitrate: number): boolean;
  requestKeyframe(): boolean;
  setMediaHandler(handler: MediaHandler): void;
  onOpen(callback: () => void): void;
  onClosed(callback: () => void): void;
  onError(callback: (error: string) => void): void;
  onMessage(callback: (packet: Buffer) => void): void;
}
export class PeerConnection {
  constructor(peerName: string, config?: RtcConfig);
  close(): void;
  destroy(): void;
  setLocalDescription(type?: DescriptionType): void;
  setRemoteDescription(sdp: string, type: DescriptionType): void;
  localDescription(): {type: DescriptionType; sdp: string} | null;
  remoteDescription(): {type: DescriptionType; sdp: string} | null;
  remoteFingerprint(): {algorithm: string; value: string};
  addRemoteCandidate(candidate: string, mid: string): void;
  createDataChannel(label: string, config?: DataChannelInitConfig): DataChannel;
  addTrack(media: Audio | Video): Track;
  hasMedia(): boolean;
  state(): RTCPeerConnectionState;
  iceState(): RTCIceConnectionState;
  signalingState(): RTCSignalingState;
  gatheringState(): RTCIceGatheringState;
  bytesSent(): number;
  bytesReceived(): number;
  rtt(): number;
  maxDataChannelId(): number;
  maxMessageSize(): number;
  getSelectedCandidatePair(): {local: SelectedCandidateInfo; remote: SelectedCandidateInfo} | null;
  onLocalDescription(callback: (sdp: string, type: DescriptionType) => void): void;
  onLocalCandidate(callback: (candidate: string, mid: string) => void): void;
  onStateChange(callback: (state: RTCPeerConnectionState) => void): void;
  onIceStateChange(callback: (state: RTCIceConnectionState) => void): void;
  onSignalingStateChange(callback: (state: RTCSignalingState) => void): void;
  onGatheringStateChange(callback: (state: RTCIceGatheringState) => void): void;
  onDataChannel(callback: (channel: DataChannel) => void): void;
  onTrack(callback: (track: Track) => void): void;
}
export function initLogger(level: string, callback?: (level: string, message: string) => void): void;
export function preload(): void;
export function cleanup(): void;
export function setSctpSettings(settings: object): void;
export function getLibraryVersion(): string;
declare const all: {
  PeerConnection: typeof PeerConnection; DataChannel: typeof DataChannel; DataChannelStream: typeof DataChannelStream; Track: typeof Track; Audio: typeof Audio;
  Video: typeof Video; RtcpReceivingSession: typeof RtcpReceivingSession; RtcpNackResponder: typeof RtcpNackResponder;
  RtcpSrReporter: typeof RtcpSrReporter; PacingHandler: typeof PacingHandler; RtpPacketizationConfig: typeof RtpPacketizationConfig;
  RtpPacketizer: typeof RtpPacketizer; H264RtpPacketizer: typeof H264RtpPacketizer; H265RtpPacketizer: typeof H265RtpPacketizer;
  AV1RtpPacketizer: typeof AV1RtpPacketizer; initLogger: typeof initLogger;
  preload: typeof preload; cleanup: typeof cleanup; setSctpSettings: typeof setSctpSettings; getLibraryVersion: typeof getLibraryVersion;
};
export default all;
