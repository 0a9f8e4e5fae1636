#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "crypto/multi_buffer.h"
#include "crypto/srtp_profile.h"

namespace tincan::inline v0::apps {

/// What is measured: packets of one size to or from some peers, each with keys of its own, over loopback.
struct PathSetup {
  size_t peers = 1;
  size_t packetSize = 1200;  ///< of RTP, header included, before it is protected
  crypto::SrtpProfile profile = crypto::SrtpProfile::kAeadAes128Gcm;
  crypto::Engine engine = crypto::Engine::kAuto;
};

/// One turn of a path: some packets, and the CPU time of this thread that they took.
struct Turn {
  size_t packets = 0;
  int64_t nanos = 0;
};

/// What a bare loop does beside the system calls.
enum class Bare : uint8_t {
  kOnly,       ///< nothing: what the kernel takes for itself
  kAncillary,  ///< receive: asks for what comes beside the bytes, too (arrival times, ECN, segment sizes)
  kCipher,     ///< runs the profile's raw primitive over the bytes: what kernel and arithmetic take, which nobody can
               ///< go below
};

/// A way of packets to or from the kernel, measured in turns. Each has bare twins that move the same bytes by raw
/// system calls.
class Path {
 public:
  virtual ~Path() = default;
  virtual Turn turn() = 0;
};

/// Payload in a buffer → RTP header → SRTP → UDP. One peer: segmented by the kernel where it can (GSO); many: sendmmsg.
Result<std::unique_ptr<Path>> sendPath(const PathSetup& setup);
Result<std::unique_ptr<Path>> bareSend(const PathSetup& setup, Bare bare = Bare::kOnly);
/// UDP → demultiplexed by the first byte (RFC 7983) → SRTP → RTP header parsed → counted by SSRC.
Result<std::unique_ptr<Path>> receivePath(const PathSetup& setup);
Result<std::unique_ptr<Path>> bareReceive(const PathSetup& setup, Bare bare = Bare::kOnly);

/// SRTP alone, a turn's packets in one call.
std::unique_ptr<Path> protectOnly(const PathSetup& setup);
std::unique_ptr<Path> unprotectOnly(const PathSetup& setup);

}  // namespace tincan::inline v0::apps
