#include "media/lip_sync.h"

#include <algorithm>

namespace tincan::inline v0::media {
namespace {

// NTP's 32 bits of seconds turn over in 2036: only differences mean something.
Duration between(NtpTime from, NtpTime to) {
  const auto difference = static_cast<int64_t>(to.raw() - from.raw());
  const auto fraction = static_cast<uint64_t>(difference) & 0xffffffffu;
  return Duration::micros((difference >> 32) * 1'000'000 + static_cast<int64_t>(fraction * 1'000'000 >> 32));
}

Duration next(const LipSync::Stream& stream, Duration missing) {
  if (missing > LipSync::kTolerance) {
    // From what is in force: what was asked for before, and is not yet, is part of what is missing.
    const Duration base = std::min(stream.extra, stream.reached);
    return std::min(base + std::min(missing, LipSync::kStep), LipSync::kMost);
  }
  if (missing < -LipSync::kTolerance)
    return std::max(stream.extra - std::min(-missing, LipSync::kStep), Duration::zero());
  return stream.extra;
}

}  // namespace

void LipSync::align(std::span<Stream> streams) {
  if (streams.empty()) return;
  // From sampling to playing, beside the first one's; and what of that is the stream's own.
  const Stream first = streams.front();
  const auto delay = [&](const Stream& stream) {
    return (stream.played - first.played) - between(first.sampled, stream.sampled);
  };
  const auto own = [&](const Stream& stream) { return delay(stream) - std::min(stream.extra, stream.reached); };
  const Duration anchor = own(first);
  const auto forgiven = [&](const Stream& stream) { return std::min(stream.forRepairs, kUnnoticed); };
  const auto possible = [&](const Stream& stream) {
    return own(stream) - anchor <= kImpossible && anchor - own(stream) <= kImpossible;
  };
  Duration latest = anchor - forgiven(first);
  for (const Stream& stream : streams) {
    if (possible(stream)) latest = std::max(latest, own(stream) - forgiven(stream));
  }
  for (Stream& stream : streams) {
    const Duration wanted = possible(stream) ? latest : own(stream);
    stream.extra = next(stream, wanted - delay(stream));
  }
}

}  // namespace tincan::inline v0::media
