#include "stack/data_channel.h"

#include <utility>

#include "stack/data_channel_set.h"

namespace tincan::inline v0::stack {

std::string_view toString(RTCDataChannelState state) {
  switch (state) {
    case RTCDataChannelState::kConnecting: return "connecting";
    case RTCDataChannelState::kOpen: return "open";
    case RTCDataChannelState::kClosing: return "closing";
    case RTCDataChannelState::kClosed: return "closed";
  }
  return "";
}

DataChannel::DataChannel(DataChannelSet* set, std::string label, RTCDataChannelInit init)
    : set_(set), label_(std::move(label)), init_(std::move(init)) {}

Result<void> DataChannel::send(std::string_view text) {
  return enqueue(asBytes(text), false);
}

Result<void> DataChannel::send(ByteView bytes) {
  return enqueue(bytes, true);
}

uint64_t DataChannel::sendable() const {
  return set_ && readyState_ == RTCDataChannelState::kOpen ? set_->room() : 0;
}

Result<void> DataChannel::enqueue(ByteView message, bool binary) {
  // W3C §6.2 send(): only an open channel takes data.
  if (!set_ || readyState_ != RTCDataChannelState::kOpen) {
    return {ErrorCode::kInvalidStateError, "the channel is " + std::string(toString(readyState_)) +
                                               ", not open: send after onopen and before close()"};
  }
  auto queued = set_->enqueue(*this, message, binary);
  if (!queued) return queued;
  ++messagesSent_;
  bytesSent_ += message.size();
  return {};
}

void DataChannel::dropHandlers() {
  onopen = nullptr;
  onbufferedamountlow = nullptr;
  onerror = nullptr;
  onclosing = nullptr;
  onclose = nullptr;
  onmessage = nullptr;
  keep = nullptr;
  onkept = nullptr;
}

Result<void> DataChannel::close() {
  if (readyState_ == RTCDataChannelState::kClosing || readyState_ == RTCDataChannelState::kClosed) return {};
  if (set_) set_->requestClose(*this);
  return {};
}

}  // namespace tincan::inline v0::stack
