#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "sctp/tx/outbound_message.h"

namespace tincan::inline v0::sctp {

/// A chunk that has a TSN and is not acknowledged cumulatively.
///
///     kInFlight ── found lost (RACK, T3) ──> kLost ── sent again ──> kInFlight
///     kInFlight, kLost ── in a gap block ──> kAcked ── missing from the SACKs that follow: reneged ──> kLost
///     any ── its message was given up ──> kAbandoned
struct OutstandingChunk {
  enum class State : uint8_t { kInFlight, kLost, kAcked, kAbandoned };
  /// What found it lost the last time.
  enum class Found : uint8_t { kBySack, kByTime, kByT3 };

  OutboundMessage* message = nullptr;
  uint32_t offset = 0;
  uint32_t fsn = 0;
  uint16_t size = 0;      ///< user data
  uint16_t wireSize = 0;  ///< with header and padding: what counts as in flight
  bool begin = false;
  bool end = false;
  Found found = Found::kBySack;
  uint8_t missing = 0;         ///< SACKs in a row without it, once acknowledged
  uint16_t transmissions = 0;  ///< 1 after the first
  TimePoint sentAt{};          ///< the last time
  int64_t before = 0;          ///< in the list of those in flight, or of those lost; by TSN
  int64_t after = 0;

  // What was true when it was sent, for the rate at which it was delivered (delivery_rate.h).
  uint64_t delivered = 0;
  TimePoint deliveredAt{};
  TimePoint firstSentAt{};
  uint64_t lostBefore = 0;
  uint64_t inFlight = 0;
  bool appLimited = false;
};

/// The outstanding chunks in a ring by TSN, and through it two lists: those in flight in the order in which they were sent
/// last, and those lost in the order in which they were found so. A chunk is in one list at most.
class OutstandingChunks {
 public:
  using State = OutstandingChunk::State;

  /// Forgets all; the next TSN is `first`.
  void reset(int64_t first);

  bool empty() const { return first_ == end_; }
  int64_t first() const { return first_; }  ///< the lowest one not acknowledged cumulatively
  int64_t end() const { return end_; }      ///< the next to be given out
  size_t size() const { return static_cast<size_t>(end_ - first_); }
  bool contains(int64_t tsn) const { return tsn >= first_ && tsn < end_; }
  OutstandingChunk& at(int64_t tsn) { return chunks_[slot(tsn)]; }
  const OutstandingChunk& at(int64_t tsn) const { return chunks_[slot(tsn)]; }
  State state(int64_t tsn) const { return states_[slot(tsn)]; }

  /// Takes the next TSN, as kInFlight or kAbandoned.
  int64_t push(const OutstandingChunk& chunk, State state);
  void popFront();
  /// Moves a chunk to the end of its new state's list, and counts.
  void setState(int64_t tsn, State state);
  /// It was sent once more just now: to the end of the list.
  void touch(int64_t tsn) { setState(tsn, State::kInFlight); }

  static constexpr int64_t kNone = INT64_MIN;
  int64_t oldestInFlight() const { return lists_[0].head; }
  int64_t newestInFlight() const { return lists_[0].tail; }
  int64_t firstLost() const { return lists_[1].head; }
  int64_t after(int64_t tsn) const { return at(tsn).after; }

  size_t bytesInFlight() const { return bytes_[0]; }
  size_t bytesLost() const { return bytes_[1]; }
  size_t chunksInFlight() const { return counts_[0]; }
  size_t chunksLost() const { return counts_[1]; }
  size_t chunksAcked() const { return acked_; }  ///< by gap blocks

 private:
  struct List {
    int64_t head = kNone;
    int64_t tail = kNone;
  };

  size_t slot(int64_t tsn) const { return static_cast<size_t>(tsn) & (chunks_.size() - 1); }
  void grow();
  void link(int64_t tsn, size_t list);
  void unlink(int64_t tsn, size_t list);

  std::vector<OutstandingChunk> chunks_;  // a power of two of them
  std::vector<State> states_;             // apart: a SACK walks over them
  int64_t first_ = 0;
  int64_t end_ = 0;
  List lists_[2];
  size_t bytes_[2] = {};
  size_t counts_[2] = {};
  size_t acked_ = 0;
};

}  // namespace tincan::inline v0::sctp
