#include "dtls/connection.h"

#include "dtls/connection_impl.h"
#include "dtls/rivals.h"

namespace tincan::inline v0::dtls {

Connection::Connection(Config config, RandomSource& random, PacketPool& pool) {
  // With a cookie exchange nothing is kept of a hello before its client has shown that it hears us.
  if (config.role == Role::kServer && !config.cookieExchange) {
    rivals_ = std::make_unique<Rivals>(config, random, pool);
  }
  impl_ = std::make_unique<Impl>(std::move(config), random, pool);
}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

void Connection::setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints) {
  if (rivals_) rivals_->setRemoteFingerprints(fingerprints);
  impl_->setRemoteFingerprints(std::move(fingerprints));
}
void Connection::start(TimePoint now) {
  impl_->start(now);
}
void Connection::receive(TimePoint now, PacketBuffer datagram) {
  if (!rivals_) return impl_->receive(now, std::move(datagram));
  rivals_->receive(now, *impl_, std::move(datagram));
  if (auto proven = rivals_->takeProven()) {
    proven->succeed(*impl_);
    impl_ = std::move(proven);
    rivals_.reset();
  } else if (impl_->isProven() || impl_->state() != State::kConnecting) {
    rivals_.reset();
  }
}
void Connection::handleTimeout(TimePoint now) {
  impl_->handleTimeout(now);
  if (impl_->state() == State::kFailed) rivals_.reset();
  if (rivals_) rivals_->handleTimeout(now);
}
void Connection::setRoundTripTime(Duration rtt) {
  impl_->setRoundTripTime(rtt);
}

TimePoint Connection::nextTimeout() const {
  return rivals_ ? earlier(impl_->nextTimeout(), rivals_->nextTimeout()) : impl_->nextTimeout();
}
bool Connection::pollTransmit(TimePoint, PacketBuffer& out) {
  return impl_->pollTransmit(out) || (rivals_ && rivals_->pollTransmit(out));
}
std::optional<Event> Connection::pollEvent() {
  return impl_->pollEvent();
}
Result<void> Connection::send(TimePoint now, ByteView applicationData) {
  return impl_->send(now, applicationData, false);
}
Result<void> Connection::send(TimePoint now, PacketBuffer applicationData) {
  return impl_->send(now, std::move(applicationData), false);
}
bool Connection::takesEarlyData() const {
  return impl_->takesEarlyData();
}
Result<void> Connection::sendEarly(TimePoint now, ByteView applicationData) {
  return impl_->send(now, applicationData, true);
}
Result<void> Connection::sendEarly(TimePoint now, PacketBuffer applicationData) {
  return impl_->send(now, std::move(applicationData), true);
}
Result<void> Connection::updateKeys(TimePoint now, bool peerToo) {
  return impl_->updateKeys(now, peerToo);
}
void Connection::close(TimePoint) {
  rivals_.reset();
  impl_->close();
}
State Connection::state() const {
  return impl_->state();
}

std::optional<Version> Connection::version() const {
  const Negotiated* negotiated = impl_->negotiated();
  return negotiated != nullptr && negotiated->suite != nullptr ? negotiated->version : std::nullopt;
}

std::string_view Connection::cipherSuite() const {
  const Negotiated* negotiated = impl_->negotiated();
  return negotiated != nullptr && negotiated->suite != nullptr ? negotiated->suite->name : std::string_view();
}

std::string_view Connection::group() const {
  const Negotiated* negotiated = impl_->negotiated();
  return negotiated != nullptr && negotiated->group ? name(*negotiated->group) : std::string_view();
}

std::optional<crypto::SrtpProfile> Connection::srtpProfile() const {
  const Negotiated* negotiated = impl_->negotiated();
  return negotiated != nullptr ? negotiated->srtpProfile : std::nullopt;
}

const Stats& Connection::stats() const {
  return impl_->stats();
}

const crypto::Certificate* Connection::remoteCertificate() const {
  const Negotiated* negotiated = impl_->negotiated();
  return negotiated != nullptr && negotiated->remoteCertificate ? &*negotiated->remoteCertificate : nullptr;
}

Result<crypto::SecretBytes> Connection::exportKeyingMaterial(std::string_view label, size_t size) const {
  return impl_->exportKeyingMaterial(label, size);
}

const std::string& Connection::keyLog() const {
  return impl_->keyLog();
}

}  // namespace tincan::inline v0::dtls
