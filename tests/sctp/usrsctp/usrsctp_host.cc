// The functions that usrsctp calls in place of its operating system's and its own timer queue's. Their names are given in
// cmake/TincanUsrsctp.cmake, their types are those of usrsctp 0.9.5.
#include "tests/sctp/usrsctp/usrsctp_host.h"

#include <algorithm>
#include <netinet/in.h>  // in6_addr
#include <sys/types.h>   // timeval

namespace tincan::inline v0::sctp::test {

// netinet/sctp_callout.h: what a timer of ours must look like to the macros that read its flags. The first two words are
// the links of the queue that we replace, and ours to use.
struct UsrsctpHost::Callout {
  UsrsctpHost* owner;
  void* unused;
  uint32_t time;
  void* argument;
  void (*function)(void*);
  int flags;
};

namespace {

using Callout = UsrsctpHost::Callout;

static_assert(sizeof(Callout) == 48 || sizeof(void*) != 8);
constexpr int kCalloutActive = 0x0002;
constexpr int kCalloutPending = 0x0004;

// usrsctp takes a time of zero for "never", so its clock starts away from it.
constexpr int64_t kClockOrigin = 1'000'000'000;  // microseconds

thread_local constinit UsrsctpHost* drivenHost = nullptr;

int64_t clockMicros() {
  return kClockOrigin + (drivenHost ? drivenHost->now().micros() : 0);
}

}  // namespace

UsrsctpHost* UsrsctpHost::driven() {
  return drivenHost;
}

UsrsctpHost::Driving::Driving(UsrsctpHost& host, TimePoint now) : outer_(drivenHost) {
  // usrsctp takes differences of time without looking whether they are negative.
  host.now_ = std::max(host.now_, now);
  drivenHost = &host;
}

UsrsctpHost::Driving::~Driving() {
  drivenHost = outer_;
}

void UsrsctpHost::startTimer(Callout& callout, uint32_t millis, void (*function)(void*), void* argument) {
  callout.owner = this;
  callout.function = function;
  callout.argument = argument;
  callout.flags = kCalloutActive | kCalloutPending;
  timers_.push_back({now_ + Duration::millis(std::max<uint32_t>(millis, 1)), &callout});
}

void UsrsctpHost::stopTimer(Callout& callout) {
  std::erase_if(timers_, [&](const Timer& timer) { return timer.callout == &callout; });
  callout.flags &= ~(kCalloutActive | kCalloutPending);
}

TimePoint UsrsctpHost::nextTimeout() const {
  TimePoint next = TimePoint::never();
  for (const Timer& timer : timers_) next = earlier(next, timer.deadline);
  return next;
}

void UsrsctpHost::fireDue() {
  while (!timers_.empty()) {
    const auto next = std::min_element(timers_.begin(), timers_.end(),
                                       [](const Timer& a, const Timer& b) { return a.deadline < b.deadline; });
    if (next->deadline > now_) return;
    Callout* callout = next->callout;
    timers_.erase(next);
    callout->flags &= ~kCalloutPending;
    callout->function(callout->argument);
  }
}

void UsrsctpHost::runOutTimers() {
  const TimePoint now = now_;
  for (int round = 0; round < 1000 && !timers_.empty(); ++round) {
    now_ = std::max(now_, nextTimeout());
    fireDue();
  }
  now_ = now;
  while (!timers_.empty()) stopTimer(*timers_.back().callout);
}

extern "C" {

// A copy that lies in this library (cmake/TincanUsrsctp.cmake); hidden, so that it is read where it is.
extern __attribute__((visibility("hidden"))) const in6_addr tincan_usrsctp_in6addr_any;
const in6_addr tincan_usrsctp_in6addr_any = IN6ADDR_ANY_INIT;

int tincan_usrsctp_gettimeofday(timeval* out, void*);
void tincan_usrsctp_read_random(void* out, uint32_t size);
void tincan_usrsctp_init_random();
void tincan_usrsctp_finish_random();
int tincan_usrsctp_sctp_get_tick_count();
void tincan_usrsctp_sctp_os_timer_init(Callout* callout);
int tincan_usrsctp_sctp_os_timer_start(Callout* callout, uint32_t ticks, void (*function)(void*), void* argument);
int tincan_usrsctp_sctp_os_timer_stop(Callout* callout);
void tincan_usrsctp_sctp_startup_iterator();
int tincan_usrsctp_sctp_initiate_iterator(void* each, void* eachAssociation, void* eachEnd, uint32_t state,
                                          uint32_t features, uint32_t associationState, void* argument, uint32_t number,
                                          void (*end)(void*, uint32_t), void* endpoint, uint8_t noOutput);
}

int tincan_usrsctp_gettimeofday(timeval* out, void*) {
  out->tv_sec = static_cast<decltype(out->tv_sec)>(clockMicros() / 1'000'000);
  out->tv_usec = static_cast<decltype(out->tv_usec)>(clockMicros() % 1'000'000);
  return 0;
}

void tincan_usrsctp_read_random(void* out, uint32_t size) {
  const MutableByteView bytes(static_cast<uint8_t*>(out), size);
  if (drivenHost) {
    drivenHost->random().fill(bytes);
  } else {
    std::fill(bytes.begin(), bytes.end(), uint8_t{0});
  }
}

void tincan_usrsctp_init_random() {}
void tincan_usrsctp_finish_random() {}

int tincan_usrsctp_sctp_get_tick_count() {
  return static_cast<int>(clockMicros() / 1000 & 0x7fffffff);
}

void tincan_usrsctp_sctp_os_timer_init(Callout* callout) {
  *callout = Callout{};
}

int tincan_usrsctp_sctp_os_timer_start(Callout* callout, uint32_t ticks, void (*function)(void*), void* argument) {
  if (callout == nullptr || function == nullptr || drivenHost == nullptr) return 0;
  const int wasPending = tincan_usrsctp_sctp_os_timer_stop(callout);
  drivenHost->startTimer(*callout, ticks, function, argument);
  return wasPending;
}

int tincan_usrsctp_sctp_os_timer_stop(Callout* callout) {
  const bool pending = (callout->flags & kCalloutPending) != 0;
  if (pending && callout->owner != nullptr) callout->owner->stopTimer(*callout);
  callout->flags &= ~(kCalloutActive | kCalloutPending);
  return pending ? 1 : 0;
}

// The original starts a thread that walks over all endpoints of the process. The one walk that is ever asked for is to
// tell peers that an address is gone (ASCONF), when a handle is given back: nobody is told, and what it holds is freed.
void tincan_usrsctp_sctp_startup_iterator() {}
int tincan_usrsctp_sctp_initiate_iterator(void*, void*, void*, uint32_t, uint32_t, uint32_t, void* argument,
                                          uint32_t number, void (*end)(void*, uint32_t), void*, uint8_t) {
  if (end != nullptr) end(argument, number);
  return 0;
}

}  // namespace tincan::inline v0::sctp::test
