#pragma once

#include <memory>
#include <napi.h>
#include <optional>

#include "node/addon/addon_data.h"
#include "node/uv_driver/uv_driver.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::node {

/// JavaScript's hold of a PeerConnection, and the driver beside it. Its events go to the dispatcher (AddonData).
class Connection : public Napi::ObjectWrap<Connection> {
 public:
  static constexpr const char* kName = "Connection";
  static void define(Napi::Env env, Napi::Object exports);
  explicit Connection(const Napi::CallbackInfo& info);
  ~Connection() override;

  void wake();
  /// The environment ends.
  void leave();

 private:
  using Info = const Napi::CallbackInfo&;
  void attach();

  Napi::Value createOffer(Info info);
  Napi::Value createAnswer(Info info);
  void setLocalDescription(Info info);
  void setRemoteDescription(Info info);
  void addIceCandidate(Info info);
  void restartIce(Info info);
  void setConfiguration(Info info);
  void close(Info info);
  Napi::Value description(Info info);
  Napi::Value state(Info info);
  Napi::Value canTrickle(Info info);
  Napi::Value negotiationNeeded(Info info);
  Napi::Value notes(Info info);
  Napi::Value certificates(Info info);

  Napi::Value addTrack(Info info);
  void removeTrack(Info info);
  Napi::Value addTransceiver(Info info);
  Napi::Value transceivers(Info info);
  Napi::Value sctp(Info info);
  Napi::Value createDataChannel(Info info);
  Napi::Value getStats(Info info);
  void requestKeyFrame(Info info);
  /// Calls a function once what waits has been told: in the next turn, behind the events that are due.
  void afterEvents(Info info);
  /// (call, done): a task of its own in the next turn: `call`, the events that it posts, then `done`.
  void inTask(Info info);
  void drained();

  AddonData& data_;
  std::unique_ptr<stack::PeerConnection> pc_;
  std::unique_ptr<UvDriver> driver_;
  struct Task {
    Napi::FunctionReference call, done;  // done may be none
  };
  std::vector<Task> after_;
};

}  // namespace tincan::inline v0::node
