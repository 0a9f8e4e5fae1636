#include <algorithm>
#include <utility>

#include "stack/media_session.h"
#include "stack/transport.h"

// The RTCP half of MediaSession: what reports and feedback do to senders and receivers, and what is said back.
namespace tincan::stack {
namespace {

// RFC 4585 §3.4: with AVPF no minimum of 5 s; once a second is what RTT and loss displays need, and costs a few kb/s.
constexpr Duration kReportInterval = Duration::seconds(1);
constexpr size_t kMaxCompound = 1100;    // under the MTU with SRTCP's index and tag
constexpr size_t kMaxReportBlocks = 31;  // RFC 3550 §6.4.1: five bits
constexpr uint64_t kMinVideoBitrate = 50'000;

}  // namespace

NtpTime MediaSession::wall(TimePoint now) const {
  return NtpTime::fromUnixMicros(config_.unixMicrosAtZero + now.micros());
}

// ---- what the peer says ----

void MediaSession::handleRtcp(TimePoint now, const PacketBuffer& packet) {
  const auto verdict = parser_.parse(packet.view(), [&](const auto& parsed) { handleParsed(now, parsed); });
  if (verdict != rtp::rtcp::Verdict::kOk) ++counters_.malformed;
}

void MediaSession::handleParsed(TimePoint now, const rtp::rtcp::SenderReport& report) {
  if (auto it = receivers_.find(report.sender); it != receivers_.end())
    it->second->statistics().receiveSenderReport(now, report);
  handleReportBlocks(now, report.reports);
}

void MediaSession::handleParsed(TimePoint now, const rtp::rtcp::ReceiverReport& report) {
  handleReportBlocks(now, report.reports);
}

void MediaSession::handleParsed(TimePoint now, const rtp::rtcp::Nack& nack) {
  if (MediaSender* sender = senderOf(nack.media)) sender->stream().handleNack(now, nack);
}

void MediaSession::handleParsed(TimePoint, const rtp::rtcp::Pli& pli) {
  if (MediaSender* sender = senderOf(pli.media)) {
    ++keyFrameRequests_[pli.media].first;
    sender->wantKeyFrame();
  }
}

void MediaSession::handleParsed(TimePoint, const rtp::rtcp::Fir& fir) {
  for (const auto& entry : fir.entries) {
    MediaSender* sender = senderOf(entry.ssrc);
    if (!sender) continue;
    // RFC 5104 §4.3.1.2: the same sequence number is the same request.
    const auto [last, fresh] = firSequence_.try_emplace(entry.ssrc, entry.sequenceNumber);
    if (!fresh && std::exchange(last->second, entry.sequenceNumber) == entry.sequenceNumber) continue;
    ++keyFrameRequests_[entry.ssrc].second;
    sender->wantKeyFrame();
  }
}

void MediaSession::handleParsed(TimePoint, const rtp::rtcp::Remb& remb) {
  const auto bitrate = static_cast<uint32_t>(
      std::clamp<uint64_t>(remb.bitrate, kMinVideoBitrate, std::max<uint64_t>(config_.videoBitrate, kMinVideoBitrate)));
  for (const Ssrc ssrc : remb.ssrcs) {
    if (MediaSender* sender = senderOf(ssrc)) sender->setBitrate(bitrate);
  }
}

void MediaSession::handleReportBlocks(TimePoint now, const std::vector<rtp::rtcp::ReportBlock>& blocks) {
  for (const auto& block : blocks) {
    MediaSender* sender = senderOf(block.ssrc);
    if (!sender) continue;
    sender->stream().handleReport(wall(now), block);
    if (auto rtt = sender->stream().statistics().smoothedRoundTripTime()) roundTripTime_ = rtt;
  }
}

// Only a source that we hear can say goodbye; a BYE for anybody else's SSRC changes nothing.
void MediaSession::handleParsed(TimePoint, const rtp::rtcp::Bye& bye) {
  for (const Ssrc ssrc : bye.sources) {
    const auto it = receivers_.find(ssrc);
    if (it == receivers_.end()) continue;
    it->second->goodbye();
  }
}

MediaSender* MediaSession::senderOf(Ssrc ssrc) {
  for (auto& [mid, section] : sections_) {
    if (section.sender && section.sender->stream().ssrc() == ssrc) return section.sender.get();
  }
  return nullptr;
}

// ---- what we say ----

void MediaSession::scheduleReports(TimePoint now) {
  // RFC 3550 §6.3.1: between half and one and a half of the interval, so that reports do not fall into step.
  nextReport_ = now + kReportInterval / 2 +
                Duration::micros(static_cast<int64_t>(random_.below(static_cast<uint64_t>(kReportInterval.micros()))));
}

void MediaSession::sendReports(TimePoint now) {
  if (!roundTripTime_) {
    // Nothing sent, nothing reported on: ICE's own checks know the way too.
    if (const auto pair = transport_.ice().selectedPair()) roundTripTime_ = pair->rtt;
  }
  std::vector<rtp::rtcp::ReportBlock> blocks;
  for (auto& [ssrc, receiver] : receivers_) {
    if (roundTripTime_) receiver->setRoundTripTime(*roundTripTime_);
    if (blocks.size() < kMaxReportBlocks) blocks.push_back(receiver->statistics().report(now));
  }
  std::vector<rtp::rtcp::Packet> packets;
  rtp::rtcp::Sdes sdes;
  for (auto& [mid, section] : sections_) {
    if (!section.sender || !section.sender->stream().statistics().hasSent()) continue;
    auto report = section.sender->stream().statistics().senderReport(now, wall(now));
    if (packets.empty()) report.reports = blocks;
    sdes.chunks.push_back({report.sender, {{rtp::rtcp::SdesType::kCname, cname_}}});
    packets.push_back(std::move(report));
  }
  if (packets.empty()) {
    packets.push_back(rtp::rtcp::ReceiverReport{localSsrc(), blocks});
    sdes.chunks.push_back({localSsrc(), {{rtp::rtcp::SdesType::kCname, cname_}}});
  }
  packets.push_back(std::move(sdes));
  sendCompound(now, packets);
}

// RFC 5506 §3.4.1: reduced-size RTCP, feedback without a report in front of it. Many at once are spread over packets.
void MediaSession::sendFeedback(TimePoint now, std::vector<rtp::rtcp::Packet> feedback) {
  if (sendCompound(now, feedback)) return;
  for (auto& packet : feedback) sendCompound(now, {std::move(packet)});
}

bool MediaSession::sendCompound(TimePoint now, const std::vector<rtp::rtcp::Packet>& packets) {
  PacketBuffer buffer = pool_.allocate();
  if (!buffer) return false;
  ByteWriter writer(buffer.writable().first(kMaxCompound));
  for (const auto& packet : packets) {
    if (!rtp::rtcp::write(writer, packet)) return false;
  }
  if (!buffer.resize(writer.size())) return false;
  transport_.sendRtcp(now, std::move(buffer));
  return true;
}

void MediaSession::close(TimePoint now) {
  if (transport_.mediaReady()) {
    rtp::rtcp::Bye bye;
    for (const auto& [mid, section] : sections_) {
      if (section.sender && bye.sources.size() < kMaxReportBlocks)
        bye.sources.push_back(section.sender->stream().ssrc());
    }
    // RFC 3550 §6.6: a BYE goes in a compound that starts with a report.
    if (!bye.sources.empty()) sendCompound(now, {rtp::rtcp::ReceiverReport{bye.sources.front(), {}}, std::move(bye)});
  }
  sections_.clear();
  receivers_.clear();
  rtxStreams_.clear();
  arrivals_.reset();
  nextReport_ = TimePoint::never();
}

}  // namespace tincan::stack
