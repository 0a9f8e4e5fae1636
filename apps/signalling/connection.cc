#include "apps/signalling/connection.h"

#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "apps/signalling/message.h"
#include "apps/signalling/origin.h"
#include "apps/signalling/server.h"

namespace tincan::inline v0::apps {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

namespace {

constexpr auto kRequestTimeout = std::chrono::seconds(15);
constexpr uint32_t kMaxHeader = 16 * 1024;

std::string_view text(beast::string_view view) {
  return {view.data(), view.size()};
}

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;
using Secure = beast::ssl_stream<beast::tcp_stream>;

Response respond(const Request& request, http::status status, std::string_view type, std::string body) {
  Response response(status, request.version());
  response.set(http::field::server, "tincan");
  response.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Content-Security-Policy",
               "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; frame-ancestors 'none'");
  response.keep_alive(request.keep_alive());
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

Response plain(const Request& request, http::status status, std::string_view line) {
  return respond(request, status, "text/plain; charset=utf-8", std::string(line) + "\n");
}

// Over TCP or TLS.
//
//     (kGreeting, TLS alone ->) kHttp -> kUpgrading -> kOpen -> kClosing -> kGone
template <class Stream>
class StreamConnection : public Connection, public std::enable_shared_from_this<StreamConnection<Stream>> {
 public:
  using ClientId = ConnectionHost::ClientId;
  static constexpr bool kSecure = std::is_same_v<Stream, Secure>;

  /// `buffer`: what was read already. `httpsOnly`: this one is not, and says only where to go.
  StreamConnection(Stream stream, beast::flat_buffer buffer, ClientId id, std::weak_ptr<ConnectionHost> host,
                   bool httpsOnly)
      : id_(id),
        host_(std::move(host)),
        httpsOnly_(httpsOnly),
        stream_(std::move(stream)),
        buffer_(std::move(buffer)) {}

  void start() override {
    if constexpr (kSecure) {
      beast::get_lowest_layer(stream_).expires_after(kRequestTimeout);
      stream_.async_handshake(asio::ssl::stream_base::server, buffer_.data(),
                              [self = self()](const SystemError& error, size_t used) {
                                self->buffer_.consume(used);
                                if (error) return self->gone();
                                self->readRequest();
                              });
    } else {
      readRequest();
    }
  }

  void send(std::string message) override {
    if (phase_ != Phase::kOpen && phase_ != Phase::kUpgrading) return;
    if (queue_.size() >= SignallingServer::kMaxQueuedMessages) return abort();
    queue_.push_back(std::move(message));
    write();
  }

  void close() override {
    if (phase_ != Phase::kOpen) return;
    phase_ = Phase::kClosing;
    if (queue_.empty()) sayGoodbye();
  }

  void abort() override {
    SystemError ignored;
    auto& socket =
        websocket_ ? beast::get_lowest_layer(*websocket_).socket() : beast::get_lowest_layer(stream_).socket();
    socket.close(ignored);
  }

 private:
  enum class Phase { kHttp, kUpgrading, kOpen, kClosing, kGone };

  auto self() { return this->shared_from_this(); }

  void readRequest() {
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(0);
    beast::get_lowest_layer(stream_).expires_after(kRequestTimeout);
    http::async_read(stream_, buffer_, *parser_, [self = self()](const SystemError& error, size_t) {
      if (error) return self->gone();
      self->handle(self->parser_->release());
    });
  }

  void handle(Request request) {
    const auto host = host_.lock();
    if (!host) return gone();
    const std::string name(text(request[http::field::host]));
    if (!host->answers(name, localAddress())) {
      return reply(plain(request, http::status::misdirected_request,
                         "this is no name of tincan's: open the page by its address, or give the name with --host"));
    }
    if (!isSameOrigin(text(request[http::field::origin]), name)) {
      return reply(plain(request, http::status::forbidden, "only tincan's own page may call"));
    }
    if (httpsOnly_) return redirect(request, name);
    if (websocket::is_upgrade(request)) return upgrade(std::move(request));
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return reply(plain(request, http::status::method_not_allowed, "only GET"));
    }
    const WebFile* file = host->findFile(text(request.target()));
    if (!file) return reply(plain(request, http::status::not_found, "no such page; the call is at /"));
    Response response = respond(request, http::status::ok, file->type, std::string(asText(file->body)));
    if (request.method() == http::verb::head) response.body().clear();
    reply(std::move(response));
  }

  SocketAddress localAddress() {
    SystemError error;
    const auto endpoint = beast::get_lowest_layer(stream_).socket().local_endpoint(error);
    if (error) return {};
    auto ip = endpoint.address();
    // RFC 4291 §2.5.5.2: what came to :: by IPv4.
    if (ip.is_v6() && ip.to_v6().is_v4_mapped()) ip = asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6());
    const auto parsed = IpAddress::parse(ip.to_string());
    return parsed ? SocketAddress{*parsed, endpoint.port()} : SocketAddress{};
  }

  void redirect(const Request& request, const std::string& name) {
    const std::string target = "https://" + name + std::string(text(request.target()));
    Response response = plain(request, http::status::temporary_redirect, "open " + target);
    response.set(http::field::location, target);
    response.keep_alive(false);
    reply(std::move(response));
  }

  void reply(Response response) {
    response_ = std::move(response);
    http::async_write(stream_, *response_, [self = self()](const SystemError& error, size_t) {
      if (error || self->response_->need_eof()) return self->gone();
      self->readRequest();
    });
  }

  void upgrade(Request request) {
    const std::string target(text(request.target()));
    if (target.substr(0, target.find('?')) != "/ws")
      return reply(plain(request, http::status::not_found, "WebSocket: /ws"));
    phase_ = Phase::kUpgrading;
    beast::get_lowest_layer(stream_).expires_never();
    websocket_.emplace(std::move(stream_));
    auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
    timeouts.idle_timeout = std::chrono::seconds(30);
    timeouts.keep_alive_pings = true;
    websocket_->set_option(timeouts);
    websocket_->read_message_max(kMaxSignallingMessage);
    websocket_->async_accept(request, [self = self(), target](const SystemError& error) {
      if (error) return self->gone();
      self->phase_ = Phase::kOpen;
      self->read();
      if (const auto host = self->host_.lock()) host->opened(self->id_, target);
    });
  }

  void read() {
    buffer_.clear();
    websocket_->async_read(buffer_, [self = self()](const SystemError& error, size_t) {
      if (error) return self->gone();
      self->didRead();
    });
  }

  void didRead() {
    std::string message = beast::buffers_to_string(buffer_.data());
    const bool wasText = websocket_->got_text();
    const auto host = host_.lock();
    if (host && wasText && phase_ == Phase::kOpen) host->message(id_, std::move(message));
    if (phase_ == Phase::kOpen || phase_ == Phase::kClosing) read();
  }

  void write() {
    if (writing_ || queue_.empty() || (phase_ != Phase::kOpen && phase_ != Phase::kClosing)) return;
    writing_ = true;
    websocket_->text(true);
    websocket_->async_write(asio::buffer(queue_.front()), [self = self()](const SystemError& error, size_t) {
      self->writing_ = false;
      self->queue_.pop_front();
      if (error) return self->gone();
      self->write();
      if (self->phase_ == Phase::kClosing && self->queue_.empty()) self->sayGoodbye();
    });
  }

  void sayGoodbye() {
    websocket_->async_close(websocket::close_code::normal, [self = self()](const SystemError&) { self->gone(); });
  }

  void gone() {
    if (phase_ == Phase::kGone) return;
    const bool wasOpen = phase_ == Phase::kOpen || phase_ == Phase::kClosing;
    phase_ = Phase::kGone;
    abort();
    if (const auto host = host_.lock()) host->gone(id_, wasOpen);
  }

  const ClientId id_;
  const std::weak_ptr<ConnectionHost> host_;
  const bool httpsOnly_;
  Phase phase_ = Phase::kHttp;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  std::optional<Response> response_;
  std::optional<websocket::stream<Stream>> websocket_;
  std::deque<std::string> queue_;
  bool writing_ = false;
};

beast::flat_buffer freshBuffer() {
  return beast::flat_buffer(kMaxSignallingMessage + kMaxHeader);
}

// Reads the first bytes to see whether they are TLS's, and is then the connection that fits.
class Detector : public Connection, public std::enable_shared_from_this<Detector> {
 public:
  Detector(tcp::socket socket, ConnectionHost::ClientId id, std::weak_ptr<ConnectionHost> host,
           std::shared_ptr<asio::ssl::context> tls)
      : id_(id), host_(std::move(host)), tls_(std::move(tls)), stream_(std::move(socket)) {}

  void start() override {
    stream_.expires_after(kRequestTimeout);
    beast::async_detect_ssl(stream_, buffer_, [self = shared_from_this()](const SystemError& error, bool secure) {
      if (error) return self->gone();
      self->become(secure);
    });
  }
  void send(std::string message) override {
    if (inner_) inner_->send(std::move(message));
  }
  void close() override {
    if (inner_) inner_->close();
  }
  void abort() override {
    if (inner_) return inner_->abort();
    SystemError ignored;
    stream_.socket().close(ignored);
  }

 private:
  void become(bool secure) {
    if (secure) {
      inner_ = std::make_shared<StreamConnection<Secure>>(Secure(std::move(stream_), *tls_), std::move(buffer_), id_,
                                                          host_, false);
    } else {
      inner_ = std::make_shared<StreamConnection<beast::tcp_stream>>(std::move(stream_), std::move(buffer_), id_, host_,
                                                                     true);
    }
    inner_->start();
  }
  void gone() {
    abort();
    if (const auto host = host_.lock()) host->gone(id_, false);
  }

  const ConnectionHost::ClientId id_;
  const std::weak_ptr<ConnectionHost> host_;
  const std::shared_ptr<asio::ssl::context> tls_;  // its streams refer to it
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_ = freshBuffer();
  std::shared_ptr<Connection> inner_;
};

}  // namespace

std::shared_ptr<Connection> makeConnection(tcp::socket socket, ConnectionHost::ClientId id,
                                           std::weak_ptr<ConnectionHost> host,
                                           std::shared_ptr<asio::ssl::context> tls) {
  if (tls) return std::make_shared<Detector>(std::move(socket), id, std::move(host), std::move(tls));
  return std::make_shared<StreamConnection<beast::tcp_stream>>(beast::tcp_stream(std::move(socket)), freshBuffer(), id,
                                                               std::move(host), false);
}

}  // namespace tincan::inline v0::apps
