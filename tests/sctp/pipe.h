#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sctp/data_channels.h"

namespace tincan::inline v0::sctp::test {

/// What a side has seen, in order.
struct Seen {
  bool connected = false;
  bool closed = false;
  std::optional<Error> failed;
  std::vector<ChannelOpened> opened;
  std::vector<uint16_t> closedChannels;
  std::vector<Message> messages;
  size_t amountChanges = 0;
};

/// How a packet fares on the way.
struct Weather {
  int lossPercent = 0;
  Duration delay = Duration::millis(10);
  Duration jitter = Duration::zero();  ///< more than zero reorders
};

/// Two DataChannels and what lies between them, in virtual time.
class Pipe {
 public:
  struct Side {
    std::unique_ptr<DataChannels> channels;
    Seen seen;
    /// Looks at each packet on its way out; false drops it.
    std::function<bool(Bytes&)> filter;
  };

  explicit Pipe(uint64_t seed, Weather weather = {}, DataChannels::Config config = {})
      : weather_(weather), random_(seed), network_(seed ^ 0x5eed) {
    DataChannels::Config client = config, server = config;
    client.dtlsClient = true;
    server.dtlsClient = false;
    a.channels = std::make_unique<DataChannels>(client, random_, pool_);
    b.channels = std::make_unique<DataChannels>(server, random_, pool_);
  }

  void start() {
    a.channels->start(now);
    b.channels->start(now);
    drain();
  }
  void connect() {
    start();
    runUntil([this] { return a.seen.connected && b.seen.connected; });
  }

  /// Moves time on until `done`, at most `limit`; whether it came to be.
  bool runUntil(const std::function<bool()>& done, Duration limit = Duration::seconds(120)) {
    const TimePoint end = now + limit;
    drain();
    while (!done()) {
      TimePoint next = earlier(nextOf(a), nextOf(b));
      if (!inFlight_.empty()) next = earlier(next, inFlight_.begin()->first);
      if (next > end) {
        now = end;
        return done();
      }
      now = std::max(now, next);
      step();
    }
    return true;
  }
  void runFor(Duration duration) {
    const TimePoint end = now + duration;
    runUntil([] { return false; }, duration);
    now = end;
  }
  /// Both sides polled until nothing comes.
  void drain() {
    bool busy = true;
    while (busy) {
      busy = drain(a, b);
      busy = drain(b, a) || busy;
    }
  }

  Side a, b;
  TimePoint now = TimePoint::fromMicros(1'000'000);
  Weather weather_;
  size_t packets = 0;
  size_t lost = 0;
  /// Everything that went out, in order, as one digest.
  uint64_t wireHash() const { return wire_; }

 private:
  struct Packet {
    bool toB;
    Bytes bytes;
  };

  TimePoint nextOf(const Side& side) const { return side.channels ? side.channels->nextTimeout() : TimePoint::never(); }

  void step() {
    while (!inFlight_.empty() && inFlight_.begin()->first <= now) {
      const Packet packet = std::move(inFlight_.begin()->second);
      inFlight_.erase(inFlight_.begin());
      Side& to = packet.toB ? b : a;
      if (to.channels) to.channels->receive(now, packet.bytes);
    }
    for (Side* side : {&a, &b})
      if (side->channels && side->channels->nextTimeout() <= now) side->channels->handleTimeout(now);
    drain();
  }

  bool drain(Side& from, Side&) {
    if (!from.channels) return false;
    bool busy = false;
    PacketBuffer out;
    while (from.channels->pollTransmit(now, out)) {
      busy = true;
      ++packets;
      Bytes bytes = toBytes(out.view());
      if (from.filter && !from.filter(bytes)) continue;
      for (const uint8_t byte : bytes) wire_ = (wire_ ^ byte) * 0x100000001b3u;  // FNV-1a
      if (network_.below(100) < static_cast<uint64_t>(weather_.lossPercent)) {
        ++lost;
        continue;
      }
      const Duration extra =
          Duration::micros(static_cast<int64_t>(network_.below(static_cast<uint64_t>(weather_.jitter.micros()) + 1)));
      inFlight_.emplace(now + weather_.delay + extra, Packet{&from == &a, std::move(bytes)});
    }
    while (std::optional<Event> event = from.channels->pollEvent()) {
      busy = true;
      note(from.seen, std::move(*event));
    }
    return busy;
  }

  static void note(Seen& seen, Event event) {
    if (std::get_if<Connected>(&event)) seen.connected = true;
    if (std::get_if<Closed>(&event)) seen.closed = true;
    if (auto* failed = std::get_if<Failed>(&event)) seen.failed = failed->error;
    if (auto* opened = std::get_if<ChannelOpened>(&event)) seen.opened.push_back(std::move(*opened));
    if (auto* closed = std::get_if<ChannelClosed>(&event)) seen.closedChannels.push_back(closed->id);
    if (auto* message = std::get_if<Message>(&event)) seen.messages.push_back(std::move(*message));
    if (std::get_if<BufferedAmountChanged>(&event)) ++seen.amountChanges;
  }

  SeededRandom random_;
  SeededRandom network_;
  PacketPool pool_;
  std::multimap<TimePoint, Packet> inFlight_;
  uint64_t wire_ = 0xcbf29ce484222325u;
};

}  // namespace tincan::inline v0::sctp::test
