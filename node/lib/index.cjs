'use strict';
const {RTCPeerConnection} = require('./peer_connection.cjs');
const {RTCSessionDescription, RTCIceCandidate, RTCCertificate} = require('./description.cjs');
const {RTCDTMFSender, RTCRtpSender, RTCRtpReceiver, RTCRtpTransceiver} = require('./rtp.cjs');
const {RTCDataChannel} = require('./data_channel.cjs');
const {RTCIceCandidatePair, RTCIceTransport, RTCDtlsTransport, RTCSctpTransport} = require('./transports.cjs');
const {RTCStatsReport} = require('./stats.cjs');
const {RTCError} = require('./errors.cjs');
const events = require('./events.cjs');
const {MediaStream, MediaStreamTrack} = require('./media.cjs');
const {Transforms, cloneFrame, ...encoded} = require('./encoded.cjs');
const trackStreams = require('./track_streams.cjs');
const devices = require('./devices.cjs');
const nonstandard = require('./nonstandard.cjs');

module.exports = {
  RTCPeerConnection, RTCSessionDescription, RTCIceCandidate, RTCCertificate, RTCDTMFSender, RTCRtpSender, RTCRtpReceiver,
  RTCRtpTransceiver, RTCDataChannel, RTCIceCandidatePair, RTCIceTransport, RTCDtlsTransport, RTCSctpTransport,
  RTCStatsReport, RTCError, ...encoded, ...events, MediaStream, MediaStreamTrack, ...devices, ...trackStreams, nonstandard,
};
