#pragma once

#include <string>

#include "apps/call/peer.h"
#include "base/result.h"

namespace tincan::inline v0::apps {

/// Whether media flowed: every track was sent, and from every track that the far end offered something came. Else why
/// not, in one line. `page`: the far end is our page, which sends media and says what it received, so both must be so.
/// Of any other far end no report is asked for: a good one may send none (a short call, RTCP switched off).
Result<void> judge(const CallOutcome& outcome, const CallOptions& options, bool page);

/// The final statistics as JSON; `verdict` as judge() gave it.
std::string toJson(const CallOutcome& outcome, const Result<void>& verdict);

Result<void> writeReport(const std::string& path, const CallOutcome& outcome, const Result<void>& verdict);

}  // namespace tincan::inline v0::apps
