#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/bytes.h"

namespace tincan::sctp {

/// Which of our streams have messages that the peer may not have yet: those cannot be reset so far (RFC 6525 §5.1.2), and
/// all others can, whatever is under way beside them.
///
/// usrsctp tells this of the association as a whole alone, and makes several requests out of one that names streams of
/// both kinds. Read off the packets instead. Owned by the association, which shows it every message and packet.
class StreamLedger {
 public:
  /// A whole message was handed over for this stream.
  void taken(uint16_t stream) { ++streams_[stream].waiting; }
  /// It was not taken after all.
  void refused(uint16_t stream) { --streams_[stream].waiting; }
  /// An outgoing packet: its DATA chunks carry messages away.
  void sent(ByteView packet);
  /// An incoming packet: its SACK says how far they have come.
  void received(ByteView packet);
  /// Nothing is under way at all. Messages that were given up unsent (RFC 3758) are seen only here.
  void allAcknowledged() { streams_.clear(); }

  bool isBusy(uint16_t stream) const { return isWaiting(stream) || isInFlight(stream); }
  /// All of it has left: what is missing is the peer's word, due in a round trip.
  bool isInFlight(uint16_t stream) const;

 private:
  bool isWaiting(uint16_t stream) const {
    const auto at = streams_.find(stream);
    return at != streams_.end() && at->second.waiting > 0;
  }

  struct Stream {
    uint32_t waiting = 0;               // messages whose last piece has not left yet
    std::optional<uint32_t> last = {};  // TSN of the newest piece that has
  };

  std::map<uint16_t, Stream> streams_;  // at most as many as the association has
  std::optional<uint32_t> newest_;      // TSN that has left: older ones are sent again
  std::optional<uint32_t> acknowledged_;
};

}  // namespace tincan::sctp
