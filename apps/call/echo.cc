#include "apps/call/echo.h"

namespace tincan::inline v0::apps {

namespace {

constexpr std::string_view kAnswer = "tincan heard: ";

size_t sizeOf(const std::variant<std::string, Bytes>& message) {
  return std::visit([](const auto& each) { return each.size(); }, message);
}

}  // namespace

Echo::Echo(std::shared_ptr<stack::DataChannel> channel, Mode mode) : channel_(std::move(channel)), mode_(mode) {
  channel_->bufferedAmountLowThreshold = kHighWater / 4;
  channel_->onmessage = [this](stack::MessageEvent event) { receive(std::move(event.data)); };
  channel_->onbufferedamountlow = [this] { flush(); };
  if (mode_ == Mode::kAnswer) {
    channel_->onopen = [this] { receive(std::string("hello from the other tin")); };
  }
}

Echo::~Echo() {
  channel_->onmessage = {};
  channel_->onbufferedamountlow = {};
  channel_->onopen = {};
}

void Echo::receive(Message message) {
  if (mode_ == Mode::kAnswer) {
    const auto* text = std::get_if<std::string>(&message);
    // What repeats our last words, perhaps within its own, is an answer to them.
    if (!text || text->find(kAnswer) != std::string::npos) return;
    if (!said_.empty() && text->find(said_) != std::string::npos && text->size() > said_.size()) return;
    if (channel_->messagesSent() > 0) message = std::string(kAnswer) + *text;
    said_ = std::get<std::string>(message);
  } else if (bounces(message)) {
    return;
  }
  waitingBytes_ += sizeOf(message);
  waiting_.push_back(std::move(message));
  if (waitingBytes_ > kMaxWaiting) {
    waiting_.clear();
    waitingBytes_ = 0;
    (void)channel_->close();
    return;
  }
  flush();
}

// Two ends that both echo would throw one message to and fro for ever.
bool Echo::bounces(const Message& message) {
  if (waiting_.empty() && message == lastEcho_) {
    if (++sameInTurn_ >= kMaxSameInTurn) return true;
  } else {
    sameInTurn_ = 0;
  }
  lastEcho_ = sizeOf(message) <= kMaxCompared ? message : Message();
  return false;
}

void Echo::flush() {
  while (!waiting_.empty() && channel_->bufferedAmount() < kHighWater) {
    const Message& message = waiting_.front();
    const auto* text = std::get_if<std::string>(&message);
    const Result<void> sent =
        text ? channel_->send(std::string_view(*text)) : channel_->send(ByteView(std::get<Bytes>(message)));
    // Over the far end's limit, or the channel is closing: this one is lost, as it would be on any echo.
    (void)sent;
    waitingBytes_ -= sizeOf(message);
    waiting_.pop_front();
  }
}

}  // namespace tincan::inline v0::apps
