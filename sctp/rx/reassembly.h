#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/queue.h"
#include "sctp/chunk/data.h"
#include "sctp/chunk/forward_tsn.h"

namespace tincan::inline v0::sctp {

/// A message that is whole, in its turn.
struct Arrived {
  StreamId stream{};
  uint32_t ppid = 0;
  Bytes data;
  bool tooLarge = false;  ///< it went over the limit, and none of it is kept; said once, as soon as it is known
};

struct ReassemblyStats {
  uint64_t misfits = 0;  ///< pieces that belong to nothing, contradict what they follow, or come twice: dropped
  uint64_t skipped = 0;  ///< messages that the peer gave up when we had a part of them
};

/// Makes messages of the peer's DATA or I-DATA chunks (RFC 9260 §6.9, RFC 8260 §2) and puts them in order. It is shown
/// each TSN once. Owned by Association.
///
/// DATA: a message is a run of TSNs. One that has its beginning waits under the TSN that it needs next (`open_`); a piece
/// whose beginning has not come waits under its own (`ahead_`). I-DATA: a message has a number, and its pieces too. Either
/// way a byte is copied once when it comes in order and twice when it does not, in whatever order pieces come.
class Reassembly {
 public:
  /// What a piece or a message costs beside its bytes: the nodes that hold it. Counted, or a peer that sends messages of
  /// one byte would have fifty times the window.
  static constexpr size_t kOverhead = 64;

  /// `maxMessage` in bytes.
  Reassembly(bool interleaving, size_t maxMessage) : interleaving_(interleaving), maxMessage_(maxMessage) {}

  /// A chunk of the kind that was agreed on, whose TSN is new.
  void add(int64_t tsn, const DataChunk& chunk);
  /// All TSNs up to this have come or were given up: what still waits below can never become whole.
  void onCumulative(int64_t cumulative);
  /// The peer has given up what it says (RFC 3758 §3.6, RFC 8260 §2.3.1); the cumulative TSN is where it moves to.
  void skip(int64_t cumulative, std::span<const ForwardTsnChunk::Skipped> skipped);
  /// The numbers of these begin at 0 again (RFC 6525 §5.2.2). Empty: of all.
  void resetStreams(std::span<const uint16_t> streams);

  std::optional<Arrived> poll();
  /// Bytes of all that is kept here, overhead included: what the window counts.
  size_t held() const { return held_; }
  const ReassemblyStats& stats() const { return stats_; }

 private:
  struct Piece {
    uint32_t ppid = 0;
    StreamId stream{};
    uint32_t mid = 0;
    bool unordered = false;
    bool end = false;
    Bytes data{};
  };
  /// A message from its beginning on.
  struct Partial {
    StreamId stream{};
    bool unordered = false;
    uint32_t mid = 0;
    uint32_t ppid = 0;
    bool tooLarge = false;
    Bytes data{};
  };
  /// I-DATA's: it may be known before its beginning.
  struct Numbered {
    Partial message{};
    uint32_t nextFsn = 0;
    std::map<uint32_t, Piece> ahead{};
  };
  /// RFC 8260 §2.1: messages are numbered by stream and by kind of order.
  struct Key {
    uint16_t stream;
    bool unordered;
    int64_t mid;
    auto operator<=>(const Key&) const = default;
  };
  /// Of an ordered stream: the number of the message whose turn it is, and, by stream and number, those whose is not yet.
  /// Apart, since a peer may use all of 65,536 streams and none of them is forgotten before its reset.
  using Turns = std::map<uint16_t, int64_t>;
  using Waiting = std::map<std::pair<uint16_t, int64_t>, Arrived>;

  void addData(int64_t tsn, const DataChunk& chunk);
  void addIData(const DataChunk& chunk);
  void drainAhead(std::map<int64_t, Partial>::iterator at);
  bool drainAhead(Numbered& numbered);
  static bool follows(const Partial& partial, const DataChunk& chunk);
  static bool follows(const Partial& partial, const Piece& piece);
  Partial begin(const DataChunk& chunk);
  void append(Partial& partial, ByteView data);
  void complete(Partial&& partial);
  void deliver(Arrived&& message);
  void releaseWaiting(uint16_t stream, int64_t& next);
  void skipOrdered(StreamId stream, uint32_t mid);
  int64_t unwrapMid(int64_t next, uint32_t mid) const;
  void skipNumbered(const ForwardTsnChunk::Skipped& what);
  void drop(const Partial& partial) { held_ -= partial.data.size() + kOverhead; }
  void drop(const Piece& piece) { held_ -= piece.data.size() + kOverhead; }
  void drop(const Numbered& numbered);

  bool interleaving_;
  size_t maxMessage_;
  size_t held_ = 0;
  ReassemblyStats stats_;

  std::map<int64_t, Partial> open_;  // by the TSN that each needs next
  std::map<int64_t, Piece> ahead_;   // by TSN; none is a beginning
  std::map<Key, Numbered> numbered_;
  Turns turns_;  // of streams that have carried an ordered message
  Waiting waiting_;
  std::map<uint16_t, int64_t> unordered_;  // I-DATA: the newest number seen on each, for unwrapping
  Queue<Arrived> arrived_;
};

}  // namespace tincan::inline v0::sctp
