#pragma once

#include <algorithm>
#include <memory>

#include "base/random.h"
#include "fuzz/require.h"
#include "rtp/congestion/delay_loss_controller.h"
#include "rtp/congestion/ecn_path.h"
#include "rtp/congestion/scream_controller.h"
#include "rtp/congestion/sent_packets.h"
#include "rtp/rtcp/packet.h"

namespace tincan::inline v0::fuzz {

/// Stateful: a sender that sends in earnest, and a far end that reports what it likes: reports made up field by field,
/// RTCP as bytes, of both kinds; clocks that jump, silence, other routes. The rates stay within their limits, the probes
/// within what is wanted, and each packet is said to have been received once at most.
class HostileReceiver {
 public:
  explicit HostileReceiver(uint8_t start) : limits_{300'000, 50'000, 3'000'000}, sent_((start & 1) != 0) {
    if ((start & 2) != 0) {
      controller_ = std::make_unique<rtp::ScreamController>(now_, limits_);
    } else {
      controller_ = std::make_unique<rtp::DelayLossController>(now_, limits_);
    }
    sent_.startAt(static_cast<uint16_t>(start * 257));
    controller_->setLimits(now_, limits_, 2'000'000);
  }

  void send(size_t count, Duration apart) {
    for (size_t i = 0; i < count; ++i) {
      rtp::SentPacket packet;
      packet.sentAt = now_;
      packet.ssrc = Ssrc(static_cast<uint32_t>(i % 3));
      packet.sequence = sequence_++;
      packet.size = static_cast<uint32_t>(60 + i * 37 % 1200);
      packet.probeCluster = cluster_.id;
      if (controller_->wantsEct1() && path_.mayMark()) packet.ecn = Ecn::kCapable1;
      packet.number = sent_.onSent(packet);
      controller_->onSent(packet);
      now_ += apart;
    }
    settle();
  }

  void transportFeedback(ByteReader& reader) {
    rtp::rtcp::TransportFeedback feedback;
    // Near what was sent last, as all but madmen say; or anywhere.
    feedback.baseSequence = static_cast<uint16_t>(sent_.nextNumber() - reader.u8());
    if ((reader.u8() & 7) == 0) feedback.baseSequence = reader.u16();
    feedback.referenceTime = static_cast<int32_t>(reader.u24() << 8) >> 8;
    const size_t count = reader.u8();
    for (size_t i = 0; i < count; ++i) {
      const uint8_t kind = reader.u8();
      if (kind % 4 == 0) {
        feedback.statuses.push_back({false, 0});
      } else {
        feedback.statuses.push_back({true, kind % 4 == 1 ? static_cast<int16_t>(reader.u16()) : int16_t{kind}});
      }
    }
    sent_.add(now_, feedback);
    report();
  }

  void congestionFeedback(ByteReader& reader) {
    rtp::rtcp::CongestionFeedback feedback;
    feedback.timestamp = reader.u32();
    rtp::rtcp::CongestionFeedback::Source source;
    source.ssrc = Ssrc(reader.u8() % 4);
    source.beginSequence = static_cast<uint16_t>(sequence_ - reader.u8());
    const size_t count = reader.u8();
    for (size_t i = 0; i < count; ++i) {
      const uint16_t raw = reader.u16();
      source.reports.push_back(
          {(raw & 0x8000) != 0, static_cast<uint8_t>(raw >> 13 & 3), static_cast<uint16_t>(raw & 0x1fff)});
    }
    feedback.sources.push_back(std::move(source));
    sent_.add(now_, feedback);
    report();
  }

  void compound(ByteView bytes) {
    const auto parsed = rtp::rtcp::parseCompound(bytes);
    if (!parsed.ok()) return;
    for (const rtp::rtcp::Packet& packet : *parsed) {
      if (const auto* feedback = std::get_if<rtp::rtcp::TransportFeedback>(&packet)) sent_.add(now_, *feedback);
      if (const auto* feedback = std::get_if<rtp::rtcp::CongestionFeedback>(&packet)) sent_.add(now_, *feedback);
      if (const auto* remb = std::get_if<rtp::rtcp::Remb>(&packet)) controller_->onRemb(now_, remb->bitrate);
    }
    report();
  }

  void wait(Duration time) {
    now_ += time;
    if (controller_->nextTimeout() <= now_) controller_->handleTimeout(now_);
    settle();
  }
  void changeRoute() {
    controller_->onRouteChange(now_);
    settle();
  }
  void lossReport(uint8_t fraction) {
    controller_->onLossReport(now_, fraction / 256.0);
    settle();
  }

 private:
  void report() {
    const rtp::FeedbackReport report = sent_.take(now_);
    int64_t before = -1;
    for (const rtp::PacketResult& result : report.results) {
      require(result.sent.number > before && result.sent.number < sent_.nextNumber());
      before = result.sent.number;
      if (result.lost()) continue;
      require(result.receivedAt < now_ + Duration::seconds(400));
    }
    require(report.results.size() <= rtp::SentPackets::kMostPackets);
    path_.onReport(report);
    controller_->onFeedback(report);
    settle();
  }
  void settle() {
    const rtp::RateTarget target = controller_->target();
    require(target.estimate >= limits_.least && target.estimate <= limits_.most);
    require(target.bitrate >= limits_.least && target.bitrate <= limits_.most);
    require(target.pacingRate >= limits_.least);
    require(target.lossRate >= 0 && target.lossRate <= 1);
    rtp::ProbeCluster cluster;
    while (controller_->pollProbe(cluster)) {
      require(cluster.rate <= limits_.most && cluster.id > cluster_.id);
      cluster_ = cluster;
    }
  }

  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  rtp::RateLimits limits_;
  rtp::SentPackets sent_;
  std::unique_ptr<rtp::RateController> controller_;
  rtp::EcnPath path_;
  rtp::ProbeCluster cluster_;
  uint16_t sequence_ = 65000;
};

inline void fuzzRtpCongestion(ByteView input) {
  ByteReader reader(input);
  HostileReceiver run(reader.u8());
  for (int steps = 0; steps < 400 && reader.remaining() > 0; ++steps) {
    const uint8_t action = reader.u8();
    switch (action % 8) {
      case 0: run.send(reader.u8(), Duration::millis(action / 8)); break;
      case 1:
      case 2: run.transportFeedback(reader); break;
      case 3: run.congestionFeedback(reader); break;
      case 4: run.wait(Duration::millis(reader.u8())); break;
      case 5: run.compound(reader.view(std::min<size_t>(reader.u8(), reader.remaining()))); break;
      case 6: run.lossReport(reader.u8()); break;
      case 7: action < 128 ? run.changeRoute() : run.wait(Duration::seconds(3600) * reader.u8()); break;
    }
  }
}

}  // namespace tincan::inline v0::fuzz
