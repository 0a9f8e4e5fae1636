#include "ice/candidate_pair.h"

#include <algorithm>

namespace tincan::inline v0::ice {

uint64_t pairPriority(uint32_t controlling, uint32_t controlled) {
  const uint64_t low = std::min(controlling, controlled);
  const uint64_t high = std::max(controlling, controlled);
  return (low << 32) + 2 * high + (controlling > controlled ? 1 : 0);
}

SentCheck& CandidatePair::remember(const SentCheck& request) {
  const auto answered = std::find_if(sent.begin(), sent.end(), [](const SentCheck& s) { return s.at.isNever(); });
  if (answered != sent.end()) return *answered = request;
  if (sent.size() < kMaxSent) return sent.emplace_back(request);
  return sent[nextSent++ % kMaxSent] = request;
}

SentCheck* CandidatePair::find(const stun::TransactionId& id) {
  for (SentCheck& s : sent) {
    if (!s.at.isNever() && s.id == id) return &s;
  }
  return nullptr;
}

}  // namespace tincan::inline v0::ice
