#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/signalling/web_files.h"
#include "base/address.h"
#include "base/result.h"
#include "net/loop.h"

namespace tincan::inline v0::apps {

/// The embedded HTTP server: GET gives the page's files, and /ws is a WebSocket that carries text messages. Both sides
/// are bounded: connections, header and message sizes, queues, idle time.
///
/// Only pages of its own origin may open /ws, and only requests to its own addresses and names are answered, so that no
/// other site that the user visits can place calls (cross-site WebSocket hijacking, DNS rebinding).
class SignallingServer {
 public:
  using ClientId = uint64_t;
  static constexpr size_t kMaxConnections = 64;
  static constexpr size_t kMaxQueuedMessages = 256;  ///< to one client; a client that reads no more is dropped

  /// All on the loop, never inside a call of this class. They may destroy the server.
  struct Callbacks {
    std::function<void(ClientId, std::string target)> opened;  ///< target: "/ws", with its query
    std::function<void(ClientId, std::string text)> message;
    std::function<void(ClientId)> closed;
  };

  struct Options {
    SocketAddress address;             ///< port 0: any
    std::string certificate{};         ///< PEM of a key and its certificate: HTTPS; http:// is sent there
    std::vector<std::string> names{};  ///< hosts that are answered beside its addresses: "a.example", "a.example:1"
    std::span<const WebFile> files = webFiles();  ///< the page's
  };

  /// Listens. The error says what to do in one line.
  static Result<std::unique_ptr<SignallingServer>> start(net::Loop& loop, Options options, Callbacks callbacks);
  /// Closes everything.
  ~SignallingServer();
  SignallingServer(const SignallingServer&) = delete;
  SignallingServer& operator=(const SignallingServer&) = delete;

  /// Queues a text message; nothing when the client is gone.
  void send(ClientId client, std::string text);
  /// Says goodbye once everything queued was sent. `closed` follows.
  void close(ClientId client);
  const SocketAddress& address() const;
  /// "http://127.0.0.1:8080/"
  std::string url() const;
  /// The same by another address of this machine, for a server on all of them.
  std::string urlOf(const IpAddress& ip) const;

 private:
  class State;
  explicit SignallingServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace tincan::inline v0::apps
