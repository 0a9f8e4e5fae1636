#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "apps/signalling/web_files.h"
#include "base/address.h"

namespace tincan::inline v0::apps {

/// What a connection asks of the server that it belongs to.
class ConnectionHost {
 public:
  using ClientId = uint64_t;
  virtual ~ConnectionHost() = default;

  /// Whether requests to this Host header, which came in at `local`, are answered (see origin.h).
  virtual bool answers(std::string_view host, const SocketAddress& local) const = 0;
  /// null: there is no such page.
  virtual const WebFile* findFile(std::string_view target) const = 0;

  // Handlers behind these may destroy the server, though not this object.
  virtual void opened(ClientId id, std::string target) = 0;
  virtual void message(ClientId id, std::string text) = 0;
  /// It is over; `wasOpen`: its WebSocket was open.
  virtual void gone(ClientId id, bool wasOpen) = 0;
};

/// One TCP connection: HTTP requests, until one of them makes it a WebSocket. Kept alive by the operation under way.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void start() = 0;
  /// Queues a text message, while the WebSocket is open.
  virtual void send(std::string message) = 0;
  /// Says goodbye once everything queued was sent.
  virtual void close() = 0;
  /// At once, without a word to anybody.
  virtual void abort() = 0;
};

/// With `tls`, a connection that begins with a TLS hello is HTTPS, and any other is told to come again with https://.
std::shared_ptr<Connection> makeConnection(boost::asio::ip::tcp::socket socket, ConnectionHost::ClientId id,
                                           std::weak_ptr<ConnectionHost> host,
                                           std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace tincan::inline v0::apps
