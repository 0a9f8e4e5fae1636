#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sctp/data_channels.h"
#include "stack/data_channel.h"
#include "stack/event_queue.h"
#include "stack/stats.h"
#include "stack/transport.h"

namespace tincan::inline v0::stack {

/// The W3C data channels of one connection, and their other half in sctp/. What users send waits here until the next
/// `flush`, because only then the time is known. Owned by PeerConnection.
class DataChannelSet {
 public:
  /// `changed` is called when there is something to flush. `opened` gets the channels that the peer opened.
  DataChannelSet(Transport* transport, std::shared_ptr<EventQueue> events, std::function<void()> changed,
                 std::function<void(std::shared_ptr<DataChannel>)> opened);
  ~DataChannelSet();

  /// What may wait for the network before send() refuses; browsers close the channel at 16 MiB, we say no and keep it.
  static constexpr uint64_t kMaxOutgoing = 16 * 1024 * 1024;

  Result<std::shared_ptr<DataChannel>> create(std::string label, RTCDataChannelInit init);
  bool empty() const { return channels_.empty(); }
  std::vector<RTCDataChannelStats> stats() const;
  RTCPeerConnectionStats counts() const { return counts_; }

  /// What carries the data section; another one for what begins there.
  Transport* transport() const { return transport_; }
  void setTransport(Transport* transport) {
    transport_ = transport;
    unopened_ = transport ? transport->channelsUnopened() : 0;
  }

  /// W3C §4.4.1.5: a description says which DTLS role is ours, and with it which ids (RFC 8832 §6: the client's are even).
  /// Channels without one get theirs, and so do later ones, until the association stands and gives them itself.
  void setRole(dtls::Role role);
  /// Hands what users did since the last time to SCTP.
  void flush(TimePoint now);
  void handle(sctp::Event event);
  /// The data section was rejected: every channel closes, and says so (RFC 9429 §5.10).
  void rejected();
  /// The connection is closed: every channel is, without an event (W3C §4.4.2.6 step 7).
  void close();
  /// After close(): the peer is told of those that were closed just before, and so for themselves.
  void part(TimePoint now);

 private:
  friend class DataChannel;
  struct Outgoing {
    std::shared_ptr<DataChannel> channel;
    Bytes message;
    bool binary;
  };

  Result<void> enqueue(DataChannel& channel, ByteView message, bool binary);
  uint64_t room() const;
  void requestClose(DataChannel& channel);
  void number(const std::shared_ptr<DataChannel>& channel);
  void unnumber(DataChannel& channel);
  void forgetId(uint16_t id);
  void openAnew();
  void openWaiting(TimePoint now);
  void sendWaiting(TimePoint now);
  void closeWaiting(TimePoint now);
  void handleOpened(const sctp::ChannelOpened& event);
  void updateBufferedAmount(DataChannel& channel);
  void setBufferedAmount(DataChannel& channel, uint64_t amount);
  void finish(const std::shared_ptr<DataChannel>& channel);
  /// Every change of a channel's state goes through here, and is counted.
  void transition(DataChannel& channel, RTCDataChannelState to);
  std::shared_ptr<DataChannel> find(uint16_t id) const;

  Transport* transport_;
  std::shared_ptr<EventQueue> events_;
  std::function<void()> changed_;
  std::function<void(std::shared_ptr<DataChannel>)> opened_;
  std::map<uint32_t, std::shared_ptr<DataChannel>> channels_;  // by number: a peer may open thousands
  std::map<uint16_t, std::shared_ptr<DataChannel>> byId_;
  std::vector<std::shared_ptr<DataChannel>> toOpen_, toClose_;
  std::vector<uint16_t> parting_;
  std::vector<Outgoing> outgoing_;
  RTCPeerConnectionStats counts_;
  uint32_t made_ = 0;
  std::optional<dtls::Role> role_;           // as descriptions say it
  uint64_t unopened_ = 0;                    // the transport's count, as far as it was heeded
  uint64_t waiting_ = 0;                     // sum of their bufferedAmounts
  std::array<uint32_t, 2> firstFree_{0, 1};  // of the even ids and of the odd ones none below is free
};

}  // namespace tincan::inline v0::stack
