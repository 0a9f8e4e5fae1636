#include "net/os_random.h"

#include <cerrno>
#include <cstdlib>
#include <sys/random.h>

namespace tincan::inline v0::net {

void OsRandom::fill(MutableByteView out) {
  while (!out.empty()) {
    const ssize_t size = ::getrandom(out.data(), out.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    // Cannot happen on a kernel since 3.17; without entropy there is no key that may be used.
    if (size < 0) std::abort();
    out = out.subspan(static_cast<size_t>(size));
  }
}

}  // namespace tincan::inline v0::net
