#include "session/rtcp_receiver.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tincan::inline v0::session {
namespace {

constexpr size_t kMaxFirRequesters = 64;  // as many SSRCs as a session receives

}  // namespace

// A collision replaces streams: who reports is looked at when all has been read.
bool RtcpReceiver::receive(TimePoint now, ByteView compound, std::vector<Ssrc>& sources) {
  sources_ = &sources;
  return parser_.parse(compound, [&](const auto& parsed) { handle(now, parsed); }) == rtp::rtcp::Verdict::kOk;
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::SenderReport& report) {
  sources_->push_back(report.sender);
  if (InboundStream* stream = streams_.receiving(report.sender)) stream->statistics().receiveSenderReport(now, report);
  handleBlocks(now, report.reports);
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::ReceiverReport& report) {
  sources_->push_back(report.sender);
  handleBlocks(now, report.reports);
}

void RtcpReceiver::handleBlocks(TimePoint now, const std::vector<rtp::rtcp::ReportBlock>& blocks) {
  for (const auto& block : blocks) {
    OutboundStream* stream = streams_.sending(block.ssrc);
    if (!stream) continue;
    const rtp::ReportedLoss loss = stream->handleReport(now, reporter_.wall(now), block);
    if (observer_) observer_->onLoss(now, loss);
    const auto rtt = stream->statistics().smoothedRoundTripTime();
    if (!rtt) continue;
    reporter_.setRoundTripTime(now, *rtt);
    if (observer_) observer_->onRoundTripTime(now, *rtt);
  }
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::Nack& nack) {
  OutboundStream* stream = streams_.sending(nack.media);
  if (!stream) return;
  if (!stream->statistics().roundTripTime()) {
    if (const auto rtt = sink_.roundTripTime()) stream->setRoundTripTime(*rtt);
  }
  if (!stream->handleNack(now, nack)) listener_.onKeyFrameRequest(now, *stream);
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::Pli& pli) {
  OutboundStream* stream = streams_.sending(pli.media);
  if (!stream) return;
  ++stream->pliCount;
  if (stream->keyFrameIsComing(now)) return;
  listener_.onKeyFrameRequest(now, *stream);
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::Fir& fir) {
  for (const auto& entry : fir.entries) {
    OutboundStream* stream = streams_.sending(entry.ssrc);
    if (!stream) continue;
    // RFC 5104 §4.3.1.2: the same sequence number of one requester for one target is the same request.
    const uint64_t pair = uint64_t{fir.sender.value()} << 32 | entry.ssrc.value();
    // A peer that asks under ever new SSRCs makes us forget, and costs it no more than a key frame.
    if (firSequence_.size() >= kMaxFirRequesters && !firSequence_.contains(pair)) firSequence_.clear();
    const auto [last, fresh] = firSequence_.try_emplace(pair, entry.sequenceNumber);
    if (!fresh && std::exchange(last->second, entry.sequenceNumber) == entry.sequenceNumber) continue;
    ++stream->firCount;
    // RFC 5104 §4.3.1: it wants one that comes after it; what waits here does.
    if (stream->keyFrameIsComing(now, true)) continue;
    listener_.onKeyFrameRequest(now, *stream);
  }
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::Remb& remb) {
  const bool ours = std::any_of(remb.ssrcs.begin(), remb.ssrcs.end(), [&](Ssrc ssrc) {
    return std::any_of(streams_.outbound.begin(), streams_.outbound.end(),
                       [&](const auto& stream) { return stream->uses(ssrc); });
  });
  if (observer_ && ours) observer_->onRemb(now, remb);
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::TransportFeedback& feedback) {
  if (observer_) observer_->onTransportFeedback(now, feedback);
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::CongestionFeedback& feedback) {
  if (observer_) observer_->onCongestionFeedback(now, feedback);
}

// Only a source that we hear can say goodbye; a BYE for anybody else's SSRC changes nothing.
void RtcpReceiver::handle(TimePoint, const rtp::rtcp::Bye& bye) {
  for (const Ssrc ssrc : bye.sources) {
    InboundStream* stream = streams_.receiving(ssrc);
    if (!stream) continue;
    stream->goodbye();
    listener_.onGoodbye(*stream);
  }
}

void RtcpReceiver::handle(TimePoint now, const rtp::rtcp::SdesView& names) {
  InboundStream* stream = nullptr;
  names.walk(
      [&](Ssrc ssrc) {
        if ((stream = streams_.receiving(ssrc))) stream->named(now);
      },
      [&](rtp::rtcp::SdesType type, std::string_view text) {
        if (stream && type == rtp::rtcp::SdesType::kCname) stream->cname = text;  // of at most 255 bytes
      });
}

}  // namespace tincan::inline v0::session
