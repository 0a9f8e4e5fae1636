// RTP and RTCP as bytes: what a packet costs besides its encryption.
#include <string_view>
#include <type_traits>

#include <benchmark/benchmark.h>

#include "rtp/extension_values.h"
#include "rtp/extensions.h"
#include "rtp/header.h"
#include "rtp/rtcp/compound_parser.h"
#include "rtp/transport_feedback_collector.h"

namespace {

using namespace tincan;
using namespace tincan::rtp;

ExtensionMap browserMap() {
  ExtensionMap map;
  map.add(ExtensionKind::kAbsSendTime, 2);
  map.add(ExtensionKind::kTransportSequence, 3);
  map.add(ExtensionKind::kMid, 4);
  map.add(ExtensionKind::kAudioLevel, 1);
  return map;
}

Header someHeader() {
  Header header;
  header.payloadType = PayloadType(96);
  header.sequenceNumber = 1;
  header.timestamp = 90'000;
  header.ssrc = Ssrc(0x12345678);
  return header;
}

PacketBuffer browserPacket(PacketPool& pool, const ExtensionMap& map) {
  ExtensionWriter writer(map);
  writer.add(ExtensionKind::kAbsSendTime, AbsSendTime{7}.bytes());
  writer.add(ExtensionKind::kTransportSequence, TransportSequence{8}.bytes());
  writer.add(ExtensionKind::kMid, asBytes("0"));
  PacketBuffer packet = pool.copy(Bytes(1200, 1));
  static_cast<void>(prependHeader(packet, someHeader(), {}, writer.block()));
  return packet;
}

void headerParse(benchmark::State& state) {
  PacketPool pool;
  const ExtensionMap map = browserMap();
  const PacketBuffer packet = browserPacket(pool, map);
  for (auto _ : state) {
    Header header;
    benchmark::DoNotOptimize(Header::parse(packet.view(), header));
    benchmark::DoNotOptimize(header);
  }
}
BENCHMARK(headerParse)->Name("rtp/parse header");

void headerAndExtensionsParse(benchmark::State& state) {
  PacketPool pool;
  const ExtensionMap map = browserMap();
  const PacketBuffer packet = browserPacket(pool, map);
  const ByteView view = packet.view();
  for (auto _ : state) {
    benchmark::ClobberMemory();
    Header header;
    if (!Header::parse(view, header)) return state.SkipWithError("parse");
    ExtensionReader reader(view, header);
    ExtensionReader::Element element;
    uint32_t sum = header.ssrc.value() + header.sequenceNumber + header.timestamp;
    while (reader.next(element)) sum += element.id + loadBe16(view.data() + element.offset);
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(headerAndExtensionsParse)->Name("rtp/parse header and 3 extensions");

void headerWrite(benchmark::State& state) {
  PacketPool pool;
  const ExtensionMap map = browserMap();
  PacketBuffer packet = pool.copy(Bytes(1200, 1));
  Header header = someHeader();
  uint32_t time = 0;
  const size_t payload = packet.size();
  for (auto _ : state) {
    ++header.sequenceNumber;
    time = (time + 26'214) & 0xffffff;
    ExtensionWriter writer(map);
    writer.add(ExtensionKind::kAbsSendTime, AbsSendTime{time}.bytes());
    writer.add(ExtensionKind::kTransportSequence, TransportSequence{header.sequenceNumber}.bytes());
    writer.add(ExtensionKind::kMid, asBytes("0"));
    benchmark::DoNotOptimize(prependHeader(packet, header, {}, writer.block()));
    benchmark::ClobberMemory();
    packet.trimFront(packet.size() - payload);
  }
}
BENCHMARK(headerWrite)->Name("rtp/write header and 3 extensions");

Bytes compound() {
  rtcp::SenderReport sr;
  sr.sender = Ssrc(1);
  sr.reports.resize(1);
  const rtcp::Sdes sdes{{{Ssrc(1), {{rtcp::SdesType::kCname, "abcdefghijklmnop"}}}}};
  const rtcp::Nack nack{Ssrc(1), Ssrc(2), {5, 6, 9}};
  Bytes out(512);
  ByteWriter writer(out);
  rtcp::write(writer, sr);
  rtcp::write(writer, sdes);
  rtcp::write(writer, nack);
  out.resize(writer.size());
  return out;
}

// As the session does it: checked whole, then each packet visited where it is kept. Every report, name and lost packet
// is looked at.
void compoundParse(benchmark::State& state) {
  const Bytes bytes = compound();
  rtcp::CompoundParser parser;
  uint64_t sum = 0;
  const auto look = [&](const auto& packet) {
    using T = std::decay_t<decltype(packet)>;
    if constexpr (std::is_same_v<T, rtcp::SenderReport>) {
      for (const auto& report : packet.reports) sum += report.jitter + report.ssrc.value();
    } else if constexpr (std::is_same_v<T, rtcp::SdesView>) {
      packet.walk([](Ssrc) {}, [&](rtcp::SdesType, std::string_view text) { sum += text.size(); });
    } else if constexpr (std::is_same_v<T, rtcp::Nack>) {
      for (const uint16_t sequence : packet.sequenceNumbers) sum += sequence;
    }
  };
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.parse(bytes, look));
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(compoundParse)->Name("rtcp/parse SR+SDES+NACK");

void compoundList(benchmark::State& state) {
  const Bytes bytes = compound();
  std::vector<rtcp::Packet> packets;
  for (auto _ : state) {
    benchmark::DoNotOptimize(rtcp::parseCompound(bytes, packets));
    benchmark::DoNotOptimize(packets.data());
  }
}
BENCHMARK(compoundList)->Name("rtcp/the same as a list that owns everything");

void feedbackCollect(benchmark::State& state) {
  TransportFeedbackCollector collector{Ssrc(1)};
  uint16_t sequence = 0;
  int64_t now = 0;
  for (auto _ : state) {
    now += 500;
    collector.onPacket(sequence++, TimePoint::fromMicros(now), Ssrc(2));
    benchmark::DoNotOptimize(collector.poll(TimePoint::fromMicros(now)));
  }
}
BENCHMARK(feedbackCollect)->Name("rtcp/transport feedback, per packet");

}  // namespace
