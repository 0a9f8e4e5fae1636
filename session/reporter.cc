#include "session/reporter.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::session {
namespace {

constexpr size_t kMaxCompound = 1100;     // under the MTU with SRTCP's index and tag
constexpr size_t kMaxReportBlocks = 31;   // RFC 3550 §6.4.1: five bits
constexpr size_t kReportsInOne = 6;       // sender reports of a compound beside 31 report blocks: under kMaxCompound
constexpr size_t kLowerLayers = 28;       // RFC 3550 §6.2: IP's and UDP's headers count
constexpr size_t kFirstReportSize = 150;  // what the average starts from (§6.3.2): two reports, two names
// RFC 3550 §6.2: the first report of two peers may go at once. Drawn between 0.3 and 0.9 s: there is something to
// report by then, and a short call has its round trip and loss.
constexpr Duration kFirstReport = Duration::millis(700);
// RFC 3550 §6.2: two reports at their least interval; without any the peer has nothing of ours to report on.
constexpr Duration kRoundTripLasts = Duration::seconds(10);

// Report blocks for which a compound of `reports` sender reports and their names has room: behind the first report, and
// past 31 in a receiver report more (RFC 3550 §6.4).
constexpr size_t roomForBlocks(size_t reports) {
  constexpr size_t kBlock = 24, kSenderReport = 28, kReceiverReport = 8;
  constexpr size_t kSdes = 4, kName = 24;  // of 16 characters
  const size_t room = kMaxCompound - kSdes - reports * (kSenderReport + kName);
  const size_t full = kMaxReportBlocks * kBlock;
  if (room < full + kReceiverReport) return std::min(room / kBlock, kMaxReportBlocks);
  return kMaxReportBlocks + std::min((room - full - kReceiverReport) / kBlock, kMaxReportBlocks);
}
static_assert(roomForBlocks(kReportsInOne) >= kMaxReportBlocks);

rtp::rtcp::RtcpScheduler::Config schedule(double bandwidth) {
  rtp::rtcp::RtcpScheduler::Config config;
  config.bandwidth = bandwidth;
  config.firstInterval = kFirstReport;
  return config;
}

}  // namespace

Reporter::Reporter(Config config, Streams& streams, PacketSink& sink, RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      streams_(streams),
      sink_(sink),
      pool_(pool),
      scheduler_(schedule(config_.bandwidth), random) {}

void Reporter::start(TimePoint now) {
  if (started()) return;
  countMembers(now);
  scheduler_.start(now, kFirstReportSize);
}

void Reporter::received(size_t size) {
  scheduler_.received(size + kLowerLayers);
}

void Reporter::handleTimeout(TimePoint now) {
  if (scheduler_.nextTimeout() > now) return;
  countMembers(now);
  if (scheduler_.handleTimeout(now) == rtp::rtcp::RtcpScheduler::Due::kReport) scheduler_.sent(now, sendReports(now));
}

// Two members, whatever their SSRCs: each end schedules once for all of its own, and sends their reports in one
// compound (RFC 8108). So feedback need not spread either: T_dither_max is 0 between two (RFC 4585 §3.5.2).
void Reporter::countMembers(TimePoint now) {
  const bool weSend = std::any_of(streams_.outbound.begin(), streams_.outbound.end(),
                                  [](const auto& stream) { return stream->statistics().hasSent(); });
  const bool peerSends = !streams_.inbound.empty();
  scheduler_.setMembers(now, 2, size_t{weSend} + size_t{peerSends}, weSend);
}

// Sound first: what is of one medium goes in compounds of its own, since there are peers (Janus) that take a compound as
// one medium's.
std::vector<const OutboundStream*> Reporter::reportingStreams(size_t& sounds) const {
  std::vector<const OutboundStream*> out;
  for (const auto& stream : streams_.outbound) {
    if (stream->statistics().hasSent()) out.push_back(stream.get());
  }
  const auto pictures =
      std::stable_partition(out.begin(), out.end(), [](const OutboundStream* stream) { return stream->isSound(); });
  sounds = static_cast<size_t>(pictures - out.begin());
  return out;
}

size_t Reporter::sendReports(TimePoint now) {
  if (!roundTripTold_ || now - *roundTripTold_ > kRoundTripLasts) {
    if (const auto measured = sink_.roundTripTime()) roundTripTime_ = measured;
  }
  size_t sounds = 0;
  const std::vector<const OutboundStream*> senders = reportingStreams(sounds);
  std::vector<rtp::rtcp::ReportBlock> blocks =
      takeReportBlocks(now, roomForBlocks(std::clamp<size_t>(senders.size(), 1, kReportsInOne)));
  std::vector<rtp::rtcp::ReportBlock> more(
      blocks.begin() + static_cast<ptrdiff_t>(std::min(blocks.size(), kMaxReportBlocks)), blocks.end());
  blocks.resize(blocks.size() - more.size());
  std::vector<rtp::rtcp::Packet> packets;
  rtp::rtcp::Sdes sdes;
  size_t size = 0;
  const auto add = [&](Ssrc from, rtp::rtcp::Packet report) {
    packets.push_back(std::move(report));
    // RFC 3550 §6.4: what passes 31 blocks follows in receiver reports behind the first report.
    if (!more.empty()) packets.push_back(rtp::rtcp::ReceiverReport{from, std::exchange(more, {})});
    sdes.chunks.push_back({from, {{rtp::rtcp::SdesType::kCname, config_.cname}}});
  };
  // RFC 3550 §6.1: each compound starts with a report and says who it is from.
  const auto flush = [&] {
    packets.push_back(std::exchange(sdes, {}));
    size += send(now, std::exchange(packets, {}));
  };
  for (size_t i = 0; i < senders.size(); ++i) {
    auto report = senders[i]->statistics().senderReport(now, wall(now));
    report.reports = std::exchange(blocks, {});
    add(senders[i]->ssrc(), std::move(report));
    if (i + 1 == sounds || sdes.chunks.size() == kReportsInOne) flush();
  }
  if (senders.empty()) add(localSsrc(), rtp::rtcp::ReceiverReport{localSsrc(), std::move(blocks)});
  if (!packets.empty()) flush();
  return size;
}

// RFC 3550 §6.1: where not all sources fit, those that do take turns. First come those not reported for the longest.
std::vector<rtp::rtcp::ReportBlock> Reporter::takeReportBlocks(TimePoint now, size_t most) {
  std::vector<InboundStream*> waiting;
  waiting.reserve(streams_.inbound.size());
  for (auto& [ssrc, stream] : streams_.inbound) {
    if (roundTripTime_) stream->setRoundTripTime(*roundTripTime_);
    waiting.push_back(stream.get());
  }
  std::sort(waiting.begin(), waiting.end(), [](const InboundStream* a, const InboundStream* b) {
    return std::pair(a->lastReport, a->ssrc()) < std::pair(b->lastReport, b->ssrc());
  });
  waiting.resize(std::min(waiting.size(), most));
  ++reports_;
  std::vector<rtp::rtcp::ReportBlock> blocks;
  blocks.reserve(waiting.size());
  for (InboundStream* stream : waiting) {
    stream->lastReport = reports_;
    blocks.push_back(stream->statistics().report(now));
  }
  return blocks;
}

// RFC 5506 §3.4.1: reduced-size RTCP, feedback without a report in front of it. Many at once are spread over packets.
void Reporter::sendFeedback(TimePoint now, std::vector<rtp::rtcp::Packet> feedback) {
  if (feedback.empty() || !scheduler_.mayFeedBack(now)) return;
  size_t size = send(now, feedback);
  if (size == 0) {
    for (auto& packet : feedback) size += send(now, {std::move(packet)});
  }
  scheduler_.sentEarly(now, size);
}

// RFC 3550 §6.6: a BYE goes in a compound that starts with a report.
size_t Reporter::sendGoodbye(TimePoint now, const std::vector<Ssrc>& sources) {
  rtp::rtcp::Sdes sdes;
  sdes.chunks.push_back({sources.front(), {{rtp::rtcp::SdesType::kCname, config_.cname}}});
  rtp::rtcp::Bye bye;
  bye.sources = sources;
  return send(now, {rtp::rtcp::ReceiverReport{sources.front(), {}}, std::move(sdes), std::move(bye)});
}

size_t Reporter::send(TimePoint now, const std::vector<rtp::rtcp::Packet>& packets) {
  PacketBuffer buffer = pool_.allocate();
  if (!buffer) return 0;
  ByteWriter writer(buffer.writable().first(kMaxCompound));
  for (const auto& packet : packets) {
    if (!rtp::rtcp::write(writer, packet)) return 0;
  }
  if (!buffer.resize(writer.size())) return 0;
  const size_t size = buffer.size() + kLowerLayers;
  sink_.sendRtcp(now, std::move(buffer));
  return size;
}

// RFC 3550 §6.3.7: who has sent neither RTP nor RTCP does not say goodbye.
void Reporter::leave(TimePoint now) {
  std::vector<Ssrc> sources;
  for (const auto& stream : streams_.outbound) {
    if (stream->statistics().hasSent() && sources.size() < kMaxReportBlocks) sources.push_back(stream->ssrc());
  }
  if (sources.empty() && reports_ > 0) sources.push_back(localSsrc());
  scheduler_.leave(now, kFirstReportSize);
  const bool due = scheduler_.handleTimeout(now) == rtp::rtcp::RtcpScheduler::Due::kBye;
  if (due) scheduler_.sent(now, sources.empty() ? 0 : sendGoodbye(now, sources));
}

}  // namespace tincan::inline v0::session
