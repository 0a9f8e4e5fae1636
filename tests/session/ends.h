#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "rtp/extension_values.h"
#include "rtp/header.h"
#include "rtp/rtcp/packet.h"
#include "session/rtp_session.h"

namespace tincan::inline v0::session {

constexpr uint8_t kOpus = 111, kVp8 = 96, kVp8Rtx = 97;

/// What both ends have agreed on for extensions.
inline rtp::ExtensionMap extensionMap() {
  rtp::ExtensionMap map;
  map.add(rtp::ExtensionKind::kMid, 4);
  map.add(rtp::ExtensionKind::kAbsSendTime, 2);
  map.add(rtp::ExtensionKind::kTransportSequence, 3);
  map.add(rtp::ExtensionKind::kRtpStreamId, 10);
  map.add(rtp::ExtensionKind::kRepairedRtpStreamId, 11);
  return map;
}

inline Section soundSection(std::string mid = "0") {
  Section out;
  out.mid = std::move(mid);
  out.receive = true;
  out.formats = {{PayloadType(kOpus), 48'000}};
  out.extensions = extensionMap();
  return out;
}
inline Section pictureSection(std::string mid = "1") {
  Section out;
  out.mid = std::move(mid);
  out.receive = true;
  out.formats = {{PayloadType(kVp8), 90'000, PayloadType(kVp8Rtx)}};
  out.extensions = extensionMap();
  out.nack = true;
  return out;
}
inline OutboundStream::Config pictureStream(uint32_t ssrc, std::string mid = "1", std::string rid = {}) {
  OutboundStream::Config out;
  out.ssrc = Ssrc(ssrc);
  out.rtxSsrc = Ssrc(ssrc + 1000);
  out.mid = std::move(mid);
  out.rid = std::move(rid);
  out.payloadType = PayloadType(kVp8);
  out.rtxPayloadType = PayloadType(kVp8Rtx);
  out.nack = true;
  out.extensions = extensionMap();
  return out;
}
inline OutboundStream::Config soundStream(uint32_t ssrc, std::string mid = "0") {
  OutboundStream::Config out;
  out.ssrc = Ssrc(ssrc);
  out.mid = std::move(mid);
  out.payloadType = PayloadType(kOpus);
  out.clockRate = 48'000;
  out.extensions = extensionMap();
  out.priority = rtp::Pacer::Priority::kAudio;
  return out;
}

/// A packet as a peer may write it.
struct Written {
  uint8_t type = kVp8;
  uint32_t ssrc = 1;
  uint16_t sequence = 1;
  uint32_t timestamp = 0;
  std::string mid{}, rid{}, repairedRid{};
  std::optional<uint16_t> transportSequence{};
  std::optional<rtp::AbsSendTime> absSendTime{};
  Bytes payload{0x10, 0x01, 0, 0};

  PacketBuffer in(PacketPool& pool) const {
    const rtp::ExtensionMap map = extensionMap();
    rtp::ExtensionWriter writer(map);
    if (!mid.empty()) writer.add(rtp::ExtensionKind::kMid, asBytes(mid));
    if (!rid.empty()) writer.add(rtp::ExtensionKind::kRtpStreamId, asBytes(rid));
    if (!repairedRid.empty()) writer.add(rtp::ExtensionKind::kRepairedRtpStreamId, asBytes(repairedRid));
    if (transportSequence)
      writer.add(rtp::ExtensionKind::kTransportSequence, rtp::TransportSequence{*transportSequence}.bytes());
    if (absSendTime) writer.add(rtp::ExtensionKind::kAbsSendTime, absSendTime->bytes());
    rtp::Header header;
    header.payloadType = PayloadType(type);
    header.sequenceNumber = sequence;
    header.timestamp = timestamp;
    header.ssrc = Ssrc(ssrc);
    PacketBuffer out = pool.copy(payload);
    static_cast<void>(rtp::prependHeader(out, header, {}, writer.block()));
    return out;
  }
};

/// Keeps what a session sends.
class KeptSink final : public PacketSink {
 public:
  bool mediaReady() const override { return ready; }
  void sendRtp(TimePoint, std::span<PacketBuffer> packets) override {
    for (PacketBuffer& packet : packets) rtp.push_back(std::move(packet));
  }
  void sendRtcp(TimePoint, PacketBuffer packet) override { rtcp.push_back(std::move(packet)); }
  std::optional<Duration> roundTripTime() const override { return rtt; }

  bool ready = true;
  std::optional<Duration> rtt{};
  std::vector<PacketBuffer> rtp, rtcp;
};

/// One end with what it hears.
class End final : public SessionListener {
 public:
  struct Heard {
    Ssrc ssrc;
    std::string mid, rid;
    uint16_t sequence;
    uint32_t timestamp;
    bool recovered;
    Bytes payload;
  };

  explicit End(uint64_t seed, RtpSession::Config config = {})
      : random_(seed), session(named(std::move(config)), sink, *this, random_, pool) {
    session.queue().setPacingRate(10'000'000);
    session.queue().repairs().setLineRate(10'000'000);
  }

  void onStream(TimePoint, InboundStream& stream) override { begun.push_back(stream.ssrc()); }
  void onPacket(InboundStream& stream, rtp::ReceivedPacket packet) override {
    heard.push_back({stream.ssrc(), stream.config().mid, stream.config().rid, packet.header.sequenceNumber,
                     packet.header.timestamp, packet.recovered, toBytes(packet.payload())});
  }
  void onStreamGone(InboundStream& stream) override { gone.push_back(stream.ssrc()); }
  void onGoodbye(InboundStream& stream) override { goodbyes.push_back(stream.ssrc()); }
  void onKeyFrameRequest(TimePoint, OutboundStream& stream) override { keyFrameRequests.push_back(stream.ssrc()); }
  void onCollision(TimePoint, OutboundStream& stream, const OutboundStream::Config& instead) override {
    session.remove(stream);
    session.add(instead);
    ++collisions;
  }

  /// A payload of `size` bytes of `fill`.
  bool add(TimePoint now, OutboundStream& stream, uint32_t timestamp, size_t size = 100, uint8_t fill = 7) {
    PacketBuffer payload = pool.copy(Bytes(size, fill));
    return stream.add(now, std::move(payload), true, timestamp);
  }
  void write(TimePoint now, const Written& packet) { session.receiveRtp(now, Ecn::kNotCapable, packet.in(pool)); }
  void write(TimePoint now, const std::vector<rtp::rtcp::Packet>& compound) {
    PacketBuffer packet = pool.allocate();
    ByteWriter writer(packet.writable());
    for (const auto& each : compound) rtp::rtcp::write(writer, each);
    static_cast<void>(packet.resize(writer.size()));
    session.receiveRtcp(now, packet);
  }
  /// What it has said in RTCP since the last call.
  std::vector<std::vector<rtp::rtcp::Packet>> takeRtcp() {
    std::vector<std::vector<rtp::rtcp::Packet>> out;
    for (const PacketBuffer& packet : sink.rtcp) out.push_back(rtp::rtcp::parseCompound(packet.view()).value());
    sink.rtcp.clear();
    return out;
  }
  std::vector<Written> takeRtp() {
    std::vector<Written> out;
    rtp::ExtensionIds ids;
    ids.add(extensionMap());
    for (PacketBuffer& packet : sink.rtp) {
      rtp::ReceivedPacket parsed;
      if (!rtp::ReceivedPacket::parse({}, {}, std::move(packet), ids, parsed)) continue;
      Written& one = out.emplace_back();
      one.type = parsed.header.payloadType.value();
      one.ssrc = parsed.header.ssrc.value();
      one.sequence = parsed.header.sequenceNumber;
      one.timestamp = parsed.header.timestamp;
      one.mid = parsed.text(rtp::ExtensionKind::kMid);
      one.rid = parsed.text(rtp::ExtensionKind::kRtpStreamId);
      one.repairedRid = parsed.text(rtp::ExtensionKind::kRepairedRtpStreamId);
      one.payload = toBytes(parsed.payload());
      if (const auto number = parsed.extension(rtp::ExtensionKind::kTransportSequence))
        one.transportSequence = rtp::TransportSequence::read(*number)->value;
    }
    sink.rtp.clear();
    return out;
  }

 private:
  static RtpSession::Config named(RtpSession::Config config) {
    if (config.reports.cname.empty()) config.reports.cname = "end";
    return config;
  }
  SeededRandom random_;

 public:
  PacketPool pool;
  KeptSink sink;
  RtpSession session;
  std::vector<Heard> heard;
  std::vector<Ssrc> begun, gone, goodbyes, keyFrameRequests;
  int collisions = 0;
};

/// Two ends on a line without delay, which may lose what the test says.
class Pair {
 public:
  explicit Pair(RtpSession::Config config = {}) : a(1, config), b(2, config) {}

  void run(Duration time) {
    for (const TimePoint end = now + time; now < end; now = now + Duration::millis(5)) turn();
  }
  void turn() {
    for (End* end : {&a, &b}) {
      end->session.flush(now);
      if (end->session.nextTimeout() <= now) end->session.handleTimeout(now);
    }
    carry(a, b);
    carry(b, a);
  }
  std::function<bool(const PacketBuffer&)> loses;

 private:
  void carry(End& from, End& to) {
    for (PacketBuffer& packet : std::exchange(from.sink.rtp, {})) {
      if (!loses || !loses(packet)) to.session.receiveRtp(now, Ecn::kNotCapable, std::move(packet));
    }
    for (const PacketBuffer& packet : std::exchange(from.sink.rtcp, {})) to.session.receiveRtcp(now, packet);
  }

 public:
  TimePoint now = TimePoint::fromMicros(1'000'000);
  End a, b;
};

}  // namespace tincan::inline v0::session
