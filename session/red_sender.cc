#include "session/red_sender.h"

#include <utility>

namespace tincan::inline v0::session {

bool RedSender::wrap(uint32_t timestamp, size_t maxPayload, PacketPool& pool, PacketBuffer& payload) {
  const size_t copies = generations();
  encoder_.setGenerations(copies);
  if (copies == 0) return false;
  PacketBuffer out = pool.allocate();
  if (!out || !encoder_.encode(timestamp, payload.view(), maxPayload, out)) return false;
  payload = std::move(out);
  return true;
}

}  // namespace tincan::inline v0::session
