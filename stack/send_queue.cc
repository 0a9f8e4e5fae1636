#include "stack/send_queue.h"

#include "stack/rtp_stream_sender.h"
#include "stack/transport.h"

namespace tincan::stack {
namespace {

constexpr size_t kMaxBatch = 64;  // what Transport protects in one go

}  // namespace

SendQueue::SendQueue(const rtp::Pacer::Config& config, Transport& transport, uint16_t transportSequence)
    : transport_(transport), pacer_(config), transportSequence_(transportSequence) {
  batch_.reserve(kMaxBatch);
}

SendQueue::Lane SendQueue::open(RtpStreamSender& sender, rtp::Pacer::Priority priority) {
  const Lane lane = pacer_.open(priority);
  if (lane.value() >= senders_.size()) senders_.resize(lane.value() + 1);
  senders_[lane.value()] = &sender;
  return lane;
}

void SendQueue::sendDue(TimePoint now) {
  rtp::Pacer::Leaving leaving;
  bool more = true;
  while (more) {
    more = pacer_.poll(now, leaving);
    if (more) {
      senders_[leaving.lane.value()]->leave(now, leaving, transportSequence_);
      batch_.push_back(std::move(leaving.packet));
    }
    if (batch_.empty() || (more && batch_.size() < kMaxBatch)) continue;
    transport_.sendRtp(now, batch_);
    batch_.clear();
  }
}

}  // namespace tincan::stack
