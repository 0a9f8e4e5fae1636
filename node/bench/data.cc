// data.mjs in C++: the same two connections, channels and messages, on net::Driver.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tincan/tincan.h"

namespace tincan::inline v0 {
namespace {

constexpr uint64_t kAhead = 4u * 1024 * 1024;  // bytes that wait to be sent

struct Peer {
  Peer(net::Loop& loop, RandomSource& random)
      : pc(PeerConnection::create({}, environment(loop, random)).value()), driver(loop, *pc) {}
  std::unique_ptr<PeerConnection> pc;
  net::Driver driver;
};

void trickle(Peer& from, Peer& to) {
  from.pc->onicecandidate = [&to](const RTCPeerConnectionIceEvent& event) {
    if (event.candidate) (void)to.pc->addIceCandidate(*event.candidate);
  };
}

void run(size_t size, int64_t seconds) {
  net::Loop loop;
  net::OsRandom random;
  Peer a(loop, random), b(loop, random);
  trickle(a, b);
  trickle(b, a);
  uint64_t bytes = 0, messages = 0;
  std::shared_ptr<DataChannel> to;
  b.pc->ondatachannel = [&](const RTCDataChannelEvent& event) {
    to = event.channel;
    to->onmessage = [&](const MessageEvent& message) {
      bytes += std::get<Bytes>(message.data).size();
      ++messages;
    };
  };
  const auto from = a.pc->createDataChannel("chat").value();
  const Bytes message(size);
  bool going = true;
  const auto fill = [&] {
    while (going && from->bufferedAmount() < kAhead && from->send(ByteView(message))) continue;
  };
  from->bufferedAmountLowThreshold = kAhead / 2;
  from->onbufferedamountlow = fill;
  from->onopen = fill;
  (void)a.pc->setLocalDescription();
  (void)b.pc->setRemoteDescription(*a.pc->localDescription());
  (void)b.pc->setLocalDescription();
  (void)a.pc->setRemoteDescription(*b.pc->localDescription());
  loop.runUntil([&] { return messages > 0; }, Duration::seconds(10));
  loop.runUntil([] { return false; }, Duration::millis(500));
  bytes = messages = 0;
  const TimePoint start = loop.now();
  loop.runUntil([] { return false; }, Duration::seconds(seconds));
  const double took = (loop.now() - start).toSeconds();
  going = false;
  std::printf("C++   %zu bytes: %.1f MB/s, %.0f messages/s\n", size, static_cast<double>(bytes) / took / 1e6,
              static_cast<double>(messages) / took);
}

}  // namespace
}  // namespace tincan::inline v0

int main(int count, char** arguments) {
  tincan::run(count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 65536,
              count > 2 ? std::strtol(arguments[2], nullptr, 10) : 3);
}
