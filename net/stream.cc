#include "net/stream.h"

#include <array>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "net/asio_context.h"
#include "net/tls_context.h"

namespace tincan::inline v0::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

namespace {

tcp::endpoint toAsio(const SocketAddress& address) {
  const ByteView bytes = address.ip.bytes();
  if (address.ip.isV4()) {
    asio::ip::address_v4::bytes_type v4;
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return {asio::ip::address_v4(v4), address.port};
  }
  asio::ip::address_v6::bytes_type v6{};
  std::copy(bytes.begin(), bytes.end(), v6.begin());
  return {asio::ip::address_v6(v6), address.port};
}

SocketAddress fromAsio(const tcp::endpoint& endpoint) {
  if (endpoint.address().is_v4()) {
    const auto bytes = endpoint.address().to_v4().to_bytes();
    return {IpAddress::v4(ByteView(bytes)), endpoint.port()};
  }
  const auto bytes = endpoint.address().to_v6().to_bytes();
  return {IpAddress::v6(ByteView(bytes)), endpoint.port()};
}

std::chrono::microseconds chrono(Duration d) {
  return std::chrono::microseconds(d.micros());
}

}  // namespace

// Kept alive by the operations under way. Flow, each arrow one asynchronous operation:
//
//     kConnecting -> (kTls: kHandshaking ->) kOpen -> kClosed
//                                             \-> kDraining -> kClosed     let go while bytes were queued
class Stream::State : public std::enable_shared_from_this<Stream::State> {
 public:
  State(Loop& loop, const OpenStream& request, Callbacks callbacks)
      : loop_(loop),
        request_(request),
        callbacks_(std::move(callbacks)),
        socket_(contextOf(loop)),
        timer_(contextOf(loop)) {
    route_.protocol = request.protocol;
    route_.remote = request.remote;
  }

  void open(const std::string& extraCertificates) {
    auto self = shared_from_this();
    if (request_.protocol == Protocol::kTls) {
      auto context = clientTlsContext(extraCertificates);
      if (!context) {
        loop_.post([self, error = context.error()] { self->failOpening(error); });
        return;
      }
      tlsContext_ = std::move(context).value();
    }
    limit(kOpenTimeout);
    socket_.async_connect(toAsio(request_.remote), [self](const SystemError& error) { self->connected(error); });
  }

  void adopt(int fd, const Route& route) {
    SystemError ignored;
    socket_.assign(route.local.ip.isV4() ? tcp::v4() : tcp::v6(), fd, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    route_ = route;
    phase_ = Phase::kOpen;
    read();
  }

  bool send(PacketBuffer packet) {
    if (phase_ != Phase::kOpen || queue_.size() >= kMaxQueuedPackets) return false;
    if (packet.empty()) return true;
    queue_.push_back(std::move(packet));
    write();
    return true;
  }

  /// The owner is gone. The callbacks stay where they are: one of them may be running.
  void letGo() {
    letGo_ = true;
    if (phase_ == Phase::kOpen && !queue_.empty()) {
      phase_ = Phase::kDraining;
      limit(kCloseTimeout);
    } else {
      close();
    }
  }

  const Route& route() const { return route_; }
  bool isOpen() const { return phase_ == Phase::kOpen; }

 private:
  enum class Phase { kConnecting, kHandshaking, kOpen, kDraining, kClosed };

  std::string where() const {
    const std::string host = request_.host.empty() ? "" : request_.host + " ";
    return std::string(name(request_.protocol)) + " to " + host + request_.remote.toString();
  }

  void limit(Duration duration) {
    timer_.expires_after(chrono(duration));
    timer_.async_wait([self = shared_from_this()](const SystemError& error) {
      if (!error) self->timedOut();
    });
  }

  void timedOut() {
    if (phase_ == Phase::kDraining) return close();
    if (phase_ == Phase::kConnecting || phase_ == Phase::kHandshaking) {
      failOpening(Error(ErrorCode::kTimeout, where() + ": no answer"));
    }
  }

  void connected(const SystemError& error) {
    if (phase_ != Phase::kConnecting) return;
    if (error) return failOpening(Error(ErrorCode::kNetworkError, where() + ": " + error.message()));
    SystemError ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    route_.local = fromAsio(socket_.local_endpoint(ignored));
    if (!tlsContext_) return opened();
    phase_ = Phase::kHandshaking;
    tls_.emplace(socket_, *tlsContext_);
    const std::string& host = request_.host;
    tls_->set_verify_callback(asio::ssl::host_name_verification(host), ignored);
    // RFC 6066 §3: names only, no literal addresses.
    if (!IpAddress::parse(host).ok()) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [self = shared_from_this()](const SystemError& failure) { self->shookHands(failure); });
  }

  void shookHands(const SystemError& error) {
    if (phase_ != Phase::kHandshaking) return;
    if (!error) return opened();
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    if (verdict == X509_V_OK) return failOpening(Error(ErrorCode::kNetworkError, where() + ": " + error.message()));
    failOpening(Error(ErrorCode::kUnauthenticated,
                      where() + ": certificate refused: " + X509_verify_cert_error_string(verdict)));
  }

  void opened() {
    phase_ = Phase::kOpen;
    timer_.cancel();
    read();
    if (!letGo_) callbacks_.opened(route_);
  }

  void failOpening(Error error) {
    if (phase_ == Phase::kClosed) return;
    close();
    if (!letGo_) callbacks_.opened(std::move(error));
  }

  void read() {
    incoming_ = loop_.pool().allocate();
    if (!incoming_)
      return loop_.post(
          [self = shared_from_this()] { self->lost(); });  // out of memory for packets: a stream cannot skip bytes
    const auto done = [self = shared_from_this()](const SystemError& error, size_t size) {
      self->didRead(error, size);
    };
    const MutableByteView room = incoming_.writable();
    if (tls_) {
      tls_->async_read_some(asio::buffer(room.data(), room.size()), done);
    } else {
      socket_.async_read_some(asio::buffer(room.data(), room.size()), done);
    }
  }

  void didRead(const SystemError& error, size_t size) {
    if (phase_ != Phase::kOpen) return;
    if (error) return lost();
    PacketBuffer packet = std::exchange(incoming_, {});
    if (!packet.resize(size)) return lost();
    if (!letGo_) callbacks_.received(std::move(packet));
    if (phase_ == Phase::kOpen) read();
  }

  void write() {
    if (writing_ > 0) return;
    writing_ = std::min(queue_.size(), kGather);
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(writing_);
    for (size_t i = 0; i < writing_; ++i) buffers.emplace_back(queue_[i].data(), queue_[i].size());
    const auto done = [self = shared_from_this()](const SystemError& error, size_t) { self->didWrite(error); };
    if (tls_) {
      asio::async_write(*tls_, buffers, done);
    } else {
      asio::async_write(socket_, buffers, done);
    }
  }

  void didWrite(const SystemError& error) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(writing_));
    writing_ = 0;
    if (phase_ != Phase::kOpen && phase_ != Phase::kDraining) return;
    if (error) return lost();
    if (!queue_.empty()) return write();
    if (phase_ == Phase::kDraining) close();
  }

  void lost() {
    if (phase_ == Phase::kClosed) return;
    close();
    if (!letGo_) callbacks_.closed();
  }

  void close() {
    phase_ = Phase::kClosed;
    timer_.cancel();
    SystemError ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  static constexpr size_t kGather = 16;  // packets in one write

  Loop& loop_;
  const OpenStream request_;
  const Callbacks callbacks_;
  bool letGo_ = false;
  Route route_;
  Phase phase_ = Phase::kConnecting;
  tcp::socket socket_;
  std::unique_ptr<asio::ssl::context> tlsContext_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  asio::steady_timer timer_;
  PacketBuffer incoming_;
  std::deque<PacketBuffer> queue_;
  size_t writing_ = 0;  // how many at the queue's front are being written
};

Stream::Stream(Loop& loop, const OpenStream& request, const std::string& extraCertificates, Callbacks callbacks)
    : state_(std::make_shared<State>(loop, request, std::move(callbacks))) {
  state_->open(extraCertificates);
}

Stream::Stream(Loop& loop, int fd, const Route& route, Callbacks callbacks)
    : state_(std::make_shared<State>(loop, OpenStream{0, Protocol::kTcp, route.remote, {}}, std::move(callbacks))) {
  state_->adopt(fd, route);
}

Stream::~Stream() {
  state_->letGo();
}
bool Stream::send(PacketBuffer packet) {
  return state_->send(std::move(packet));
}
const Route& Stream::route() const {
  return state_->route();
}
bool Stream::isOpen() const {
  return state_->isOpen();
}

}  // namespace tincan::inline v0::net
