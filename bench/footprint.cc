// What an idle connected pair of connections takes, in KiB of heap: both ends on one loop, with sockets of their own, as
// README's example makes them. Then the parts, each built alone in the same state.
//
//     footprint [PAIRS…]        100 and 1,000 when none is given
//
// Kernel memory (socket buffers) is not in it. `used` is what malloc has given out, `resident` what the process grew by.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <malloc.h>
#include <memory>
#include <unistd.h>
#include <vector>

#include "bench/command_line.h"
#include "crypto/identity.h"
#include "dtls/connection.h"
#include "include/tincan/tincan.h"
#include "net/udp_socket.h"
#include "rtp/srtp_session.h"
#include "sctp/data_channels.h"

namespace {

using namespace tincan;

constexpr double kKiB = 1024;

double usedKiB() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / kKiB;
}

double residentKiB() {
  std::ifstream statm("/proc/self/statm");
  long total = 0, resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / kKiB;
}

/// Two connections and what drives them. They signal as a page and a server would: each candidate as it comes.
class Pair {
 public:
  Pair(net::Loop& loop, RandomSource& random, bool media) {
    RTCConfiguration configuration;
    one_ = PeerConnection::create(configuration, environment(loop, random)).value();
    two_ = PeerConnection::create(configuration, environment(loop, random)).value();
    drivers_.push_back(std::make_unique<net::Driver>(loop, *one_));
    drivers_.push_back(std::make_unique<net::Driver>(loop, *two_));
    one_->onicecandidate = [this](auto event) { tell(*two_, event); };
    two_->onicecandidate = [this](auto event) { tell(*one_, event); };
    two_->ondatachannel = [this](auto event) { theirs_ = event.channel; };
    channel_ = one_->createDataChannel("idle").value();
    if (media) {
      (void)one_->addTransceiver(stack::MediaKind::kAudio);
      (void)one_->addTransceiver(stack::MediaKind::kVideo);
    }
    (void)one_->setLocalDescription();
    (void)two_->setRemoteDescription(*one_->localDescription());
    (void)two_->setLocalDescription();
    (void)one_->setRemoteDescription(*two_->localDescription());
  }

  bool open() const {
    return theirs_ && theirs_->readyState() == RTCDataChannelState::kOpen &&
           channel_->readyState() == RTCDataChannelState::kOpen;
  }

 private:
  static void tell(PeerConnection& to, const RTCPeerConnectionIceEvent& event) {
    if (event.candidate) (void)to.addIceCandidate(*event.candidate);
  }

  std::unique_ptr<PeerConnection> one_, two_;
  std::vector<std::unique_ptr<net::Driver>> drivers_;
  std::shared_ptr<DataChannel> channel_, theirs_;
};

void measurePairs(const char* what, size_t count, bool media) {
  net::Loop loop;
  net::OsRandom random;
  std::vector<std::unique_ptr<Pair>> pairs;
  const auto add = [&] {
    pairs.push_back(std::make_unique<Pair>(loop, random, media));
    if (!loop.runUntil([&] { return pairs.back()->open(); }, Duration::seconds(20))) {
      std::fprintf(stderr, "footprint: a pair did not connect within 20 s\n");
      std::exit(1);
    }
  };
  add();  // what a loop and a process need once
  malloc_trim(0);
  const double used = usedKiB(), resident = residentKiB();
  for (size_t i = 0; i < count; ++i) add();
  loop.runUntil([] { return false; }, Duration::seconds(1));  // what waits for acknowledgements goes
  const auto pairsMade = static_cast<double>(count);
  std::printf("%-34s %6zu pairs   used %7.1f KiB   resident %7.1f KiB a pair\n", what, count,
              (usedKiB() - used) / pairsMade, (residentKiB() - resident) / pairsMade);
}

/// KiB of heap for each of `count` things that `make` makes and keeps.
double each(size_t count, const std::function<void()>& make) {
  make();
  const double before = usedKiB();
  for (size_t i = 0; i < count; ++i) make();
  return (usedKiB() - before) / static_cast<double>(count);
}

void row(const char* what, double kib) {
  std::printf("  %-58s %7.1f KiB\n", what, kib);
}

void connectDtls(dtls::Connection& client, dtls::Connection& server) {
  TimePoint now = TimePoint::fromMicros(1'000'000);
  client.start(now);
  server.start(now);
  for (bool busy = true; busy;) {
    busy = false;
    PacketBuffer packet;
    while (client.pollTransmit(now, packet)) server.receive(now, std::move(packet)), busy = true;
    while (server.pollTransmit(now, packet)) client.receive(now, std::move(packet)), busy = true;
    while (client.pollEvent() || server.pollEvent()) busy = true;
  }
}

void connectSctp(sctp::DataChannels& client, sctp::DataChannels& server) {
  TimePoint now = TimePoint::fromMicros(1'000'000);
  client.start(now);
  server.start(now);
  (void)client.open(now, {.label = "idle"});
  for (int turns = 0; turns < 100; ++turns) {
    PacketBuffer packet;
    while (client.pollTransmit(now, packet)) server.receive(now, packet.view());
    while (server.pollTransmit(now, packet)) client.receive(now, packet.view());
    while (client.pollEvent() || server.pollEvent()) {
    }
    now = now + Duration::millis(50);
    if (client.nextTimeout() <= now) client.handleTimeout(now);
    if (server.nextTimeout() <= now) server.handleTimeout(now);
  }
}

void measureParts() {
  constexpr size_t kCount = 50;
  net::OsRandom random;
  PacketPool pool;
  const crypto::Identity identity =
      crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000, 86'400).value();
  std::printf("\nOf which, each part built alone:\n");

  std::vector<std::unique_ptr<crypto::MultiBuffer>> workspaces;
  row("an IPsec-MB workspace (one a loop)", each(4, [&] { workspaces.push_back(crypto::MultiBuffer::create()); }));

  std::vector<std::unique_ptr<rtp::SrtpSession>> srtp;
  rtp::SrtpConfig config;
  config.shared = workspaces.front().get();
  const auto profile = crypto::SrtpProfile::kAeadAes128Gcm;
  row("two SRTP sessions, workspace shared",
      2 * each(kCount, [&] {
        const auto key = [&](size_t size) { return crypto::SecretBytes(ByteView(Bytes(size, 7))); };
        srtp.push_back(
            std::make_unique<rtp::SrtpSession>(crypto::SrtpKeys{profile, key(16), key(12), key(16), key(12)}, config));
      }));

  std::vector<std::unique_ptr<dtls::Connection>> dtls;
  row("two DTLS 1.3 connections", each(kCount, [&] {
        dtls::Config client, server;
        client.identity = server.identity = &identity;
        server.role = dtls::Role::kServer;
        for (auto* side : {&client, &server}) dtls.push_back(std::make_unique<dtls::Connection>(*side, random, pool));
        auto& a = *dtls[dtls.size() - 2];
        auto& b = *dtls.back();
        for (auto* side : {&a, &b})
          side->setRemoteFingerprints({identity.certificate().fingerprint(crypto::HashAlgorithm::kSha256)});
        connectDtls(a, b);
        if (a.state() != dtls::State::kConnected) std::exit(1);
      }));

  std::vector<std::unique_ptr<sctp::DataChannels>> sctp;
  row("two SCTP associations with a channel", each(kCount, [&] {
        sctp::DataChannels::Config client, server;
        server.dtlsClient = false;
        sctp.push_back(std::make_unique<sctp::DataChannels>(client, random, pool));
        sctp.push_back(std::make_unique<sctp::DataChannels>(server, random, pool));
        connectSctp(*sctp[sctp.size() - 2], *sctp.back());
        if (!sctp.back()->connected()) std::exit(1);
      }));

  std::vector<std::unique_ptr<net::UdpSocket>> sockets;
  const SocketAddress loopback(*IpAddress::parse("127.0.0.1"), 0);
  row("two UDP sockets that have sent", 2 * each(kCount, [&] {
                                          sockets.push_back(net::UdpSocket::open(loopback).value());
                                          net::UdpSocket::Datagram datagram{sockets.back()->local(),
                                                                            pool.copy(Bytes(1)), Ecn::kNotCapable,
                                                                            TimePoint::never()};
                                          (void)sockets.back()->send(std::span(&datagram, 1));
                                        }));
  std::printf("  the rest: ICE, descriptions, drivers and their watches, packets of the pool\n");
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<size_t> counts;
  tincan::bench::CommandLine("footprint", "[PAIRS...]: of how many connected pairs; 100 and 1000 when left out")
      .numbers(counts, 1, 100'000)
      .read(argc, argv);
  if (counts.empty()) counts = {100, 1000};
  for (const size_t count : counts) measurePairs("data channel, idle", count, false);
  measurePairs("audio, video and data channel", counts.front(), true);
  measureParts();
}
