#pragma once

#include <cstdint>
#include <memory>

struct IMB_MGR;  // Intel IPsec-MB's, so that its header leaks nowhere

namespace tincan::inline v0::crypto {

/// Which code does the arithmetic of SRTP.
enum class Engine : uint8_t {
  kAuto,       ///< IPsec-MB where it is built in and the CPU can, else libcrypto
  kLibcrypto,  ///< OpenSSL, everywhere
};

/// The workspace of Intel IPsec-MB: its functions for this CPU and its queue of jobs. It takes 200 KB and about a
/// millisecond to make (it tests itself), so that sessions of one thread share one; it holds no keys between calls.
/// Not for two threads at once. Whoever makes it keeps it alive longer than the ciphers that were given it.
class MultiBuffer {
 public:
  /// Null when tincan was built without IPsec-MB or the CPU has no AES instructions.
  static std::unique_ptr<MultiBuffer> create();
  ~MultiBuffer();
  MultiBuffer(const MultiBuffer&) = delete;
  MultiBuffer& operator=(const MultiBuffer&) = delete;

  IMB_MGR* get() const { return manager_; }

 private:
  explicit MultiBuffer(IMB_MGR* manager) : manager_(manager) {}
  IMB_MGR* manager_;
};

}  // namespace tincan::inline v0::crypto
