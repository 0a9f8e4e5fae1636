#include "session/send_queue.h"

#include <algorithm>

namespace tincan::inline v0::session {

SendQueue::SendQueue(const rtp::Pacer::Config& config, PacketSink& sink, uint16_t transportSequence)
    : sink_(sink), pacer_(config), transportSequence_(transportSequence) {}

SendQueue::Lane SendQueue::open(Source& source, rtp::Pacer::Priority priority) {
  const Lane lane = pacer_.open(priority);
  if (lane.value() >= sources_.size()) sources_.resize(lane.value() + 1);
  sources_[lane.value()] = &source;
  return lane;
}

void SendQueue::close(Lane lane) {
  pacer_.close(lane);
  sources_[lane.value()] = nullptr;
}

size_t SendQueue::addPadding(TimePoint now, size_t bytes) {
  for (Source* source : sources_) {
    if (!source) continue;
    if (const size_t made = source->addPadding(now, bytes); made > 0) return made;
  }
  return 0;
}

// True when there is padding to send that was not there before.
bool SendQueue::pad(TimePoint now) {
  const size_t due = pacer_.paddingDue(now);
  if (due == 0) return false;
  if (addPadding(now, due) > 0) return true;
  pacer_.noPadding(now);
  return false;
}

void SendQueue::sendDue(TimePoint now) {
  rtp::Pacer::Leaving leaving;
  bool more = true;
  while (more) {
    more = pacer_.poll(now, leaving) || (pad(now) && pacer_.poll(now, leaving));
    if (more) {
      Departure sent = sources_[leaving.lane.value()]->leave(now, leaving, transportSequence_);
      if (sent.transportSequence) ++transportSequence_;
      sent.probeCluster = leaving.probeCluster;
      sent.ecn = ecn_;
      leaving.packet.setEcn(ecn_);
      if (observer_) observer_->onSent(now, sent);
      batch_.push_back(std::move(leaving.packet));
    }
    if (batch_.empty() || (more && batch_.size() < PacketSink::kMaxBatch)) continue;
    sink_.sendRtp(now, batch_);
    batch_.clear();
  }
}

}  // namespace tincan::inline v0::session
