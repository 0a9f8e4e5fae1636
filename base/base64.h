#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tincan::inline v0 {

/// RFC 4648 §4, with padding.
std::string base64(ByteView bytes);
/// The bytes of a text that is whole groups of four of the alphabet, padded at its end alone; nullopt for any other. Bits
/// that pad are to be zero (RFC 4648 §3.5), so that no two texts mean the same bytes.
std::optional<Bytes> fromBase64(std::string_view text);

}  // namespace tincan::inline v0
