#pragma once

#include "node/addon/addon_data.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::node {

/// JavaScript's hold of a transceiver, with what its sender, its receiver and its DTMFSender do: the facade has objects
/// of its own for those.
class Transceiver : public Shared<Transceiver, stack::RtpTransceiver> {
 public:
  static constexpr const char* kName = "Transceiver";
  static void define(Napi::Env env, Napi::Object exports);
  using Shared::Shared;
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value kind(Info info);
  Napi::Value mid(Info info);
  Napi::Value direction(Info info);
  Napi::Value currentDirection(Info info);
  void setDirection(Info info);
  void stop(Info info);
  void setCodecPreferences(Info info);

  Napi::Value extensions(Info info);
  void setExtensions(Info info);

  Napi::Value senderTrack(Info info);
  Napi::Value senderTransport(Info info);
  void replaceTrack(Info info);
  void setStreams(Info info);
  Napi::Value senderParameters(Info info);
  void setParameters(Info info);
  Napi::Value senderStats(Info info);

  Napi::Value receiverTrack(Info info);
  Napi::Value receiverTransport(Info info);
  Napi::Value receiverParameters(Info info);
  Napi::Value receiverStats(Info info);
  Napi::Value sources(Info info);
  Napi::Value setTransform(Info info);
  void setJitterBufferTarget(Info info);

  Napi::Value canInsertDTMF(Info info);
  Napi::Value toneBuffer(Info info);
  void insertDTMF(Info info);
};

}  // namespace tincan::inline v0::node
