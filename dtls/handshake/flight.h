#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/packet_buffer.h"
#include "dtls/handshake/message.h"
#include "dtls/record/record_layer.h"

namespace tincan::inline v0::dtls {

/// The messages that we sent last and may have to send again, as a whole (RFC 6347 §4.2.4) or what of them was not
/// acknowledged (RFC 9147 §7.2). They are cut into records anew each time, with new record numbers, to the MTU of that
/// time. Owned by the Link.
class Flight {
 public:
  void clear() { entries_ = std::vector<Entry>(); }  // what a handshake took, an idle connection does not need
  bool empty() const { return entries_.empty(); }

  void add(HandshakeMessage message);
  void addChangeCipherSpec();

  /// Appends datagrams of at most `mtu` bytes to `out`, with all that is not acknowledged; false when the pool is
  /// empty.
  bool encode(RecordLayer& records, PacketPool& pool, size_t mtu, std::vector<PacketBuffer>& out);
  /// Notes the fragments that these records carried; what is wholly acknowledged is forgotten. False when that is
  /// nothing new.
  bool acknowledge(std::span<const RecordNumber> numbers);

 private:
  struct Sent {
    RecordNumber number;
    size_t offset;
    size_t size;
  };
  struct Entry {
    ContentType type = ContentType::kHandshake;
    HandshakeMessage message;
    std::vector<Sent> sent;
    std::vector<bool> acknowledged;  // by byte; empty: nothing yet
  };
  struct Datagrams;
  static bool encodeMessage(Entry& entry, Datagrams& datagrams);
  static bool encodeFragment(Entry& entry, size_t offset, size_t size, Datagrams& datagrams);
  static bool wholly(const Entry& entry);

  std::vector<Entry> entries_;
};

}  // namespace tincan::inline v0::dtls
