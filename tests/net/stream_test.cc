#include "net/stream.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/asio_context.h"
#include "net/driver.h"
#include "net/stream_table.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Pem {
  std::string key, certificate;
};

std::string textOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

/// A self-signed certificate for `host`.
Pem makeCertificate(const std::string& host) {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
                                                          EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  X509_set_version(x509.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
  X509_set_pubkey(x509.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(x509.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, asBytes("tincan test").data(), -1, -1, 0);
  X509_set_issuer_name(x509.get(), subject);
  const std::string names = "DNS:" + host;
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), X509_EXTENSION_free);
  X509_add_ext(x509.get(), extension.get(), -1);
  X509_sign(x509.get(), key.get(), EVP_sha256());
  std::unique_ptr<BIO, decltype(&BIO_free)> a(BIO_new(BIO_s_mem()), BIO_free), b(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(a.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_X509(b.get(), x509.get());
  return {textOf(a.get()), textOf(b.get())};
}

/// Echoes what one client sends, over TCP or TLS, until it hears "bye".
class EchoServer {
 public:
  explicit EchoServer(Loop& loop, const Pem* pem = nullptr)
      : acceptor_(contextOf(loop), tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        session_(std::make_shared<Session>(loop)) {
    if (pem) {
      session_->tlsContext.use_certificate_chain(asio::buffer(pem->certificate));
      session_->tlsContext.use_private_key(asio::buffer(pem->key), asio::ssl::context::pem);
    }
    acceptor_.async_accept(session_->socket,
                           [session = session_, secure = pem != nullptr](boost::system::error_code error) {
                             if (!error) session->start(secure);
                           });
  }
  ~EchoServer() {
    boost::system::error_code ignored;
    session_->socket.close(ignored);
  }

  SocketAddress address() const { return {IpAddress::loopbackV4(), acceptor_.local_endpoint().port()}; }

 private:
  struct Session : std::enable_shared_from_this<Session> {
    explicit Session(Loop& loop) : socket(contextOf(loop)) {}

    void start(bool secure) {
      if (!secure) return read(socket);
      tls.emplace(socket, tlsContext);
      tls->async_handshake(asio::ssl::stream_base::server,
                           [self = shared_from_this()](boost::system::error_code error) {
                             if (!error) self->read(*self->tls);
                           });
    }

    template <class S>
    void read(S& stream) {
      stream.async_read_some(asio::buffer(bytes),
                             [self = shared_from_this(), &stream](boost::system::error_code error, size_t size) {
                               if (!error) self->echo(stream, size);
                             });
    }

    template <class S>
    void echo(S& stream, size_t size) {
      if (std::string(bytes.data(), size) == "bye") return socket.close();
      asio::async_write(stream, asio::buffer(bytes.data(), size),
                        [self = shared_from_this(), &stream](boost::system::error_code error, size_t) {
                          if (!error) self->read(stream);
                        });
    }

    tcp::socket socket;
    asio::ssl::context tlsContext{asio::ssl::context::tls_server};
    std::optional<asio::ssl::stream<tcp::socket&>> tls;
    std::array<char, 4096> bytes{};
  };

  tcp::acceptor acceptor_;
  std::shared_ptr<Session> session_;
};

class StreamTest : public testing::Test {
 protected:
  Loop loop_;
  std::optional<Result<Route>> opened_;
  std::string received_;
  bool closed_ = false;
  std::unique_ptr<Stream> stream_;

  void connect(OpenStream request, const std::string& certificates = {}) {
    opened_.reset();
    Stream::Callbacks callbacks;
    callbacks.opened = [this](Result<Route> route) { opened_ = std::move(route); };
    callbacks.received = [this](PacketBuffer packet) { received_ += asText(packet.view()); };
    callbacks.closed = [this] { closed_ = true; };
    stream_ = std::make_unique<Stream>(loop_, request, certificates, std::move(callbacks));
    EXPECT_FALSE(opened_) << "never inside the call";
    EXPECT_TRUE(until([&] { return opened_.has_value(); }));
  }
  bool until(const std::function<bool()>& done) { return loop_.runUntil(done, kPatience); }
  PacketBuffer packet(std::string_view text) { return loop_.pool().copy(asBytes(text)); }
};

TEST_F(StreamTest, CarriesBytesBothWays) {
  EchoServer server(loop_);
  connect({1, Protocol::kTcp, server.address(), ""});
  ASSERT_TRUE(opened_->ok()) << opened_->error().message();
  EXPECT_EQ((*opened_)->remote, server.address());
  EXPECT_EQ((*opened_)->protocol, Protocol::kTcp);
  EXPECT_NE((*opened_)->local.port, 0);
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    const std::string part = "part " + std::to_string(i) + ";";
    ASSERT_TRUE(stream_->send(packet(part)));
    sent += part;
  }
  ASSERT_TRUE(until([&] { return received_.size() >= sent.size(); }));
  EXPECT_EQ(received_, sent);
  ASSERT_TRUE(stream_->send(packet("bye")));
  ASSERT_TRUE(until([&] { return closed_; }));
  EXPECT_FALSE(stream_->send(packet("late")));
}

TEST_F(StreamTest, TheQueueIsBounded) {
  EchoServer server(loop_);
  connect({1, Protocol::kTcp, server.address(), ""});
  size_t taken = 0;
  while (taken < 2 * Stream::kMaxQueuedPackets && stream_->send(packet("x"))) ++taken;
  EXPECT_EQ(taken, Stream::kMaxQueuedPackets);
}

TEST_F(StreamTest, WhatWasQueuedLeavesAfterTheOwnerLetGo) {
  tcp::acceptor acceptor(contextOf(loop_), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket peer(contextOf(loop_));
  acceptor.async_accept(peer, [](boost::system::error_code) {});
  connect({1, Protocol::kTcp, {IpAddress::loopbackV4(), acceptor.local_endpoint().port()}, ""});
  ASSERT_TRUE(stream_->send(packet("goodbye")));
  stream_.reset();
  std::string got(64, ' ');
  bool done = false;
  asio::async_read(peer, asio::buffer(got), [&](boost::system::error_code, size_t size) {
    got.resize(size);
    done = true;
  });
  ASSERT_TRUE(until([&] { return done; }));
  EXPECT_EQ(got, "goodbye");
  EXPECT_FALSE(closed_) << "nobody is called any more";
}

TEST_F(StreamTest, ARefusedConnectionIsAnError) {
  uint16_t closedPort;
  {
    EchoServer gone(loop_);
    closedPort = gone.address().port;
  }
  connect({1, Protocol::kTcp, {IpAddress::loopbackV4(), closedPort}, ""});
  ASSERT_FALSE(opened_->ok());
  EXPECT_EQ(opened_->error().code(), ErrorCode::kNetworkError);
  EXPECT_NE(opened_->error().message().find("127.0.0.1:" + std::to_string(closedPort)), std::string::npos);
}

TEST_F(StreamTest, TlsChecksTheNameAndTheChain) {
  const Pem good = makeCertificate("localhost"), other = makeCertificate("localhost");
  {
    EchoServer server(loop_, &good);
    connect({1, Protocol::kTls, server.address(), "localhost"}, good.certificate);
    ASSERT_TRUE(opened_->ok()) << opened_->error().message();
    ASSERT_TRUE(stream_->send(packet("over ")));
    ASSERT_TRUE(stream_->send(packet("TLS")));
    ASSERT_TRUE(until([&] { return received_ == "over TLS"; }));
    stream_.reset();
  }
  for (const auto& [host, trusted] :
       {std::pair{std::string("example.org"), good.certificate}, std::pair{std::string("localhost"), other.certificate},
        std::pair{std::string("localhost"), std::string()}}) {
    EchoServer server(loop_, &good);
    connect({1, Protocol::kTls, server.address(), host}, trusted);
    ASSERT_FALSE(opened_->ok()) << host;
    EXPECT_EQ(opened_->error().code(), ErrorCode::kUnauthenticated) << opened_->error().message();
  }
}

TEST_F(StreamTest, TlsToAServerThatSpeaksNone) {
  EchoServer server(loop_);
  connect({1, Protocol::kTls, server.address(), "localhost"});
  ASSERT_FALSE(opened_->ok());
  connect({1, Protocol::kTls, server.address(), "localhost"}, "no certificate");
  ASSERT_FALSE(opened_->ok());
  EXPECT_NE(opened_->error().message().find("not certificates in PEM"), std::string::npos);
}

TEST_F(StreamTest, ThroughTheDriver) {
  auto server = std::make_unique<EchoServer>(loop_);
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  std::string got;
  endpoint.onReceive = [&](const Route& route, PacketBuffer p) {
    EXPECT_EQ(route, *endpoint.result<StreamOpened>()->route);
    got += asText(p.view());
  };
  endpoint.requests.push_back(OpenStream{5, Protocol::kTcp, server->address(), ""});
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.result<StreamOpened>() != nullptr; }));
  const Route route = *endpoint.result<StreamOpened>()->route;
  EXPECT_EQ(endpoint.result<StreamOpened>()->id, 5u);
  endpoint.transmits.push_back({route, packet("hello")});
  driver.wake();
  ASSERT_TRUE(until([&] { return got == "hello"; }));
  endpoint.transmits.push_back({route, packet("bye")});
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.result<StreamClosed>() != nullptr; }));
  EXPECT_EQ(endpoint.result<StreamClosed>()->route, route);
  endpoint.transmits.push_back({route, packet("nobody there")});
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.transmits.empty(); }));
  EXPECT_EQ(driver.stats().droppedUnroutable, 1u);

  const SocketAddress nobody = server->address();
  server.reset();
  endpoint.results.clear();
  endpoint.requests.push_back(OpenStream{6, Protocol::kTcp, nobody, ""});
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.result<StreamOpened>() != nullptr; }));
  EXPECT_FALSE(endpoint.result<StreamOpened>()->route.ok());
}

TEST_F(StreamTest, ACallbackOfTheEndpointMayDestroyTheDriver) {
  EchoServer server(loop_);
  auto endpoint = std::make_unique<ToyEndpoint>();
  auto driver = std::make_unique<Driver>(loop_, *endpoint);
  endpoint->requests.push_back(OpenStream{5, Protocol::kTcp, server.address(), ""});
  driver->wake();
  ASSERT_TRUE(until([&] { return endpoint->result<StreamOpened>() != nullptr; }));
  endpoint->onReceive = [&](const Route&, PacketBuffer) { endpoint->events = 1; };
  endpoint->onEvent = [&] {
    driver.reset();
    endpoint.reset();
  };
  endpoint->transmits.push_back({*endpoint->result<StreamOpened>()->route, packet("hello")});
  driver->wake();
  EXPECT_TRUE(until([&] { return !endpoint; }));
}

TEST_F(StreamTest, TheDriverTakesConnections) {
  ToyEndpoint passive, active;
  Driver driver(loop_, passive), caller(loop_, active);
  passive.requests.push_back(ListenTcp{3, {IpAddress::loopbackV4(), 0}});
  driver.wake();
  ASSERT_TRUE(until([&] { return passive.result<TcpListening>() != nullptr; }));
  EXPECT_EQ(passive.result<TcpListening>()->id, 3u);
  ASSERT_EQ(passive.result<TcpListening>()->locals.size(), 1u);
  const SocketAddress where = passive.result<TcpListening>()->locals[0];
  EXPECT_NE(where.port, 0);

  active.requests.push_back(OpenStream{4, Protocol::kTcp, where, ""});
  caller.wake();
  ASSERT_TRUE(until([&] { return passive.result<StreamAccepted>() && active.result<StreamOpened>(); }));
  const Route here = passive.result<StreamAccepted>()->route, there = *active.result<StreamOpened>()->route;
  EXPECT_EQ(here, (Route{Protocol::kTcp, where, there.local}));
  std::string got;
  passive.onReceive = [&](const Route& route, PacketBuffer p) {
    EXPECT_EQ(route, here);
    passive.transmits.push_back({route, std::move(p)});
  };
  active.onReceive = [&](const Route& route, PacketBuffer p) {
    EXPECT_EQ(route, there);
    got += asText(p.view());
  };
  active.transmits.push_back({there, packet("there and back")});
  caller.wake();
  ASSERT_TRUE(until([&] { return got == "there and back"; }));
  passive.requests.push_back(CloseStream{here});
  driver.wake();
  ASSERT_TRUE(until([&] { return active.result<StreamClosed>() != nullptr; }));
  EXPECT_EQ(passive.result<StreamClosed>(), nullptr) << "who closes is not told";
}

TEST_F(StreamTest, ConnectionsTakenAreBounded) {
  ToyEndpoint passive, active;
  Driver driver(loop_, passive), caller(loop_, active);
  passive.requests.push_back(ListenTcp{3, {IpAddress::loopbackV4(), 0}});
  driver.wake();
  ASSERT_TRUE(until([&] { return passive.result<TcpListening>() != nullptr; }));
  const SocketAddress where = passive.result<TcpListening>()->locals.at(0);
  const auto count = [](const ToyEndpoint& endpoint, auto kind) {
    return static_cast<size_t>(std::count_if(endpoint.results.begin(), endpoint.results.end(), [](const IoResult& r) {
      return std::holds_alternative<decltype(kind)>(r);
    }));
  };
  for (uint32_t i = 1; i <= StreamTable::kMaxAccepted + 5; ++i) {
    active.requests.push_back(OpenStream{i, Protocol::kTcp, where, ""});
    if (i % 8 != 0 && i < StreamTable::kMaxAccepted) continue;  // more at once would wait for the backlog
    caller.wake();
    ASSERT_TRUE(until([&] { return count(active, StreamOpened{0, Route{}}) == i; })) << i;
  }
  ASSERT_TRUE(until([&] { return count(active, StreamClosed{}) == 5; }));
  EXPECT_EQ(count(passive, StreamAccepted{}), StreamTable::kMaxAccepted);
  passive.requests.push_back(CloseSockets{});
  driver.wake();
  ASSERT_TRUE(until([&] { return count(active, StreamClosed{}) == StreamTable::kMaxAccepted + 5; }));
}

// Drivers come and go with everything that they opened, and leave no descriptor behind.
TEST_F(StreamTest, NoDescriptorIsLeft) {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  // What a loop opens once (its reactor's descriptors) is there from the first round on.
  std::ptrdiff_t before = 0;
  const int rounds = std::getenv("TINCAN_LONG") ? 10'000 : 300;
  for (int round = 0; round < rounds; ++round) {
    ToyEndpoint endpoint;
    Driver driver(loop_, endpoint);
    endpoint.requests.push_back(OpenUdp{1, {IpAddress::loopbackV4(), 0}});
    endpoint.requests.push_back(OpenUdp{2, {}});
    endpoint.requests.push_back(ListenTcp{3, {IpAddress::loopbackV4(), 0}});
    driver.wake();
    ASSERT_TRUE(until([&] { return endpoint.result<TcpListening>() != nullptr; }));
    endpoint.requests.push_back(OpenStream{4, Protocol::kTcp, endpoint.result<TcpListening>()->locals.at(0), ""});
    driver.wake();
    if (round % 3 == 1) {
      ASSERT_TRUE(until([&] { return endpoint.result<StreamAccepted>() != nullptr; }));
    }
    if (round % 3 == 2) endpoint.requests.push_back(CloseSockets{});
    if (round == 10) before = descriptors();
  }
  loop_.runUntil([&] { return descriptors() <= before; }, Duration::seconds(1));
  EXPECT_LE(descriptors(), before);
}

}  // namespace
}  // namespace tincan::inline v0::net
