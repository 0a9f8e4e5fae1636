#include "rtp/rtcp/app.h"

#include <algorithm>

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr size_t kFixedSize = 8;

}  // namespace

Verdict parse(const Block& block, App& out) {
  // RFC 3550 §6.7: data is whole words; odd padding (see BlockReader) would break that.
  if (block.body.size() < kFixedSize || block.body.size() % 4 != 0) return Verdict::kMalformed;
  out.subtype = block.count;
  out.sender = Ssrc(loadBe32(block.body.data()));
  std::copy_n(block.body.begin() + 4, out.name.size(), out.name.begin());
  out.data.assign(block.body.begin() + kFixedSize, block.body.end());
  return Verdict::kOk;
}

bool write(ByteWriter& writer, const App& app) {
  if (app.subtype > kMaxCount) return false;
  BlockWriter block(writer, app.subtype, kAppType);
  writer.u32(app.sender.value());
  writer.bytes(asBytes({app.name.data(), app.name.size()}));
  writer.bytes(app.data);
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
