#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "crypto/srtp_profile.h"
#include "dtls/config.h"
#include "rtp/congestion/rate_controller.h"
#include "sctp/tx/congestion_control.h"
#include "stack/api/ice_candidate.h"
#include "stack/api/priority.h"
#include "stack/certificate.h"

/// The dictionaries and enumerations of the W3C's "WebRTC: Real-Time Communication in Browsers", under their own names.
namespace tincan::inline v0::stack {

/// §4.2.2. Where candidates are gathered from.
struct RTCIceServer {
  std::vector<std::string> urls{};  ///< "stun:host[:port]", "stuns:…", "turn:…", "turns:…" (RFC 7064, 7065)
  std::string username{};
  std::string credential{};
};

enum class RTCIceTransportPolicy : uint8_t { kRelay, kAll };

/// §4.2.5, RFC 9429 §4.1.1: what an offer prepares for a far end that does not bundle. Whatever it is, one that bundles
/// leaves one transport.
enum class RTCBundlePolicy : uint8_t {
  kBalanced,   ///< candidates of one transport; what the answer does not bundle gathers its own then
  kMaxCompat,  ///< each section gathers from the start: for far ends that take no candidates one by one
  kMaxBundle,  ///< one transport; sections that the far end does not bundle are rejected
};
std::string_view toString(RTCBundlePolicy policy);

/// §4.2.5. "negotiate" (RFC 9429 §4.1.1): RTCP may have a port of its own, for gateways of old.
enum class RTCRtcpMuxPolicy : uint8_t { kNegotiate, kRequire };

/// What a browser decides for itself, and the W3C has no words for.
struct IceSettings {
  /// A NAT that maps one of our addresses to one outside, port for port, as clouds do.
  struct NatMapping {
    IpAddress local, external;
    bool reflexive = false;  ///< told beside the host candidate, as server-reflexive; else in its place
  };
  std::vector<NatMapping> natMappings{};
  /// Listen for TCP as well, for browsers whose firewall lets no UDP out; and tell of active candidates (RFC 6544).
  /// Off: connections are made to a peer that listens, and nobody is told. It opens a listening socket on every
  /// address.
  bool tcp = false;
  /// RFC 8445 §2.5: host candidates alone, no checks of our own. For a server with a public address; the peer must be a
  /// full agent, as browsers are.
  bool lite = false;
  /// Hide private addresses behind `.local` names, as browsers do for pages without a camera.
  bool mdnsNames = false;
  /// Move to a better path when one comes up, where the peer has the ice-option "renomination", too.
  bool renomination = false;
};

/// How the transport is secured, beyond the W3C's dictionary. The defaults are what browsers expect.
struct SecuritySettings {
  /// The range of DTLS versions; the highest that both ends speak is taken.
  dtls::Version minVersion = dtls::Version::kDtls12;
  dtls::Version maxVersion = dtls::Version::kDtls13;
  /// As a DTLS server: make the client prove its address by a cookie first. Authenticated ICE has proved it already.
  bool cookieExchange = false;
  /// DTLS 1.2 with peers that lack extended_master_secret (RFC 7627), as some old stacks do. Off: they are refused, and
  /// negotiationFailure() says so.
  bool allowNoExtendedMasterSecret = false;
  /// In order of preference. kAes128CmSha1_32 has a short tag, and is for audio-only legacy peers.
  std::vector<crypto::SrtpProfile> srtpProfiles = dtls::Config().srtpProfiles;
  /// Keeps the secrets that decrypt a capture, for PeerConnection::takeKeyLog(). They give all traffic away: off.
  bool keepKeyLog = false;
};

/// webrtc-extensions: header extensions and CSRCs encrypted like the payload (Cryptex, RFC 9335), so that the network
/// does not see audio levels, mids and sequence numbers.
enum class RTCRtpHeaderEncryptionPolicy : uint8_t {
  kDisable,    ///< not offered, and an offer of it not taken up. The W3C has no such value
  kNegotiate,  ///< where the peer can
  kRequire,    ///< a description of a peer that cannot is refused, and so is a packet that comes plain
};

/// How fast a connection sends, where the peer reports what arrives (transport-wide feedback). In bits a second. Where it
/// does not, the encoders aim at what is configured, or at their shares of the peer's REMB.
struct CongestionSettings {
  enum class Controller : uint8_t {
    kDelayAndLoss,  ///< as much as delay and losses allow
    kFixed,         ///< startBitrate, whatever happens
    /// SCReAMv2 (draft-johansson-ccwg-rfc8298bis-screamv2): a window that follows marks, for lines that mark early (L4S,
    /// RFC 9330), and delay and losses elsewhere. Our offers ask for RFC 8888's reports beside transport-wide ones, and
    /// packets leave with ECT(1) where the peer takes that up. Who answers takes up what the offer has.
    kScream,
  };
  Controller controller = Controller::kDelayAndLoss;
  uint64_t startBitrate = 300'000;
  uint64_t minBitrate = 30'000;
  uint64_t maxBitrate = 0;  ///< 0: none but what the encoders are configured for
  /// Offer RFC 8888's reports, which tell ECN marks, with another controller as well: for one of the application's own.
  bool ecn = false;
  bool wantsMarks() const { return ecn || controller == Controller::kScream; }
  /// The application's own: asked once for each connection. Overrules `controller`.
  std::function<std::unique_ptr<rtp::RateController>(const rtp::RateLimits& limits)> make{};
};

/// How packets are spread over time (rtp/pacer.h).
struct PacingSettings {
  /// Off: what is encoded leaves at once, key frames in one burst. For a link that nothing is slower than.
  bool enabled = true;
  /// Where congestion control knows nothing of the line: times what the encoders aim at, at least 1: room for pictures
  /// larger than the mean, and for repairs. 2.5 is libwebrtc's: a mean picture has left after two fifths of its time.
  double factor = 2.5;
};

/// What is sent beforehand against losses, beside what is sent again. Used as the losses and the round trip that the peer
/// reports ask for (session/fec_amount.h, session/red_sender.h), and taken out of the rate that the line has.
struct FecSettings {
  enum class Video : uint8_t {
    kNone,     ///< neither offered nor taken up
    kUlpfec,   ///< RED and ULPFEC, offered as browsers do; FlexFEC where the peer offers it
    kFlexfec,  ///< FlexFEC-03 is offered, too, and preferred
  };
  enum class Audio : uint8_t {
    kNone,
    kByLoss,  ///< RED is listed, and used while packets get lost
    kAlways,  ///< one copy at the least
  };
  Video video = Video::kUlpfec;
  Audio audio = Audio::kByLoss;
};

/// What one connection may take for decoding what it receives (docs/LIMITS.md, B11). What exceeds is not decoded, and
/// counted as RTCInboundRtpStreamStats::framesOverBudget; RtpReceiver::onencodedframe has it all the same.
struct DecodingLimits {
  uint32_t videoDecoders = 32;
  /// Of the pictures of all decoders together, each once: one of 4096 x 4096, eight of 1920 x 1080, 54 of 640 x 480. A
  /// decoder keeps about eight bytes a pixel.
  uint64_t decodedPixels = uint64_t{4096} * 4096;
};

/// Fewer round trips to an open channel (WARP): the DTLS handshake rides on ICE's checks and their answers (SPED,
/// draft-hancke-webrtc-sped-00), and SCTP's in the descriptions (SNAP, draft-hancke-tsvwg-snap-00). With kOffer, as the DTLS
/// server, the labels of our channels are told half a round trip before the peer's certificate is verified.
enum class WarpPolicy : uint8_t {
  kOff,
  kAccept,  ///< where the peer begins, or its description says that it can
  kOffer,   ///< our descriptions say so, and our first check begins
};

/// How data channels send and receive (SCTP).
struct DataSettings {
  /// RFC 9260's Reno, CUBIC (RFC 9438), or BBR (draft-ietf-ccwg-bbr), which is experimental: it holds its rate where packets
  /// are lost at random, and takes more than its share beside others.
  sctp::CongestionControl congestionControl = sctp::CongestionControl::kCubic;
  /// What our receive window may grow to, for a reader that is fast; bytes.
  size_t maxReceiveWindow = 16 * 1024 * 1024;
  /// Messages leave half a round trip earlier, with the last that SCTP's handshake has to say: the peer sees a channel of
  /// ours open before we do. In browsers whoever made it is first, and programs written for those may count on that.
  bool rideHandshake = true;
};

/// §4.2.1. What a peer does not bundle goes over transports of its own.
struct RTCConfiguration {
  std::vector<RTCIceServer> iceServers{};
  RTCIceTransportPolicy iceTransportPolicy = RTCIceTransportPolicy::kAll;
  RTCBundlePolicy bundlePolicy = RTCBundlePolicy::kBalanced;
  RTCRtcpMuxPolicy rtcpMuxPolicy = RTCRtcpMuxPolicy::kRequire;
  /// The W3C's default. Browsers of today ignore the attribute that offers it, and take it up once they know it.
  RTCRtpHeaderEncryptionPolicy rtpHeaderEncryptionPolicy = RTCRtpHeaderEncryptionPolicy::kNegotiate;
  /// Above zero: candidates are gathered from the start, and told when the first description is set. The first
  /// transport has a pool, whatever the number.
  uint8_t iceCandidatePoolSize = 0;
  IceSettings ice{};
  /// The DTLS identity: the first of them, which must not have expired; a fresh ECDSA P-256 one when empty.
  std::vector<RTCCertificate> certificates{};
  SecuritySettings security{};
  /// What a video encoder makes at most, in bits a second; what it aims at where nothing says what the line carries. 0: as
  /// much as pictures of their size are worth, 600 kb/s up to 320 x 240, 1.7 Mb/s up to 640 x 480, 2.5 at 1280 x 720, 5
  /// at 1920 x 1080; and 1 Mb/s where nothing says what the line carries.
  uint32_t videoBitrate = 0;
  CongestionSettings congestion{};
  PacingSettings pacing{};
  DecodingLimits decoding{};
  FecSettings fec{};
  DataSettings data{};
  WarpPolicy warp = WarpPolicy::kAccept;
  /// Read the peer's descriptions to the letter (RFC 8829 §5.8: stop at a line that is wrong). Off: as browsers do, what
  /// the call can do without is mended or left out, and PeerConnection::descriptionNotes() tells it. On, it also refuses
  /// each change of our own descriptions before they are set (W3C §4.4.1.5), which browsers take (jsep/page_changes.h).
  bool strictSdp = false;
};

enum class RTCSdpType : uint8_t { kOffer, kPranswer, kAnswer, kRollback };
std::string_view toString(RTCSdpType type);
std::optional<RTCSdpType> parseSdpType(std::string_view text);

/// §4.7.
struct RTCSessionDescription {
  RTCSdpType type = RTCSdpType::kOffer;
  std::string sdp{};
  /// {"type":"offer","sdp":"v=0…"}
  std::string toJSON() const;
};

/// §4.8.3: a server that gave nothing. 701 when it could not be reached at all.
struct RTCPeerConnectionIceErrorEvent {
  std::string address;
  uint16_t port = 0;
  std::string url;
  uint16_t errorCode = 0;
  std::string errorText;
};

enum class RTCSignalingState : uint8_t {
  kStable,
  kHaveLocalOffer,
  kHaveRemoteOffer,
  kHaveLocalPranswer,
  kHaveRemotePranswer,
  kClosed
};
enum class RTCIceGatheringState : uint8_t { kNew, kGathering, kComplete };
enum class RTCIceConnectionState : uint8_t { kNew, kChecking, kConnected, kCompleted, kDisconnected, kFailed, kClosed };
enum class RTCPeerConnectionState : uint8_t { kNew, kConnecting, kConnected, kDisconnected, kFailed, kClosed };
std::string_view toString(RTCSignalingState state);
std::string_view toString(RTCIceGatheringState state);
std::string_view toString(RTCIceConnectionState state);
std::string_view toString(RTCPeerConnectionState state);

struct RTCOfferOptions {
  bool iceRestart = false;
};

/// §6.2.1.
struct RTCDataChannelInit {
  bool ordered = true;
  std::optional<uint16_t> maxPacketLifeTime{};  ///< milliseconds
  std::optional<uint16_t> maxRetransmits{};
  std::string protocol{};
  bool negotiated = false;
  std::optional<uint16_t> id{};
  /// webrtc-priority §4.2: its share of what goes out, 1 to 8 from the lowest to the highest.
  RTCPriorityType priority = RTCPriorityType::kLow;
};

}  // namespace tincan::inline v0::stack
