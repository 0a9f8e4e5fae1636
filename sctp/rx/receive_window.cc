#include "sctp/rx/receive_window.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tincan::inline v0::sctp {
namespace {

// What may come beyond the window: a peer's probe of a closed one (RFC 9260 §6.1, rule A), and overhead that only we count.
constexpr size_t kSlack = 64 * 1024;

}  // namespace

ReceiveWindow::ReceiveWindow(size_t start, size_t cap, std::shared_ptr<WindowBudget> budget)
    : limit_(start), cap_(std::max(start, cap)), budget_(std::move(budget)) {}

ReceiveWindow::~ReceiveWindow() {
  if (budget_) budget_->taken -= borrowed_;
}

bool ReceiveWindow::grow() {
  const size_t more = std::min(limit_, cap_ - limit_);
  if (more == 0) return false;
  if (budget_) {
    if (budget_->taken + more > budget_->limit) return false;
    budget_->taken += more;
    borrowed_ += more;
  }
  limit_ += more;
  return true;
}

void ReceiveWindow::taken(TimePoint now, size_t bytes, Duration rtt) {
  if (takenInRound_ == 0 || now - roundStart_ > rtt) {
    roundStart_ = now;
    takenInRound_ = 0;
  }
  takenInRound_ += bytes;
  if (takenInRound_ <= limit_ / 2) return;
  grow();
  roundStart_ = now;
  takenInRound_ = 0;
}

uint32_t ReceiveWindow::credit(size_t held) const {
  const size_t left = limit_ > held ? limit_ - held : 0;
  return static_cast<uint32_t>(std::min<size_t>(left, std::numeric_limits<uint32_t>::max()));
}

bool ReceiveWindow::hasRoom(size_t held, size_t cost, bool isNext) const {
  const size_t limit = limit_ + kSlack + (isNext ? kSlack + limit_ / 4 : 0);
  return held + cost <= limit;
}

}  // namespace tincan::inline v0::sctp
