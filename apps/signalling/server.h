#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/signalling/web_files.h"
#include "base/address.h"
#include "base/result.h"
#include "net/loop.h"

namespace tincan::apps {

class Connection;

/// The embedded HTTP server: GET gives the page's files, and /ws is a WebSocket that carries text messages. Both sides
/// are bounded: connections, header and message sizes, queues, idle time.
///
/// Only pages of its own origin may ask for anything, and only by the address that the server listens on or by a name
/// that the user has given (isOwnHost), so that no other site that the user visits can place calls (cross-site WebSocket
/// hijacking, DNS rebinding).
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

  /// Listens; port 0: any. `files` are the page's, `names` are given to it beside its address. The error says what to do
  /// in one line.
  static Result<std::unique_ptr<SignallingServer>> start(net::Loop& loop, const SocketAddress& address,
                                                         Callbacks callbacks,
                                                         std::span<const WebFile> files = webFiles(),
                                                         std::vector<std::string> names = {});
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

 private:
  friend class Connection;
  class State;
  explicit SignallingServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace tincan::apps
