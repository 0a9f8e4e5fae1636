#include "session/fec_sender.h"

#include <utility>

namespace tincan::inline v0::session {

FecSender::FecSender(rtp::FecScheme scheme, PacketPool& pool, bool repairs)
    : pool_(pool), encoder_(scheme), amount_(repairs) {
  group_.reserve(kMostPackets);
  views_.reserve(kMostPackets);
}

bool FecSender::ends(TimePoint now, bool endsFrame) const {
  if (group_.size() == kMostPackets) return true;
  if (!endsFrame) return false;
  const auto rtt = amount_.roundTripTime();
  return group_.size() >= kLeastPackets || !rtt || now - began_ >= *rtt / 2;
}

bool FecSender::add(TimePoint now, ByteView packet, bool endsFrame) {
  const uint8_t protection = amount_.protection();
  if (protection == 0) {
    clear();
    return false;
  }
  PacketBuffer copy = pool_.copy(packet);
  if (!copy) {
    ++counters_.lost;
    clear();
    return false;
  }
  if (group_.empty()) began_ = now;
  group_.push_back(std::move(copy));
  if (!ends(now, endsFrame)) return false;
  views_.clear();
  for (const PacketBuffer& each : group_) views_.push_back(each.view());
  if (!encoder_.protect(views_, protection)) {
    ++counters_.lost;
    clear();
    return false;
  }
  ++counters_.groups;
  return true;
}

bool FecSender::next(PacketBuffer& out) {
  if (encoder_.parityLeft() == 0 || !encoder_.next(out)) {
    clear();
    return false;
  }
  ++counters_.packets;
  return true;
}

void FecSender::clear() {
  group_.clear();
  views_.clear();
}

}  // namespace tincan::inline v0::session
