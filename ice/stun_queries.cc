#include "ice/stun_queries.h"

#include <algorithm>
#include <utility>

#include "ice/server_errors.h"
#include "stun/binding.h"

namespace tincan::inline v0::ice {

void StunQueries::restart(TimePoint now) {
  queries_.clear();
  next_ = now;
}

void StunQueries::add(TimePoint now, size_t server, const SocketAddress& remote, const SocketAddress& base) {
  stun::RetryPlan plan;
  plan.timeout = config_.serverTimeout;
  // RFC 8445 §14.2: a new transaction every Ta, the first at once.
  next_ = std::max(next_, now);
  queries_.push_back({server, remote, base, stun::Transaction(stun::newTransactionId(random_), next_, plan), false,
                      TimePoint::never()});
  next_ += config_.pacing;
}

bool StunQueries::busy() const {
  return std::any_of(queries_.begin(), queries_.end(), [](const Query& q) { return !q.finished; });
}

bool StunQueries::busy(size_t server) const {
  return std::any_of(queries_.begin(), queries_.end(),
                     [&](const Query& q) { return q.server == server && !q.finished; });
}

bool StunQueries::handleResponse(TimePoint now, const Route& route, const stun::Message& message) {
  for (Query& query : queries_) {
    if (query.transaction.id() != message.transactionId() || query.transaction.sent() == 0) continue;
    if (query.finished || route.remote != query.remote || route.local != query.base) return true;
    const auto mapped = message.mappedAddress();
    if (message.messageClass() == stun::Class::kSuccess && mapped && mapped->port != 0) {
      query.finished = true;
      query.keepalive = now + config_.serverKeepalive;
      // Karn's rule (RFC 8489 §6.2.1) leaves the time since the first request where it was sent again.
      const Duration roundTrip = now - query.transaction.firstSent();
      outcomes_.push_back({query.server, query.base, query.remote, 0, "", *mapped, roundTrip});
    } else {
      const auto error = message.errorCode();
      fail(query, error ? error->number : kUnreachable,
           error && !error->reason.empty() ? std::string(error->reason.substr(0, 128))
                                           : "the server's answer made no sense");
    }
    return true;
  }
  return false;
}

void StunQueries::fail(Query& query, uint16_t code, std::string reason) {
  query.finished = true;
  if (busy(query.server)) return;
  outcomes_.push_back({query.server, query.base, query.remote, code, std::move(reason), {}, Duration::zero()});
}

bool StunQueries::pollOutcome(Outcome& out) {
  if (outcomes_.empty()) return false;
  out = std::move(outcomes_.front());
  outcomes_.pop_front();
  return true;
}

void StunQueries::closedUdp(const std::vector<SocketAddress>& locals) {
  std::erase_if(queries_, [&](const Query& query) {
    return std::find(locals.begin(), locals.end(), query.base) != locals.end();
  });
}

void StunQueries::stopKeepalive() {
  for (Query& query : queries_) query.keepalive = TimePoint::never();
}

void StunQueries::handleTimeout(TimePoint now) {
  for (Query& query : queries_) {
    if (query.finished) {
      if (now < query.keepalive) continue;
      // RFC 8445 §11: an indication keeps the binding open and asks for no answer.
      send(query, stun::newTransactionId(random_), stun::Class::kIndication);
      query.keepalive = now + config_.serverKeepalive;
    } else if (query.transaction.expired(now)) {
      fail(query, kUnreachable, "the STUN server did not answer");
    } else if (query.transaction.takeSend(now)) {
      send(query, query.transaction.id(), stun::Class::kRequest);
    }
  }
}

TimePoint StunQueries::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const Query& q : queries_) out = earlier(out, q.finished ? q.keepalive : q.transaction.nextTimeout());
  return out;
}

void StunQueries::send(const Query& query, const stun::TransactionId& id, stun::Class messageClass) {
  PacketBuffer packet = stun::bindingMessage(pool_, messageClass, id);
  if (packet) {
    transmits_.push_back({{Protocol::kUdp, query.base, query.remote}, std::move(packet)});
  } else {
    ++stats_.transmitsDropped;
  }
}

bool StunQueries::pollTransmit(Transmit& out) {
  if (transmits_.empty()) return false;
  out = std::move(transmits_.front());
  transmits_.pop_front();
  return true;
}

void StunQueries::close() {
  queries_.clear();
  outcomes_.clear();
  transmits_.clear();
}

}  // namespace tincan::inline v0::ice
