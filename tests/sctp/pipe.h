#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sctp/data_channels.h"
#include "tests/sctp/virtual_line.h"

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
class Pipe final : public VirtualLine {
 public:
  struct Side {
    std::unique_ptr<DataChannels> channels;
    Seen seen;
    /// Looks at each packet on its way out; false drops it.
    std::function<bool(Bytes&)> filter;
  };

  explicit Pipe(uint64_t seed, Weather weather = {}, DataChannels::Config config = {})
      : VirtualLine(seed), weather_(weather) {
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

  Side a, b;
  Weather weather_;
  size_t lost = 0;
  /// Everything that went out, in order, as one digest.
  uint64_t wireHash() const { return wire_; }

 private:
  TimePoint nextTimeout(bool isB) const override {
    const Side& side = isB ? b : a;
    return side.channels ? side.channels->nextTimeout() : TimePoint::never();
  }
  void handleTimeout(bool isB) override { (isB ? b : a).channels->handleTimeout(now); }
  void receive(bool isB, const Bytes& packet) override {
    if (Side& to = isB ? b : a; to.channels) to.channels->receive(now, packet);
  }
  bool drainSide(bool isB) override {
    Side& from = isB ? b : a;
    if (!from.channels) return false;
    bool busy = false;
    PacketBuffer out;
    while (from.channels->pollTransmit(now, out)) {
      busy = true;
      ++packets;
      Bytes bytes = toBytes(out.view());
      if (from.filter && !from.filter(bytes)) continue;
      for (const uint8_t byte : bytes) wire_ = (wire_ ^ byte) * 0x100000001b3u;  // FNV-1a
      if (!carry(!isB, std::move(bytes), weather_.lossPercent, weather_.delay, weather_.jitter)) ++lost;
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

  uint64_t wire_ = 0xcbf29ce484222325u;
};

}  // namespace tincan::inline v0::sctp::test
