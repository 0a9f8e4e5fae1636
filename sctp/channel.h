#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/queue.h"
#include "sctp/data_channels.h"
#include "sctp/dcep.h"

namespace tincan::inline v0::sctp {

/// One data channel: what was agreed, and what waits to be sent. Owned by DataChannels, which moves it along:
///
///     kConnecting ── the association up, and our OPEN handed over or (negotiated) none; or the peer's OPEN ──> kOpen
///     kConnecting, kOpen ── close(): the queue is sent, then our stream reset ──> kClosing
///     kConnecting, kOpen ── the peer reset its stream: the queue is dropped, our stream reset ──> kClosing
///     kClosing ── both streams reset ──> gone
struct Channel {
  enum class State : uint8_t { kConnecting, kOpen, kClosing };
  struct Queued {
    dcep::Ppid ppid;
    Bytes data;
  };

  ChannelOptions options;
  bool remote = false;
  State state = State::kConnecting;
  bool openHanded = false;      ///< our OPEN is with the association
  bool acknowledged = false;    ///< RFC 8832 §6: until the peer has answered, everything is sent ordered
  bool mayRepeat = false;       ///< the association is another one: the peer may send its OPEN again
  bool resetWanted = false;     ///< once the queue is empty, our stream is to be reset
  bool incomingReset = false;   ///< the peer has reset its stream
  bool amountReported = false;  ///< a BufferedAmountChanged waits to be polled
  bool inRotation = false;      ///< queued among those that have something to send
  Queue<Queued> queue;
  size_t buffered = 0;  ///< bytes of user messages in `queue`
  size_t handed = 0;    ///< and of those that the association took, no less than what it has not sent
  Bytes partial;        ///< of a message in pieces of the deprecated kind (PPID 52, 54)

  void transition(State next) { state = next; }
  /// Returns how many bytes of user messages were dropped.
  size_t dropQueue() {
    const size_t dropped = buffered;
    queue.clear();
    buffered = 0;
    return dropped;
  }
};

inline dcep::Open toOpen(const ChannelOptions& options) {
  dcep::Open open;
  open.ordered = options.ordered;
  if (options.maxRetransmits) {
    open.reliability = dcep::Reliability::kPartialRetransmits;
    open.reliabilityParameter = *options.maxRetransmits;
  } else if (options.maxPacketLifeTime) {
    open.reliability = dcep::Reliability::kPartialTimed;
    open.reliabilityParameter = *options.maxPacketLifeTime;
  }
  open.priority = options.priority;
  open.label = options.label;
  open.protocol = options.protocol;
  return open;
}

inline ChannelOptions toOptions(dcep::Open open, uint16_t id) {
  ChannelOptions options;
  // W3C has 16 bits for either limit, DCEP 32: what is over is as good as the most that can be said.
  const auto limit = static_cast<uint16_t>(open.reliabilityParameter > 0xffff ? 0xffff : open.reliabilityParameter);
  if (open.reliability == dcep::Reliability::kPartialRetransmits) options.maxRetransmits = limit;
  if (open.reliability == dcep::Reliability::kPartialTimed) options.maxPacketLifeTime = limit;
  options.ordered = open.ordered;
  options.priority = open.priority;
  options.label = std::move(open.label);
  options.protocol = std::move(open.protocol);
  options.id = id;
  return options;
}

}  // namespace tincan::inline v0::sctp
