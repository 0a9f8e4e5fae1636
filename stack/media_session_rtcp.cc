#include <algorithm>
#include <utility>
#include <vector>

#include "stack/media_session.h"
#include "stack/transport.h"

// The RTCP half of MediaSession: what reports and feedback do to senders and receivers, and what is said back.
namespace tincan::stack {
namespace {

constexpr size_t kMaxCompound = 1100;     // under the MTU with SRTCP's index and tag
constexpr size_t kMaxReportBlocks = 31;   // RFC 3550 §6.4.1: five bits
constexpr size_t kMaxFirRequesters = 64;  // as many SSRCs as a session receives
constexpr size_t kReportsInOne = 6;       // sender reports of a compound beside 31 report blocks: under kMaxCompound
constexpr uint64_t kMinVideoBitrate = 50'000;  // a few small pictures a second
constexpr size_t kLowerLayers = 28;            // RFC 3550 §6.2: IP's and UDP's headers count
constexpr size_t kFirstReportSize = 150;       // what the average starts from (§6.3.2): two reports, two names

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

bool isNamed(const RtpStreamSender::Config& stream, const std::vector<Ssrc>& ssrcs) {
  return std::any_of(ssrcs.begin(), ssrcs.end(), [&](Ssrc ssrc) {
    return ssrc.value() == stream.ssrc || (stream.codec.rtxPayloadType && ssrc.value() == stream.rtxSsrc);
  });
}

}  // namespace

NtpTime MediaSession::wall(TimePoint now) const {
  return NtpTime::fromUnixMicros(config_.unixMicrosAtZero + now.micros());
}

// ---- what the peer says ----

void MediaSession::handleRtcp(TimePoint now, const PacketBuffer& packet) {
  scheduler_.received(packet.size() + kLowerLayers);
  const auto verdict = parser_.parse(packet.view(), [&](const auto& parsed) { handleParsed(now, parsed); });
  if (verdict != rtp::rtcp::Verdict::kOk) ++counters_.malformed;
}

void MediaSession::handleParsed(TimePoint now, const rtp::rtcp::SenderReport& report) {
  if (isOurs(report.sender)) resolveCollision(now, report.sender);
  if (auto it = receivers_.find(report.sender); it != receivers_.end())
    it->second->statistics().receiveSenderReport(now, report);
  handleReportBlocks(now, report.reports);
}

void MediaSession::handleParsed(TimePoint now, const rtp::rtcp::ReceiverReport& report) {
  if (isOurs(report.sender)) resolveCollision(now, report.sender);
  handleReportBlocks(now, report.reports);
}

void MediaSession::handleParsed(TimePoint now, const rtp::rtcp::Nack& nack) {
  MediaSender* sender = senderOf(nack.media);
  if (!sender) return;
  RtpStreamSender& stream = sender->stream();
  if (!stream.statistics().roundTripTime()) {
    // No report has said it yet: ICE's checks know the way too.
    if (const auto pair = transport_.candidatePair()) stream.setRoundTripTime(pair->rtt);
  }
  stream.handleNack(now, nack);
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
    // RFC 5104 §4.3.1.2: the same sequence number of one requester for one target is the same request.
    const uint64_t pair = uint64_t{fir.sender.value()} << 32 | entry.ssrc.value();
    // A peer that asks under ever new SSRCs makes us forget, and costs it no more than a key frame.
    if (firSequence_.size() >= kMaxFirRequesters && !firSequence_.contains(pair)) firSequence_.clear();
    const auto [last, fresh] = firSequence_.try_emplace(pair, entry.sequenceNumber);
    if (!fresh && std::exchange(last->second, entry.sequenceNumber) == entry.sequenceNumber) continue;
    ++keyFrameRequests_[entry.ssrc].second;
    sender->wantKeyFrame();
  }
}

// draft-alvestrand-rmcat-remb-03 §2: the rate is the total for all sources that it names. Sound takes what it takes, and
// pictures share what is left. libwebrtc names the repair streams too: they are of the sources that they repair. Beyond
// what was configured the peer cannot drive an encoder, nor below what still makes a picture.
void MediaSession::handleParsed(TimePoint, const rtp::rtcp::Remb& remb) {
  std::vector<MediaSender*> adapting;
  uint64_t sound = 0;
  for (auto& [mid, section] : sections_) {
    if (!section.sender || !isNamed(section.sender->stream().config(), remb.ssrcs)) continue;
    if (section.negotiated.transceiver->kind() == MediaKind::kAudio) {
      sound += section.sender->bitrate();
    } else {
      adapting.push_back(section.sender.get());
    }
  }
  if (adapting.empty() && sound == 0) return;
  ++counters_.rembs;
  availableOutgoingBitrate_ = remb.bitrate;
  if (adapting.empty()) return;
  const uint64_t share = (remb.bitrate - std::min(remb.bitrate, sound)) / adapting.size();
  const uint64_t most = std::max<uint64_t>(config_.videoBitrate, kMinVideoBitrate);
  videoTarget_ = static_cast<uint32_t>(std::clamp<uint64_t>(share, kMinVideoBitrate, most));
  for (MediaSender* sender : adapting) sender->setBitrate(videoTarget_);
  updatePacingRate();
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

void MediaSession::handleParsed(TimePoint, const rtp::rtcp::SdesView& names) {
  MediaReceiver* receiver = nullptr;
  names.walk(
      [&](Ssrc ssrc) {
        const auto it = receivers_.find(ssrc);
        receiver = it == receivers_.end() ? nullptr : it->second.get();
      },
      [&](rtp::rtcp::SdesType type, std::string_view text) {
        if (receiver && type == rtp::rtcp::SdesType::kCname) receiver->cname = text;  // of at most 255 bytes
      });
}

MediaSender* MediaSession::senderOf(Ssrc ssrc) {
  for (auto& [mid, section] : sections_) {
    if (section.sender && section.sender->stream().ssrc() == ssrc) return section.sender.get();
  }
  return nullptr;
}

// ---- what we say ----

void MediaSession::startReports(TimePoint now) {
  if (scheduler_.state() != rtp::rtcp::RtcpScheduler::State::kIdle || sections_.empty()) return;
  countMembers(now);
  scheduler_.start(now, kFirstReportSize);
}

// Two members, whatever their SSRCs: each end schedules once for all of its own, and sends their reports in one
// compound (RFC 8108). So feedback need not spread either: T_dither_max is 0 between two (RFC 4585 §3.5.2).
void MediaSession::countMembers(TimePoint now) {
  const bool weSend = std::any_of(sections_.begin(), sections_.end(), [](const auto& entry) {
    return entry.second.sender && entry.second.sender->stream().statistics().hasSent();
  });
  const bool peerSends = !receivers_.empty();
  scheduler_.setMembers(now, 2, size_t{weSend} + size_t{peerSends}, weSend);
}

size_t MediaSession::sendReports(TimePoint now) {
  if (!roundTripTime_) {
    // Nothing sent, nothing reported on: ICE's own checks know the way too.
    if (const auto pair = transport_.candidatePair()) roundTripTime_ = pair->rtt;
  }
  // Sound first: what is of one medium goes in compounds of its own, since there are peers (Janus) that take a compound
  // as one medium's.
  std::vector<const RtpStreamSender*> senders;
  size_t audioSenders = 0;
  for (const auto& [mid, section] : sections_) {
    if (!section.sender || !section.sender->stream().statistics().hasSent()) continue;
    const bool audio = section.negotiated.transceiver->kind() == MediaKind::kAudio;
    const size_t at = audio ? audioSenders++ : senders.size();
    senders.insert(senders.begin() + static_cast<ptrdiff_t>(at), &section.sender->stream());
  }
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
  const auto send = [&] {
    packets.push_back(std::exchange(sdes, {}));
    size += sendCompound(now, std::exchange(packets, {}));
  };
  for (size_t i = 0; i < senders.size(); ++i) {
    auto report = senders[i]->statistics().senderReport(now, wall(now));
    report.reports = std::exchange(blocks, {});
    add(senders[i]->ssrc(), std::move(report));
    if (i + 1 == audioSenders || sdes.chunks.size() == kReportsInOne) send();
  }
  if (senders.empty()) add(localSsrc(), rtp::rtcp::ReceiverReport{localSsrc(), std::move(blocks)});
  if (!packets.empty()) send();
  return size;
}

// RFC 3550 §6.1: where not all sources fit, those that do take turns. First come those not reported for the longest.
std::vector<rtp::rtcp::ReportBlock> MediaSession::takeReportBlocks(TimePoint now, size_t most) {
  std::vector<MediaReceiver*> waiting;
  waiting.reserve(receivers_.size());
  for (auto& [ssrc, receiver] : receivers_) {
    if (roundTripTime_) receiver->setRoundTripTime(*roundTripTime_);
    waiting.push_back(receiver.get());
  }
  std::sort(waiting.begin(), waiting.end(), [](const MediaReceiver* a, const MediaReceiver* b) {
    return std::pair(a->lastReport, a->config().ssrc) < std::pair(b->lastReport, b->config().ssrc);
  });
  waiting.resize(std::min(waiting.size(), most));
  ++reports_;
  std::vector<rtp::rtcp::ReportBlock> blocks;
  blocks.reserve(waiting.size());
  for (MediaReceiver* receiver : waiting) {
    receiver->lastReport = reports_;
    blocks.push_back(receiver->statistics().report(now));
  }
  return blocks;
}

// RFC 4585 §3.5.2: at once where the scheduler allows it; what may not go is wanted again by whoever asked. RFC 5506
// §3.4.1: reduced-size RTCP, feedback without a report in front of it. Many at once are spread over packets.
void MediaSession::sendFeedback(TimePoint now, std::vector<rtp::rtcp::Packet> feedback) {
  if (!scheduler_.mayFeedBack(now)) return;
  size_t size = sendCompound(now, feedback);
  if (size == 0) {
    for (auto& packet : feedback) size += sendCompound(now, {std::move(packet)});
  }
  scheduler_.sentEarly(now, size);
}

// What the peer's rate control lives on comes every 100 ms, whatever the reports do.
void MediaSession::sendArrivals(TimePoint now) {
  if (!arrivals_) return;
  while (auto arrivals = arrivals_->poll(now)) sendCompound(now, {std::move(*arrivals)});
}

// RFC 3550 §6.6: a BYE goes in a compound that starts with a report.
size_t MediaSession::sendGoodbye(TimePoint now, const std::vector<Ssrc>& sources) {
  rtp::rtcp::Sdes sdes;
  sdes.chunks.push_back({sources.front(), {{rtp::rtcp::SdesType::kCname, config_.cname}}});
  rtp::rtcp::Bye bye;
  bye.sources = sources;
  return sendCompound(now, {rtp::rtcp::ReceiverReport{sources.front(), {}}, std::move(sdes), std::move(bye)});
}

// What it took of the network; 0 when it does not fit into one packet.
size_t MediaSession::sendCompound(TimePoint now, const std::vector<rtp::rtcp::Packet>& packets) {
  PacketBuffer buffer = pool_.allocate();
  if (!buffer) return 0;
  ByteWriter writer(buffer.writable().first(kMaxCompound));
  for (const auto& packet : packets) {
    if (!rtp::rtcp::write(writer, packet)) return 0;
  }
  if (!buffer.resize(writer.size())) return 0;
  const size_t size = buffer.size() + kLowerLayers;
  transport_.sendRtcp(now, std::move(buffer));
  return size;
}

void MediaSession::close(TimePoint now) {
  if (transport_.mediaReady()) {
    // RFC 3550 §6.3.7: who has sent neither RTP nor RTCP does not say goodbye.
    std::vector<Ssrc> sources;
    for (const auto& [mid, section] : sections_) {
      if (!section.sender || !section.sender->stream().statistics().hasSent()) continue;
      if (sources.size() < kMaxReportBlocks) sources.push_back(section.sender->stream().ssrc());
    }
    if (sources.empty() && reports_ > 0) sources.push_back(localSsrc());
    scheduler_.leave(now, kFirstReportSize);
    const bool due = scheduler_.handleTimeout(now) == rtp::rtcp::RtcpScheduler::Due::kBye;
    if (due) scheduler_.sent(now, sources.empty() ? 0 : sendGoodbye(now, sources));
  }
  sections_.clear();
  receivers_.clear();
  rtxStreams_.clear();
  arrivals_.reset();
}

}  // namespace tincan::stack
