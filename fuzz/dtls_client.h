#pragma once

#include "fuzz/dtls_connection.h"

namespace tincan::inline v0::fuzz {

/// A client of ours on a hostile network: options(1), then what DtlsConnectionFuzz takes.
inline void fuzzDtlsClient(ByteView data) {
  if (data.empty()) return;
  DtlsConnectionFuzz(dtls::Role::kClient, data[0]).run(data.subspan(1));
}

}  // namespace tincan::inline v0::fuzz
