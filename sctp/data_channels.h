#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "sctp/association.h"

namespace tincan::inline v0::sctp {

/// What a channel is, as RTCDataChannelInit says it (W3C webrtc §6.2). At most one of `maxRetransmits` and
/// `maxPacketLifeTime` (milliseconds); neither: reliable.
struct ChannelOptions {
  std::string label{};
  std::string protocol{};
  bool ordered = true;
  std::optional<uint16_t> maxRetransmits{};
  std::optional<uint16_t> maxPacketLifeTime{};
  uint16_t priority = 256;  ///< RFC 8831 §6.4: 128 very low, 256 low, 512 medium, 1024 high (W3C webrtc-priority §4.2)
  bool negotiated = false;       ///< both sides open it by themselves: no DCEP, and `id` is needed
  std::optional<uint16_t> id{};  ///< the stream; chosen by role when absent
  bool operator==(const ChannelOptions&) const = default;
};

/// The association is up.
struct Connected {};
/// A channel may carry data: ours (its OPEN is on its way), or one that the peer opened (`remote`).
struct ChannelOpened {
  uint16_t id = 0;
  ChannelOptions options;
  bool remote = false;
};
struct Message {
  uint16_t id = 0;
  Bytes data;
  bool binary = false;
};
/// bufferedAmount(id) went down.
struct BufferedAmountChanged {
  uint16_t id = 0;
};
/// Both directions of the channel's stream are reset, or the association is gone; the id is free again.
struct ChannelClosed {
  uint16_t id = 0;
  /// The peer had reset its stream: it closed the channel itself, even where the association went before ours was reset.
  bool peerReset = false;
};
/// The association was shut down, by us or by the peer. Every channel was closed before.
struct Closed {};
/// The association broke: the peer aborted, restarted, went silent, or sent what cannot be. Every channel was closed before.
struct Failed {
  Error error;
};
using Event = std::variant<Connected, ChannelOpened, Message, BufferedAmountChanged, ChannelClosed, Closed, Failed>;

struct Stats {
  uint64_t packetsReceived = 0;
  uint64_t packetsSent = 0;
  uint64_t packetsDropped = 0;    ///< malformed, bad checksum, or no buffer for them
  uint64_t messagesReceived = 0;  ///< user messages
  uint64_t messagesSent = 0;
  uint64_t bytesReceived = 0;
  uint64_t bytesSent = 0;
  uint64_t messagesRefused =
      0;  ///< on no channel, too large, of an unknown PPID, or a DCEP message that broke its rules
  uint64_t channelsRefused = 0;  ///< the peer's, past kMaxRemoteChannels or kMaxRefusals
  uint64_t partialsRefused = 0;  ///< messages in pieces that went over kMaxPartial; each closed its channel
  uint32_t channelsOpened = 0;
  uint32_t channelsClosed = 0;
};

/// Data channels over one SCTP association: the channel table, DCEP (RFC 8832) and the send queues (RFC 8831). Owned by
/// the transport that carries its packets inside DTLS.
///
/// Sans-IO: after any call, drain pollTransmit and pollEvent until both have nothing. Calls with an unknown id are
/// ignored, or give kInvalidStateError.
class DataChannels {
 public:
  struct Config {
    bool dtlsClient = true;  ///< RFC 8832 §6: the DTLS client opens even streams, the server odd ones
    uint16_t localPort = 5000;
    uint16_t remotePort = 5000;
    size_t maxMessageSize = 262'144;        ///< what we take: a=max-message-size of our description (RFC 8841 §6)
    size_t remoteMaxMessageSize = 262'144;  ///< the peer's a=max-message-size: 65,536 when it has none; 0: no limit
    size_t mtu = 1150;                      ///< the largest SCTP packet we send at first
    /// What is looked for beyond it, once there is much to send (RFC 8899). 1,500 bytes of Ethernet have room for this
    /// behind IPv6 (40), UDP (8) and DTLS 1.3 (22), or IPv4 (20), UDP and DTLS 1.2 (37).
    size_t maxMtu = 1428;
    size_t maxReceiveBuffer = 16 * 1024 * 1024;  ///< what our window may grow to for who reads fast
    /// Messages may leave with the handshake's last (RFC 9260 §5.1): the peer may see a channel open before we do.
    bool rideHandshake = true;
    std::shared_ptr<WindowBudget> windowBudget{};  ///< what the windows of all of a loop may; none: no bound
    bool interleaving = true;                      ///< I-DATA (RFC 8260), where the peer has it too
    bool zeroChecksum = true;                      ///< RFC 9653, where the peer has it too
    /// As AssociationConfig has them. An ICE transport loses its consent where the peer is gone (RFC 7675 §5.1).
    std::optional<unsigned> maxInitRetransmits = 8;
    std::optional<unsigned> maxRetransmits = 10;
    CongestionControl congestionControl = CongestionControl::kCubic;
    SchedulerKind scheduler = SchedulerKind::kWeightedFair;
  };
  /// The most that send() keeps for all channels together before it refuses (kOperationError).
  static constexpr size_t kMaxBuffered = 16 * 1024 * 1024;
  /// LIMITS B21: what messages in pieces (PPID 52, 54) may take up, those of all channels together, before the channel
  /// whose piece goes over is closed.
  static constexpr size_t kMaxPartial = 16 * 1024 * 1024;
  /// Streams each way, as many as there are ids but one (RFC 8832 §6 keeps 65,535): what is not used takes nothing.
  static constexpr uint16_t kMaxStreams = 65'535;
  /// LIMITS B09: channels that the peer may have opened at once, and streams without a channel whose reset we may owe it.
  static constexpr size_t kMaxRemoteChannels = 16'384;
  static constexpr size_t kMaxRefusals = 1024;

  DataChannels(Config config, RandomSource& random, PacketPool& pool);
  ~DataChannels();
  DataChannels(const DataChannels&) = delete;
  DataChannels& operator=(const DataChannels&) = delete;

  /// What the peer may be told (RFC 8446 §4.4.4 has the server speak before it knows the client's certificate).
  enum class Trust : uint8_t {
    kNothing,  ///< the association's own chunks
    kOpens,    ///< and the OPENs of our channels
    kProven,   ///< everything: its certificate is the right one
  };
  /// DTLS is up: connects. Packets that came a little earlier were kept.
  void start(TimePoint now, Trust trust = Trust::kProven);
  /// As Association::setRoundTripTime(), for this association and those after it.
  void setRoundTripTime(Duration rtt);
  /// What waited for that goes.
  void setProven(TimePoint now);
  /// The DTLS association below is another one: a new SCTP association over it (RFC 8841 §9.3), with the same channels,
  /// as browsers have it: no OPEN is sent again for those that were open. What was under way is lost.
  void restart(TimePoint now, bool dtlsClient);
  /// Graceful: what is queued is sent, then Closed comes.
  void shutdown(TimePoint now);
  /// At once: an ABORT chunk, then Closed.
  void abort(TimePoint now);

  /// A new channel, before or after the association is up. Errors: kTypeError (both limits; label or protocol longer than
  /// 65,535 bytes; negotiated without id), kOperationError (no free id, id in use or out of range), kInvalidStateError.
  Result<uint16_t> open(TimePoint now, ChannelOptions options);
  /// Queues a message; one sent before ChannelOpened waits. Errors: kInvalidStateError (no such channel, or closing),
  /// kTypeError (larger than the peer takes), kOperationError (queue full: wait for BufferedAmountChanged).
  Result<void> send(TimePoint now, uint16_t id, ByteView message, bool binary);
  /// The same without a copy: the bytes are kept as they are until the peer has them.
  Result<void> sendOwned(TimePoint now, uint16_t id, Bytes message, bool binary);
  /// Bytes of user messages that no packet has carried yet (W3C webrtc §6.2).
  size_t bufferedAmount(uint16_t id) const;
  /// Sends what is queued, then resets the stream; ChannelClosed when both directions are.
  void close(TimePoint now, uint16_t id);

  void receive(TimePoint now, ByteView sctpPacket);
  /// As Association::receiveBatch().
  size_t receiveBatch() const;
  /// As Association::onPathChange().
  void onPathChange(TimePoint now, size_t mostMtu = SIZE_MAX);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(TimePoint now, PacketBuffer& out);
  std::optional<Event> pollEvent();

  /// A newer description of the peer's: its a=max-message-size (RFC 8841 §6).
  void setRemoteMaxMessageSize(size_t size);
  /// The largest message that send() takes; what RTCSctpTransport.maxMessageSize says.
  size_t maxSendSize() const;
  bool connected() const;
  /// Streams that both sides have: ids are below it.
  uint16_t maxChannels() const;
  const Stats& stats() const;
  AssociationStats associationStats() const;
  SenderStats senderStats() const;
  /// SNAP: as Association::localInit() has it. The INIT of the association that start() will begin, or has begun.
  ByteView localInit();
  /// In place of start(): the peer has our INIT, `local`, and this is its.
  Result<void> startWith(TimePoint now, ByteView remoteInit, ByteView localInit = {}, Trust trust = Trust::kProven);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tincan::inline v0::sctp
