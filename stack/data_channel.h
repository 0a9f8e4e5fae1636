#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"
#include "stack/api/rtc_error.h"
#include "stack/configuration.h"

namespace tincan::inline v0::stack {

enum class RTCDataChannelState : uint8_t { kConnecting, kOpen, kClosing, kClosed };
std::string_view toString(RTCDataChannelState state);

/// A message as it was sent: text (UTF-8) or bytes.
struct MessageEvent {
  std::variant<std::string, Bytes> data;
};

class DataChannelSet;

/// W3C RTCDataChannel (§6.2). Made by PeerConnection::createDataChannel or handed over by ondatachannel; shared by the
/// user and the connection. Belongs to the connection's loop.
class DataChannel {
 public:
  DataChannel(DataChannelSet* set, std::string label, RTCDataChannelInit init);

  const std::string& label() const { return label_; }
  bool ordered() const { return init_.ordered; }
  std::optional<uint16_t> maxPacketLifeTime() const { return init_.maxPacketLifeTime; }
  std::optional<uint16_t> maxRetransmits() const { return init_.maxRetransmits; }
  const std::string& protocol() const { return init_.protocol; }
  bool negotiated() const { return init_.negotiated; }
  RTCPriorityType priority() const { return init_.priority; }
  /// Known once the DTLS role is (RFC 8832 §6), or from the start when given.
  std::optional<uint16_t> id() const { return init_.id; }
  RTCDataChannelState readyState() const { return readyState_; }
  /// Bytes of messages that `send` took and the network has not.
  uint64_t bufferedAmount() const { return bufferedAmount_; }
  uint64_t bufferedAmountLowThreshold = 0;
  /// Bytes that send() takes now, in one message or in several; 0 where it refuses any.
  uint64_t sendable() const;

  /// InvalidStateError before `onopen` and after `close`; TypeError over the peer's max-message-size; OperationError when
  /// more than 16 MiB wait: look at bufferedAmount, and go on at onbufferedamountlow.
  Result<void> send(std::string_view text);
  Result<void> send(ByteView bytes);
  Result<void> close();

  std::function<void()> onopen;
  std::function<void()> onbufferedamountlow;
  std::function<void(RTCErrorEvent)> onerror;
  std::function<void()> onclosing;
  std::function<void()> onclose;
  std::function<void(MessageEvent)> onmessage;

  /// For who tells of many messages in one call: asked about each as it comes, in the midst of a drain, where nothing may
  /// be done but to keep a copy. Of what is kept `onkept` tells, an event in the place of the first one.
  enum class Kept : uint8_t { kNo, kFirst, kMore };
  std::function<Kept(ByteView message, bool binary)> keep;
  std::function<void()> onkept;

  uint64_t messagesSent() const { return messagesSent_; }
  uint64_t messagesReceived() const { return messagesReceived_; }
  uint64_t bytesSent() const { return bytesSent_; }
  uint64_t bytesReceived() const { return bytesReceived_; }

 private:
  friend class DataChannelSet;
  Result<void> enqueue(ByteView message, bool binary);
  /// No event comes after the last one: handlers that hold their own channel must not keep it alive.
  void dropHandlers();

  uint32_t number_ = 0;  // of the connection's channels, in the order in which they were made
  DataChannelSet* set_;  // null once the connection is gone
  std::string label_;
  RTCDataChannelInit init_;
  RTCDataChannelState readyState_ = RTCDataChannelState::kConnecting;
  bool given_ = false;  // to SCTP, under this id
  uint64_t bufferedAmount_ = 0;
  uint64_t unhanded_ = 0;  // of those the bytes that wait for the set's next flush
  bool inFlush_ = false;   // while the set hands messages over
  uint64_t messagesSent_ = 0, messagesReceived_ = 0, bytesSent_ = 0, bytesReceived_ = 0;
};

}  // namespace tincan::inline v0::stack
