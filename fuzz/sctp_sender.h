#pragma once

#include <deque>
#include <set>

#include "base/bytes.h"
#include "fuzz/require.h"
#include "sctp/tx/sender.h"
#include "tests/sctp/model_receiver.h"

namespace tincan::inline v0::fuzz {

/// Stateful: the sending half of SCTP, a receiver by the RFC, and a network and an application that do what the bytes say.
/// The first byte picks the congestion control, the scheduler, I-DATA, partial reliability, and whether the peer is
/// hostile: then its SACKs may be anything.
///
///     xxxxx000 s n n o   a message of n bytes on stream s mod 16, with options o
///     xxxxx001           the oldest packet under way arrives
///     xxxxx010           it is lost
///     xxxxx011           the newest one arrives
///     xxxxx100           the receiver's SACK arrives
///     xxxxx101           it is lost
///     xxxxx110           2^x milliseconds pass (x below 14)
///     xxxxx111 …         streams are paused, reset, resumed; the path changes; hostile: n (mod 64) bytes of SACK, a restart
///
/// An honest network, in the end, brings everything: each reliable message has come once, each other one once or never.
class SctpSenderFuzz {
 public:
  explicit SctpSenderFuzz(ByteView script) : script_(script) {}

  void run() {
    const uint8_t mode = script_.u8();
    sctp::SenderConfig config;
    config.congestionControl = static_cast<sctp::CongestionControl>(mode % 3);
    config.scheduler = mode & 4 ? sctp::SchedulerKind::kPriority : sctp::SchedulerKind::kWeightedFair;
    config.sendBuffer = 100'000;
    config.maxMessages = 200;
    interleaving_ = mode & 8;
    partial_ = mode & 16;
    hostile_ = mode & 32;
    sender_.emplace(config);
    receiver_.emplace(kInitial, 60'000);
    receiver_->keep = true;
    if (!(mode & 64)) start();
    for (int step = 0; step < 400 && !script_.atEnd(); ++step) act(script_.u8());
    start();
    finish();
  }

 private:
  static constexpr sctp::Tsn kInitial{0xfffffff0};

  void start() { sender_->start(now_, {kInitial, receiver_->window, interleaving_, partial_}); }

  void act(uint8_t op) {
    const unsigned x = op >> 3;
    switch (op & 7) {
      case 0: send(); break;
      case 1: arrive(true); break;
      case 2:
        if (!packets_.empty()) packets_.pop_front();
        break;
      case 3: arrive(false); break;
      case 4: acknowledge(true); break;
      case 5: acknowledge(false); break;
      case 6: pass(Duration::millis(int64_t{1} << (x % 14))); break;
      default: special(x); break;
    }
    drain();
  }

  void send() {
    const auto stream = static_cast<uint16_t>(script_.u8() % 16);
    const size_t size = 4 + script_.u16() % 20'000;
    const uint8_t options = script_.u8();
    sctp::SendOptions how;
    how.ordered = !(options & 1);
    how.acknowledgeAtOnce = options & 2;
    if (options & 4) how.maxRetransmits = options >> 6;
    if (options & 8) how.maxLifetimeMillis = static_cast<uint16_t>(1u << (options >> 4));
    Bytes message(size, 0x5a);
    storeBe32(message.data(), next_);
    if (sender_->send(now_, StreamId(stream), 51, std::move(message), how) != sctp::Sender::SendStatus::kSent) return;
    (how.maxRetransmits || how.maxLifetimeMillis ? mayCome_ : mustCome_).insert(next_++);
  }

  void arrive(bool oldest) {
    if (packets_.empty()) return;
    const Bytes packet = std::move(oldest ? packets_.front() : packets_.back());
    oldest ? packets_.pop_front() : packets_.pop_back();
    receiver_->receive(now_, packet);
    for (const auto& message : receiver_->messages) check(message);
    receiver_->messages.clear();
  }

  void check(const sctp::test::ModelReceiver::Message& message) {
    if (hostile_) return;  // after a restart TSNs come again
    require(message.data.size() >= 4);
    for (size_t i = 4; i < message.data.size(); ++i) require(message.data[i] == 0x5a);
    const uint32_t id = loadBe32(message.data.data());
    require(mustCome_.erase(id) + mayCome_.erase(id) == 1);  // once
  }

  void acknowledge(bool comes) {
    sctp::SackChunk sack;
    if (!sender_->started() || !receiver_->takeSack(TimePoint::never(), sack) || !comes) return;
    if (!hostile_) require(sender_->onSack(now_, sack) != sctp::Sender::SackStatus::kInvalid);
    if (hostile_) (void)sender_->onSack(now_, sack);
  }

  void pass(Duration time) {
    now_ += time;
    if (sender_->nextTimeout() <= now_) sender_->handleTimeout(now_);
  }

  void special(unsigned x) {
    const StreamId stream(static_cast<uint16_t>(script_.u8() % 16));
    const std::span<const StreamId> streams(&stream, 1);
    switch (x % 8) {
      case 0: sender_->pauseStreams(streams); break;
      case 1:
        if (sender_->quiet(stream)) sender_->resetStreams(streams);
        break;
      case 2: sender_->resumeStreams(streams); break;
      case 3: sender_->setMaxPacket(x & 8 ? 1191 : 600); break;
      case 4: sender_->setPriority(stream, static_cast<uint16_t>(128u << (x >> 3))); break;
      case 5: receiver_->window = x & 8 ? 60'000 : 0; break;
      case 6:
        if (hostile_) {
          sctp::SackChunk sack;
          const ByteView bytes = script_.view(std::min<size_t>(script_.u8() % 64, script_.remaining()));
          Bytes body = toBytes(bytes);
          // Near to what was sent, or nothing would be taken.
          if (body.size() >= 4) storeBe32(body.data(), sender_->lastAssignedTsn().value() - body[0] % 32 + 2);
          if (sctp::readSack(body, sack)) (void)sender_->onSack(now_, sack);
        }
        break;
      default:
        if (hostile_) sender_->restart(now_, {kInitial, 60'000, interleaving_, partial_});
        break;
    }
    while (sender_->pollAmountFell() || sender_->pollQuiet()) {
    }
  }

  void drain() {
    for (int i = 0;; ++i) {
      require(i < 2000);
      uint8_t bytes[2048];
      ByteWriter packet(bytes);
      packet.zeros(12);
      const size_t size = sender_->fill(now_, packet);
      require(packet.ok() && packet.size() == 12 + size);
      if (size == 0) break;
      wire_ += size;
      if (packets_.size() < 300) packets_.push_back(toBytes(packet.written()));
    }
    const sctp::SenderStats stats = sender_->stats();
    require(stats.bytesInFlight <= wire_);
    require(stats.bytesInFlight < 1'000'000 && sender_->bufferedAmount() < 200'000);
    require(stats.congestionWindow >= 500);
    require(sender_->nextTimeout() > now_ || !sender_->started() || sender_->ready(now_) || stalled());
  }
  // A deadline that has passed, which handleTimeout() takes away.
  bool stalled() {
    sender_->handleTimeout(now_);
    return sender_->nextTimeout() > now_ || sender_->ready(now_);
  }

  void finish() {
    receiver_->window = 60'000;
    for (uint16_t i = 0; i < 16; ++i) {
      const StreamId stream(i);
      sender_->resumeStreams({&stream, 1});
    }
    drain();
    for (int i = 0; i < 5000 && (!sender_->idle() || i < 10); ++i) {
      while (!packets_.empty()) arrive(true);
      acknowledge(true);
      const TimePoint next = sender_->nextTimeout();
      pass(next.isNever() ? Duration::millis(50) : std::max(next - now_, Duration::millis(1)));
      drain();
    }
    if (hostile_) return;
    require(sender_->idle());
    require(mustCome_.empty());
    require(sender_->stats().bytesInFlight == 0 && sender_->bufferedAmount() == 0);
    if (!partial_) require(mayCome_.size() <= sender_->stats().abandonedMessages);  // only those never begun
  }

  ByteReader script_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  std::optional<sctp::Sender> sender_;
  std::optional<sctp::test::ModelReceiver> receiver_;
  std::deque<Bytes> packets_;
  std::set<uint32_t> mustCome_;
  std::set<uint32_t> mayCome_;
  uint32_t next_ = 0;
  uint64_t wire_ = 0;
  bool interleaving_ = false;
  bool partial_ = false;
  bool hostile_ = false;
};

inline void fuzzSctpSender(ByteView script) {
  SctpSenderFuzz(script).run();
}

}  // namespace tincan::inline v0::fuzz
