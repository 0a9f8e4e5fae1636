#pragma once

#include <optional>

#include "crypto/srtp_profile.h"
#include "dtls/config.h"
#include "dtls/handshake/handshake.h"

namespace tincan::inline v0::dtls {

/// The SRTP keys of a handshake that is complete (RFC 5764 §4.2); nothing where no profile was agreed on. `role`: ours.
std::optional<crypto::SrtpKeys> exportSrtpKeys(const Handshake& handshake, Role role);

}  // namespace tincan::inline v0::dtls
