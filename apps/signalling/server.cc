#include "apps/signalling/server.h"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include "apps/signalling/message.h"
#include "apps/signalling/origin.h"
#include "net/asio_context.h"

namespace tincan::apps {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using SystemError = boost::system::error_code;
using ClientId = SignallingServer::ClientId;

namespace {

constexpr auto kRequestTimeout = std::chrono::seconds(15);
constexpr uint32_t kMaxHeader = 16 * 1024;

std::string_view text(beast::string_view view) {
  return {view.data(), view.size()};
}

using Response = http::response<http::string_body>;

Response respond(const http::request<http::empty_body>& request, http::status status, std::string_view type,
                 std::string body) {
  Response response(status, request.version());
  response.set(http::field::server, "tincan");
  response.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Content-Security-Policy",
               "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:; frame-ancestors 'none'");
  response.keep_alive(request.keep_alive());
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

Response plain(const http::request<http::empty_body>& request, http::status status, std::string_view line) {
  return respond(request, status, "text/plain; charset=utf-8", std::string(line) + "\n");
}

}  // namespace

class SignallingServer::State : public std::enable_shared_from_this<State> {
 public:
  State(net::Loop& loop, Callbacks callbacks, std::span<const WebFile> files, std::vector<std::string> names)
      : callbacks_(std::move(callbacks)), files_(files), names_(std::move(names)), acceptor_(net::contextOf(loop)) {}

  Result<void> listen(const SocketAddress& address);
  void accept();
  void close();

  Connection* find(ClientId id) {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
  }
  void drop(ClientId id) { connections_.erase(id); }

  // Handlers may destroy the server; `this` lives on in whoever calls these.
  void opened(ClientId id, std::string target) {
    if (!closed_) callbacks_.opened(id, std::move(target));
  }
  void message(ClientId id, std::string text) {
    if (!closed_) callbacks_.message(id, std::move(text));
  }
  void closed(ClientId id) {
    if (!closed_) callbacks_.closed(id);
  }

  const SocketAddress& address() const { return address_; }
  bool isOurs(std::string_view host, const SocketAddress& local) const {
    return isOwnHost(host, {address_, local, names_});
  }

  const WebFile* findFile(std::string_view target) const {
    target = target.substr(0, target.find('?'));
    if (target == "/") target = "/index.html";
    for (const WebFile& file : files_) {
      if (file.path == target) return &file;
    }
    return nullptr;
  }

 private:
  Callbacks callbacks_;
  const std::span<const WebFile> files_;
  const std::vector<std::string> names_;
  tcp::acceptor acceptor_;
  SocketAddress address_;
  std::map<ClientId, std::shared_ptr<Connection>> connections_;
  ClientId lastId_ = 0;
  bool closed_ = false;
};

// One TCP connection: HTTP requests, until one of them makes it a WebSocket. Kept alive by the operation under way.
//
//     kHttp -> kUpgrading -> kOpen -> kClosing -> kGone
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, ClientId id, std::weak_ptr<SignallingServer::State> server)
      : id_(id), server_(std::move(server)), socket_(std::move(socket)) {}

  void readRequest() {
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(0);
    beast::get_lowest_layer(socket_).expires_after(kRequestTimeout);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](const SystemError& error, size_t) {
      if (error) return self->gone();
      self->handle(self->parser_->release());
    });
  }

  void send(std::string message) {
    if (phase_ != Phase::kOpen && phase_ != Phase::kUpgrading) return;
    if (queue_.size() >= SignallingServer::kMaxQueuedMessages) return abort();
    queue_.push_back(std::move(message));
    write();
  }

  void close() {
    if (phase_ != Phase::kOpen) return;
    phase_ = Phase::kClosing;
    if (queue_.empty()) sayGoodbye();
  }

  /// At once, without a word to anybody.
  void abort() {
    SystemError ignored;
    auto& socket = websocket_ ? beast::get_lowest_layer(*websocket_).socket() : socket_.socket();
    socket.close(ignored);
  }

 private:
  enum class Phase { kHttp, kUpgrading, kOpen, kClosing, kGone };
  using Request = http::request<http::empty_body>;

  void handle(Request request) {
    const auto server = server_.lock();
    if (!server) return gone();
    const std::string_view host = text(request[http::field::host]);
    if (!server->isOurs(host, localAddress())) {
      return reply(plain(request, http::status::misdirected_request,
                         "this is no name of tincan's: open the page by its address, or give the name with --host"));
    }
    if (!isSameOrigin(text(request[http::field::origin]), host)) {
      return reply(plain(request, http::status::forbidden, "only tincan's own page may call"));
    }
    if (websocket::is_upgrade(request)) return upgrade(std::move(request));
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return reply(plain(request, http::status::method_not_allowed, "only GET"));
    }
    const WebFile* file = server->findFile(text(request.target()));
    if (!file) return reply(plain(request, http::status::not_found, "no such page; the call is at /"));
    Response response = respond(request, http::status::ok, file->type, std::string(asText(file->body)));
    if (request.method() == http::verb::head) response.body().clear();
    reply(std::move(response));
  }

  SocketAddress localAddress() {
    SystemError error;
    const auto endpoint = beast::get_lowest_layer(socket_).socket().local_endpoint(error);
    if (error) return {};
    auto ip = endpoint.address();
    // RFC 4291 §2.5.5.2: what came to :: by IPv4.
    if (ip.is_v6() && ip.to_v6().is_v4_mapped()) ip = asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6());
    const auto parsed = IpAddress::parse(ip.to_string());
    return parsed ? SocketAddress{*parsed, endpoint.port()} : SocketAddress{};
  }

  void reply(Response response) {
    response_ = std::move(response);
    http::async_write(socket_, *response_, [self = shared_from_this()](const SystemError& error, size_t) {
      if (error || self->response_->need_eof()) return self->gone();
      self->readRequest();
    });
  }

  void upgrade(Request request) {
    const std::string target(text(request.target()));
    if (target.substr(0, target.find('?')) != "/ws")
      return reply(plain(request, http::status::not_found, "WebSocket: /ws"));
    phase_ = Phase::kUpgrading;
    beast::get_lowest_layer(socket_).expires_never();
    websocket_.emplace(std::move(socket_));
    auto timeouts = websocket::stream_base::timeout::suggested(beast::role_type::server);
    timeouts.idle_timeout = std::chrono::seconds(30);
    timeouts.keep_alive_pings = true;
    websocket_->set_option(timeouts);
    websocket_->read_message_max(kMaxSignallingMessage);
    websocket_->async_accept(request, [self = shared_from_this(), target](const SystemError& error) {
      if (error) return self->gone();
      self->phase_ = Phase::kOpen;
      self->read();
      if (const auto server = self->server_.lock()) server->opened(self->id_, target);
    });
  }

  void read() {
    buffer_.clear();
    websocket_->async_read(buffer_, [self = shared_from_this()](const SystemError& error, size_t) {
      if (error) return self->gone();
      self->didRead();
    });
  }

  void didRead() {
    std::string message = beast::buffers_to_string(buffer_.data());
    const bool wasText = websocket_->got_text();
    const auto server = server_.lock();
    if (server && wasText && phase_ == Phase::kOpen) server->message(id_, std::move(message));
    if (phase_ == Phase::kOpen || phase_ == Phase::kClosing) read();
  }

  void write() {
    if (writing_ || queue_.empty() || (phase_ != Phase::kOpen && phase_ != Phase::kClosing)) return;
    writing_ = true;
    websocket_->text(true);
    websocket_->async_write(asio::buffer(queue_.front()),
                            [self = shared_from_this()](const SystemError& error, size_t) {
                              self->writing_ = false;
                              self->queue_.pop_front();
                              if (error) return self->gone();
                              self->write();
                              if (self->phase_ == Phase::kClosing && self->queue_.empty()) self->sayGoodbye();
                            });
  }

  void sayGoodbye() {
    websocket_->async_close(websocket::close_code::normal,
                            [self = shared_from_this()](const SystemError&) { self->gone(); });
  }

  void gone() {
    if (phase_ == Phase::kGone) return;
    const bool wasOpen = phase_ == Phase::kOpen || phase_ == Phase::kClosing;
    phase_ = Phase::kGone;
    abort();
    const auto server = server_.lock();
    if (!server) return;
    server->drop(id_);
    if (wasOpen) server->closed(id_);
  }

  const ClientId id_;
  const std::weak_ptr<SignallingServer::State> server_;
  Phase phase_ = Phase::kHttp;
  beast::tcp_stream socket_;
  beast::flat_buffer buffer_{kMaxSignallingMessage + kMaxHeader};
  std::optional<http::request_parser<http::empty_body>> parser_;
  std::optional<Response> response_;
  std::optional<websocket::stream<beast::tcp_stream>> websocket_;
  std::deque<std::string> queue_;
  bool writing_ = false;
};

Result<void> SignallingServer::State::listen(const SocketAddress& address) {
  SystemError error;
  const auto ip = asio::ip::make_address(address.ip.toString(), error);
  const tcp::endpoint endpoint(ip, address.port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use) {
    return Error(ErrorCode::kIo, "port " + std::to_string(address.port) +
                                     " is in use (another call?): choose another with --port, or 0 for any");
  }
  if (error == asio::error::access_denied) {
    return Error(ErrorCode::kIo,
                 "port " + std::to_string(address.port) + " needs privileges: choose one above 1023 with --port");
  }
  if (error) return Error(ErrorCode::kIo, "cannot listen on " + address.toString() + ": " + error.message());
  address_ = {address.ip, acceptor_.local_endpoint().port()};
  return {};
}

void SignallingServer::State::accept() {
  acceptor_.async_accept([self = shared_from_this()](const SystemError& error, tcp::socket socket) {
    if (self->closed_) return;
    if (!error && self->connections_.size() < kMaxConnections) {
      const ClientId id = ++self->lastId_;
      auto connection = std::make_shared<Connection>(std::move(socket), id, self);
      self->connections_.emplace(id, connection);
      connection->readRequest();
    }
    self->accept();
  });
}

void SignallingServer::State::close() {
  closed_ = true;
  SystemError ignored;
  acceptor_.close(ignored);
  for (const auto& [id, connection] : std::exchange(connections_, {})) connection->abort();
}

Result<std::unique_ptr<SignallingServer>> SignallingServer::start(net::Loop& loop, const SocketAddress& address,
                                                                  Callbacks callbacks, std::span<const WebFile> files,
                                                                  std::vector<std::string> names) {
  auto state = std::make_shared<State>(loop, std::move(callbacks), files, std::move(names));
  if (auto listening = state->listen(address); !listening) return listening.error();
  state->accept();
  return std::unique_ptr<SignallingServer>(new SignallingServer(std::move(state)));
}

SignallingServer::SignallingServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
SignallingServer::~SignallingServer() {
  state_->close();
}

void SignallingServer::send(ClientId client, std::string message) {
  if (Connection* connection = state_->find(client)) connection->send(std::move(message));
}

void SignallingServer::close(ClientId client) {
  if (Connection* connection = state_->find(client)) connection->close();
}

const SocketAddress& SignallingServer::address() const {
  return state_->address();
}
std::string SignallingServer::url() const {
  return "http://" + state_->address().toString() + "/";
}

}  // namespace tincan::apps
