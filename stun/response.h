#pragma once

#include <span>

#include "base/bytes.h"
#include "stun/message.h"
#include "stun/message_writer.h"

namespace tincan::inline v0::stun {

/// What a Binding server may refuse a request with. Each writes into `out` and gives the size; 0 when it did not fit.
/// With `key` the answer carries MESSAGE-INTEGRITY; without it, neither that nor a phrase, and it is never longer than
/// the request, so that nobody is made to amplify (LIMITS: bytes to an address that is not validated).
size_t writeError(MutableByteView out, const Message& request, ErrorNumber number, const IntegrityKey* key);
/// RFC 8489 §6.3.1: 420 with the list.
size_t writeUnknownAttributes(MutableByteView out, const Message& request, std::span<const AttributeType> unknown,
                              const IntegrityKey* key);
/// RFC 8489 §6.3.1.1: success, with where the request came from.
size_t writeBindingSuccess(MutableByteView out, const Message& request, const SocketAddress& source,
                           const IntegrityKey* key);

}  // namespace tincan::inline v0::stun
