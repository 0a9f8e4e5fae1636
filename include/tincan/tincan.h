#pragma once

/// Everything an application needs, in one namespace: the W3C's names, and few of our own. Nothing else of the floors
/// below is in it; they can be included by themselves (`#include "ice/agent.h"`) and keep their own.

#include <cstdlib>
#include <string_view>

#include "crypto/multi_buffer.h"
#include "media/get_user_media.h"
#include "media/media_devices.h"
#include "media/media_stream.h"
#include "net/driver.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "net/worker_pool.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0 {

// The W3C's classes, under their names and without RTC in front of them.
using stack::DTMFSender;
using RTCDTMFSender = stack::DTMFSender;
using stack::DataChannel;
using RTCDataChannel = stack::DataChannel;
using stack::DtlsTransport;
using RTCDtlsTransport = stack::DtlsTransport;
using stack::IceTransport;
using RTCIceTransport = stack::IceTransport;
using stack::PeerConnection;
using RTCPeerConnection = stack::PeerConnection;
using stack::RtpReceiver;
using RTCRtpReceiver = stack::RtpReceiver;
using stack::RtpSender;
using RTCRtpSender = stack::RtpSender;
using stack::RtpTransceiver;
using RTCRtpTransceiver = stack::RtpTransceiver;
using stack::SctpTransport;
using RTCSctpTransport = stack::SctpTransport;

// Its dictionaries, enumerations and events.
using stack::RTCAudioPlayoutStats;
using stack::RTCAudioSourceStats;
using stack::RTCBundlePolicy;
using stack::RTCCertificate;
using stack::RTCCertificateKeyParams;
using stack::RTCCertificateStats;
using stack::RTCCodecStats;
using stack::RTCConfiguration;
using stack::RTCDataChannelEvent;
using stack::RTCDataChannelInit;
using stack::RTCDataChannelState;
using stack::RTCDataChannelStats;
using stack::RTCDegradationPreference;
using stack::RTCDtlsFingerprint;
using stack::RTCDtlsRole;
using stack::RTCDtlsTransportState;
using stack::RTCDTMFToneChangeEvent;
using stack::RTCEncodingOptions;
using stack::RTCError;
using stack::RTCErrorDetailType;
using stack::RTCErrorEvent;
using stack::RTCIceCandidate;
using stack::RTCIceCandidatePair;
using stack::RTCIceCandidatePairStats;
using stack::RTCIceCandidateStats;
using stack::RTCIceCandidateType;
using stack::RTCIceComponent;
using stack::RTCIceConnectionState;
using stack::RTCIceGathererState;
using stack::RTCIceGatheringState;
using stack::RTCIceParameters;
using stack::RTCIceProtocol;
using stack::RTCIceRole;
using stack::RTCIceServer;
using stack::RTCIceServerTransportProtocol;
using stack::RTCIceTcpCandidateType;
using stack::RTCIceTransportPolicy;
using stack::RTCIceTransportState;
using stack::RTCInboundRtpStreamStats;
using stack::RTCMediaSourceStats;
using stack::RTCOfferOptions;
using stack::RTCOutboundRtpStreamStats;
using stack::RTCPeerConnectionIceErrorEvent;
using stack::RTCPeerConnectionIceEvent;
using stack::RTCPeerConnectionState;
using stack::RTCPeerConnectionStats;
using stack::RTCPriorityType;
using stack::RTCQualityLimitationReason;
using stack::RTCReceivedRtpStreamStats;
using stack::RTCRemoteInboundRtpStreamStats;
using stack::RTCRemoteOutboundRtpStreamStats;
using stack::RTCResolutionRestriction;
using stack::RTCRtcpMuxPolicy;
using stack::RTCRtcpParameters;
using stack::RTCRtpCapabilities;
using stack::RTCRtpCodec;
using stack::RTCRtpCodecParameters;
using stack::RTCRtpCodingParameters;
using stack::RTCRtpContributingSource;
using stack::RTCRtpEncodingParameters;
using stack::RTCRtpHeaderEncryptionPolicy;
using stack::RTCRtpHeaderExtensionCapability;
using stack::RTCRtpHeaderExtensionParameters;
using stack::RTCRtpParameters;
using stack::RTCRtpReceiveParameters;
using stack::RTCRtpSendParameters;
using stack::RTCRtpStreamStats;
using stack::RTCRtpSynchronizationSource;
using stack::RTCRtpTransceiverDirection;
using stack::RTCRtpTransceiverInit;
using stack::RTCSctpTransportState;
using stack::RTCSctpTransportStats;
using stack::RTCSdpType;
using stack::RTCSentRtpStreamStats;
using stack::RTCSessionDescription;
using stack::RTCSetParameterOptions;
using stack::RTCSignalingState;
using stack::RTCStats;
using stack::RTCStatsReport;
using stack::RTCStatsType;
using stack::RTCTrackEvent;
using stack::RTCTransportStats;
using stack::RTCVideoSourceStats;

// What the W3C has no words for.
using sctp::CongestionControl;
using stack::DataSettings;
using stack::DecodingLimits;
using stack::EncodedFrame;
using stack::Environment;
using stack::IceSettings;
using stack::MediaKind;
using stack::MediaStreamPtr;
using stack::MediaStreamTrackPtr;
using stack::MessageEvent;
using stack::PacingSettings;
using stack::parseSdpType;
using stack::sdpError;
using stack::SecuritySettings;
using stack::Stat;
using stack::toString;
using stack::visit;
using stack::WarpPolicy;

// webrtc-encoded-transform.
using stack::KeyFrameRequestEvent;
using stack::RTCEncodedAudioFrame;
using stack::RTCEncodedAudioFrameMetadata;
using stack::RTCEncodedFrame;
using stack::RTCEncodedFrameMetadata;
using stack::RTCEncodedVideoFrame;
using stack::RTCEncodedVideoFrameMetadata;
using stack::RTCEncodedVideoFrameType;
using stack::RTCRtpScriptTransform;
using stack::RTCRtpScriptTransformer;

// Media Capture and Streams.
using media::AudioConstraints;
using media::AudioFrame;
using media::CodecFormat;
using media::CodecKind;
using media::EncodedAudio;
using media::EncodedAudioSource;
using media::EncodedVideo;
using media::EncodedVideoSource;
using media::enumerateDevices;
using media::getUserMedia;
using media::MediaDeviceInfo;
using media::MediaDeviceKind;
using media::MediaStream;
using media::MediaStreamConstraints;
using media::MediaStreamTrack;
using media::MediaStreamTrackState;
using media::MediaTrackSettings;
using media::toString;
using media::VideoConstraints;
using media::VideoFrame;

/// Who does SRTP's arithmetic, by the process's environment: TINCAN_CRYPTO=openssl keeps to libcrypto; anything else,
/// or nothing, takes Intel IPsec-MB where the processor has what it needs.
inline crypto::Engine cryptoEngine() {
  const char* choice = std::getenv("TINCAN_CRYPTO");
  return choice != nullptr && std::string_view(choice) == "openssl" ? crypto::Engine::kLibcrypto
                                                                    : crypto::Engine::kAuto;
}

/// A bound for what all SCTP receive windows of a loop grow to (sctp::WindowBudget).
inline std::unique_ptr<std::shared_ptr<sctp::WindowBudget>> makeWindowBudget() {
  return std::make_unique<std::shared_ptr<sctp::WindowBudget>>(std::make_shared<sctp::WindowBudget>());
}

/// What a connection that `loop` will drive needs, with the `cryptoEngine` and the log sink (setLogSink) of this process.
/// The connections of a loop share one workspace of IPsec-MB, which goes with the loop, and one budget of windows.
inline Environment environment(net::Loop& loop, RandomSource& random) {
  Environment out{random, loop.pool(), loop.wallTime().toUnixMicros() - loop.now().micros()};
  out.srtp.engine = cryptoEngine();
  if (out.srtp.engine == crypto::Engine::kAuto) out.srtp.shared = loop.keep(&crypto::MultiBuffer::create);
  out.windowBudget = *loop.keep(&makeWindowBudget);
  out.log = defaultLog();
  return out;
}

}  // namespace tincan::inline v0
