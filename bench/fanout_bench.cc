// One publisher, N subscribers with keys of their own: what a forwarded packet costs, from the plain packet that came
// to the one that may leave. In turns of 32, as sendmmsg takes them. The time is that of one packet.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "rtp/extension_values.h"
#include "rtp/rewriter.h"
#include "rtp/srtp_batch.h"

namespace {

using namespace tincan;
using namespace tincan::rtp;
using crypto::SrtpProfile;

constexpr size_t kPayload = 1200;
constexpr size_t kTurn = 32;

crypto::MultiBuffer* shared() {
  static const std::unique_ptr<crypto::MultiBuffer> kOne = crypto::MultiBuffer::create();
  return kOne.get();
}

struct Subscriber {
  Subscriber(const crypto::SrtpKeys& keys, Ssrc own) : session(keys, {crypto::Engine::kAuto, shared()}), ssrc(own) {}
  SrtpSession session;
  Ssrc ssrc;
  uint16_t sequenceNumber = 0;
  uint16_t transportSequence = 0;
};

ExtensionMap mapOf(uint8_t first) {
  ExtensionMap map;
  map.add(ExtensionKind::kAbsSendTime, first);
  map.add(ExtensionKind::kTransportSequence, static_cast<uint8_t>(first + 1));
  map.add(ExtensionKind::kMid, static_cast<uint8_t>(first + 2));
  return map;
}

Bytes published(const ExtensionMap& ids) {
  ExtensionWriter writer(ids);
  writer.add(ExtensionKind::kAbsSendTime, AbsSendTime{7}.bytes());
  writer.add(ExtensionKind::kTransportSequence, TransportSequence{8}.bytes());
  writer.add(ExtensionKind::kMid, asBytes("0"));
  Header header;
  header.payloadType = PayloadType(96);
  header.ssrc = Ssrc(1);
  Bytes out(100);
  out.resize(writeHeader(out, header, {}, writer.block()));
  out.resize(out.size() + kPayload, 1);
  return out;
}

std::vector<std::unique_ptr<Subscriber>> subscribers(SrtpProfile profile, size_t count) {
  SeededRandom random(1);
  std::vector<std::unique_ptr<Subscriber>> out;
  for (size_t i = 0; i < count; ++i) {
    crypto::SrtpKeys keys;
    keys.profile = profile;
    keys.localKey = keys.remoteKey = crypto::SecretBytes(crypto::keySize(profile));
    keys.localSalt = keys.remoteSalt = crypto::SecretBytes(crypto::saltSize(profile));
    random.fill(keys.localKey.mutableView());
    random.fill(keys.localSalt.mutableView());
    out.push_back(std::make_unique<Subscriber>(keys, Ssrc(random.u32())));
  }
  return out;
}

void forward(benchmark::State& state, SrtpProfile profile, size_t count, bool batch) {
  const ExtensionMap from = mapOf(2), to = mapOf(5);
  const Bytes packet = published(from);
  const auto all = subscribers(profile, count);
  PacketPool pool;
  std::array<PacketBuffer, kTurn> copies;
  std::array<SrtpJob, kTurn> jobs;
  uint32_t time = 0;
  for (auto _ : state) {
    const auto rewriter = PacketRewriter::parse(packet, from);
    const auto sendTime = AbsSendTime{++time & 0xffffff}.bytes();
    for (size_t start = 0; start < count; start += kTurn) {
      const size_t size = std::min(kTurn, count - start);
      for (size_t i = 0; i < size; ++i) {
        Subscriber& one = *all[start + i];
        copies[i] = pool.copy(packet);
        const MutableByteView copy = copies[i].mutableView();
        rewriter->setHeader(copy, {PayloadType(100), one.sequenceNumber++, time, one.ssrc});
        rewriter->setIds(copy, to);
        rewriter->set(copy, ExtensionKind::kAbsSendTime, sendTime);
        rewriter->set(copy, ExtensionKind::kTransportSequence, TransportSequence{one.transportSequence++}.bytes());
        jobs[i] = {&one.session, &copies[i]};
        if (!batch && !one.session.protect(copies[i]).ok()) return state.SkipWithError("protect");
      }
      if (batch && protectBatch(std::span(jobs).first(size)) != size) return state.SkipWithError("protect");
      for (size_t i = 0; i < size; ++i) copies[i].reset();  // sent
    }
  }
  state.counters["packet"] = benchmark::Counter(
      static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

const bool kRegistered = [] {
  for (SrtpProfile profile : {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAes128CmSha1_80}) {
    for (size_t count : {size_t{10}, size_t{100}, size_t{1000}}) {
      for (bool batch : {true, false}) {
        const std::string label = std::string(batch ? "fan-out, batches/" : "fan-out, one by one/") +
                                  std::string(crypto::name(profile)) + "/" + std::to_string(count);
        benchmark::RegisterBenchmark(label.c_str(), forward, profile, count, batch);
      }
    }
  }
  return true;
}();

}  // namespace
