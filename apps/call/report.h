#pragma once

#include <string>

#include "apps/call/peer.h"
#include "base/result.h"

namespace tincan::apps {

/// Whether media flowed both ways: every track that we sent was received, as the far end's RTCP reports or our page
/// say, and from every
/// track that it offered something came. With `expectInbound`, something must have come. Else why not, in one line.
Result<void> judge(const CallOutcome& outcome, const CallOptions& options, bool expectInbound);

/// The final statistics as JSON; `verdict` as judge() gave it.
std::string toJson(const CallOutcome& outcome, const Result<void>& verdict);

Result<void> writeReport(const std::string& path, const CallOutcome& outcome, const Result<void>& verdict);

}  // namespace tincan::apps
