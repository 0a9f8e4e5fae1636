#include "dtls/handshake/extensions.h"

#include <algorithm>

namespace tincan::inline v0::dtls {
namespace {

constexpr size_t kMaxExtensions = 64;  // browsers send about 20

}  // namespace

Status readExtensions(ByteReader& reader, std::vector<Extension>& out) {
  if (reader.ok() && reader.atEnd()) return Status::success();
  ByteReader block(reader.prefixed16());
  if (!reader.ok() || !reader.atEnd())
    return Status::failure(AlertDescription::kDecodeError, "bytes behind a message's end");
  while (block.ok() && !block.atEnd()) {
    Extension extension;
    extension.type = block.u16();
    extension.data = block.prefixed16();
    if (!block.ok() || out.size() >= kMaxExtensions) {
      return Status::failure(AlertDescription::kDecodeError, "malformed or too many extensions");
    }
    const auto same = [&](const Extension& other) { return other.type == extension.type; };
    if (std::any_of(out.begin(), out.end(), same)) {
      return Status::failure(AlertDescription::kIllegalParameter, "an extension comes twice");
    }
    out.push_back(extension);
  }
  return Status::success();
}

bool readNumbers16(ByteView data, std::vector<uint16_t>& out) {
  ByteReader reader(data);
  ByteReader list(reader.prefixed16());
  if (!reader.ok() || !reader.atEnd() || list.atEnd() || list.remaining() % 2 != 0) return false;
  out.clear();
  while (!list.atEnd()) out.push_back(list.u16());
  return true;
}

bool readUseSrtp(ByteView data, std::vector<uint16_t>& profiles, bool& hasMki) {
  ByteReader reader(data);
  ByteReader list(reader.prefixed16());
  const ByteView mki = reader.prefixed8();
  if (!reader.ok() || !reader.atEnd() || list.atEnd() || list.remaining() % 2 != 0) return false;
  profiles.clear();
  while (!list.atEnd()) profiles.push_back(list.u16());
  hasMki = !mki.empty();
  return true;
}

}  // namespace tincan::inline v0::dtls
