#include <algorithm>

#include "sctp/socket/association_impl.h"

namespace tincan::inline v0::sctp {
namespace {

// RFC 9260 §16 has 1 s. Differs because the path is one that ICE has just found to work: what takes longer was lost.
constexpr Duration kFirstTimeout = Duration::millis(500);
constexpr Duration kLeastTimeout = Duration::millis(100);
constexpr Duration kMostTimeout = Duration::seconds(3);  // as kRtoMax

uint32_t drawTag(RandomSource& random) {
  uint32_t tag = 0;
  while (tag == 0) tag = random.u32();  // RFC 9260 §3.3.2: zero is none
  return tag;
}

}  // namespace

Capabilities Association::Impl::ourCapabilities() const {
  return {true, true, config_.interleaving, config_.zeroChecksum};
}

void Association::Impl::makeLocalInit() {
  if (local_.tag != 0) return;
  local_.type = ChunkType::kInit;
  local_.tag = drawTag(random_);
  local_.initialTsn = random_.u32();
  local_.window = window_.credit(0);
  local_.outboundStreams = config_.streams;
  local_.inboundStreams = config_.streams;
  local_.capabilities = ourCapabilities();
  localInit_ = write(local_);
}

ByteView Association::Impl::localInit() {
  makeLocalInit();
  return localInit_;
}

/// Of T1. What is known of the path is as good as what SCTP would measure itself (RFC 9260 §6.3.1); its answers need no
/// more than that.
Duration Association::Impl::firstTimeout() const {
  return knownRtt_ == Duration::zero() ? kFirstTimeout : std::clamp(knownRtt_ * 2, kLeastTimeout, kMostTimeout);
}

void Association::Impl::connect(TimePoint now) {
  advanceTime(now);
  if (phase_ != Phase::kNew) return;
  makeLocalInit();
  transition(Phase::kCookieWait);
  askedAt_ = now_;
  sendInit();
  handshakeTimer_.start(now_, firstTimeout(), kMostTimeout);
  feedEarly();
}

/// draft-hancke-tsvwg-snap-00: both INITs came another way, and steps A to E of RFC 9260 §5.1 are not taken.
Result<void> Association::Impl::connectWith(TimePoint now, ByteView remoteInit, ByteView localInit) {
  advanceTime(now);
  if (phase_ != Phase::kNew) return Error(ErrorCode::kInvalidStateError, "the association has begun already");
  const Result<InitChunk> remote = readInitAlone(remoteInit);
  if (!remote) return remote.error();
  if (localInit.empty()) {
    makeLocalInit();
  } else {
    Result<InitChunk> local = readInitAlone(localInit);
    if (!local) return local.error();
    local_ = *std::move(local);
    localInit_ = toBytes(localInit);
  }
  establish(*remote);
  feedEarly();
  return {};
}

/// What came before we began, by a peer whose DTLS was up first.
void Association::Impl::feedEarly() {
  const std::vector<Bytes> early = std::move(early_);
  early_.clear();
  for (const Bytes& packet : early) takePacket(packet);
  advance();
}

/// RFC 9260 §3.2.1 has a peer skip what it does not know of an INIT. Older ones (pion before 2024) drop the packet instead:
/// what is repeated for the second time is said without what is new.
void Association::Impl::sendInit() {
  constexpr unsigned kPlainFrom = 2;
  // RFC 9260 §8.5.1: the tag of an INIT's packet is zero.
  if (handshakeTimer_.attempts() < kPlainFrom) return queueAloneWhole(0, localInit_);
  InitChunk plain = local_;
  plain.capabilities.zeroChecksum = false;
  queueAloneWhole(0, write(plain));
}

void Association::Impl::on(const InitChunk& init) {
  if (init.type == ChunkType::kInit) {
    takeInit(init);
  } else {
    takeInitAck(init);
  }
}

const CookieJar& Association::Impl::jar() {
  if (!jar_) jar_.emplace(random_);
  return *jar_;
}

/// Nothing of it is kept: all is in the cookie (RFC 9260 §5.1.3).
void Association::Impl::takeInit(const InitChunk& init) {
  // RFC 9260 §9.2: our SHUTDOWN ACK was lost, or the peer is confused.
  if (phase_ == Phase::kShutdownAckSent) return queueControl(ChunkType::kShutdownAck, 0, {});
  StateCookie cookie;
  cookie.created = now_;
  cookie.remote = init;
  InitChunk answer = local_;
  answer.type = ChunkType::kInitAck;
  if (isUp()) {
    // RFC 9260 §5.2.2: a restart, if it is one, gets a new tag, and has to show that it knows of the old ones.
    answer.tag = drawTag(random_);
    answer.initialTsn = random_.u32();
    cookie.tieLocal = local_.tag;
    cookie.tieRemote = remote_.tag;
  }  // else §5.2.1: the two INITs have crossed, and ours says the same once more
  cookie.localTag = answer.tag;
  cookie.localTsn = answer.initialTsn;
  answer.window = window_.credit(held());
  // It needs both (RFC 9653 §5.1), and who has not said it may not read an INIT ACK that does (see sendInit).
  answer.capabilities.zeroChecksum &= init.capabilities.zeroChecksum;
  answer.cookie = jar().seal(cookie);
  answer.unrecognized = init.unrecognized;
  queueAloneWhole(init.tag, write(answer));
}

void Association::Impl::takeInitAck(const InitChunk& init) {
  if (phase_ != Phase::kCookieWait) return;  // RFC 9260 §5.2.3
  prepare(init);
  cookie_ = init.cookie;
  cookieEchoDue_ = true;
  if (handshakeTimer_.attempts() == 0) tx_.onRttSample(now_, now_ - askedAt_);
  transition(Phase::kCookieEchoed);
  handshakeTimer_.start(now_, firstTimeout(), kMostTimeout);
  if (!init.unrecognized.empty()) {
    ByteBuilder all;  // RFC 9260 §3.3.3: what we do not know of an INIT ACK is told in an ERROR
    for (const Bytes& parameter : init.unrecognized) {
      while (all.size() % 4 != 0) all.u8(0);
      all.bytes(parameter);
    }
    queueControl(ChunkType::kError, 0, writeCause(CauseCode::kUnrecognizedParameters, all.view()));
  }
}

/// RFC 9260 §5.2.4, by the rows of its table 12.
void Association::Impl::takeCookieEcho(const CommonHeader& header, ByteView bytes) {
  const std::optional<StateCookie> cookie = jar().open(bytes);
  if (!cookie || header.tag != cookie->localTag) {
    ++stats_.packetsDropped;
    return;
  }
  const bool sameLocal = cookie->localTag == local_.tag;
  const bool sameRemote = isUp() && cookie->remote.tag == remote_.tag;
  if (CookieJar::isStale(*cookie, now_) && !(sameLocal && sameRemote)) {
    uint8_t staleness[4];  // microseconds past its time (§3.3.10.3)
    const int64_t over = (now_ - cookie->created - CookieJar::kLifetime).micros();
    storeBe32(staleness, static_cast<uint32_t>(std::min<int64_t>(over, 0xffffffff)));
    return queueAlone(cookie->remote.tag, ChunkType::kError, 0, writeCause(CauseCode::kStaleCookie, staleness));
  }
  if (!isUp()) {
    if (!sameLocal) return;
    establish(cookie->remote);  // B and D: whoever came first
    return queueControl(ChunkType::kCookieAck, 0, {});
  }
  if (sameLocal && sameRemote) {
    queueControl(ChunkType::kCookieAck, 0, {});  // D: our COOKIE ACK was lost
  } else if (!sameLocal && !sameRemote && cookie->tieLocal == local_.tag && cookie->tieRemote == remote_.tag) {
    // A: the peer has lost all its state, and ours speaks of channels that it does not know.
    queueAlone(cookie->remote.tag, ChunkType::kAbort, 0, writeCause(CauseCode::kUserAbort, asBytes("restart")));
    fail(ErrorCode::kNetworkError, "the SCTP peer restarted");
  }  // else C, or none of these: a cookie that comes late
}

void Association::Impl::takeCookieAck() {
  if (phase_ == Phase::kCookieEchoed) establish(remote_);  // else RFC 9260 §5.2.5
}

/// Both INITs are known: both halves can begin.
void Association::Impl::prepare(const InitChunk& remote) {
  remote_ = remote;
  remote_.cookie = Bytes();
  remote_.unrecognized.clear();
  // RFC 9260 §5.1.1: what one may send is what the other takes.
  outboundStreams_ = std::min(local_.outboundStreams, remote.inboundStreams);
  inboundStreams_ = std::min(local_.inboundStreams, remote.outboundStreams);
  const bool interleaving = local_.capabilities.interleaving && remote.capabilities.interleaving;
  tracker_.emplace(Tsn(remote.initialTsn), config_.sackDelay);
  reassembly_.emplace(interleaving, config_.maxMessageSize);
  ourResets_.emplace(local_.initialTsn);
  theirResets_.emplace(remote.initialTsn);
  toldCredit_ = window_.credit(held());
  peerHasAll_ = Tsn(local_.initialTsn - 1);
  SenderStart start;
  start.initialTsn = Tsn(local_.initialTsn);
  start.peerWindow = remote.window;
  start.interleaving = interleaving;
  start.forwardTsn = remote.capabilities.partialReliability;
  tx_.started() ? tx_.restart(now_, start) : tx_.start(now_, start);
  // SNAP's association measures nothing before its first SACK, and would wait long for one that is lost.
  if (knownRtt_ > Duration::zero()) tx_.onRttSample(now_, knownRtt_);
}

void Association::Impl::establish(const InitChunk& remote) {
  const bool isPrepared = phase_ == Phase::kCookieEchoed && remote.tag == remote_.tag;
  if (!isPrepared) prepare(remote);
  handshakeTimer_.stop();
  cookie_ = Bytes();
  cookieEchoDue_ = false;
  transition(Phase::kEstablished);
  events_.emplace_back(AssociationUp{outboundStreams_, inboundStreams_});
}

}  // namespace tincan::inline v0::sctp
