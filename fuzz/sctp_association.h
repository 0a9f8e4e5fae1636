#pragma once

#include <array>
#include <cstdlib>
#include <deque>

#include "sctp/crc32c.h"
#include "sctp/data_channels.h"

namespace tincan::inline v0::fuzz {

/// Stateful: two DataChannels, brought into a state that the first byte picks, and then a network that does what the other
/// bytes say. The peer is authenticated and hostile: its packets may be anything, with the right tag and a right checksum.
///
///     0xxxxxxx            the next packet that is under way to B (bit 6: to A) arrives; bits 0-5 are not used
///     100xxxxx n (o v)*n  it is changed at n (mod 8) offsets first
///     101xxxxx n bytes    n chunk bytes of the fuzzer's own go to B behind the header of the last packet
///     110xxxxx            time passes: 2^x milliseconds (x below 14), and timers fire
///     111xxxxx            A does something: opens, sends, closes
class SctpFuzz {
 public:
  explicit SctpFuzz(ByteView script) : script_(script) {}

  void run() {
    bring(script_.u8() % 4);
    for (int step = 0; step < 200 && !script_.atEnd(); ++step) act(script_.u8());
    // Whatever happened, time that passes must not wake anything for ever.
    for (int i = 0; i < 100; ++i) {
      now_ = now_ + Duration::seconds(30);
      a_.handleTimeout(now_);
      b_.handleTimeout(now_);
      drain();
      toA_.clear();
      toB_.clear();
    }
  }

 private:
  void bring(int state) {
    if (state == 0) return;
    a_.start(now_);
    b_.start(now_);
    drain();
    if (state == 1) return;
    pass(20);
    if (state == 2) return;
    (void)a_.open(now_, {.label = "x"});
    (void)a_.open(now_, {.label = "y", .ordered = false, .maxRetransmits = 0});
    (void)b_.open(now_, {.label = "z"});
    pass(20);
    (void)a_.send(now_, 0, Bytes(5000, 1), true);
    drain();
  }

  void pass(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      drain();
      while (!toB_.empty()) deliver(toB_, b_);
      while (!toA_.empty()) deliver(toA_, a_);
    }
  }

  void act(uint8_t what) {
    if (what < 0x80) {
      (what & 0x40) ? deliver(toA_, a_) : deliver(toB_, b_);
    } else if (what < 0xa0) {
      mutate(what & 1 ? toA_ : toB_);
    } else if (what < 0xc0) {
      inject();
    } else if (what < 0xe0) {
      now_ = now_ + Duration::millis(int64_t{1} << (what & 0x1f) % 14);
      a_.handleTimeout(now_);
      b_.handleTimeout(now_);
    } else {
      useApi(what & 0x1f);
    }
    drain();
  }

  void mutate(std::deque<Bytes>& queue) {
    if (queue.empty()) return;
    Bytes& packet = queue.front();
    for (int n = script_.u8() % 8; n > 0; --n) {
      const size_t at = script_.u8();
      const uint8_t value = script_.u8();
      if (at < packet.size()) packet[at] = value;
    }
    sctp::storeChecksum(packet, sctp::packetChecksum(packet));
  }

  void inject() {
    if (headerToB_.empty()) return;
    Bytes packet = headerToB_;
    const size_t size = std::min<size_t>(script_.u8(), script_.remaining());
    const ByteView chunks = script_.view(size);
    packet.insert(packet.end(), chunks.begin(), chunks.end());
    sctp::storeChecksum(packet, sctp::packetChecksum(packet));
    b_.receive(now_, packet);
  }

  void useApi(int what) {
    const auto id = static_cast<uint16_t>(what & 3);
    if (what < 8) (void)a_.open(now_, {.label = "more"});
    if (what >= 8 && what < 16) (void)a_.send(now_, id, Bytes(100, 7), true);
    if (what >= 16 && what < 24) a_.close(now_, id);
    if (what >= 24 && what < 28) b_.close(now_, id);
    if (what == 28) a_.shutdown(now_);
    if (what == 29) (void)a_.send(now_, id, Bytes(200'000, 7), true);
    if (what == 30) b_.abort(now_);
  }

  void deliver(std::deque<Bytes>& queue, sctp::DataChannels& to) {
    if (queue.empty()) return;
    const Bytes packet = std::move(queue.front());
    queue.pop_front();
    to.receive(now_, packet);
    drain();
  }

  void drain() {
    bool busy = true;
    for (int rounds = 0; busy; ++rounds) {
      if (rounds > 10'000) std::abort();  // a machine that never gets quiet
      busy = drain(a_, toB_);
      busy = drain(b_, toA_) || busy;
    }
    if (!toB_.empty() && toB_.back().size() >= 12) headerToB_.assign(toB_.back().begin(), toB_.back().begin() + 12);
  }
  bool drain(sctp::DataChannels& from, std::deque<Bytes>& queue) {
    bool busy = false;
    PacketBuffer out;
    while (from.pollTransmit(now_, out)) {
      busy = true;
      if (queue.size() < 100) queue.push_back(toBytes(out.view()));
    }
    while (from.pollEvent()) busy = true;
    return busy;
  }

  ByteReader script_;
  SeededRandom random_{1};
  PacketPool pool_;
  sctp::DataChannels a_{{.dtlsClient = true}, random_, pool_};
  sctp::DataChannels b_{{.dtlsClient = false}, random_, pool_};
  TimePoint now_ = TimePoint::fromMicros(1);
  std::deque<Bytes> toA_, toB_;
  Bytes headerToB_;
};

inline void fuzzSctpAssociation(ByteView input) {
  SctpFuzz(input).run();
}

}  // namespace tincan::inline v0::fuzz
