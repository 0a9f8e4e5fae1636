#include "net/resolver.h"

#include <algorithm>

#include <boost/asio/ip/udp.hpp>

#include "net/asio_context.h"

namespace tincan::inline v0::net {

namespace {

using Udp = boost::asio::ip::udp;

IpAddress fromAsio(const boost::asio::ip::address& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return IpAddress::v4(ByteView(bytes));
  }
  const auto bytes = address.to_v6().to_bytes();
  return IpAddress::v6(ByteView(bytes));
}

Result<std::vector<IpAddress>> addressesOf(const Udp::resolver::results_type& results) {
  std::vector<IpAddress> out;
  for (const auto& entry : results) {
    const IpAddress address = fromAsio(entry.endpoint().address());
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
  }
  return out;
}

}  // namespace

struct Resolver::State {
  explicit State(Loop& owner) : loop(owner), resolver(contextOf(owner)) {}
  Loop& loop;
  Udp::resolver resolver;
  bool closed = false;
};

Resolver::Resolver(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Resolver::~Resolver() {
  state_->closed = true;
  state_->resolver.cancel();
}

void Resolver::resolve(const std::string& host, Callback callback) {
  if (auto literal = IpAddress::parse(host)) {
    state_->loop.post([state = state_, address = *literal, callback = std::move(callback)] {
      if (!state->closed) callback(std::vector<IpAddress>{address});
    });
    return;
  }
  // No flags: AI_ADDRCONFIG hides "localhost" on a machine that has only its loopback interface.
  state_->resolver.async_resolve(
      host, "", boost::asio::ip::resolver_base::flags(),
      [state = state_, host, callback = std::move(callback)](const boost::system::error_code& error,
                                                             const Udp::resolver::results_type& results) {
        if (state->closed) return;
        if (error) {
          callback(Error(ErrorCode::kNetworkError, "cannot resolve " + host + ": " + error.message()));
        } else {
          callback(addressesOf(results));
        }
      });
}

}  // namespace tincan::inline v0::net
