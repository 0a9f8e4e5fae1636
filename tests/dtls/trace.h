#pragma once

#include <string>
#include <vector>

#include "key_tap.h"
#include "peers.h"

namespace tincan::inline v0::dtls::test {

/// Writes down each record of a Pair whose connections keep their key logs, a line each:
///
///     +    20 ms  client -> server  epoch 0 seq 0  handshake ClientHello #0 [0..180) of 180   193 bytes  1f2e3d4c
///
/// The size and the hash (the first eight digits of SHA-256) are of the record as it is on the wire.
class Trace {
 public:
  explicit Trace(Pair& pair);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void take(Role sender, const Bytes& datagram);
  std::string describe(const Record& record);

  Pair& pair_;
  TimePoint start_;
  KeyTap clientTap_, serverTap_;
  std::vector<std::string> lines_;
};

}  // namespace tincan::inline v0::dtls::test
