#include "apps/signalling/server.h"

#include <map>
#include <utility>

#include <boost/asio/ssl/context.hpp>

#include "apps/signalling/connection.h"
#include "apps/signalling/origin.h"
#include "net/asio_context.h"

namespace tincan::inline v0::apps {

namespace asio = boost::asio;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

class SignallingServer::State : public ConnectionHost, public std::enable_shared_from_this<State> {
 public:
  State(net::Loop& loop, Options options, Callbacks callbacks)
      : options_(std::move(options)), callbacks_(std::move(callbacks)), acceptor_(net::contextOf(loop)) {}

  Result<void> listen();
  void accept();
  void close();

  Connection* find(ClientId id) {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
  }
  const SocketAddress& address() const { return options_.address; }
  bool secure() const { return tls_ != nullptr; }

  bool answers(std::string_view host, const SocketAddress& local) const override {
    const uint16_t usualPort = tls_ ? 443 : 80;
    return isOwnHost(host, {options_.address, local, options_.names, usualPort});
  }
  const WebFile* findFile(std::string_view target) const override {
    target = target.substr(0, target.find('?'));
    if (target == "/") target = "/index.html";
    for (const WebFile& file : options_.files) {
      if (file.path == target) return &file;
    }
    return nullptr;
  }
  void opened(ClientId id, std::string target) override {
    if (!closed_) callbacks_.opened(id, std::move(target));
  }
  void message(ClientId id, std::string text) override {
    if (!closed_) callbacks_.message(id, std::move(text));
  }
  void gone(ClientId id, bool wasOpen) override {
    connections_.erase(id);
    if (!closed_ && wasOpen) callbacks_.closed(id);
  }

 private:
  Result<void> useTls();

  Options options_;
  Callbacks callbacks_;
  std::shared_ptr<asio::ssl::context> tls_;
  tcp::acceptor acceptor_;
  std::map<ClientId, std::shared_ptr<Connection>> connections_;
  ClientId lastId_ = 0;
  bool closed_ = false;
};

Result<void> SignallingServer::State::useTls() {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SystemError error;
  const asio::const_buffer pem = asio::buffer(options_.certificate);
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  if (!error) context->use_certificate_chain(pem, error);
  if (!error) context->use_private_key(pem, asio::ssl::context::pem, error);
  if (error) return Error(ErrorCode::kSyntaxError, "the page's certificate cannot be used: " + error.message());
  tls_ = std::move(context);
  return {};
}

Result<void> SignallingServer::State::listen() {
  if (!options_.certificate.empty()) {
    if (auto used = useTls(); !used) return used;
  }
  const SocketAddress address = options_.address;
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
  options_.address.port = acceptor_.local_endpoint().port();
  return {};
}

void SignallingServer::State::accept() {
  acceptor_.async_accept([self = shared_from_this()](const SystemError& error, tcp::socket socket) {
    if (self->closed_) return;
    if (!error && self->connections_.size() < kMaxConnections) {
      const ClientId id = ++self->lastId_;
      auto connection = makeConnection(std::move(socket), id, self, self->tls_);
      self->connections_.emplace(id, connection);
      connection->start();
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

Result<std::unique_ptr<SignallingServer>> SignallingServer::start(net::Loop& loop, Options options,
                                                                  Callbacks callbacks) {
  auto state = std::make_shared<State>(loop, std::move(options), std::move(callbacks));
  if (auto listening = state->listen(); !listening) return listening.error();
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
  return urlOf(state_->address().ip);
}
std::string SignallingServer::urlOf(const IpAddress& ip) const {
  return (state_->secure() ? "https://" : "http://") + SocketAddress{ip, state_->address().port}.toString() + "/";
}

}  // namespace tincan::inline v0::apps
