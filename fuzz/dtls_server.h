#pragma once

#include "fuzz/dtls_connection.h"

namespace tincan::inline v0::fuzz {

/// A server of ours on a hostile network: options(1), then what DtlsConnectionFuzz takes.
inline void fuzzDtlsServer(ByteView data) {
  if (data.empty()) return;
  DtlsConnectionFuzz(dtls::Role::kServer, data[0]).run(data.subspan(1));
}

}  // namespace tincan::inline v0::fuzz
