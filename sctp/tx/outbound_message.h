#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "sctp/send_options.h"

namespace tincan::inline v0::sctp {

struct OutboundStream;

/// A message from send() until its last fragment is acknowledged cumulatively. Its bytes are here and nowhere else.
struct OutboundMessage {
  OutboundStream* stream = nullptr;
  OutboundMessage* next = nullptr;  ///< in its stream's queue
  Bytes data{};
  uint32_t ppid = 0;
  uint32_t mid = 0;  ///< SSN or MID, given with the first fragment
  bool ordered = true;
  bool acknowledgeAtOnce = false;
  bool abandoned = false;
  std::optional<uint16_t> maxRetransmits{};
  TimePoint deadline = TimePoint::never();
  size_t cut = 0;          ///< bytes that fragments have
  uint32_t fragments = 0;  ///< cut so far
  uint32_t held = 0;       ///< of those, not yet acknowledged cumulatively
  int64_t firstTsn = 0;    ///< once begun

  bool begun() const { return fragments > 0; }
  bool allCut() const { return cut == data.size(); }
  bool expired(TimePoint now) const { return now >= deadline; }
};

/// One outgoing stream: made when it is used first, gone after a reset that leaves nothing.
struct OutboundStream {
  StreamId id{};
  uint16_t priority = 256;  // W3C webrtc-priority §4.2: "low", the default
  OutboundMessage* head = nullptr;
  OutboundMessage* tail = nullptr;
  OutboundMessage* waitingHead = nullptr;  ///< behind a pause
  OutboundMessage* waitingTail = nullptr;
  uint32_t nextMid = 0;           ///< of ordered messages: SSN or MID
  uint32_t nextUnorderedMid = 0;  ///< I-DATA has a row of its own for them (RFC 8260 §2.1)
  size_t buffered = 0;            ///< bytes not cut yet, those behind a pause too
  size_t unfinished = 0;          ///< messages before a pause, not acknowledged and not given up
  uint64_t tag = 0;               ///< of the scheduler: where the stream's next byte starts
  uint64_t turn = 0;              ///< and when it came to wait: who came first goes first
  bool scheduled = false;
  bool paused = false;
  bool quietNoted = false;
  bool fellNoted = false;
};

/// Keeps messages' memory: what is released is used again, and all goes when nothing is in use.
class MessagePool {
 public:
  OutboundMessage* make() {
    if (free_.empty()) {
      messages_.emplace_back();
      free_.push_back(&messages_.back());
    }
    OutboundMessage* message = free_.back();
    free_.pop_back();
    ++used_;
    return message;
  }
  void release(OutboundMessage* message) {
    *message = OutboundMessage();
    free_.push_back(message);
    if (--used_ == 0 && messages_.size() > kKept) {
      messages_.clear();
      free_.clear();
    }
  }
  size_t used() const { return used_; }

 private:
  static constexpr size_t kKept = 256;

  std::list<OutboundMessage> messages_;  // never moves them
  std::vector<OutboundMessage*> free_;
  size_t used_ = 0;
};

}  // namespace tincan::inline v0::sctp
