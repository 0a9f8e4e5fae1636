#pragma once

#include <cstdlib>

#include "stun/message.h"
#include "stun/message_writer.h"

namespace tincan::inline v0::fuzz {

/// Round trip: whatever parses is written again from its attributes, and parses to the same ones.
inline void fuzzStunMessage(ByteView data) {
  stun::Message first;
  if (!stun::Message::parse(data, first)) return;
  static_cast<void>(first.mappedAddress());
  static_cast<void>(first.errorCode());
  const auto key = stun::IntegrityKey::shortTerm("VOkJxbRl1RmTxUk/WvJxBt");
  static_cast<void>(first.checkIntegrity(key));

  Bytes out(data.size() + 8);
  stun::MessageWriter writer(out, first.messageClass(), first.method(), first.transactionId());
  size_t written = 0;
  for (const auto& a : first.attributes()) {
    if (a.type == stun::AttributeType::kFingerprint) continue;
    writer.bytes(a.type, data.subspan(a.offset, a.size));
    ++written;
  }
  writer.fingerprint();
  stun::Message second;
  if (!writer.ok() || !stun::Message::parse(writer.written(), second)) std::abort();
  if (second.attributes().size() != written + 1) std::abort();
  for (size_t i = 0, j = 0; i < first.attributes().size(); ++i) {
    const auto& a = first.attributes()[i];
    if (a.type == stun::AttributeType::kFingerprint) continue;
    const auto& b = second.attributes()[j++];
    if (a.type != b.type || !equalBytes(data.subspan(a.offset, a.size), second.bytes().subspan(b.offset, b.size))) {
      std::abort();
    }
  }
}

}  // namespace tincan::inline v0::fuzz
