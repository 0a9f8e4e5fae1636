#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/boxed.h"
#include "base/packet_buffer.h"
#include "base/ring.h"
#include "base/time.h"
#include "crypto/srtp_profile.h"
#include "rtp/srtp_session.h"
#include "stack/transport_counters.h"

namespace tincan::inline v0::stack {

/// What a transport has of SRTP: the keys, from when DTLS exports them until their association ends; the session over
/// them; and the packets that came and wait to be unprotected side by side. Owned by the Transport.
///
///     useKeys ─► keys kept ─► setCarriesMedia ─► session ─► endKeys ─► session, nothing sent or taken ─► useKeys …
class SrtpPath {
 public:
  /// RTP or RTCP in the clear, and when it came.
  struct Media {
    TimePoint at;
    bool rtcp = false;
    PacketBuffer packet;
  };

  /// `counters` outlives it, and so does the workspace in `config`, if there is one.
  SrtpPath(const rtp::SrtpConfig& config, TransportCounters& counters) : config_(config), counters_(counters) {}

  const rtp::SrtpConfig& config() const { return config_; }
  /// Null before there are keys and media.
  const rtp::SrtpSession* session() const { return session_.get(); }
  /// Of the newest keys.
  std::optional<crypto::SrtpProfile> profile() const { return profile_; }

  void useKeys(const crypto::SrtpKeys& keys);
  /// Nothing more is sent or taken under them. The session stays, as those above go on and come back with the next keys.
  void endKeys();
  /// Whether a section of the descriptions carries media; true before anybody says. Without one the keys are kept, and
  /// the session over them, which is large, is made once there is.
  void setCarriesMedia(bool carries);
  /// From the next packet on (RFC 9335). Without a call: what the SrtpConfig says.
  void setCryptex(rtp::Cryptex cryptex);
  /// This one is of RTCP that is not multiplexed, and `rtp` of its RTP. RFC 5764 §4.1 has RTCP under the keys of its own
  /// association, as Firefox does; libwebrtc has it under RTP's, whatever RTCP's association exports. Either is taken, and
  /// ours goes the way of the last that came: until one has, by the letter. `rtp` outlives its use; null: no such path.
  void setRtp(SrtpPath* rtp) { rtp_ = rtp; }

  /// Protects in place, side by side, what may leave, and counts and releases what may not.
  void protect(std::span<PacketBuffer> packets);
  /// The same for one RTCP compound.
  void protectRtcp(PacketBuffer& packet);

  /// RTP waits for its like: 32 packets at most, and never longer than until somebody asks.
  void receive(TimePoint now, PacketBuffer packet, bool rtcp);
  void unprotectArrived();
  /// What has come, in its order.
  bool pollMedia(Media& out);
  /// Some of it waits no longer for anything: a full batch, or RTCP.
  bool due() const { return !media_.empty(); }
  /// Something has come that pollMedia has not given yet.
  bool waits() const { return arrivedCount_ > 0 || !media_.empty(); }

 private:
  // As many as the multi-buffer engine has lanes for.
  static constexpr size_t kReceiveBatch = 32;
  bool usable() const { return session_ != nullptr && !keysOver_; }
  rtp::SrtpSession* usableSession() { return usable() ? session_.get() : nullptr; }
  bool unprotectRtcp(PacketBuffer& packet);

  rtp::SrtpConfig config_;
  TransportCounters& counters_;
  std::unique_ptr<rtp::SrtpSession> session_;
  Boxed<crypto::SrtpKeys> keptKeys_;  // of the association in force, while there is no media
  std::optional<crypto::SrtpProfile> profile_;
  bool carriesMedia_ = true;
  bool keysOver_ = false;  // the association that the session has its keys from has ended
  SrtpPath* rtp_ = nullptr;
  bool underRtpKeys_ = false;  // the peer's RTCP, when last heard of
  // RTP that came and was not unprotected yet.
  std::vector<PacketBuffer> arrived_;  // empty before any media comes
  std::vector<TimePoint> arrivedAt_;
  size_t arrivedCount_ = 0;
  Ring<Media> media_;
};

}  // namespace tincan::inline v0::stack
