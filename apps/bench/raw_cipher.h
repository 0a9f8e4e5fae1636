#pragma once

#include <memory>
#include <span>
#include <vector>

#include "apps/bench/paths.h"
#include "crypto/packet_ctr_hmac.h"
#include "crypto/packet_gcm.h"

namespace tincan::inline v0::apps {

/// A profile's primitive and nothing of SRTP around it: AES-GCM, or AES-CTR and HMAC-SHA1 in multi-buffer jobs, under a
/// key of its own for each peer. It encrypts; decrypting the same bytes takes as long.
class RawCipher {
 public:
  explicit RawCipher(const PathSetup& setup);

  struct Job {
    size_t peer = 0;
    MutableByteView packet;  ///< header, text and tag, as it is on the wire
  };
  void run(std::span<const Job> jobs);

 private:
  static constexpr size_t kBurst = crypto::PacketCtrHmac::kMaxBurst;
  void runCounter(std::span<const Job> jobs);

  std::unique_ptr<crypto::MultiBuffer> engine_;
  size_t tagSize_;
  std::vector<crypto::PacketGcm> gcm_;          // one a peer, or
  std::vector<crypto::PacketCtrHmac> counter_;  // one a peer
};

}  // namespace tincan::inline v0::apps
