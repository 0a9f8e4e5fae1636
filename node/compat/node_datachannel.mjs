import compat from './node_datachannel.cjs';

export const {
  PeerConnection, DataChannel, DataChannelStream, Track, Audio, Video, RtcpReceivingSession, RtcpNackResponder, RtcpSrReporter, PacingHandler,
  RtpPacketizationConfig, RtpPacketizer, H264RtpPacketizer, H265RtpPacketizer, AV1RtpPacketizer, initLogger, preload, cleanup,
  setSctpSettings, getLibraryVersion,
} = compat;
export default compat;
