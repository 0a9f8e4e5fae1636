#include "stack/srtp_path.h"

#include <algorithm>
#include <array>
#include <utility>

#include "session/packet_sink.h"

namespace tincan::inline v0::stack {

void SrtpPath::useKeys(const crypto::SrtpKeys& keys) {
  unprotectArrived();
  profile_ = keys.profile;
  if (!carriesMedia_) {
    keptKeys_ = keys;
    return;
  }
  session_ = std::make_unique<rtp::SrtpSession>(keys, config_);
  keysOver_ = false;
}

void SrtpPath::endKeys() {
  unprotectArrived();
  keptKeys_.reset();
  keysOver_ = true;
}

void SrtpPath::setCarriesMedia(bool carries) {
  carriesMedia_ = carries;
  if (!carries || !keptKeys_) return;
  useKeys(*std::exchange(keptKeys_, std::nullopt));
}

void SrtpPath::setCryptex(rtp::Cryptex cryptex) {
  unprotectArrived();
  config_.cryptex = cryptex;
  if (session_) session_->setCryptex(cryptex);
}

void SrtpPath::protect(std::span<PacketBuffer> packets) {
  constexpr size_t kMaxBatch = session::PacketSink::kMaxBatch;
  std::array<rtp::SrtpOutcome, kMaxBatch> outcomes;
  while (!packets.empty()) {
    const auto batch = packets.first(std::min(packets.size(), kMaxBatch));
    packets = packets.subspan(batch.size());
    if (usable()) session_->protect(batch, std::span(outcomes).first(batch.size()));
    for (size_t i = 0; i < batch.size(); ++i) {
      if (usable() && !outcomes[i]) continue;
      ++counters_.unsent;
      batch[i].reset();
    }
  }
}

void SrtpPath::protectRtcp(PacketBuffer& packet) {
  rtp::SrtpSession* with = rtp_ && underRtpKeys_ ? rtp_->usableSession() : usableSession();
  if (with && with->protectRtcp(packet)) return;
  ++counters_.unsent;
  packet.reset();
}

void SrtpPath::receive(TimePoint now, PacketBuffer packet, bool rtcp) {
  // Looked at on arrival: what came before the keys stays lost, whatever comes while others wait (A28).
  if (!usable()) {
    ++counters_.beforeKeys;
    return;
  }
  if (!rtcp) {
    if (arrived_.empty()) {
      arrived_.resize(kReceiveBatch);
      arrivedAt_.resize(kReceiveBatch);
    }
    arrivedAt_[arrivedCount_] = now;
    arrived_[arrivedCount_++] = std::move(packet);
    if (arrivedCount_ == kReceiveBatch) unprotectArrived();
    return;
  }
  unprotectArrived();  // a report, or a BYE, keeps its place among the packets that it speaks of
  if (unprotectRtcp(packet)) {
    media_.pushBack({now, true, std::move(packet)});
  } else {
    ++counters_.unauthenticated;
  }
}

bool SrtpPath::unprotectRtcp(PacketBuffer& packet) {
  if (!rtp_) return session_->unprotectRtcp(packet).ok();
  const Bytes arrived = toBytes(packet.view());  // a key that is not its own leaves it in no state to try another
  for (const bool rtpKeys : {underRtpKeys_, !underRtpKeys_}) {
    rtp::SrtpSession* with = rtpKeys ? rtp_->usableSession() : session_.get();
    std::copy(arrived.begin(), arrived.end(), packet.data());
    if (!with || !with->unprotectRtcp(packet)) continue;
    underRtpKeys_ = rtpKeys;
    return true;
  }
  return false;
}

void SrtpPath::unprotectArrived() {
  if (arrivedCount_ == 0) return;
  std::array<rtp::SrtpOutcome, kReceiveBatch> outcomes;
  session_->unprotect(std::span(arrived_).first(arrivedCount_), outcomes);
  for (size_t i = 0; i < arrivedCount_; ++i) {
    PacketBuffer packet = std::move(arrived_[i]);
    if (outcomes[i]) {
      ++counters_.unauthenticated;
    } else {
      media_.pushBack({arrivedAt_[i], false, std::move(packet)});
    }
  }
  arrivedCount_ = 0;
}

bool SrtpPath::pollMedia(Media& out) {
  if (media_.empty()) unprotectArrived();
  return media_.take(out);
}

}  // namespace tincan::inline v0::stack
