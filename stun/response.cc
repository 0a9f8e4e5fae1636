#include "stun/response.h"

namespace tincan::inline v0::stun {
namespace {

size_t finish(MessageWriter& writer, const Message& request, const IntegrityKey* key) {
  if (key) {
    writer.integrity(*key).fingerprint();
  } else if (writer.size() + 8 <= request.bytes().size()) {
    writer.fingerprint();
  }
  if (!key && writer.size() > request.bytes().size()) return 0;
  return writer.ok() ? writer.size() : 0;
}

}  // namespace

size_t writeError(MutableByteView out, const Message& request, ErrorNumber number, const IntegrityKey* key) {
  MessageWriter writer(out, Class::kError, request.method(), request.transactionId());
  writer.errorCode(number, key ? reason(number) : std::string_view());
  return finish(writer, request, key);
}

size_t writeUnknownAttributes(MutableByteView out, const Message& request, std::span<const AttributeType> unknown,
                              const IntegrityKey* key) {
  MessageWriter writer(out, Class::kError, request.method(), request.transactionId());
  writer.errorCode(ErrorNumber::kUnknownAttribute, key ? reason(ErrorNumber::kUnknownAttribute) : std::string_view());
  writer.unknownAttributes(unknown);
  return finish(writer, request, key);
}

size_t writeBindingSuccess(MutableByteView out, const Message& request, const SocketAddress& source,
                           const IntegrityKey* key) {
  MessageWriter writer(out, Class::kSuccess, request.method(), request.transactionId());
  writer.xorAddress(AttributeType::kXorMappedAddress, source);
  if (key) writer.integrity(*key);
  writer.fingerprint();
  return writer.ok() ? writer.size() : 0;
}

}  // namespace tincan::inline v0::stun
