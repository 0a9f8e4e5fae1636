#pragma once

#include <array>
#include <deque>
#include <map>

#include "fuzz/require.h"
#include "sctp/association.h"

namespace tincan::inline v0::fuzz {

/// Two honest associations and a hostile network between them, which does what the bytes say. Whatever it did, what each
/// side is given is what the other sent: once, whole, and in order where that was asked; and all of it once the network
/// has mended its ways.
///
///     byte 0: I-DATA (bit 0), zero checksums (bit 1)
///     000xxxxx  the oldest packet under way arrives, to B (bit 0: to A)
///     001xxxxx  the one in place x arrives before its turn    010xxxxx  … and stays under way: it comes twice
///     011xxxxx  the oldest is lost                            100xxxxx  2^x milliseconds pass (x below 11)
///     101xxxxx  A, or with bit 0 B, sends a message on stream x / 2 mod 4, of a size that the next byte says
///     110xxxxx  the same, unordered                           111xxxxx  A resets stream x mod 4
class SctpPair {
 public:
  explicit SctpPair(ByteView script) : script_(script) {
    const uint8_t how = script_.u8();
    sctp::AssociationConfig config;
    config.streams = kStreams;
    config.interleaving = (how & 1) != 0;
    config.zeroChecksum = (how & 2) != 0;
    for (Side& side : sides_) side.association = std::make_unique<sctp::Association>(config, random_, pool_);
  }

  void run() {
    for (Side& side : sides_) side.association->connect(now_);
    drain();
    for (int step = 0; step < 400 && !script_.atEnd(); ++step) act(script_.u8());
    for (int round = 0; round < 3000 && !isDone(); ++round) {
      TimePoint next = earlier(sides_[0].association->nextTimeout(), sides_[1].association->nextTimeout());
      if (!next.isNever()) now_ = std::max(now_, next);
      pass(Duration::zero());
      while (deliverAll()) drain();
    }
    // Silence long enough to be given up is the one way out of a promise.
    if (sides_[0].over || sides_[1].over) return;
    for (Side& side : sides_) require(side.up && side.unordered.empty());
    for (const Side& side : sides_)
      for (const auto& expected : side.ordered) require(expected.second.empty());
  }

 private:
  static constexpr uint16_t kStreams = 4;
  struct Side {
    std::unique_ptr<sctp::Association> association;
    std::deque<Bytes> toHere;
    std::map<uint16_t, std::deque<Bytes>> ordered;  // what is still to come, by stream
    std::map<uint32_t, Bytes> unordered;            // by PPID
    bool up = false;
    bool over = false;
  };

  void act(uint8_t what) {
    const uint8_t x = what & 0x1f;
    Side& to = sides_[(x & 1) ^ 1];
    switch (what >> 5) {
      case 0: deliver(to, 0, false); break;
      case 1: deliver(sides_[x & 1], x / 2, false); break;
      case 2: deliver(sides_[x & 1], x / 2, true); break;
      case 3:
        if (!to.toHere.empty()) to.toHere.pop_front();
        break;
      case 4: pass(Duration::millis(int64_t{1} << x % 11)); break;
      case 5: send(x, true); break;
      case 6: send(x, false); break;
      default: {
        const auto stream = static_cast<uint16_t>(x % kStreams);
        (void)sides_[0].association->resetStreams(now_, {&stream, 1});
      }
    }
    drain();
  }

  void send(uint8_t x, bool ordered) {
    Side& from = sides_[x & 1];
    Side& to = sides_[(x & 1) ^ 1];
    const uint8_t how = script_.u8();
    const auto stream = static_cast<uint16_t>(x / 2 % kStreams);
    Bytes message(1 + (how < 128 ? size_t{how} : size_t{how} * how / 4));
    random_.fill(message);
    const uint32_t ppid = ++counter_;
    sctp::SendOptions options;
    options.ordered = ordered;
    options.acknowledgeAtOnce = (how & 1) != 0;
    if (from.association->send(now_, stream, ppid, message, options) != sctp::Association::SendStatus::kSent) return;
    if (ordered) {
      to.ordered[stream].push_back(message);
    } else {
      to.unordered[ppid] = message;
    }
  }

  void deliver(Side& to, size_t place, bool stays) {
    if (place >= to.toHere.size()) return;
    const auto at = to.toHere.begin() + static_cast<std::ptrdiff_t>(place);
    const Bytes packet = *at;
    if (!stays) to.toHere.erase(at);
    to.association->receive(now_, packet);
  }

  bool deliverAll() {
    bool any = false;
    for (Side& side : sides_) {
      for (size_t left = side.toHere.size(); left > 0; --left, any = true) deliver(side, 0, false);
    }
    return any;
  }

  void pass(Duration time) {
    now_ = now_ + time;
    for (Side& side : sides_) side.association->handleTimeout(now_);
    drain();
  }

  void drain() {
    for (size_t i = 0; i < 2; ++i) {
      PacketBuffer out;
      for (int n = 0; sides_[i].association->pollTransmit(now_, out); ++n) {
        require(n < 20'000);  // a machine that never gets quiet
        if (sides_[i ^ 1].toHere.size() < 2000) sides_[i ^ 1].toHere.push_back(toBytes(out.view()));
      }
      while (auto event = sides_[i].association->pollEvent()) note(sides_[i], *event);
    }
  }

  static void note(Side& side, const sctp::AssociationEvent& event) {
    if (std::get_if<sctp::AssociationUp>(&event)) side.up = true;
    if (std::get_if<sctp::AssociationFailed>(&event)) side.over = true;
    require(!std::get_if<sctp::MessageTooLarge>(&event) && !std::get_if<sctp::AssociationClosed>(&event));
    const auto* message = std::get_if<sctp::MessageReceived>(&event);
    if (message == nullptr) return;
    if (const auto at = side.unordered.find(message->ppid); at != side.unordered.end()) {
      require(at->second == message->data);
      side.unordered.erase(at);
      return;
    }
    std::deque<Bytes>& expected = side.ordered[message->stream];
    require(!expected.empty() && expected.front() == message->data);
    expected.pop_front();
  }

  bool isDone() const {
    for (const Side& side : sides_) {
      if (side.over) return true;
      if (!side.up || !side.unordered.empty()) return false;
      for (const auto& expected : side.ordered)
        if (!expected.second.empty()) return false;
    }
    return true;
  }

  ByteReader script_;
  SeededRandom random_{1};
  PacketPool pool_;
  std::array<Side, 2> sides_;
  TimePoint now_ = TimePoint::fromMicros(1);
  uint32_t counter_ = 0;
};

inline void fuzzSctpPair(ByteView input) {
  SctpPair(input).run();
}

}  // namespace tincan::inline v0::fuzz
