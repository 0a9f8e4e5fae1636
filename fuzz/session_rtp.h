#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/random.h"
#include "fuzz/require.h"
#include "rtp/rtcp/packet.h"
#include "session/forwarder.h"
#include "session/rtp_session.h"

namespace tincan::inline v0::fuzz {

/// Stateful: a session that a hostile peer sends to, who has the keys and lies about everything: SSRCs, mids, rids,
/// repairs, numbers, reports; and that negotiates anew meanwhile. What it hears is forwarded by a second session. Holds:
/// streams begin before their packets come and end once, the tables are bounded, no SSRC of ours is one of the peer's at
/// once, deadlines do not stand still, and no packet stays behind.
class RtpSessionFuzzer final : public session::SessionListener, private session::PacketSink {
 public:
  explicit RtpSessionFuzzer(ByteView data)
      : reader_(data), session_({}, *this, *this, random_, pool_), watcher_({}, *this, *this, random_, pool_) {
    for (session::RtpSession* each : {&session_, &watcher_}) {
      each->queue().setPacingRate(50'000'000);
      each->queue().repairs().setLineRate(50'000'000);
    }
    negotiate(3);
    forwarder_ = std::make_unique<session::Forwarder>(watcher_.add(outbound(77, "9", "")), pool_);
    session_.add(outbound(1, "1", "h"));
  }

  void run() {
    for (size_t steps = 0; reader_.remaining() > 0 && steps < kMostSteps; ++steps) {
      step();
      check();
    }
    session_.close(now_);
    watcher_.close(now_);
    require(alive_.empty() && session_.nextTimeout().isNever());
    require(pool_.outstanding() == 0);
  }

 private:
  static constexpr size_t kMostSteps = 20'000;

  static rtp::ExtensionMap ids() {
    rtp::ExtensionMap map;
    map.add(rtp::ExtensionKind::kMid, 4);
    map.add(rtp::ExtensionKind::kAbsSendTime, 2);
    map.add(rtp::ExtensionKind::kTransportSequence, 3);
    map.add(rtp::ExtensionKind::kRtpStreamId, 10);
    map.add(rtp::ExtensionKind::kRepairedRtpStreamId, 11);
    return map;
  }
  static session::OutboundStream::Config outbound(uint32_t ssrc, std::string mid, std::string rid) {
    session::OutboundStream::Config out;
    out.ssrc = Ssrc(ssrc);
    out.rtxSsrc = Ssrc(ssrc + 1);
    out.mid = std::move(mid);
    out.rid = std::move(rid);
    out.payloadType = PayloadType(96);
    out.rtxPayloadType = PayloadType(97);
    out.nack = true;
    out.extensions = ids();
    return out;
  }
  void negotiate(uint8_t how) {
    std::vector<session::Section> sections;
    for (uint8_t i = 0; i < 2; ++i) {
      session::Section& section = sections.emplace_back();
      section.mid = std::to_string(i);
      section.receive = (how & (1 << i)) != 0;
      section.formats = {{PayloadType(96), 90'000, PayloadType(97)}};
      section.extensions = ids();
      section.nack = (how & 4) != 0;
      section.transportFeedback = (how & 8) != 0;
      section.congestionFeedback = (how & 128) != 0;
      if (how & 16) section.remoteRids = {"l", "m", "h"};
      if (how & 32) section.remoteSsrcs = {Ssrc(10u + i)};
      if (how & 128) {
        section.formats.push_back({PayloadType(98), 90'000, PayloadType(99)});
        section.fec = {PayloadType(98), PayloadType(100), PayloadType(101), {}};
        if (i == 1) section.fec.redundant = PayloadType(102);
      }
      if (how & 64) section.remoteRtx = {{Ssrc(10u + i), Ssrc(20u + i)}};
    }
    fec_ = (how & 128) != 0;
    session_.setSections(std::move(sections));
  }

  void step() {
    const uint8_t what = reader_.u8();
    if (fec_ && (what & 7) == 7) return parity();
    switch (what & 7) {
      case 0: advance(Duration::millis(what >> 3)); break;
      case 1: negotiate(reader_.u8()); break;
      case 2: rtcp(reader_.prefixed8()); break;
      case 3: report(what); break;
      case 4: raw(reader_.prefixed8()); break;
      default: packet(what); break;
    }
  }
  void advance(Duration by) {
    now_ = now_ + by;
    for (session::RtpSession* each : {&session_, &watcher_}) {
      each->flush(now_);
      // Each deadline that is there leaves: what hands one out for ever would hold the loop.
      for (int turns = 0; each->nextTimeout() <= now_; ++turns) {
        require(turns < 100);
        each->handleTimeout(now_);
      }
    }
  }
  // An SSRC out of a few, or any at all.
  Ssrc ssrc(uint8_t what) {
    if ((what & 0x80) != 0) return Ssrc(reader_.u32());
    const uint8_t which = reader_.u8() & 31;
    const auto& ours = session_.streams().outbound;
    if (which == 31 && !ours.empty()) return ours.front()->ssrc();
    return Ssrc(which);
  }
  void packet(uint8_t what) {
    static constexpr const char* kNames[] = {"", "l", "m", "h", "0", "1", "x", "longer than others"};
    rtp::Header header;
    header.ssrc = ssrc(what);
    const uint8_t flags = reader_.u8();
    header.payloadType = PayloadType((flags & 1) != 0 ? 97 : 96);
    header.marker = (flags & 2) != 0;
    sequence_ = (flags & 4) != 0 ? reader_.u16() : static_cast<uint16_t>(sequence_ + 1);
    header.sequenceNumber = sequence_;
    header.timestamp = timestamp_ += 3000;
    const rtp::ExtensionMap map = ids();
    rtp::ExtensionWriter writer(map);
    const uint8_t names = reader_.u8();
    const auto add = [&](rtp::ExtensionKind kind, uint8_t which) {
      if (which != 0) writer.add(kind, asBytes(kNames[which]));
    };
    add(rtp::ExtensionKind::kMid, names & 7);
    add(rtp::ExtensionKind::kRtpStreamId, names >> 3 & 7);
    if ((flags & 8) != 0) add(rtp::ExtensionKind::kRepairedRtpStreamId, names >> 6);
    if ((flags & 16) != 0) {
      const uint8_t number[] = {reader_.u8(), reader_.u8()};
      writer.add(rtp::ExtensionKind::kTransportSequence, number);
    }
    const size_t size = std::min<size_t>(flags >> 5, reader_.remaining());
    PacketBuffer buffer = pool_.copy(reader_.view(size));
    if (buffer && rtp::prependHeader(buffer, header, {}, writer.block()))
      session_.receiveRtp(now_, Ecn::kNotCapable, std::move(buffer));
  }
  // RED, with whatever in it, RED as RTX, FlexFEC, RED of sound, and what they protect.
  void parity() {
    rtp::Header header;
    header.ssrc = Ssrc(reader_.u8() & 3);
    const uint8_t how = reader_.u8();
    static constexpr uint8_t kTypes[] = {96, 98, 99, 100, 101, 102, 98, 96};
    header.payloadType = PayloadType(kTypes[how & 7]);
    header.marker = (how & 8) != 0;
    sequence_ = (how & 16) != 0 ? reader_.u16() : static_cast<uint16_t>(sequence_ + (how >> 5));
    header.sequenceNumber = sequence_;
    header.timestamp = timestamp_ += 3000;
    PacketBuffer buffer = pool_.copy(reader_.prefixed8());
    if (buffer && rtp::prependHeader(buffer, header)) session_.receiveRtp(now_, Ecn::kNotCapable, std::move(buffer));
  }
  void raw(ByteView bytes) {
    if (PacketBuffer buffer = pool_.copy(bytes)) session_.receiveRtp(now_, Ecn::kNotCapable, std::move(buffer));
  }
  void rtcp(ByteView bytes) {
    if (const PacketBuffer buffer = pool_.copy(bytes)) session_.receiveRtcp(now_, buffer);
  }
  void report(uint8_t what) {
    uint8_t bytes[200];
    ByteWriter writer(bytes);
    const Ssrc from = ssrc(what), about = ssrc(what);
    switch (what >> 3 & 7) {
      case 0:
        rtp::rtcp::write(writer, rtp::rtcp::SenderReport{from, NtpTime::fromRaw(reader_.u32()), 1, 2, 3, {}});
        break;
      case 1: rtp::rtcp::write(writer, rtp::rtcp::Bye{{from, about}, {}}); break;
      case 2: rtp::rtcp::write(writer, rtp::rtcp::Pli{from, about}); break;
      case 3: rtp::rtcp::write(writer, rtp::rtcp::Fir{from, {{about, reader_.u8()}}}); break;
      case 4: rtp::rtcp::write(writer, rtp::rtcp::Nack{from, about, {reader_.u16()}}); break;
      case 5: rtp::rtcp::write(writer, rtp::rtcp::Remb{from, reader_.u32(), {about}}); break;
      case 6: rtp::rtcp::write(writer, rtp::rtcp::ReceiverReport{from, {{about, reader_.u8()}}}); break;
      default: forwarder_->layers().want(about); return;
    }
    rtcp(writer.written());
  }

  void check() {
    require(session_.streams().inbound.size() == alive_.size());
    require(alive_.size() <= session::Router::kMaxSources);
    require(session_.router().size() <= 2 * session::Router::kMaxSources);
    require(session_.streams().outbound.size() == 1);
    require(session_.collisions() <= session::CollisionGuard::kMaxCollisions);
    size_t repairing = 0;
    for (const auto& [ssrc, stream] : session_.streams().inbound) repairing += stream->fec() && stream->fec()->active();
    require(repairing <= session::FecReceiver::kMostDecoders);
    require(pool_.outstanding() <= kMostSteps);
  }

  // SessionListener
  void onStream(TimePoint, session::InboundStream& stream) override { require(alive_.insert(stream.ssrc()).second); }
  void onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) override {
    require(alive_.contains(stream.ssrc()) && packet.header.ssrc == stream.ssrc());
    const auto forwarded = session::ForwardedPacket::of(packet, stream, ids(), rtp::VideoFormat::kVp8);
    if (forwarded) forwarder_->forward(now_, *forwarded);
  }
  void onStreamGone(session::InboundStream& stream) override { require(alive_.erase(stream.ssrc()) == 1); }
  void onCollision(TimePoint, session::OutboundStream& stream,
                   const session::OutboundStream::Config& instead) override {
    require(instead.ssrc != stream.ssrc() || instead.rtxSsrc != stream.config().rtxSsrc);
    session_.remove(stream);
    session_.add(instead);
  }
  // PacketSink
  bool mediaReady() const override { return true; }
  void sendRtp(TimePoint, std::span<PacketBuffer> packets) override {
    for (PacketBuffer& packet : packets) {
      rtp::Header header;
      require(rtp::Header::parse(packet.view(), header));
      packet.reset();
    }
  }
  void sendRtcp(TimePoint, PacketBuffer packet) override { require(rtp::rtcp::parseCompound(packet.view()).ok()); }

  ByteReader reader_;
  SeededRandom random_{1};
  PacketPool pool_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  std::unordered_set<Ssrc> alive_;
  session::RtpSession session_, watcher_;
  std::unique_ptr<session::Forwarder> forwarder_;
  bool fec_ = false;
  uint16_t sequence_ = 0;
  uint32_t timestamp_ = 0;
};

inline void fuzzSessionRtp(ByteView data) {
  RtpSessionFuzzer(data).run();
}

}  // namespace tincan::inline v0::fuzz
