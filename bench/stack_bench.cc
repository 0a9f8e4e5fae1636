#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "rtp/header.h"
#include "stack/peer_connection.h"
#include "tests/stack/wire.h"

namespace tincan::inline v0::stack {
namespace {

/// Two connections on a wire without delay: what the stack itself costs.
class Pair {
 public:
  explicit Pair(uint64_t seed, std::shared_ptr<const crypto::Identity> first = {},
                std::shared_ptr<const crypto::Identity> second = {})
      : randoms_{SeededRandom(seed), SeededRandom(seed + 1)} {
    for (int i = 0; i < 2; ++i) {
      RTCConfiguration configuration;
      if (const auto& own = i == 0 ? first : second) configuration.certificates = {own};
      pcs_[i] = PeerConnection::create(std::move(configuration), {randoms_[i], pool_, 1'700'000'000'000'000}).value();
      pcs_[i]->onicecandidate = [this, i](RTCPeerConnectionIceEvent event) {
        if (event.candidate) (void)pcs_[1 - i]->addIceCandidate(*event.candidate).ok();
      };
    }
  }

  PeerConnection& operator[](int i) { return *pcs_[i]; }

  bool signal() {
    return pcs_[0]->setLocalDescription() && pcs_[1]->setRemoteDescription(*pcs_[0]->localDescription()) &&
           pcs_[1]->setLocalDescription() && pcs_[0]->setRemoteDescription(*pcs_[1]->localDescription());
  }

  /// One turn of both loops; the clock steps to the next deadline when nothing moves.
  void turn() {
    const bool moved = drain(0) | drain(1);
    if (!moved) now_ = std::max(now_, earlier(pcs_[0]->nextTimeout(), pcs_[1]->nextTimeout()));
    for (auto& pc : pcs_) {
      if (pc->nextTimeout() <= now_) pc->handleTimeout(now_);
    }
  }

  bool connected() const {
    return pcs_[0]->connectionState() == RTCPeerConnectionState::kConnected &&
           pcs_[1]->connectionState() == RTCPeerConnectionState::kConnected;
  }
  TimePoint now() const { return now_; }

 private:
  bool drain(int i) {
    bool moved = false;
    Transmit out;
    IoRequest request;
    while (pcs_[i]->pollTransmit(now_, out)) {
      pcs_[1 - i]->receive(now_, {Protocol::kUdp, out.route.remote, out.route.local}, std::move(out.packet));
      moved = true;
    }
    while (pcs_[i]->pollIoRequest(request)) {
      if (auto* open = std::get_if<OpenUdp>(&request)) {
        pcs_[i]->handleIoResult(now_,
                                UdpOpened{open->id, {{IpAddress::v4(10, 0, 0, static_cast<uint8_t>(i + 1)), 5000}}});
      }
      moved = true;
    }
    return pcs_[i]->dispatchEvents(now_) || moved;
  }

  PacketPool pool_;
  SeededRandom randoms_[2];
  std::unique_ptr<PeerConnection> pcs_[2];
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
};

/// The value below which `share` of the samples lie.
double percentile(std::vector<double>& samples, double share) {
  if (samples.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), samples.begin() + at, samples.end());
  return samples[static_cast<size_t>(at)];
}

/// From two new connections to "connected" on both sides: certificates, SDP, ICE, DTLS. One core does both ends.
/// Elsewhere: pion 3.3 ms, libdatachannel 6.1 ms (1,007 at the 99th percentile). With `ready` certificates of a user's
/// own, as a server has them (W3C RTCConfiguration.certificates), the keys are not part of it.
void createOfferToConnected(benchmark::State& state) {
  std::shared_ptr<const crypto::Identity> identities[2];
  SeededRandom random(7);
  for (auto& identity : identities) {
    if (state.range(0) == 0) break;
    identity = std::make_shared<const crypto::Identity>(
        crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000).value());
  }
  uint64_t seed = 1;
  int64_t virtualMicros = 0;
  std::vector<double> millis;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    Pair pair(seed += 2, identities[0], identities[1]);
    auto channel = pair[0].createDataChannel("x").value();
    const TimePoint start = pair.now();
    if (!pair.signal()) state.SkipWithError("signalling failed");
    int turns = 0;
    while (!pair.connected() && ++turns < 10'000) pair.turn();
    if (!pair.connected()) state.SkipWithError("no connection");
    virtualMicros += (pair.now() - start).micros();
    millis.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["median_ms"] = percentile(millis, 0.5);
  state.counters["p99_ms"] = percentile(millis, 0.99);
  state.counters["waited_us"] =
      benchmark::Counter(static_cast<double>(virtualMicros), benchmark::Counter::kAvgIterations);
}
BENCHMARK(createOfferToConnected)->ArgName("ready")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

/// Messages through the whole of it and back: channel, SCTP, DTLS, ICE, four times.
void messageThereAndBack(benchmark::State& state) {
  Pair pair(99);
  auto channel = pair[0].createDataChannel("x").value();
  std::shared_ptr<DataChannel> echo;
  pair[1].ondatachannel = [&](RTCDataChannelEvent event) {
    echo = event.channel;
    echo->onmessage = [&](MessageEvent message) { (void)echo->send(ByteView(std::get<Bytes>(message.data))).ok(); };
  };
  int back = 0;
  channel->onmessage = [&](MessageEvent) { ++back; };
  (void)pair.signal();
  for (int turns = 0; channel->readyState() != RTCDataChannelState::kOpen && turns < 10'000; ++turns) pair.turn();
  const Bytes message(static_cast<size_t>(state.range(0)), 7);
  for (auto _ : state) {
    const int before = back;
    if (!channel->send(ByteView(message))) state.SkipWithError("send failed");
    for (int turns = 0; back == before && turns < 10'000; ++turns) pair.turn();
    if (back == before) state.SkipWithError("no answer");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * 2);
}
BENCHMARK(messageThereAndBack)->Arg(100)->Arg(16'384);

/// A transport takes 32 packets of 1,200 (or 100) bytes, what a busy socket gives in one go: ICE, SRTP, the queue.
/// `together` 0: somebody asks after each, as a receiver that handles packet by packet does. 1: after all of them, so
/// that they are unprotected side by side. Times are of one packet.
void receiveThirtyTwo(benchmark::State& state) {
  constexpr size_t kPackets = 32;
  const bool together = state.range(1) != 0;
  SecuritySettings security;
  security.srtpProfiles = {state.range(0) == 0 ? crypto::SrtpProfile::kAeadAes128Gcm
                                               : crypto::SrtpProfile::kAes128CmSha1_80};
  Wire wire(crypto::Engine::kAuto, security);
  if (!wire.connect()) return state.SkipWithError("no connection");
  uint16_t sequence = 0;
  uint64_t passed = 0, sent = 0;
  std::vector<PacketBuffer> packets(kPackets);
  std::vector<Transmit> arriving(kPackets);
  Transport::Media media;
  for (auto _ : state) {
    for (PacketBuffer& packet : packets) {
      rtp::Header header;
      header.payloadType = PayloadType(96);
      header.sequenceNumber = sequence++;
      header.ssrc = Ssrc(77);
      packet = wire.pool().allocate();
      if (!packet.resize(static_cast<size_t>(state.range(2)) - 12) || !rtp::prependHeader(packet, header, {}, {}))
        return state.SkipWithError("no packet");
    }
    wire[0].sendRtp(wire.now(), packets);
    for (Transmit& transmit : arriving) {
      if (!wire[0].pollTransmit(wire.now(), transmit)) return state.SkipWithError("nothing sent");
    }
    sent += kPackets;
    const auto begin = std::chrono::steady_clock::now();
    for (Transmit& transmit : arriving) {
      const Route route{Protocol::kUdp, transmit.route.remote, transmit.route.local};
      wire[1].receive(wire.now(), route, std::move(transmit.packet));
      if (!together) passed += wire[1].pollMedia(media);
    }
    while (wire[1].pollMedia(media)) ++passed;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(took.count() / kPackets);
  }
  if (passed != sent) state.SkipWithError("packets were lost");
}
BENCHMARK(receiveThirtyTwo)
    ->ArgNames({"sha1", "together", "bytes"})
    ->ArgsProduct({{0, 1}, {0, 1}, {100, 1200}})
    ->UseManualTime();

}  // namespace
}  // namespace tincan::inline v0::stack
