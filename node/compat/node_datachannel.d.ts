// node-datachannel's names, as far as they are here: see compat/node_datachannel.cjs.
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
  hasMedia(): boolean;
  state(): RTCPeerConnectionState;
  iceState(): RTCIceConnectionState;
  signalingState(): RTCSignalingState;
  gatheringState(): RTCIceGatheringState;
  bytesSent(): number;
  bytesReceived(): number;
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
}
export function initLogger(level: string, callback?: (level: string, message: string) => void): void;
export function preload(): void;
export function cleanup(): void;
export function setSctpSettings(settings: object): void;
export function getLibraryVersion(): string;
declare const all: {
  PeerConnection: typeof PeerConnection; DataChannel: typeof DataChannel; initLogger: typeof initLogger;
  preload: typeof preload; cleanup: typeof cleanup; setSctpSettings: typeof setSctpSettings; getLibraryVersion: typeof getLibraryVersion;
};
export default all;
