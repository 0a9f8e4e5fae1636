#pragma once

#include "node/addon/addon_data.h"
#include "stack/api/transports.h"
#include "stack/certificate.h"

namespace tincan::inline v0::node {

/// JavaScript's hold of an IceTransport.
class IceTransport : public Shared<IceTransport, stack::IceTransport> {
 public:
  static constexpr const char* kName = "IceTransport";
  static void define(Napi::Env env);
  using Shared::Shared;
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value get(Info info);
};

/// JavaScript's hold of a DtlsTransport.
class DtlsTransport : public Shared<DtlsTransport, stack::DtlsTransport> {
 public:
  static constexpr const char* kName = "DtlsTransport";
  static void define(Napi::Env env);
  using Shared::Shared;
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value iceTransport(Info info);
  Napi::Value state(Info info);
  Napi::Value remoteCertificates(Info info);
};

/// JavaScript's hold of an SctpTransport.
class SctpTransport : public Shared<SctpTransport, stack::SctpTransport> {
 public:
  static constexpr const char* kName = "SctpTransport";
  static void define(Napi::Env env);
  using Shared::Shared;
  void attach();

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value transport(Info info);
  Napi::Value state(Info info);
  Napi::Value maxMessageSize(Info info);
  Napi::Value maxChannels(Info info);
};

/// JavaScript's hold of an RTCCertificate, which is a value.
class Certificate : public Napi::ObjectWrap<Certificate> {
 public:
  static constexpr const char* kName = "Certificate";
  static void define(Napi::Env env, Napi::Object exports);
  explicit Certificate(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Certificate>(info) {}
  static Napi::Value of(Napi::Env env, const stack::RTCCertificate& certificate);
  static stack::RTCCertificate from(const Napi::Object& object);

 private:
  using Info = const Napi::CallbackInfo&;
  Napi::Value expires(Info info);
  Napi::Value fingerprints(Info info);
  Napi::Value toPem(Info info);

  std::optional<stack::RTCCertificate> certificate_;
};

}  // namespace tincan::inline v0::node
