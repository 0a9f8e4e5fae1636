#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/packet_buffer.h"
#include "base/result.h"
#include "base/strong_id.h"
#include "crypto/multi_buffer.h"
#include "crypto/srtp_profile.h"
#include "rtp/header.h"
#include "rtp/srtp_context.h"
#include "rtp/srtp_stream.h"

namespace tincan::inline v0::rtp {

/// RFC 9335: header extensions and CSRCs encrypted with the payload.
enum class Cryptex : uint8_t {
  kOff,
  kAccepted,  ///< what we send is not; what we receive may be: we have offered to take it (RFC 9335 §4)
  kOn,        ///< what we send is; what we receive may be (each packet says so itself, RFC 9335 §5.2)
  kRequired,  ///< what comes with plain extensions or CSRCs is dropped
};

struct SrtpConfig {
  crypto::Engine engine = crypto::Engine::kAuto;
  /// A workspace to share (200 KB, a millisecond to make), which outlives the session. Null: with kAuto the session
  /// makes its own.
  crypto::MultiBuffer* shared = nullptr;
  size_t receiveSsrcs = 64;  ///< whose replay windows are kept; see SrtpStreams for what happens to more
  size_t sendSsrcs = 1024;
  Cryptex cryptex = Cryptex::kOff;
};

struct SrtpStats {
  uint64_t rtpProtected = 0, rtpUnprotected = 0;
  uint64_t rtcpProtected = 0, rtcpUnprotected = 0;
  /// Too short, no RTP, lengths that lie, RTCP that says it is not encrypted, plain extensions where Cryptex is
  /// required.
  uint64_t malformed = 0;
  uint64_t unauthenticated = 0;  ///< tags that did not match
  uint64_t replayed = 0;         ///< seen before, or older than the window
  uint64_t refused = 0;          ///< a bound: index exhausted, SSRCs, no room for the tag
};

/// What became of a packet: nothing when it passed.
using SrtpOutcome = std::optional<ErrorCode>;

/// SRTP and SRTCP of one peer, both directions, in place (RFC 3711, RFC 6188, RFC 7714, RFC 9335). Owned by the
/// transport; made when DTLS has exported its keys, which it wipes when it goes.
///
/// A packet that does not pass is left as it was. State of an SSRC (rollover counter, replay window) is made and moved
/// only by packets that authenticate. Sending guards itself as receiving does: an index is never used twice, since that
/// would give the key stream away. Results allocate nothing: their texts are short.
///
///     kMalformed        not RTP/RTCP, too short for its tag, or not as private as Cryptex asks
///     kUnauthenticated  the tag does not match
///     kReplayed         seen (or sent) before, or 1,024 packets behind
///     kLimit            2^48 packets (RTCP: 2^31) under the key, too many SSRCs, or no room for the tag or Cryptex's
///                       prefix
class SrtpSession {
 public:
  explicit SrtpSession(const crypto::SrtpKeys& keys, const SrtpConfig& config = {});
  SrtpSession(SrtpSession&&) noexcept = default;

  Result<void> protect(PacketBuffer& rtp);
  Result<void> unprotect(PacketBuffer& rtp);
  Result<void> protectRtcp(PacketBuffer& rtcp);
  Result<void> unprotectRtcp(PacketBuffer& rtcp);

  /// As if called for one packet after the other, and for AES-CM several times as fast: IPsec-MB works on up to 32 of
  /// them side by side. `outcomes` is empty or has a place for each packet. Gives how many passed. For packets of
  /// several sessions: protectBatch (rtp/srtp_batch.h).
  size_t protect(std::span<PacketBuffer> packets, std::span<SrtpOutcome> outcomes = {});
  size_t unprotect(std::span<PacketBuffer> packets, std::span<SrtpOutcome> outcomes = {});

  /// Says where an SSRC stands, for a stream that was begun elsewhere (RFC 3711 §3.3.1): everything up to this rollover
  /// counter and sequence number counts as used. False when there is no room for the SSRC.
  bool resumeLocal(Ssrc ssrc, uint32_t rollover, uint16_t sequenceNumber);
  bool resumeRemote(Ssrc ssrc, uint32_t rollover, uint16_t sequenceNumber);
  /// The same for SRTCP, whose index has 31 bits.
  bool resumeLocalRtcp(Ssrc ssrc, uint32_t index);
  bool resumeRemoteRtcp(Ssrc ssrc, uint32_t index);

  /// For the packets that come from now on: a description has changed what was negotiated.
  void setCryptex(Cryptex cryptex) { cryptex_ = cryptex; }

  crypto::SrtpProfile profile() const { return profile_; }
  /// IPsec-MB is at work.
  bool isAccelerated() const { return engine_ != nullptr; }
  const SrtpStats& stats() const { return stats_; }
  /// What protect adds to RTP: 4, 10 or 16 bytes.
  size_t rtpOverhead() const { return sendRtp_.tagSize(); }
  /// What protectRtcp adds to RTCP: the tag and four bytes of index.
  size_t rtcpOverhead() const { return sendRtcp_.tagSize() + 4; }

 private:
  friend class SrtpProtectBurst;
  friend class SrtpUnprotectBurst;
  struct Place {
    uint64_t index = 0;
    uint32_t ssrc = 0;
    bool first = false;  ///< nothing of this SSRC has passed yet
  };

  // The packet's index in `streams`, when it may be used.
  SrtpOutcome locate(SrtpStreams& streams, const Header& header, Place& out);
  static bool tryNextRollover(Place& place);
  SrtpOutcome protectOne(PacketBuffer& rtp);
  SrtpOutcome unprotectOne(PacketBuffer& rtp);
  SrtpOutcome protectCryptex(PacketBuffer& rtp, const Header& header);
  SrtpOutcome unprotectCryptex(PacketBuffer& rtp, const Header& header);
  bool sendsCryptex() const { return cryptex_ == Cryptex::kOn || cryptex_ == Cryptex::kRequired; }
  bool mayComePlain(const Header& header) const {
    return cryptex_ != Cryptex::kRequired || (!header.hasExtension && header.csrcCount == 0);
  }
  ErrorCode count(ErrorCode code);
  Result<void> fail(ErrorCode code);

  crypto::SrtpProfile profile_;
  Cryptex cryptex_;
  std::unique_ptr<crypto::MultiBuffer> own_;
  crypto::MultiBuffer* engine_;
  SrtpContext sendRtp_, sendRtcp_, receiveRtp_, receiveRtcp_;
  SrtpStreams sentRtp_, sentRtcp_, receivedRtp_, receivedRtcp_;
  SrtpStats stats_;
};

}  // namespace tincan::inline v0::rtp
