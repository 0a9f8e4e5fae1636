#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sctp/association.h"
#include "tests/sctp/usrsctp/usrsctp_host.h"

struct socket;
struct sctp_assoc_change;
struct sctp_stream_reset_event;

namespace tincan::inline v0::sctp::test {

/// usrsctp as the far end: what Firefox, and libdatachannel, are. The face is Association's.
class UsrsctpPeer final : public UsrsctpHost {
 public:
  using State = Association::State;
  using SendStatus = Association::SendStatus;
  static constexpr size_t kMaxResets = 256;

  UsrsctpPeer(AssociationConfig config, RandomSource& random, PacketPool& pool)
      : UsrsctpHost(random), config_(config), pool_(pool) {}
  ~UsrsctpPeer() override;

  void connect(TimePoint now);
  SendStatus send(TimePoint now, uint16_t stream, uint32_t ppid, ByteView message, const SendOptions& options);
  SendStatus resetStreams(TimePoint now, std::span<const uint16_t> streams);
  void shutdown(TimePoint now);
  void abort(TimePoint now);
  void receive(TimePoint now, ByteView packet);
  void handleTimeout(TimePoint now);
  bool pollTransmit(PacketBuffer& out);
  std::optional<AssociationEvent> pollEvent();

  /// usrsctp has a packet for the peer.
  void output(uint64_t handle, ByteView packet) override;

  State state() const { return state_; }
  const AssociationStats& stats() const { return stats_; }

 private:
  bool openSocket();
  bool bindToFreshHandle();
  bool configureSocket();
  bool configureTiming();
  template <class Option>
  bool setOption(int option, const Option& value, int level = 132);  // IPPROTO_SCTP
  bool subscribe(uint16_t notification);
  void closeSocket();
  void feed(ByteView packet);
  void transmit(ByteView packet);
  void finish();
  void transition(State next) { state_ = next; }
  void fail(ErrorCode code, std::string message);

  void readSocket();
  bool readOnce();
  void takeData(uint16_t stream, uint32_t ppid, ByteView data, bool last);
  void takeNotification(ByteView bytes);
  void takeAssociationChange(const sctp_assoc_change& change);
  void takeStreamReset(const sctp_stream_reset_event& event, ByteView list);
  void dropPartial() { partial_.clear(); }

  AssociationConfig config_;
  PacketPool& pool_;
  AssociationStats stats_;
  State state_ = State::kNew;
  uint64_t handle_ = 0;
  struct socket* socket_ = nullptr;
  bool muted_ = false;  // being destroyed: nothing goes out any more

  std::vector<Bytes> early_;
  std::deque<PacketBuffer> outgoing_;
  std::deque<AssociationEvent> events_;
  size_t eventBytes_ = 0;
  std::map<uint16_t, Bytes> partial_;  // of messages that are being read, by stream: one, unless I-DATA was agreed on
};

}  // namespace tincan::inline v0::sctp::test
