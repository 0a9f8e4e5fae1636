#include "stun/binding.h"

#include "stun/message_writer.h"

namespace tincan::inline v0::stun {

PacketBuffer bindingMessage(PacketPool& pool, Class messageClass, const TransactionId& id) {
  PacketBuffer packet = pool.allocate();
  if (!packet) return packet;
  MessageWriter writer(packet.writable(), messageClass, Method::kBinding, id);
  writer.fingerprint();
  if (!packet.resize(writer.size())) packet.reset();
  return packet;
}

}  // namespace tincan::inline v0::stun
