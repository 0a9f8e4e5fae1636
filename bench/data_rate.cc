// One end of a data channel that is never empty, or both ends on one loop: how fast it goes over real sockets, and what it
// costs. scripts/bench-data runs it beside other stacks, whose ends (bench/peers/data_end.mjs) speak the same lines.
//
//     data_rate pair SIZE SECONDS [CONTROL]      both ends on one loop
//     data_rate offer SIZE SECONDS [CONTROL]     writes "sdp BASE64", reads the same of the other end
//     data_rate answer SIZE SECONDS [CONTROL]    the other way round; it receives
//     data_rate limit SIZE SECONDS               GSO over a socket pair and AES-128-GCM, once for each side, of packets of
//                                                1,200 bytes: what nothing can go below here
//
// CONTROL: reno, cubic or bbr. The last line is "result BYTES SECONDS CPU": of messages that came, from when the first second
// was over; the CPU seconds are this process's, from there too. Who sends says "result 0 SECONDS CPU".
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <thread>

#include "base/base64.h"
#include "bench/command_line.h"
#include "crypto/aead.h"
#include "include/tincan/tincan.h"
#include "net/udp_socket.h"

namespace {

using namespace tincan;

constexpr Duration kWarmUp = Duration::seconds(1);
constexpr uint64_t kAhead = 8 * 1024 * 1024;  // what waits in the channel at most
constexpr Duration kPatience = Duration::seconds(30);

double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "data_rate: %s\n", why);
  std::exit(1);
}

struct Arguments {
  std::string role;
  size_t size = 0;
  Duration time{};
  RTCConfiguration configuration;
};

/// A connection and its driver; `channel` once it is open.
struct End {
  End(net::Loop& loop, RandomSource& random, const RTCConfiguration& configuration)
      : pc(PeerConnection::create(configuration, environment(loop, random)).value()), driver(loop, *pc) {
    pc->ondatachannel = [this](auto event) { use(event.channel); };
  }
  void use(std::shared_ptr<DataChannel> given) {
    channel = std::move(given);
    channel->onmessage = [this](const MessageEvent& event) {
      received += std::visit([](const auto& data) { return data.size(); }, event.data);
    };
  }
  /// Keeps the channel full.
  void fill(const Bytes& message) {
    while (channel->bufferedAmount() < kAhead && channel->send(ByteView(message))) {
    }
    driver.wake();
  }
  void sendFrom(const Bytes& message) {
    channel->bufferedAmountLowThreshold = kAhead / 2;
    channel->onbufferedamountlow = [this, &message] { fill(message); };
    fill(message);
  }
  bool open() const { return channel && channel->readyState() == RTCDataChannelState::kOpen; }

  std::unique_ptr<PeerConnection> pc;
  net::Driver driver;
  std::shared_ptr<DataChannel> channel;
  uint64_t received = 0;
};

/// Runs for the time asked for; the first second does not count.
void measure(net::Loop& loop, const Arguments& arguments, const uint64_t& received) {
  const auto wait = [&](Duration time) {
    const TimePoint end = loop.now() + time;
    loop.runUntil([&] { return loop.now() >= end; }, time);
  };
  wait(kWarmUp);
  const TimePoint begin = loop.now();
  const uint64_t before = received;
  const double cpu = cpuSeconds();
  wait(arguments.time);
  std::printf("result %llu %.3f %.3f\n", static_cast<unsigned long long>(received - before),
              (loop.now() - begin).toSeconds(), cpuSeconds() - cpu);
  std::fflush(stdout);
}

void gatherAll(net::Loop& loop, PeerConnection& pc) {
  const auto done = [&] { return pc.iceGatheringState() == RTCIceGatheringState::kComplete; };
  if (!loop.runUntil(done, kPatience)) fail("gathering has no end");
}

void say(const PeerConnection& pc) {
  std::printf("sdp %s\n", base64(asBytes(pc.localDescription()->sdp)).c_str());
  std::fflush(stdout);
}

RTCSessionDescription hear(RTCSdpType type) {
  std::string line;
  if (!std::getline(std::cin, line) || !line.starts_with("sdp ")) fail("no description came");
  const auto bytes = fromBase64(std::string_view(line).substr(4));
  if (!bytes) fail("the description is no Base64");
  return {type, std::string(asText(*bytes))};
}

void runPair(net::Loop& loop, RandomSource& random, const Arguments& arguments) {
  End one(loop, random, arguments.configuration), two(loop, random, arguments.configuration);
  one.use(one.pc->createDataChannel("bulk").value());
  (void)one.pc->setLocalDescription();
  gatherAll(loop, *one.pc);
  (void)two.pc->setRemoteDescription(*one.pc->localDescription());
  (void)two.pc->setLocalDescription();
  gatherAll(loop, *two.pc);
  (void)one.pc->setRemoteDescription(*two.pc->localDescription());
  if (!loop.runUntil([&] { return one.open() && two.open(); }, kPatience)) fail("no channel opened within 30 s");
  const Bytes message(arguments.size, 7);
  one.sendFrom(message);
  measure(loop, arguments, two.received);
  one.channel->onbufferedamountlow = nullptr;
}

void runEnd(net::Loop& loop, RandomSource& random, const Arguments& arguments) {
  End end(loop, random, arguments.configuration);
  const bool offers = arguments.role == "offer";
  if (offers) {
    end.use(end.pc->createDataChannel("bulk").value());
  } else if (!end.pc->setRemoteDescription(hear(RTCSdpType::kOffer))) {
    fail("the offer was refused");
  }
  (void)end.pc->setLocalDescription();
  gatherAll(loop, *end.pc);
  say(*end.pc);
  if (offers && !end.pc->setRemoteDescription(hear(RTCSdpType::kAnswer))) fail("the answer was refused");
  end.driver.wake();
  if (!loop.runUntil([&] { return end.open(); }, kPatience)) fail("no channel opened within 30 s");
  const Bytes message(arguments.size, 7);
  if (offers) end.sendFrom(message);
  measure(loop, arguments, end.received);
  // The other end measures a little longer.
  loop.runUntil([] { return false; }, Duration::seconds(1));
  if (end.channel) end.channel->onbufferedamountlow = nullptr;
}

/// Both sides on one thread, as `pair` has them.
void runLimit(net::Loop& loop, const Arguments& arguments) {
  constexpr size_t kPacket = 1200;
  const SocketAddress loopback(*IpAddress::parse("127.0.0.1"), 0);
  auto from = net::UdpSocket::open(loopback).value(), to = net::UdpSocket::open(loopback).value();
  net::UdpSocket::Inbox inbox;
  const crypto::Aead aead(crypto::AeadAlgorithm::kAes128Gcm, Bytes(16, 1));
  const Bytes nonce(crypto::kAeadNonceSize, 2), aad(5, 3);
  std::vector<net::UdpSocket::Datagram> datagrams(net::UdpSocket::kBatch);
  for (auto& datagram : datagrams) {
    datagram.remote = to->local();
    datagram.packet = loop.pool().allocate();
    if (!datagram.packet || !datagram.packet.resize(kPacket)) fail("no packets");
  }
  uint64_t received = 0;
  const TimePoint begin = loop.now();
  const double cpu = cpuSeconds();
  const size_t text = kPacket - crypto::kAeadTagSize;
  while (loop.now() - begin < arguments.time) {
    for (auto& datagram : datagrams) {
      const MutableByteView bytes = datagram.packet.mutableView();
      if (!aead.seal(nonce, aad, bytes.first(text), bytes.subspan(text))) fail("AEAD");
    }
    for (size_t sent = 0; sent < datagrams.size();) {
      sent += from->send(std::span(datagrams).subspan(sent)).consumed();
      while (to->receive(loop.pool(), inbox).packets > 0) {
        for (auto& each : inbox.packets()) {
          const MutableByteView bytes = each.packet.mutableView();
          if (!aead.open(nonce, aad, bytes.first(text), bytes.subspan(text))) fail("AEAD");
          received += text;
        }
      }
    }
  }
  std::printf("result %llu %.3f %.3f\n", static_cast<unsigned long long>(received), (loop.now() - begin).toSeconds(),
              cpuSeconds() - cpu);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  double seconds = 0;
  std::string control = "cubic";
  // A `limit` has no messages: 0.
  tincan::bench::CommandLine("data_rate", "pair|offer|answer|limit SIZE SECONDS [reno|cubic|bbr]")
      .word("pair, offer, answer or limit", arguments.role, {"pair", "offer", "answer", "limit"}, true)
      .word("SIZE", arguments.size, 0, 262'144, true)
      .word("SECONDS", seconds, 0.1, 3600, true)
      .word("CONTROL", control, {"reno", "cubic", "bbr"})
      .read(argc, argv);
  arguments.time = Duration::millis(static_cast<int64_t>(seconds * 1000));
  auto& chosen = arguments.configuration.data.congestionControl;
  if (control == "reno") chosen = sctp::CongestionControl::kReno;
  if (control == "bbr") chosen = sctp::CongestionControl::kBbr;
  net::Loop loop;
  net::OsRandom random;
  if (arguments.role == "pair") {
    runPair(loop, random, arguments);
  } else if (arguments.role == "limit") {
    runLimit(loop, arguments);
  } else {
    runEnd(loop, random, arguments);
  }
}
