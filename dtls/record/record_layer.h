#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/packet_buffer.h"
#include "dtls/record/record_cipher.h"
#include "dtls/record/record_header.h"
#include "dtls/record/replay_window.h"

namespace tincan::inline v0::dtls {

/// A record that was taken from a datagram, in place.
struct Record {
  ContentType type = ContentType::kHandshake;
  RecordNumber number;
  MutableByteView payload;
  bool authenticated = false;
};

/// Turns datagrams into records and back, for both versions: epochs, keys, sequence numbers, the replay window. Owned
/// by the Link.
///
/// Invariants: a number is written once; the replay window moves only for a record that authenticated (or, in epoch 0,
/// never: an off-path sender could push it to the end).
class RecordLayer {
 public:
  explicit RecordLayer(crypto::MultiBuffer* engine = nullptr) : engine_(engine) {}

  enum class Outcome : uint8_t {
    kRecord,
    kMalformed,  ///< the rest of the datagram is of no use
    kReplayed,
    kUnauthenticated,
    kUnexpected,  ///< an epoch whose keys are gone, or plaintext after refusePlaintext()
    kEarly,       ///< an epoch whose keys may still come; `raw` has it all
  };

  /// Takes the next record off the front of `datagram` (not empty). `raw` is the whole of it, as it came.
  Outcome read(MutableByteView& datagram, Record& out, MutableByteView& raw);
  /// Appends a record; false when it does not fit, there are no keys for the epoch, or its numbers are used up.
  bool write(ContentType type, uint64_t epoch, ByteView payload, PacketBuffer& out, RecordNumber* number = nullptr);
  /// Makes a record of the payload that `packet` is, where it lies. Only under keys; else as write().
  bool protect(ContentType type, uint64_t epoch, PacketBuffer& packet);
  /// What a record of this epoch takes beside its payload.
  size_t overhead(uint64_t epoch) const;

  void addReadKeys(uint64_t epoch, RecordKeys keys);
  void addWriteKeys(uint64_t epoch, RecordKeys keys);
  /// They were derived from what the peer had not said. `written`: something may have gone out under them; what comes
  /// in their place must be new, or numbers would repeat.
  void dropKeys(uint64_t epoch, bool written = false);
  /// The connection is over: nothing more is read or written under keys.
  void dropAllKeys();
  bool hasReadKeys(uint64_t epoch) const;
  void dropReadKeysBefore(uint64_t epoch);
  /// Nothing will be sent under them again.
  void dropWriteKeysBefore(uint64_t epoch);
  /// The peer has shown that it has the keys: nothing in the clear is taken from now on.
  void refusePlaintext() { plaintextRefused_ = true; }
  /// From when the version is known, our records say DTLS 1.2 instead of 1.0.
  void settleVersion() { plaintextVersion_ = kWireDtls12; }
  uint64_t written(uint64_t epoch) const;

 private:
  friend struct RecordLayerTestAccess;

  struct ReadEpoch {
    uint64_t epoch;
    RecordCipher cipher;
    ReplayWindow window;
  };
  struct WriteEpoch {
    uint64_t epoch = 0;
    uint64_t next = 0;
    std::optional<RecordCipher> cipher;
  };
  Outcome readPlain(MutableByteView& datagram, Record& out, MutableByteView& raw);
  Outcome readUnified(MutableByteView& datagram, Record& out, MutableByteView& raw);
  /// The peer is at this epoch: those before it are kept for what is late, without libcrypto's contexts (6 KiB each).
  void settleAt(uint64_t epoch);
  WriteEpoch* writeEpoch(uint64_t epoch);
  ReadEpoch* readEpoch(uint64_t epoch);
  ReadEpoch* readEpochByLowBits(uint8_t bits);

  crypto::MultiBuffer* engine_;
  std::vector<ReadEpoch> reading_;
  std::vector<WriteEpoch> writing_ = std::vector<WriteEpoch>(1);
  bool plaintextRefused_ = false;
  uint64_t settled_ = 0;
  // RFC 6347 §4.2.1, RFC 9147 §5.3: the first ClientHello's record says 1.0, for the sake of old boxes on the path.
  uint16_t plaintextVersion_ = kWireDtls10;
};

}  // namespace tincan::inline v0::dtls
