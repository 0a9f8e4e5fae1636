#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "base/queue.h"
#include "sctp/association.h"
#include "sctp/channel.h"
#include "sctp/data_channels.h"
#include "sctp/dcep.h"

namespace tincan::inline v0::sctp {

/// What DataChannels is inside: data_channels.cc has its life and the channels' beginnings, data_channel_closing.cc their
/// ends, data_channel_messages.cc what they carry.
class DataChannels::Impl {
 public:
  Impl(Config config, RandomSource& random, PacketPool& pool)
      : config_(config), random_(random), pool_(pool), association_(makeAssociation()) {}

  void start(TimePoint now, Trust trust);
  void setProven(TimePoint now);
  void setRoundTripTime(Duration rtt) {
    roundTrip_ = rtt;
    association_->setRoundTripTime(rtt);
  }
  void restart(TimePoint now, bool dtlsClient);
  void shutdown(TimePoint now);
  void abort(TimePoint now);
  Result<uint16_t> open(TimePoint now, ChannelOptions options);
  Result<void> send(TimePoint now, uint16_t id, Bytes message, bool binary);
  size_t bufferedAmount(uint16_t id) const;
  void close(TimePoint now, uint16_t id);
  void receive(TimePoint now, ByteView packet);
  size_t receiveBatch() const { return association_->receiveBatch(); }
  void onPathChange(TimePoint now, size_t mostMtu) { association_->onPathChange(now, mostMtu); }
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const { return association_->nextTimeout(); }
  bool pollTransmit(TimePoint now, PacketBuffer& out);
  std::optional<Event> pollEvent();
  void setRemoteMaxMessageSize(size_t size) { config_.remoteMaxMessageSize = size; }
  size_t maxSendSize() const;
  uint16_t maxChannels() const { return streams_; }
  bool connected() const { return association_->state() == Association::State::kEstablished; }
  const Stats& stats() const;
  AssociationStats associationStats() const { return association_->stats(); }
  SenderStats senderStats() const { return association_->senderStats(); }
  ByteView localInit() { return association_->localInit(); }
  Result<void> startWith(TimePoint now, ByteView remoteInit, ByteView localInit, Trust trust);

 private:
  using Channels = std::map<uint16_t, Channel>;

  static AssociationConfig associationConfig(const Config& config);
  std::unique_ptr<Association> makeAssociation() {
    return std::make_unique<Association>(associationConfig(config_), random_, pool_);
  }

  // What the association says.
  void readEvents();
  void on(AssociationUp& up);
  void on(StreamsAdded& added) { streams_ = std::min({added.outboundStreams, added.inboundStreams, kMaxStreams}); }
  void on(MessageReceived& message);
  void on(MessageTooLarge& message);
  void on(IncomingReset& reset);
  void on(OutgoingReset& reset);
  void on(ResetRefused& reset);
  void on(AssociationClosed&);
  void on(AssociationFailed& failed);

  void takeControl(uint16_t id, ByteView data);
  void takeOpen(uint16_t id, dcep::Open open);
  bool mayOpen(uint16_t id, const dcep::Open& open);
  void takeUserMessage(uint16_t id, dcep::Ppid ppid, Bytes data);
  bool takePiece(Channel& channel, ByteView data);
  Bytes takePartial(Channel& channel);
  void refuse(uint16_t id);
  void answerReset(uint16_t id);

  // What goes out.
  void flush();
  bool sendNext(uint16_t id, Channel& channel);
  bool mayTell(const Channel::Queued& message) const;
  void noteAmounts();
  void queueMessage(uint16_t id, Channel& channel, dcep::Ppid ppid, Bytes data);
  void rotate(uint16_t id, Channel& channel);
  void requestResets();

  void opened(uint16_t id, Channel& channel);
  void beginClosing(uint16_t id, Channel& channel);
  void dropQueue(Channel& channel) { buffered_ -= channel.dropQueue(); }
  void finishReset(uint16_t id);
  void closeIfDone(uint16_t id);
  Channels::iterator remove(Channels::iterator at);
  void closeAll();

  static bool isControl(dcep::Ppid ppid) { return ppid == dcep::Ppid::kControl; }
  Result<uint16_t> chooseId(const ChannelOptions& options);
  void noteFree(uint16_t id) {
    if (isOurs(id)) firstFree_ = std::min<uint32_t>(firstFree_, id);
  }
  bool isFree(uint16_t id) const;
  bool isOurs(uint16_t id) const { return (id % 2 == 0) == config_.dtlsClient; }  // RFC 8832 §6
  Channel* find(uint16_t id) {
    const auto at = channels_.find(id);
    return at == channels_.end() ? nullptr : &at->second;
  }
  void emit(Event event) { events_.push_back(std::move(event)); }

  Config config_;
  RandomSource& random_;
  PacketPool& pool_;
  std::unique_ptr<Association> association_;  // never null
  Trust trust_ = Trust::kProven;
  Channels channels_;
  Queue<uint16_t> rotation_;          // channels with something in their queues, a message each in turn
  bool mayHand_ = false;              // the association may take more than it would at the last flush
  std::set<uint16_t> resetsWanted_;   // our streams that are to be reset, once their queues are empty
  std::set<uint16_t> answered_;       // ours without a channel that were reset: not again before there is one
  std::set<uint16_t> resetsPending_;  // those that were asked for and not yet confirmed
  uint16_t streams_ = kMaxStreams;
  uint32_t firstFree_ = 0;  // no id of our parity below it is free
  size_t remoteChannels_ = 0;
  Duration roundTrip_{};
  size_t buffered_ = 0;
  size_t remoteNames_ = 0;
  size_t partialBytes_ = 0;  // that the channels' `partial` take up
  bool shutdownWanted_ = false;
  TimePoint now_;
  Queue<Event> events_;
  size_t eventBytes_ = 0;
  mutable Stats stats_;
};

}  // namespace tincan::inline v0::sctp
