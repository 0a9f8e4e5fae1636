// A forwarded packet through an RtpSession of its publisher and those of N watchers, beside the bare path: parse, copy,
// rename, protect. Both take turns of 32 packets, which SRTP protects side by side for each watcher. The time is that of
// one packet to one watcher.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "bench/counted_allocations.h"
#include "rtp/extension_values.h"
#include "rtp/srtp_session.h"
#include "session/forwarder.h"
#include "session/rtp_session.h"

namespace {

using namespace tincan;
using crypto::SrtpProfile;

constexpr size_t kPayload = 1100;
constexpr size_t kTurn = 32;

crypto::MultiBuffer* shared() {
  static const std::unique_ptr<crypto::MultiBuffer> kOne = crypto::MultiBuffer::create();
  return kOne.get();
}

crypto::SrtpKeys newKeys(RandomSource& random) {
  crypto::SrtpKeys keys;
  keys.profile = SrtpProfile::kAeadAes128Gcm;
  keys.localKey = keys.remoteKey = crypto::SecretBytes(crypto::keySize(keys.profile));
  keys.localSalt = keys.remoteSalt = crypto::SecretBytes(crypto::saltSize(keys.profile));
  random.fill(keys.localKey.mutableView());
  random.fill(keys.localSalt.mutableView());
  return keys;
}

session::Section section() {
  session::Section out;
  out.mid = "0";
  out.receive = true;
  out.formats = {{PayloadType(96), 90'000, PayloadType(97)}};
  out.extensions.add(rtp::ExtensionKind::kMid, 4);
  out.extensions.add(rtp::ExtensionKind::kAbsSendTime, 2);
  out.extensions.add(rtp::ExtensionKind::kTransportSequence, 3);
  out.extensions.add(rtp::ExtensionKind::kRtpStreamId, 10);
  out.nack = true;
  return out;
}

// A VP8 packet of a publisher, with all that a browser puts into its header.
class Published {
 public:
  explicit Published(PacketPool& pool) : pool_(pool) {
    const rtp::ExtensionMap ids = section().extensions;
    rtp::ExtensionWriter writer(ids);
    writer.add(rtp::ExtensionKind::kAbsSendTime, rtp::AbsSendTime{7}.bytes());
    writer.add(rtp::ExtensionKind::kTransportSequence, rtp::TransportSequence{8}.bytes());
    writer.add(rtp::ExtensionKind::kMid, asBytes("0"));
    writer.add(rtp::ExtensionKind::kRtpStreamId, asBytes("h"));
    rtp::Header header;
    header.payloadType = PayloadType(96);
    header.ssrc = Ssrc(1);
    bytes_.resize(100);
    bytes_.resize(rtp::writeHeader(bytes_, header, {}, writer.block()));
    start_ = bytes_.size();
    const uint8_t descriptor[] = {0x90, 0xc0, 0x80, 0x00, 0x00, 0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x40, 1, 0xf0, 0};
    bytes_.insert(bytes_.end(), std::begin(descriptor), std::end(descriptor));
    bytes_.resize(bytes_.size() + kPayload, 1);
  }
  PacketBuffer next() {
    PacketBuffer out = pool_.copy(bytes_);
    const MutableByteView packet = out.mutableView();
    rtp::setSequenceNumber(packet, ++sequence_);
    rtp::setTimestamp(packet, 3000u * sequence_);
    rtp::setMarker(packet, true);
    storeBe16(packet.data() + start_ + 2, static_cast<uint16_t>(0x8000 | sequence_));
    return out;
  }

 private:
  PacketPool& pool_;
  Bytes bytes_;
  size_t start_ = 0;
  uint16_t sequence_ = 0;
};

struct Bare {
  Bare(const crypto::SrtpKeys& keys, Ssrc own) : srtp(keys, {crypto::Engine::kAuto, shared()}), ssrc(own) {}
  rtp::SrtpSession srtp;
  Ssrc ssrc;
  uint16_t sequenceNumber = 0, transportSequence = 0;
  std::array<PacketBuffer, kTurn> waiting;
};

void bare(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  SeededRandom random(1);
  PacketPool pool;
  Published published(pool);
  const rtp::ExtensionMap ids = section().extensions;
  std::vector<std::unique_ptr<Bare>> all;
  for (size_t i = 0; i < count; ++i) all.push_back(std::make_unique<Bare>(newKeys(random), Ssrc(random.u32())));
  std::array<rtp::SrtpOutcome, kTurn> outcomes;
  uint32_t time = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < kTurn; ++i) {
      const PacketBuffer packet = published.next();
      const auto rewriter = rtp::PacketRewriter::parse(packet.view(), ids);
      const auto sendTime = rtp::AbsSendTime{++time & 0xffffff}.bytes();
      for (const auto& one : all) {
        PacketBuffer copy = pool.copy(packet.view());
        const MutableByteView bytes = copy.mutableView();
        rewriter->setHeader(bytes, {PayloadType(96), one->sequenceNumber++, time, one->ssrc});
        rewriter->setIds(bytes, ids);
        rewriter->set(bytes, rtp::ExtensionKind::kAbsSendTime, sendTime);
        rewriter->set(bytes, rtp::ExtensionKind::kTransportSequence,
                      rtp::TransportSequence{one->transportSequence++}.bytes());
        one->waiting[i] = std::move(copy);
      }
    }
    for (const auto& one : all) {
      one->srtp.protect(one->waiting, outcomes);
      if (outcomes[0]) return state.SkipWithError("protect");
      for (PacketBuffer& packet : one->waiting) packet.reset();  // sent
    }
  }
  state.counters["packet"] = benchmark::Counter(
      static_cast<double>(count * kTurn), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(bare)->Name("forwarded, bare")->Arg(1)->Arg(10)->Arg(100);

// Protects what a session sends, and drops it.
class ProtectingSink final : public session::PacketSink {
 public:
  explicit ProtectingSink(const crypto::SrtpKeys& keys) : srtp_(keys, {crypto::Engine::kAuto, shared()}) {}
  bool mediaReady() const override { return true; }
  void sendRtp(TimePoint, std::span<PacketBuffer> packets) override {
    srtp_.protect(packets, std::span(outcomes_).first(packets.size()));
    for (size_t i = 0; i < packets.size(); ++i) {
      sent += outcomes_[i] ? 0 : 1;
      packets[i].reset();
    }
  }
  void sendRtcp(TimePoint, PacketBuffer) override {}
  uint64_t sent = 0;

 private:
  rtp::SrtpSession srtp_;
  std::array<rtp::SrtpOutcome, kMaxBatch> outcomes_;
};

struct Watcher final : session::SessionListener {
  Watcher(RandomSource& random, PacketPool& pool, bool repairs)
      : sink(newKeys(random)),
        rtp(config(), sink, *this, random, pool),
        forwarder(rtp.add(stream(random, repairs)), pool) {
    forwarder.layers().want(Ssrc(1));
  }
  static session::RtpSession::Config config() {
    session::RtpSession::Config out;
    out.pacing.enabled = false;
    return out;
  }
  static session::OutboundStream::Config stream(RandomSource& random, bool repairs) {
    session::OutboundStream::Config out;
    out.ssrc = Ssrc(random.u32());
    out.rtxSsrc = Ssrc(random.u32());
    out.mid = "0";
    out.payloadType = PayloadType(96);
    if (repairs) out.rtxPayloadType = PayloadType(97);
    out.nack = repairs;
    out.extensions = section().extensions;
    return out;
  }
  void onPacket(session::InboundStream&, rtp::ReceivedPacket) override {}
  void onCollision(TimePoint, session::OutboundStream&, const session::OutboundStream::Config&) override {}

  ProtectingSink sink;
  session::RtpSession rtp;
  session::Forwarder forwarder;
};

struct Unit final : session::SessionListener {
  Unit(RandomSource& random, PacketPool& pool) : sink(newKeys(random)), rtp({}, sink, *this, random, pool) {
    rtp.setSections({section()});
  }
  void onPacket(session::InboundStream& stream, tincan::rtp::ReceivedPacket packet) override {
    const auto forwarded = session::ForwardedPacket::of(packet, stream, ids, tincan::rtp::VideoFormat::kVp8);
    if (!forwarded) return;
    for (const auto& watcher : watchers) watcher->forwarder.forward(packet.at, *forwarded);
  }
  void onCollision(TimePoint, session::OutboundStream&, const session::OutboundStream::Config&) override {}

  ProtectingSink sink;
  session::RtpSession rtp;
  tincan::rtp::ExtensionMap ids = section().extensions;
  std::vector<std::unique_ptr<Watcher>> watchers;
};

void throughSessions(benchmark::State& state, bool repairs) {
  const auto count = static_cast<size_t>(state.range(0));
  SeededRandom random(1);
  PacketPool pool(1 << 20);
  Published published(pool);
  Unit unit(random, pool);
  for (size_t i = 0; i < count; ++i) unit.watchers.push_back(std::make_unique<Watcher>(random, pool, repairs));
  TimePoint now = TimePoint::fromMicros(1'000'000);
  const auto turn = [&] {
    for (size_t i = 0; i < kTurn; ++i) unit.rtp.receiveRtp(now, Ecn::kNotCapable, published.next());
    for (const auto& watcher : unit.watchers) watcher->rtp.flush(now);
    now = now + Duration::millis(50);
  };
  // Past what the repairs keep.
  for (int i = 0; i < 64; ++i) turn();
  bench::CountedAllocations allocations(state);
  for (auto _ : state) turn();
  allocations.tell(count * kTurn);
  if (unit.watchers[0]->sink.sent < kTurn) state.SkipWithError("nothing was forwarded");
  state.counters["packet"] = benchmark::Counter(
      static_cast<double>(count * kTurn), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(throughSessions, sessions, false)->Name("forwarded, sessions")->Arg(1)->Arg(10)->Arg(100);
BENCHMARK_CAPTURE(throughSessions, repairs, true)->Name("forwarded, sessions with repairs")->Arg(1)->Arg(10)->Arg(100);

}  // namespace
