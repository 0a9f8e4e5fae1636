#include "stun/transaction.h"

#include <algorithm>

namespace tincan::inline v0::stun {

bool Transaction::expired(TimePoint now) const {
  if (sent_ == 0 || now < next_) return false;
  if (sent_ >= plan_.sends) return true;
  return plan_.timeout != Duration::infinite() && now >= first_ + plan_.timeout;
}

bool Transaction::takeSend(TimePoint now) {
  if (now < next_ || expired(now)) return false;
  if (sent_++ == 0) {
    first_ = now;
    wait_ = plan_.rto;
  } else {
    wait_ = std::min(wait_ * 2, plan_.maximumRto);
  }
  // RFC 8489 §6.2.1: each wait is twice the last; after the last send, Rm times the RTO.
  next_ = now + (sent_ >= plan_.sends ? plan_.rto * plan_.lastWait : wait_);
  if (plan_.timeout != Duration::infinite()) next_ = earlier(next_, first_ + plan_.timeout);
  return true;
}

}  // namespace tincan::inline v0::stun
