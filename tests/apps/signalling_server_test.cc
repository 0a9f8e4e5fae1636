#include <optional>
#include <string>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <gtest/gtest.h>

#include "apps/signalling/message.h"
#include "apps/signalling/server.h"
#include "crypto/identity.h"
#include "net/os_random.h"

namespace tincan::inline v0::apps {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using ClientId = SignallingServer::ClientId;

const SocketAddress kAnyLoopback{IpAddress::loopbackV4(), 0};

/// The server on a loop and thread of its own; the test's thread is a blocking client.
class SignallingServerTest : public testing::Test {
 protected:
  void SetUp() override {
    SignallingServer::Callbacks callbacks;
    callbacks.opened = [this](ClientId id, const std::string& target) { server_->send(id, "welcome to " + target); };
    callbacks.message = [this](ClientId id, const std::string& text) {
      if (text == "bye") return server_->close(id);
      if (text.starts_with("flood ")) {
        for (int left = std::stoi(text.substr(6)); left > 0; --left) server_->send(id, "flood");
        return;
      }
      server_->send(id, "heard " + text.substr(0, 100));
    };
    callbacks.closed = [this](ClientId) { ++closed_; };
    auto server = SignallingServer::start(loop_, options(), std::move(callbacks));
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(server).value();
    port_ = server_->address().port;
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    loop_.post([this] {
      server_.reset();
      loop_.stop();
    });
    thread_.join();
  }

  virtual SignallingServer::Options options() { return {.address = address_, .names = {"tincan.example"}}; }

  tcp::socket connect() {
    tcp::socket socket(io_);
    socket.connect({target_, port_});
    return socket;
  }

  http::response<http::string_body> request(http::verb verb, const std::string& target, const std::string& host,
                                            const std::string& origin = {}) {
    tcp::socket socket = connect();
    http::request<http::string_body> out(verb, target, 11);
    out.set(http::field::host, host);
    if (!origin.empty()) out.set(http::field::origin, origin);
    out.prepare_payload();
    http::write(socket, out);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> in;
    in.skip(verb == http::verb::head);
    http::read(socket, buffer, in);
    return in.release();
  }

  using Socket = websocket::stream<tcp::socket>;
  boost::system::error_code handshake(Socket& socket, const std::string& host, const std::string& target,
                                      const std::string& origin = {}) {
    socket.set_option(websocket::stream_base::decorator([origin](websocket::request_type& out) {
      if (!origin.empty()) out.set(http::field::origin, origin);
    }));
    boost::system::error_code error;
    socket.handshake(host, target, error);
    return error;
  }
  static std::string read(Socket& socket) {
    beast::flat_buffer buffer;
    socket.read(buffer);
    return beast::buffers_to_string(buffer.data());
  }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  SocketAddress address_ = kAnyLoopback;
  asio::ip::address target_ = asio::ip::address_v4::loopback();
  net::Loop loop_;
  std::unique_ptr<SignallingServer> server_;
  uint16_t port_ = 0;
  int closed_ = 0;
  std::thread thread_;
  asio::io_context io_;
};

TEST_F(SignallingServerTest, ServesThePage) {
  const auto page = request(http::verb::get, "/", host());
  EXPECT_EQ(page.result(), http::status::ok);
  EXPECT_NE(page.body().find("<title>tincan"), std::string::npos);
  EXPECT_EQ(page[http::field::content_type], "text/html; charset=utf-8");
  EXPECT_EQ(request(http::verb::get, "/page.js?x=1", host()).result(), http::status::ok);
  EXPECT_EQ(request(http::verb::head, "/", host()).body(), "");
  EXPECT_EQ(request(http::verb::get, "/../etc/passwd", host()).result(), http::status::not_found);
  EXPECT_EQ(request(http::verb::post, "/", host()).result(), http::status::method_not_allowed);
  EXPECT_EQ(request(http::verb::get, "/", "evil.example").result(), http::status::misdirected_request);
}

TEST_F(SignallingServerTest, CarriesMessagesBothWaysAndCloses) {
  Socket socket(connect());
  ASSERT_FALSE(handshake(socket, host(), "/ws?offer=page", "http://" + host()));
  EXPECT_EQ(read(socket), "welcome to /ws?offer=page");
  for (int i = 0; i < 100; ++i) socket.write(asio::buffer(std::to_string(i)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(read(socket), "heard " + std::to_string(i));
  socket.write(asio::buffer(std::string("bye")));
  beast::flat_buffer buffer;
  boost::system::error_code error;
  socket.read(buffer, error);
  EXPECT_EQ(error, websocket::error::closed);
}

TEST_F(SignallingServerTest, OtherOriginsAndPlacesAreRefused) {
  for (const auto& [target, origin] :
       {std::pair<std::string, std::string>{"/ws", "http://evil.example"}, {"/ws", "null"}, {"/other", ""}}) {
    Socket socket(connect());
    EXPECT_EQ(handshake(socket, host(), target, origin), websocket::error::upgrade_declined) << target << " " << origin;
  }
  Socket rebound(connect());
  EXPECT_EQ(handshake(rebound, "evil.example:" + std::to_string(port_), "/ws"), websocket::error::upgrade_declined);
}

TEST_F(SignallingServerTest, SizesAreBounded) {
  Socket socket(connect());
  ASSERT_FALSE(handshake(socket, host(), "/ws"));
  EXPECT_EQ(read(socket), "welcome to /ws");
  boost::system::error_code error;
  socket.write(asio::buffer(std::string(kMaxSignallingMessage + 1, 'x')), error);
  beast::flat_buffer buffer;
  socket.read(buffer, error);
  EXPECT_TRUE(error) << "the connection is over";
  // A header without end gets no answer but the end.
  tcp::socket raw = connect();
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(64 * 1024, 'x');
  asio::write(raw, asio::buffer(endless), error);
  std::array<char, 16> bytes;
  while (raw.read_some(asio::buffer(bytes), error) > 0 && !error) {
  }
  EXPECT_TRUE(error);
}

// The 65th is shown out at once; who leaves makes room.
TEST_F(SignallingServerTest, SixtyFourConnectionsAndNoMore) {
  const auto get = [this](tcp::socket& socket) {
    boost::system::error_code error;
    http::request<http::string_body> out(http::verb::get, "/", 11);
    out.set(http::field::host, host());
    http::write(socket, out, error);
    beast::flat_buffer buffer;
    http::response<http::string_body> in;
    if (!error) http::read(socket, buffer, in, error);
    return !error && in.result() == http::status::ok;
  };
  std::vector<tcp::socket> sockets;
  for (size_t i = 0; i < SignallingServer::kMaxConnections; ++i) sockets.push_back(connect());
  tcp::socket over = connect();
  EXPECT_FALSE(get(over));
  EXPECT_TRUE(get(sockets.front()));
  EXPECT_TRUE(get(sockets.back()));
  sockets.pop_back();
  bool taken = false;
  for (int tries = 0; tries < 1000 && !taken; ++tries) {
    tcp::socket next = connect();
    taken = get(next);
  }
  EXPECT_TRUE(taken);
}

// What waits for a client that reads no more has a bound; past it the client is dropped.
TEST_F(SignallingServerTest, TwoHundredAndFiftySixMessagesWaitAndNoMore) {
  const auto flood = [this](size_t count) {
    Socket socket(connect());
    EXPECT_FALSE(handshake(socket, host(), "/ws"));
    EXPECT_EQ(read(socket), "welcome to /ws");
    socket.write(asio::buffer("flood " + std::to_string(count)));
    size_t got = 0;
    boost::system::error_code error;
    for (beast::flat_buffer buffer; got < count; ++got) {
      buffer.clear();
      socket.read(buffer, error);
      if (error) break;
    }
    return got;
  };
  EXPECT_EQ(flood(SignallingServer::kMaxQueuedMessages), SignallingServer::kMaxQueuedMessages);
  EXPECT_LT(flood(SignallingServer::kMaxQueuedMessages + 1), SignallingServer::kMaxQueuedMessages + 1);
}

/// Listens everywhere; the test comes in by another address than loopback's.
class OffLoopback : public SignallingServerTest {
 protected:
  void SetUp() override {
    address_ = {IpAddress::v4(0, 0, 0, 0), 0};
    // The address that a packet to the outside would leave from; none is sent.
    asio::ip::udp::socket probe(io_, asio::ip::udp::v4());
    boost::system::error_code error;
    probe.connect({asio::ip::make_address("192.0.2.1"), 9}, error);
    if (!error) target_ = probe.local_endpoint().address();
    SignallingServerTest::SetUp();
  }
  std::string at(const std::string& name) const { return name + ":" + std::to_string(port_); }
};

TEST_F(OffLoopback, HostMustBeItsAddressOrAGivenName) {
  const std::string own = at(target_.to_string());
  EXPECT_EQ(request(http::verb::get, "/", own).result(), http::status::ok);
  EXPECT_EQ(request(http::verb::get, "/", at("tincan.example")).result(), http::status::ok);
  for (const std::string& host : {std::string(), std::string("evil.example"), at("evil.example"),
                                  at("tincan.example.evil"), at("198.51.100.77"), target_.to_string() + ":1"}) {
    EXPECT_EQ(request(http::verb::get, "/", host).result(), http::status::misdirected_request) << host;
    Socket socket(connect());
    EXPECT_EQ(handshake(socket, host, "/ws", "http://" + host), websocket::error::upgrade_declined) << host;
  }
  if (!target_.is_loopback()) {
    EXPECT_EQ(request(http::verb::get, "/", at("localhost")).result(), http::status::misdirected_request);
  }
}

TEST_F(OffLoopback, OriginMustMatchHost) {
  const std::string own = at(target_.to_string());
  for (const std::string& origin : {std::string(), "http://" + own, "https://" + own}) {
    Socket socket(connect());
    EXPECT_FALSE(handshake(socket, own, "/ws", origin)) << origin;
  }
  for (const std::string& origin : {std::string("null"), std::string("http://evil.example"),
                                    "http://" + target_.to_string() + ":1", "http://" + at("tincan.example")}) {
    EXPECT_EQ(request(http::verb::get, "/", own, origin).result(), http::status::forbidden) << origin;
    Socket socket(connect());
    EXPECT_EQ(handshake(socket, own, "/ws", origin), websocket::error::upgrade_declined) << origin;
  }
}

TEST_F(SignallingServerTest, APortInUseSaysWhatToDo) {
  net::Loop loop;
  const auto again = SignallingServer::start(loop, {.address = {IpAddress::loopbackV4(), port_}}, {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().message(),
            "port " + std::to_string(port_) + " is in use (another call?): choose another with --port, or 0 for any");
}

/// The same off loopback, on every address, with a certificate.
class SecureServerTest : public SignallingServerTest {
 protected:
  SignallingServer::Options options() override {
    net::OsRandom random;
    auto identity = crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000);
    return {.address = {*IpAddress::parse("0.0.0.0"), 0},
            .certificate = identity->toPem(),
            .names = {"localhost", "robot.local"}};
  }
  using Tls = asio::ssl::stream<tcp::socket>;
  Tls secure() {
    Tls tls(connect(), client_);
    tls.handshake(Tls::client);
    return tls;
  }
  template <class Stream>
  http::response<http::string_body> get(Stream& stream, const std::string& host) {
    http::request<http::string_body> out(http::verb::get, "/call.js?x=1", 11);
    out.set(http::field::host, host);
    http::write(stream, out);
    beast::flat_buffer buffer;
    http::response<http::string_body> in;
    http::read(stream, buffer, in);
    return in;
  }
  asio::ssl::context client_{asio::ssl::context::tls_client};
};

TEST_F(SecureServerTest, ServesThePageOverTls) {
  Tls tls = secure();
  const auto page = get(tls, "robot.local:8080");
  EXPECT_EQ(page.result(), http::status::ok);
  EXPECT_NE(page.body().find("export class Call"), std::string::npos);
}

TEST_F(SecureServerTest, SendsPlainHttpToHttps) {
  tcp::socket socket = connect();
  const auto moved = get(socket, "robot.local:8080");
  EXPECT_EQ(moved.result(), http::status::temporary_redirect);
  EXPECT_EQ(moved[http::field::location], "https://robot.local:8080/call.js?x=1");
  EXPECT_TRUE(moved.need_eof() || !moved.keep_alive());
}

TEST_F(SecureServerTest, AnswersToItsAddressesAndNamesOnly) {
  const std::string port = ":" + std::to_string(port_);
  for (const std::string& host :
       {"127.0.0.1" + port, "localhost" + port, std::string("ROBOT.local:1"), std::string("robot.local")}) {
    Tls tls = secure();
    EXPECT_EQ(get(tls, host).result(), http::status::ok) << host;
  }
  for (const char* host : {"evil.example", "robot.local.evil.example", "192.0.2.7", "", "[fd00::2"}) {
    Tls tls = secure();
    EXPECT_EQ(get(tls, host).result(), http::status::misdirected_request) << host;
  }
  // Nor does plain HTTP send a foreign name anywhere.
  tcp::socket socket = connect();
  EXPECT_EQ(get(socket, "evil.example").result(), http::status::misdirected_request);
}

TEST_F(SecureServerTest, CarriesMessagesOverTlsToPagesOfItsOwnOrigin) {
  for (const bool own : {true, false}) {
    websocket::stream<Tls> socket(secure());
    socket.set_option(websocket::stream_base::decorator([own](websocket::request_type& request) {
      request.set(http::field::origin, own ? "https://robot.local:8080" : "https://evil.example");
    }));
    boost::system::error_code error;
    socket.handshake("robot.local:8080", "/ws", error);
    EXPECT_EQ(!error, own) << error.message();
    if (error) continue;
    beast::flat_buffer buffer;
    socket.read(buffer);
    EXPECT_EQ(beast::buffers_to_string(buffer.data()), "welcome to /ws");
  }
}

TEST_F(SecureServerTest, OutlivesBytesThatAreNoTls) {
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x00\x02\x01\x00", 7), std::string("\x16\x03\x03\xff\xff", 5), std::string("GET"),
        std::string("\x80\x2e\x01\x03\x01", 5), std::string(64, '\0')}) {
    tcp::socket socket = connect();
    asio::write(socket, asio::buffer(bytes));
    socket.shutdown(tcp::socket::shutdown_send);
    boost::system::error_code error;
    std::array<char, 64> answer;
    while (!error) socket.read_some(asio::buffer(answer), error);
  }
  Tls tls = secure();
  EXPECT_EQ(get(tls, "localhost").result(), http::status::ok) << "it serves the next";
}

}  // namespace
}  // namespace tincan::inline v0::apps
