#include "crypto/multi_buffer.h"

#ifdef TINCAN_HAVE_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

namespace tincan::inline v0::crypto {

#ifdef TINCAN_HAVE_IPSEC_MB

std::unique_ptr<MultiBuffer> MultiBuffer::create() {
  IMB_MGR* manager = alloc_mb_mgr(0);
  if (!manager) return nullptr;
  std::unique_ptr<MultiBuffer> out(new MultiBuffer(manager));
  constexpr uint64_t kNeeded = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SSE4_2;
  if ((manager->features & kNeeded) != kNeeded) return nullptr;
  IMB_ARCH arch = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager, &arch);
  // IMB_ARCH_NOAESNI emulates AES in software: libcrypto does that better. The error says that the self-test failed.
  if (arch < IMB_ARCH_SSE || imb_get_errno(manager) != 0) return nullptr;
  return out;
}

MultiBuffer::~MultiBuffer() {
  free_mb_mgr(manager_);
}

#else

std::unique_ptr<MultiBuffer> MultiBuffer::create() {
  return nullptr;
}
MultiBuffer::~MultiBuffer() = default;

#endif

}  // namespace tincan::inline v0::crypto
