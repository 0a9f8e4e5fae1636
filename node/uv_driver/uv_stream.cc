#include "node/uv_driver/uv_stream.h"

#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/sockaddr.h"

namespace tincan::inline v0::node {

namespace {

void setNoDelay(int fd) {
  const int on = 1;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// RFC 8996: neither TLS 1.0 nor 1.1.
SSL_CTX* clientContext() {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (!context) return nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context);
  // The system's store, where OpenSSL was built for another one.
  SSL_CTX_load_verify_locations(context, nullptr, "/etc/ssl/certs");
  SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE);
  return context;
}

}  // namespace

UvStream::UvStream(UvLoop& loop, const OpenStream& request, Callbacks callbacks)
    : loop_(loop), request_(request), callbacks_(std::move(callbacks)) {
  route_.protocol = request.protocol;
  route_.remote = request.remote;
}

UvStream::~UvStream() {
  close();
}

std::shared_ptr<UvStream> UvStream::connect(UvLoop& loop, const OpenStream& request, Callbacks callbacks) {
  std::shared_ptr<UvStream> stream(new UvStream(loop, request, std::move(callbacks)));
  stream->begin();
  return stream;
}

std::shared_ptr<UvStream> UvStream::adopt(UvLoop& loop, int fd, const Route& route, Callbacks callbacks) {
  std::shared_ptr<UvStream> stream(
      new UvStream(loop, OpenStream{0, Protocol::kTcp, route.remote, {}}, std::move(callbacks)));
  stream->route_ = route;
  stream->fd_ = fd;
  stream->phase_ = Phase::kOpen;
  setNoDelay(fd);
  stream->watch();
  return stream;
}

void UvStream::begin() {
  sockaddr_storage storage{};
  const socklen_t size = net::toSockaddr(request_.remote, storage);
  fd_ = ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || (::connect(fd_, net::generic(storage), size) != 0 && errno != EINPROGRESS)) {
    early_ = Error(ErrorCode::kNetworkError, where() + ": " + std::strerror(errno));
  }
  timer_.emplace(loop_, [this] {
    const auto self = shared_from_this();
    failOpening(early_ ? *early_ : Error(ErrorCode::kTimeout, where() + ": no answer"));
  });
  timer_->start(early_ ? loop_.now() : loop_.now() + kOpenTimeout);
  if (early_) return;
  setNoDelay(fd_);
  watch();
  poll_->watchWritable();
}

void UvStream::watch() {
  poll_.emplace(
      loop_, fd_, [this] { readable(); }, [this] { writable(); });
}

void UvStream::readable() {
  const auto self = shared_from_this();
  switch (phase_) {
    case Phase::kConnecting: return finishConnect();
    case Phase::kHandshaking: return handshake();
    case Phase::kOpen: return read();
    case Phase::kClosed: return;
  }
}

void UvStream::writable() {
  const auto self = shared_from_this();
  switch (phase_) {
    case Phase::kConnecting: return finishConnect();
    case Phase::kHandshaking: return handshake();
    case Phase::kOpen: return write();
    case Phase::kClosed: return;
  }
}

void UvStream::finishConnect() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return failOpening(Error(ErrorCode::kNetworkError, where() + ": " + std::strerror(error)));
  sockaddr_storage local{};
  socklen_t localSize = sizeof local;
  ::getsockname(fd_, net::generic(local), &localSize);
  route_.local = net::fromSockaddr(local);
  if (request_.protocol != Protocol::kTls) return opened();
  if (!startTls()) return failOpening(Error(ErrorCode::kIo, where() + ": TLS cannot be set up"));
  phase_ = Phase::kHandshaking;
  handshake();
}

bool UvStream::startTls() {
  SSL_CTX* const context = clientContext();
  if (!context) return false;
  ssl_ = SSL_new(context);
  SSL_CTX_free(context);  // counted: the connection has it
  if (!ssl_ || SSL_set_fd(ssl_, fd_) != 1) return false;
  SSL_set_connect_state(ssl_);
  // RFC 6066 §3: names only, no literal addresses.
  if (IpAddress::parse(request_.host).ok()) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), request_.host.c_str()) == 1;
  }
  return SSL_set_tlsext_host_name(ssl_, request_.host.c_str()) == 1 && SSL_set1_host(ssl_, request_.host.c_str()) == 1;
}

void UvStream::handshake() {
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) return opened();
  switch (outcomeOf(result)) {
    case Io::kDone:
    case Io::kAgain: return;
    case Io::kLost: break;
  }
  const long verdict = SSL_get_verify_result(ssl_);
  if (verdict == X509_V_OK) return failOpening(Error(ErrorCode::kNetworkError, where() + ": the TLS handshake failed"));
  failOpening(
      Error(ErrorCode::kUnauthenticated, where() + ": certificate refused: " + X509_verify_cert_error_string(verdict)));
}

// What OpenSSL waits for; the poll already watches for readable.
UvStream::Io UvStream::outcomeOf(int result) {
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ) return Io::kAgain;
  if (error != SSL_ERROR_WANT_WRITE) return Io::kLost;
  poll_->watchWritable();
  return Io::kAgain;
}

void UvStream::opened() {
  phase_ = Phase::kOpen;
  timer_->cancel();
  if (callbacks_.opened) callbacks_.opened(route_);
  if (phase_ == Phase::kOpen) read();
}

void UvStream::failOpening(Error error) {
  const auto opened = callbacks_.opened;
  close();
  if (opened) opened(std::move(error));
}

UvStream::Io UvStream::readInto(PacketBuffer& packet) {
  const MutableByteView room = packet.writable();
  ssize_t got = 0;
  if (ssl_) {
    got = SSL_read(ssl_, room.data(), static_cast<int>(room.size()));
    if (got <= 0) return outcomeOf(static_cast<int>(got));
  } else {
    got = ::recv(fd_, room.data(), room.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Io::kAgain : Io::kLost;
    if (got == 0) return Io::kLost;
  }
  return packet.resize(static_cast<size_t>(got)) ? Io::kDone : Io::kLost;
}

void UvStream::read() {
  while (phase_ == Phase::kOpen) {
    PacketBuffer packet = loop_.pool().allocate();
    if (!packet) return lost();  // out of memory for packets: a stream cannot skip bytes
    const Io outcome = readInto(packet);
    if (outcome == Io::kLost) return lost();
    if (outcome == Io::kAgain) return;
    callbacks_.received(std::move(packet));
  }
}

bool UvStream::send(PacketBuffer packet) {
  if (phase_ != Phase::kOpen || queue_.size() >= kMaxQueuedPackets) return false;
  if (packet.empty()) return true;
  queue_.push_back(std::move(packet));
  // Never lost() in here: the callback would come inside the caller's call.
  if (queue_.size() == 1) poll_->watchWritable();
  return true;
}

UvStream::Io UvStream::writeFrom(PacketBuffer& packet) {
  ssize_t sent = 0;
  if (ssl_) {
    sent = SSL_write(ssl_, packet.data(), static_cast<int>(packet.size()));
    if (sent <= 0) return outcomeOf(static_cast<int>(sent));
  } else {
    sent = ::send(fd_, packet.data(), packet.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR ? Io::kAgain : Io::kLost;
  }
  packet.trimFront(static_cast<size_t>(sent));
  return Io::kDone;
}

void UvStream::write() {
  while (!queue_.empty()) {
    const Io outcome = writeFrom(queue_.front());
    if (outcome == Io::kLost) return lost();
    if (outcome == Io::kAgain) return poll_->watchWritable();
    if (queue_.front().empty()) queue_.pop_front();
  }
}

void UvStream::lost() {
  if (phase_ == Phase::kClosed) return;
  const auto closed = callbacks_.closed;
  close();
  if (closed) closed();
}

void UvStream::close() {
  if (phase_ == Phase::kOpen) {
    while (!queue_.empty() && writeFrom(queue_.front()) == Io::kDone)
      if (queue_.front().empty()) queue_.pop_front();
  }
  phase_ = Phase::kClosed;
  poll_.reset();
  timer_.reset();
  if (ssl_) SSL_free(std::exchange(ssl_, nullptr));
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string UvStream::where() const {
  const std::string host = request_.host.empty() ? "" : request_.host + " ";
  return std::string(name(request_.protocol)) + " to " + host + request_.remote.toString();
}

}  // namespace tincan::inline v0::node
