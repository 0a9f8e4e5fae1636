// usrsctp is a library with state of its process: a table of endpoints, tunables, a timer queue, a clock, a source of
// randomness. CMake (cmake/TincanUsrsctp.cmake) hands us a private copy in which clock, randomness and timers are answered
// by the peer that is being driven, so that it lives in virtual time as everything else here does.
//
// In the endpoint table a peer is a 64-bit handle drawn from its RandomSource. It looks like an address to usrsctp, and is
// never followed.
#include "tests/sctp/usrsctp/usrsctp_peer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <usrsctp.h>

#include "sctp/chunk/chunk.h"
#include "sctp/crc32c.h"

namespace tincan::inline v0::sctp::test {
namespace {

// Packets that came before connect(): as many as a peer sends that is up half a round trip earlier.
constexpr size_t kMaxEarlyPackets = 16;
// What waits for pollTransmit. usrsctp sends a window at most; what is over is lost as on any network.
constexpr size_t kMaxOutgoing = 4096;
constexpr size_t kMaxPolled = 1024;  // events and messages read ahead of pollEvent

// RFC 9260 §16 has 1 s, 1 s and 60 s. Differs because a data channel's path is one that ICE has just measured: browsers
// recover a lost packet at the end of a flight in less than half a second, and so do we.
constexpr uint32_t kRtoInitialMillis = 1000;
constexpr uint32_t kRtoMinMillis = 400;
constexpr uint32_t kRtoMaxMillis = 10'000;
constexpr uint32_t kDelayedSackMillis = 100;  // RFC 9260 §6.2: at most 500, and 200 is usual
constexpr uint16_t kMaxInitAttempts = 8;      // RFC 9260 §16: Max.Init.Retransmits
constexpr uint16_t kMaxRetransmits = 10;      // RFC 9260 §16: Association.Max.Retrans

}  // namespace

// ---- what usrsctp calls ----

namespace {

struct UsrsctpHooks {
  static int output(void* address, void* packet, size_t size, uint8_t, uint8_t) {
    UsrsctpHost* host = UsrsctpHost::driven();
    if (host == nullptr) return EHOSTUNREACH;
    host->output(toHandle(address), ByteView(static_cast<const uint8_t*>(packet), size));
    return 0;
  }

  // The only two places where a handle and what usrsctp takes for an address meet.
  static void* toAddress(uint64_t handle) {
    void* address = nullptr;
    std::memcpy(&address, &handle, sizeof address);
    return address;
  }
  static uint64_t toHandle(void* address) {
    uint64_t handle = 0;
    std::memcpy(&handle, &address, sizeof address);
    return handle;
  }

  static sockaddr_conn socketAddress(uint64_t handle, uint16_t port) {
    sockaddr_conn address{};
    address.sconn_family = AF_CONN;
    uint8_t bytes[2];
    storeBe16(bytes, port);
    std::memcpy(&address.sconn_port, bytes, 2);
    address.sconn_addr = toAddress(handle);
    return address;
  }

  /// Once in a process, by whoever comes first. Nothing random is drawn and no timer is started here, so that the first
  /// association of a process behaves like any later one.
  static bool initialise() {
    usrsctp_init_nothreads(0, &output, nullptr);
    // We check and write checksums ourselves, with the processor's instruction where it has one.
    usrsctp_enable_crc32c_offload();
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    usrsctp_sysctl_set_sctp_asconf_enable(0);
    usrsctp_sysctl_set_sctp_auth_enable(0);
    usrsctp_sysctl_set_sctp_nrsack_enable(0);
    usrsctp_sysctl_set_sctp_pktdrop_enable(0);
    // An association lives inside one DTLS session: no packet of an earlier life can come, and a list of old tags would
    // carry one world's history into the next.
    usrsctp_sysctl_set_sctp_vtag_time_wait(0);
    // A packet that belongs to nothing gets no answer.
    usrsctp_sysctl_set_sctp_blackhole(2);
    // RFC 6928: ten packets to begin with, as browsers do.
    usrsctp_sysctl_set_sctp_initial_cwnd(10);
    usrsctp_sysctl_set_sctp_max_chunks_on_queue(4096);
    return true;
  }
};

}  // namespace

void UsrsctpPeer::output(uint64_t handle, ByteView packet) {
  if (handle == handle_) transmit(packet);
}

void UsrsctpPeer::transmit(ByteView packet) {
  if (muted_ || packet.size() < kCommonHeaderSize) return;
  PacketBuffer buffer = outgoing_.size() < kMaxOutgoing ? pool_.copy(packet) : PacketBuffer();
  if (!buffer) {
    ++stats_.packetsDropped;
    return;
  }
  storeChecksum(buffer.mutableView(), packetChecksum(buffer.view()));
  ++stats_.packetsSent;
  outgoing_.push_back(std::move(buffer));
}

// ---- the socket's life ----

template <class Option>
bool UsrsctpPeer::setOption(int option, const Option& value, int level) {
  return usrsctp_setsockopt(socket_, level, option, &value, sizeof value) == 0;
}

bool UsrsctpPeer::subscribe(uint16_t notification) {
  sctp_event event{};
  event.se_assoc_id = SCTP_ALL_ASSOC;
  event.se_type = notification;
  event.se_on = 1;
  return setOption(SCTP_EVENT, event);
}

bool UsrsctpPeer::openSocket() {
  static const bool kInitialised = UsrsctpHooks::initialise();
  if (!kInitialised) return false;
  return bindToFreshHandle() && configureSocket() && configureTiming();
}

bool UsrsctpPeer::bindToFreshHandle() {
  for (int attempt = 0; attempt < 8; ++attempt) {
    uint64_t handle = random().u64();
    if (sizeof(void*) < 8) handle &= 0xffffffffu;
    if (handle == 0) continue;
    socket_ = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
    if (socket_ == nullptr) return false;
    sockaddr_conn local = UsrsctpHooks::socketAddress(handle, config_.localPort);
    sockaddr* address = static_cast<sockaddr*>(static_cast<void*>(&local));
    // A handle that nobody has registered cannot be bound yet; one that can, or is in use, is somebody's.
    if (usrsctp_bind(socket_, address, sizeof local) != 0 && errno == EADDRNOTAVAIL) {
      usrsctp_register_address(UsrsctpHooks::toAddress(handle));
      handle_ = handle;
      return usrsctp_bind(socket_, address, sizeof local) == 0;
    }
    usrsctp_close(socket_);
    socket_ = nullptr;
  }
  return false;
}

bool UsrsctpPeer::configureSocket() {
  const linger abortOnClose{1, 0};
  const int on = 1;
  const int interleave = config_.interleaving ? 2 : 0;
  const int sendBuffer = static_cast<int>(config_.sendBuffer);
  const int receiveBuffer = static_cast<int>(config_.receiveBuffer);
  sctp_assoc_value resets{};
  resets.assoc_id = SCTP_ALL_ASSOC;
  resets.assoc_value = SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ;
  constexpr int kInterleavingSupported = 0x1206;  // netinet/sctp.h; usrsctp.h leaves it out
  sctp_assoc_value iData{};
  iData.assoc_value = config_.interleaving ? 1 : 0;
  if (config_.interleaving &&
      !(setOption(SCTP_FRAGMENT_INTERLEAVE, interleave) && setOption(kInterleavingSupported, iData))) {
    return false;
  }
  return usrsctp_set_non_blocking(socket_, 1) == 0 && setOption(SO_LINGER, abortOnClose, SOL_SOCKET) &&
         setOption(SO_SNDBUF, sendBuffer, SOL_SOCKET) && setOption(SO_RCVBUF, receiveBuffer, SOL_SOCKET) &&
         setOption(SCTP_NODELAY, on) && setOption(SCTP_RECVRCVINFO, on) &&
         setOption(SCTP_FRAGMENT_INTERLEAVE, interleave) && setOption(SCTP_ENABLE_STREAM_RESET, resets) &&
         subscribe(SCTP_ASSOC_CHANGE) && subscribe(SCTP_STREAM_RESET_EVENT) && subscribe(SCTP_PARTIAL_DELIVERY_EVENT) &&
         subscribe(SCTP_SHUTDOWN_EVENT);
}

bool UsrsctpPeer::configureTiming() {
  sctp_initmsg init{};
  init.sinit_num_ostreams = config_.streams;
  init.sinit_max_instreams = config_.streams;
  init.sinit_max_attempts = kMaxInitAttempts;
  init.sinit_max_init_timeo = static_cast<uint16_t>(kRtoMaxMillis);
  sctp_rtoinfo rto{};
  rto.srto_initial = kRtoInitialMillis;
  rto.srto_min = kRtoMinMillis;
  rto.srto_max = kRtoMaxMillis;
  sctp_assocparams parameters{};
  parameters.sasoc_asocmaxrxt = kMaxRetransmits;
  sctp_sack_info sack{};
  sack.sack_delay = kDelayedSackMillis;
  sack.sack_freq = 2;  // RFC 9260 §6.2: at least every second packet
  sctp_paddrparams path{};
  // Heartbeats are off: whether the peer still lives is what ICE consent asks (RFC 7675), and an idle association that
  // never wakes costs nothing.
  path.spp_flags = SPP_PMTUD_DISABLE | SPP_HB_DISABLE;
  path.spp_pathmtu = static_cast<uint32_t>(config_.mtu - kCommonHeaderSize);  // usrsctp's is of chunks alone
  path.spp_address.ss_family = AF_CONN;
  return setOption(SCTP_INITMSG, init) && setOption(SCTP_RTOINFO, rto) && setOption(SCTP_ASSOCINFO, parameters) &&
         setOption(SCTP_DELAYED_SACK, sack) && setOption(SCTP_PEER_ADDR_PARAMS, path);
}

/// usrsctp frees some things a few ticks later, by timers: those ticks pass here, so that no timer outlives us.
void UsrsctpPeer::closeSocket() {
  if (socket_ == nullptr) return;
  usrsctp_close(socket_);
  socket_ = nullptr;
  usrsctp_deregister_address(UsrsctpHooks::toAddress(handle_));
  runOutTimers();
}

UsrsctpPeer::~UsrsctpPeer() {
  const Driving driving(*this, now());
  muted_ = true;
  closeSocket();
}

void UsrsctpPeer::connect(TimePoint now) {
  const Driving driving(*this, now);
  if (state_ != State::kNew) return;
  transition(State::kConnecting);
  if (!openSocket()) return fail(ErrorCode::kIo, "usrsctp gave no socket");
  sockaddr_conn remote = UsrsctpHooks::socketAddress(handle_, config_.remotePort);
  sockaddr* address = static_cast<sockaddr*>(static_cast<void*>(&remote));
  if (usrsctp_connect(socket_, address, sizeof remote) != 0 && errno != EINPROGRESS) {
    return fail(ErrorCode::kIo, "usrsctp would not connect");
  }
  const std::vector<Bytes> early = std::move(early_);
  early_.clear();
  for (const Bytes& packet : early) feed(packet);
  readSocket();
}

void UsrsctpPeer::shutdown(TimePoint now) {
  const Driving driving(*this, now);
  switch (state_) {
    case State::kNew:
    case State::kConnecting: return finish();
    case State::kEstablished:
      transition(State::kShuttingDown);
      usrsctp_shutdown(socket_, SHUT_WR);
      readSocket();
      return;
    case State::kShuttingDown:
    case State::kClosed: return;
  }
}

void UsrsctpPeer::abort(TimePoint now) {
  const Driving driving(*this, now);
  finish();
}

void UsrsctpPeer::finish() {
  if (state_ == State::kClosed) return;
  closeSocket();
  dropPartial();
  transition(State::kClosed);
  events_.emplace_back(AssociationClosed{});
}

void UsrsctpPeer::fail(ErrorCode code, std::string message) {
  if (state_ == State::kClosed) return;
  closeSocket();
  dropPartial();
  transition(State::kClosed);
  events_.emplace_back(AssociationFailed{Error(code, std::move(message))});
}

// ---- data out ----

UsrsctpPeer::SendStatus UsrsctpPeer::send(TimePoint now, uint16_t stream, uint32_t ppid, ByteView message,
                                          const SendOptions& options) {
  const Driving driving(*this, now);
  if (state_ == State::kConnecting) return SendStatus::kFull;
  if (state_ != State::kEstablished) return SendStatus::kFailed;
  sctp_sendv_spa how{};
  how.sendv_flags = SCTP_SEND_SNDINFO_VALID;
  how.sendv_sndinfo.snd_sid = stream;
  uint8_t wirePpid[4];
  storeBe32(wirePpid, ppid);
  std::memcpy(&how.sendv_sndinfo.snd_ppid, wirePpid, 4);
  how.sendv_sndinfo.snd_flags = static_cast<uint16_t>(SCTP_EOR | (options.ordered ? 0 : SCTP_UNORDERED) |
                                                      (options.acknowledgeAtOnce ? SCTP_SACK_IMMEDIATELY : 0));
  if (options.maxRetransmits || options.maxLifetimeMillis) {
    how.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    how.sendv_prinfo.pr_policy = options.maxRetransmits ? SCTP_PR_SCTP_RTX : SCTP_PR_SCTP_TTL;
    how.sendv_prinfo.pr_value = options.maxRetransmits ? *options.maxRetransmits : *options.maxLifetimeMillis;
  }
  const ssize_t sent =
      usrsctp_sendv(socket_, message.data(), message.size(), nullptr, 0, &how, sizeof how, SCTP_SENDV_SPA, 0);
  if (sent == static_cast<ssize_t>(message.size())) return SendStatus::kSent;
  return sent < 0 && (errno == EWOULDBLOCK || errno == EAGAIN || errno == ENOBUFS) ? SendStatus::kFull
                                                                                   : SendStatus::kFailed;
}

UsrsctpPeer::SendStatus UsrsctpPeer::resetStreams(TimePoint now, std::span<const uint16_t> streams) {
  const Driving driving(*this, now);
  if (state_ != State::kEstablished || streams.empty()) return SendStatus::kFailed;
  // sctp_reset_streams ends in the list of streams.
  alignas(sctp_reset_streams) std::array<uint8_t, sizeof(sctp_reset_streams) + 2 * kMaxResets> storage{};
  sctp_reset_streams request{};
  const size_t count = std::min<size_t>(streams.size(), kMaxResets);
  request.srs_flags = SCTP_STREAM_RESET_OUTGOING;
  request.srs_number_streams = static_cast<uint16_t>(count);
  std::memcpy(storage.data(), &request, sizeof request);
  std::memcpy(storage.data() + offsetof(sctp_reset_streams, srs_stream_list), streams.data(), 2 * count);
  const socklen_t size = static_cast<socklen_t>(offsetof(sctp_reset_streams, srs_stream_list) + 2 * count);
  if (usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_RESET_STREAMS, storage.data(), size) == 0)
    return SendStatus::kSent;
  return errno == EALREADY || errno == EAGAIN || errno == ENOMEM ? SendStatus::kFull : SendStatus::kFailed;
}

// ---- data in ----

void UsrsctpPeer::receive(TimePoint now, ByteView packet) {
  const Driving driving(*this, now);
  ++stats_.packetsReceived;
  // RFC 9260 §6.8: a packet whose checksum is wrong is dropped. No zero checksum (RFC 9653) was agreed.
  if (packet.size() < kCommonHeaderSize || storedChecksum(packet) != packetChecksum(packet)) {
    ++stats_.packetsDropped;
    return;
  }
  if (state_ == State::kNew) {
    if (early_.size() < kMaxEarlyPackets) {
      early_.push_back(toBytes(packet));
    } else {
      ++stats_.packetsDropped;
    }
    return;
  }
  if (socket_ == nullptr) return;
  feed(packet);
  readSocket();
}

void UsrsctpPeer::feed(ByteView packet) {
  usrsctp_conninput(UsrsctpHooks::toAddress(handle_), packet.data(), packet.size(), 0);
}

void UsrsctpPeer::handleTimeout(TimePoint now) {
  const Driving driving(*this, now);
  fireDue();
  readSocket();
}

bool UsrsctpPeer::pollTransmit(PacketBuffer& out) {
  if (outgoing_.empty()) return false;
  out = std::move(outgoing_.front());
  outgoing_.pop_front();
  return true;
}

std::optional<AssociationEvent> UsrsctpPeer::pollEvent() {
  if (events_.empty()) {
    const Driving driving(*this, this->now());
    readSocket();
  }
  if (events_.empty()) return std::nullopt;
  std::optional<AssociationEvent> event(std::move(events_.front()));
  events_.pop_front();
  if (const auto* message = std::get_if<MessageReceived>(&*event)) eventBytes_ -= message->data.size();
  return event;
}

void UsrsctpPeer::readSocket() {
  while (socket_ != nullptr && events_.size() < kMaxPolled && eventBytes_ < config_.receiveBuffer) {
    if (!readOnce()) return;
  }
}

bool UsrsctpPeer::readOnce() {
  std::array<uint8_t, 16384> buffer;
  sockaddr_conn from{};
  socklen_t fromSize = sizeof from;
  sctp_rcvinfo info{};
  socklen_t infoSize = sizeof info;
  unsigned int infoType = SCTP_RECVV_NOINFO;
  int flags = 0;
  const ssize_t size =
      usrsctp_recvv(socket_, buffer.data(), buffer.size(), static_cast<sockaddr*>(static_cast<void*>(&from)), &fromSize,
                    &info, &infoSize, &infoType, &flags);
  if (size <= 0) return false;
  const ByteView data = ByteView(buffer).first(static_cast<size_t>(size));
  if (flags & MSG_NOTIFICATION) {
    takeNotification(data);
  } else if (infoType == SCTP_RECVV_RCVINFO) {
    uint8_t wirePpid[4];
    std::memcpy(wirePpid, &info.rcv_ppid, 4);
    takeData(info.rcv_sid, loadBe32(wirePpid), data, (flags & MSG_EOR) != 0);
  }
  return true;
}

void UsrsctpPeer::takeData(uint16_t stream, uint32_t ppid, ByteView data, bool last) {
  Bytes& partial = partial_[stream];
  partial.insert(partial.end(), data.begin(), data.end());
  if (!last) return;
  eventBytes_ += partial.size();
  events_.emplace_back(MessageReceived{stream, ppid, std::move(partial)});
  partial_.erase(stream);
}

void UsrsctpPeer::takeNotification(ByteView bytes) {
  // Notifications are C structs, whole in one read; copied out, so that nothing is overlaid.
  const auto copyOut = [bytes](auto& out) {
    if (bytes.size() < sizeof out) return false;
    std::memcpy(&out, bytes.data(), sizeof out);
    return true;
  };
  union sctp_notification header {};
  if (!copyOut(header.sn_header)) return;
  switch (header.sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE: {
      sctp_assoc_change change{};
      if (copyOut(change)) takeAssociationChange(change);
      return;
    }
    case SCTP_STREAM_RESET_EVENT: {
      sctp_stream_reset_event event{};
      if (copyOut(event)) takeStreamReset(event, bytes.subspan(sizeof event));
      return;
    }
    case SCTP_PARTIAL_DELIVERY_EVENT:
      dropPartial();  // the rest of the message was abandoned (RFC 3758)
      return;
    case SCTP_SHUTDOWN_EVENT:
      if (state_ == State::kEstablished) transition(State::kShuttingDown);
      return;
    default: return;
  }
}

void UsrsctpPeer::takeAssociationChange(const sctp_assoc_change& change) {
  switch (change.sac_state) {
    case SCTP_COMM_UP:
      if (state_ != State::kConnecting) return;
      transition(State::kEstablished);
      events_.emplace_back(AssociationUp{change.sac_outbound_streams, change.sac_inbound_streams});
      return;
    case SCTP_SHUTDOWN_COMP: return finish();
    case SCTP_COMM_LOST:
      // Who left in the middle of saying goodbye is gone all the same.
      if (state_ == State::kShuttingDown) return finish();
      return fail(ErrorCode::kNetworkError, "the SCTP peer aborted or went silent");
    case SCTP_CANT_STR_ASSOC: return fail(ErrorCode::kTimeout, "the SCTP peer did not answer");
    // RFC 9260 §5.2.4.1: the peer lost all its state; ours speaks of channels that it does not know.
    case SCTP_RESTART: return fail(ErrorCode::kNetworkError, "the SCTP peer restarted");
    default: return;
  }
}

void UsrsctpPeer::takeStreamReset(const sctp_stream_reset_event& event, ByteView list) {
  std::vector<uint16_t> streams(list.size() / 2);
  if (!streams.empty()) std::memcpy(streams.data(), list.data(), 2 * streams.size());
  if (event.strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) {
    events_.emplace_back(ResetRefused{std::move(streams)});
  } else if (event.strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN) {
    events_.emplace_back(IncomingReset{std::move(streams)});
  } else if (event.strreset_flags & SCTP_STREAM_RESET_OUTGOING_SSN) {
    events_.emplace_back(OutgoingReset{std::move(streams)});
  }
}

}  // namespace tincan::inline v0::sctp::test
