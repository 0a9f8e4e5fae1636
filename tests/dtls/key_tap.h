#pragma once

#include <string>

#include "dtls/connection.h"
#include "dtls/record/record_layer.h"

namespace tincan::inline v0::dtls::test {

/// Reads what a connection writes, and writes what it will read, under the keys that its own key log tells: so a test
/// sees each record that is on the wire, and can put one there that authenticates. Of 1.3, epochs 2 and 3.
class KeyTap {
 public:
  /// `connection` was made with Config::keepKeyLog, and outlives this.
  KeyTap(const Connection& connection, Role role) : connection_(connection), role_(role) {}

  /// The ServerHello as this connection sent or took it: its random is part of 1.2's keys.
  void sawServerHello(ByteView body);
  /// Installs the keys that were logged since the last time.
  void refresh();

  RecordLayer from;  ///< reads what the connection writes
  RecordLayer to;    ///< writes what the connection reads

 private:
  void takeLine(std::string_view line);
  void takeMaster(ByteView clientRandom, ByteView master);
  void takeSecret(Role writer, uint64_t epoch, ByteView secret);

  const Connection& connection_;
  Role role_;
  size_t read_ = 0;
  Random serverRandom_{};
  uint16_t suite_ = 0;
};

Bytes fromHex(std::string_view text);

}  // namespace tincan::inline v0::dtls::test
