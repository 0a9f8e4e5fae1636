#include "stack/capture_times.h"

namespace tincan::inline v0::stack {
namespace {

// A longer mid leaves no headroom for it (OutboundStream, kLongestMid).
constexpr size_t kLongestMid = 32;

}  // namespace

bool CaptureTimeSender::known(TimePoint now, const Frame& frame) const {
  if (!told_ || frame.keyFrame || told_->frame.source != frame.source || now - told_->at >= kInterval) return false;
  const auto ticks = static_cast<int32_t>(frame.timestamp - told_->frame.timestamp);
  const Duration passed = Duration::micros(int64_t{ticks} * 1'000'000 / stream_.config().clockRate);
  const Duration off = frame.captured - told_->frame.captured - passed;
  return off <= kTolerance && -off <= kTolerance;
}

// We are the capturer: our clock is its clock.
std::optional<rtp::AbsCaptureTime> CaptureTimeSender::next(TimePoint now, const Frame& frame) {
  const auto& config = stream_.config();
  if (config.extensions.id(rtp::ExtensionKind::kAbsCaptureTime) == 0 || config.mid.size() > kLongestMid)
    return std::nullopt;
  if (known(now, frame)) return std::nullopt;
  told_ = {now, frame};
  return rtp::AbsCaptureTime{NtpTime::fromUnixMicros(config.unixMicrosAtZero + frame.captured.micros()), 0};
}

std::optional<rtp::AbsCaptureTime> CaptureTimes::at(uint32_t source, uint32_t timestamp, uint32_t clockRate) const {
  const ToldCaptureTime* told = told_ ? told_->at(timestamp) : nullptr;
  if (!told || told->source != source || clockRate == 0) return std::nullopt;
  const int64_t ticks = static_cast<int32_t>(timestamp - told->timestamp);
  if (ticks > kReach.micros() / 1'000'000 * clockRate) return std::nullopt;
  // Raw, whatever the peer says: 32.32 fixed point wraps as NTP time does.
  const int64_t passed = (ticks << 32) / clockRate;
  return rtp::AbsCaptureTime{NtpTime::fromRaw(told->told.captured.raw() + static_cast<uint64_t>(passed)),
                             told->told.clockOffset};
}

uint32_t capturerOf(const rtp::Header& header, ByteView packet) {
  return header.csrcCount > 0 ? header.csrc(packet, 0).value() : header.ssrc.value();
}

}  // namespace tincan::inline v0::stack
