#include "ice/tcp_streams.h"

#include <algorithm>

namespace tincan::inline v0::ice {
namespace {

constexpr uint16_t kDiscardPort = 9;  // RFC 6544 §4.1: the port of an active candidate says nothing
constexpr Duration kProveTime = Duration::seconds(10);
constexpr size_t kMaxWaiting = 8;
constexpr size_t kMaxTransmits = 128;

// Packets to be framed have headroom; those that have not are of no protocol of ours.
bool prependLength(PacketBuffer& packet) {
  const size_t size = packet.size();
  if (size == 0 || size > FrameReader::kMaxFrame) return false;
  uint8_t* header = packet.prepend(FrameReader::kHeader);
  if (header) storeBe16(header, static_cast<uint16_t>(size));
  return header != nullptr;
}

}  // namespace

void TcpStreams::gather() {
  active_.clear();
  candidates_.clear();
  for (const SocketAddress& local : listeners_) addListening(local);
  if (config_.tcp != TcpCandidates::kAll || std::exchange(started_, true)) return;
  // One socket for every address, as OpenUdp does; where only some are to be used, the first of them.
  const IpAddress ip = config_.addresses.empty() ? IpAddress() : config_.addresses.front();
  listening_ = true;
  listenId_ = nextId_;
  requests_.push_back(ListenTcp{nextId_++, {ip, 0}});
}

void TcpStreams::addHost(const LocalCandidate& host) {
  if (config_.tcp == TcpCandidates::kOff || config_.lite || host.candidate.protocol != Protocol::kUdp) return;
  const IpAddress& ip = host.base.ip;
  const auto sameFamily = [&](const IpAddress& other) { return other.family() == ip.family(); };
  // The system chooses the address that a connection leaves from: one candidate a family is all there is to tell.
  if (std::any_of(active_.begin(), active_.end(), sameFamily)) return;
  active_.push_back(ip);
  Candidate c;
  c.tcpType = TcpType::kActive;
  c.address = {ip, kDiscardPort};
  tell(std::move(c));
}

void TcpStreams::addListening(const SocketAddress& local) {
  Candidate c;
  c.tcpType = TcpType::kPassive;
  c.address = local;
  tell(std::move(c));
}

void TcpStreams::tell(Candidate c) {
  c.component = config_.component;
  c.type = CandidateType::kHost;
  c.protocol = Protocol::kTcp;
  const auto at = static_cast<uint16_t>(candidates_.size());
  const uint16_t preference = static_cast<uint16_t>((c.address.ip.isV6() ? 0x1FFF : 0x0FFF) - at);
  c.priority = tcpCandidatePriority(c.type, c.tcpType, preference, c.component);
  c.foundation = candidateFoundation(c.type, c.protocol, c.address.ip, {});
  const SocketAddress base = c.address;
  candidates_.push_back({std::move(c), base});
}

void TcpStreams::removeAddress(const IpAddress& ip) {
  std::erase_if(listeners_, [&](const SocketAddress& local) { return local.ip == ip; });
  std::erase(active_, ip);
}

bool TcpStreams::pollCandidate(LocalCandidate& out) {
  if (candidates_.empty()) return false;
  out = std::move(candidates_.front());
  candidates_.pop_front();
  return true;
}

bool TcpStreams::handleIoResult(TimePoint now, const IoResult& result) {
  if (const auto* listening = std::get_if<TcpListening>(&result)) {
    if (listenId_ == 0 || listenId_ != listening->id) return false;
    listening_ = false;
    for (const SocketAddress& local : listening->locals) {
      if (local.port == 0 || local.ip.isAny() || listeners_.size() == config_.maxTcpStreams) continue;
      listeners_.push_back(local);
      addListening(local);
    }
    return true;
  }
  if (const auto* stream = std::get_if<StreamAccepted>(&result)) return accepted(now, stream->route), true;
  if (const auto* answer = std::get_if<StreamOpened>(&result)) return opened(*answer);
  if (const auto* end = std::get_if<StreamClosed>(&result)) return closed(end->route);
  return false;
}

void TcpStreams::accepted(TimePoint now, const Route& real) {
  const bool ours = std::find(listeners_.begin(), listeners_.end(), real.local) != listeners_.end();
  if (!ours || streams_.size() >= config_.maxTcpStreams) {
    ++stats_.streamsRefused;
    requests_.push_back(CloseStream{real});
    return;
  }
  Stream& stream = streams_.emplace_back();
  stream.path = stream.real.emplace(real);
  stream.proveBy = now + kProveTime;
}

bool TcpStreams::opened(const StreamOpened& answer) {
  const auto it = std::find_if(streams_.begin(), streams_.end(),
                               [&](const Stream& s) { return s.opening != 0 && s.opening == answer.id; });
  if (it == streams_.end()) {
    // Given up while it opened.
    const bool late = answer.id >= 0x8000'0000u;
    if (late && answer.route.ok()) requests_.push_back(CloseStream{answer.route.value()});
    return late;
  }
  it->opening = 0;
  if (!answer.route.ok()) {
    lose(it);
    return true;
  }
  it->real = answer.route.value();
  for (PacketBuffer& packet : std::exchange(it->waiting, {})) transmits_.pushBack({*it->real, std::move(packet)});
  return true;
}

bool TcpStreams::closed(const Route& real) {
  const auto it = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.real == real; });
  if (it == streams_.end()) return false;
  lose(it);
  return true;
}

void TcpStreams::lose(std::vector<Stream>::iterator stream) {
  lost_.push_back(stream->path);
  stats_.framesSkipped += stream->reader.skipped();
  streams_.erase(stream);
}

const TcpStreams::Stream* TcpStreams::find(const Route& path) const {
  const auto it = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.path == path; });
  return it == streams_.end() ? nullptr : &*it;
}

bool TcpStreams::receive(const Route& real, ByteView chunk) {
  const auto it = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.real == real; });
  if (it == streams_.end()) return false;
  it->reader.read(chunk, pool_, framed_);
  for (PacketBuffer packet; framed_.take(packet);) packets_.pushBack({it->path, std::move(packet)});
  return true;
}

bool TcpStreams::pollPacket(Route& path, PacketBuffer& packet) {
  if (packets_.empty()) return false;
  path = packets_.front().first;
  packet = std::move(packets_.front().second);
  packets_.popFront();
  return true;
}

void TcpStreams::send(const Route& path, PacketBuffer packet) {
  auto it = std::find_if(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.path == path; });
  if (it == streams_.end()) {
    // Only the active side opens (RFC 6544 §7.1).
    if (path.local.port != kDiscardPort || streams_.size() >= config_.maxTcpStreams) {
      ++stats_.transmitsDropped;
      lost_.push_back(path);
      return;
    }
    it = streams_.insert(streams_.end(), Stream{});
    it->path = path;
    it->opening = nextId_;
    requests_.push_back(OpenStream{nextId_++, Protocol::kTcp, path.remote, {}});
  }
  const bool full = it->real ? transmits_.size() >= kMaxTransmits : it->waiting.size() >= kMaxWaiting;
  if (full || !prependLength(packet)) {
    ++stats_.transmitsDropped;
  } else if (it->real) {
    transmits_.pushBack({*it->real, std::move(packet)});
  } else {
    it->waiting.push_back(std::move(packet));
  }
}

bool TcpStreams::frame(const Route& path, PacketBuffer& packet, Route& real) const {
  const Stream* stream = find(path);
  if (!stream || !stream->real || !prependLength(packet)) return false;
  real = *stream->real;
  return true;
}

void TcpStreams::handleTimeout(TimePoint now, const std::function<bool(const Route&)>& proven) {
  for (auto it = streams_.begin(); it != streams_.end();) {
    if (now < it->proveBy) {
      ++it;
    } else if (proven(it->path)) {
      it->proveBy = TimePoint::never();
      ++it;
    } else {
      ++stats_.streamsRefused;
      requests_.push_back(CloseStream{*it->real});
      it = streams_.erase(it);
    }
  }
}

TimePoint TcpStreams::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const Stream& stream : streams_) out = earlier(out, stream.proveBy);
  return out;
}

bool TcpStreams::pollTransmit(Transmit& out) {
  return transmits_.take(out);
}

bool TcpStreams::pollIoRequest(IoRequest& out) {
  if (requests_.empty()) return false;
  out = std::move(requests_.front());
  requests_.pop_front();
  return true;
}

bool TcpStreams::pollLost(Route& path) {
  if (lost_.empty()) return false;
  path = lost_.front();
  lost_.pop_front();
  return true;
}

void TcpStreams::close() {
  streams_.clear();
  listeners_.clear();
  listening_ = false;
  listenId_ = 0;
  candidates_.clear();
  packets_.clear();
  transmits_.clear();
  requests_.clear();
  lost_.clear();
}

}  // namespace tincan::inline v0::ice
