#include "base/result.h"

namespace tincan::inline v0 {

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed: return "malformed";
    case ErrorCode::kLimit: return "limit";
    case ErrorCode::kUnauthenticated: return "unauthenticated";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kReplayed: return "replayed";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kInvalidStateError: return "InvalidStateError";
    case ErrorCode::kInvalidAccessError: return "InvalidAccessError";
    case ErrorCode::kInvalidModificationError: return "InvalidModificationError";
    case ErrorCode::kOperationError: return "OperationError";
    case ErrorCode::kNotSupportedError: return "NotSupportedError";
    case ErrorCode::kNotFoundError: return "NotFoundError";
    case ErrorCode::kNotReadableError: return "NotReadableError";
    case ErrorCode::kSyntaxError: return "SyntaxError";
    case ErrorCode::kNetworkError: return "NetworkError";
    case ErrorCode::kTypeError: return "TypeError";
    case ErrorCode::kRangeError: return "RangeError";
  }
  return "unknown";
}

void throwBadResult(const Error& error) {
  throw BadResult(error);
}

}  // namespace tincan::inline v0
