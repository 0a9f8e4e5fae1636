#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dtls/connection_impl.h"

namespace tincan::inline v0::dtls {

/// Servers: the handshakes with hellos other than the one that was answered. In the clear nobody knows whose a ClientHello
/// is, and the first one may be a changed copy of the genuine one. So a hello that is said again, word for word, as a
/// client does that has no answer, gets a handshake of its own beside the one there is; the one whose client speaks under
/// the keys of that handshake was the genuine one. Owned by the Connection, while no one has.
///
/// Bounds (B23): kMaxRivals handshakes; of kMaxSeen other hellos eight bytes each. A hello that is said once costs no more
/// than that and is not answered, so that a flood of them draws no answers.
class Rivals {
 public:
  static constexpr size_t kMaxRivals = 4;
  static constexpr size_t kMaxSeen = 2048;

  Rivals(const Config& config, RandomSource& random, PacketPool& pool)
      : config_(config), random_(random), pool_(pool) {}

  void setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints);
  /// Gives the datagram to those it may be meant for, `first` among them.
  void receive(TimePoint now, Connection::Impl& first, PacketBuffer datagram);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(PacketBuffer& out);
  /// The handshake whose client has spoken under its keys, `first` aside; null when none has.
  std::unique_ptr<Connection::Impl> takeProven();
  size_t size() const { return rivals_.size(); }

 private:
  struct Rival {
    Bytes hello;
    std::unique_ptr<Connection::Impl> impl;
  };
  bool wasSeen(ByteView hello);
  void open(TimePoint now, ByteView hello, PacketBuffer datagram);

  Config config_;
  RandomSource& random_;
  PacketPool& pool_;
  std::vector<crypto::Fingerprint> fingerprints_;
  bool fingerprintsKnown_ = false;
  Bytes firstHello_;
  std::vector<Rival> rivals_;
  std::vector<uint64_t> seen_;
  size_t nextSeen_ = 0;
};

}  // namespace tincan::inline v0::dtls
