#include "stack/api/dtmf_sender.h"

#include <utility>

#include "stack/api/connection_host.h"

namespace tincan::inline v0::stack {

DTMFSender::DTMFSender(const RtpSender& sender, std::shared_ptr<ConnectionLink> link)
    : sender_(sender), link_(std::move(link)) {}

bool DTMFSender::canInsertDTMF() const {
  return link_ && link_->host && link_->host->takesTones(sender_);
}

Result<void> DTMFSender::insertDTMF(std::string_view tones, uint32_t duration, uint32_t interToneGap) {
  if (!canInsertDTMF()) {
    return {ErrorCode::kInvalidStateError,
            "insertDTMF: the sender sends no sound now, or telephone-event was not negotiated (canInsertDTMF)"};
  }
  auto normalized = DtmfPlayout::normalized(tones);
  if (!normalized) return {ErrorCode::kSyntaxError, "insertDTMF: tones are 0-9, A-D, #, * and the comma, which pauses"};
  playout_.insert(*std::move(normalized), Duration::millis(duration), Duration::millis(interToneGap));
  return {};
}

}  // namespace tincan::inline v0::stack
