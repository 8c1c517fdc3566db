// The only file that includes Boost.Beast. Everything is asynchronous inside, because only that can be timed out, and
// each step is waited for. Error codes are used throughout; nothing here throws but a lack of memory.
#include "tools/net/websocket.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <optional>

namespace favilla {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::seconds kStepTimeout{5};
constexpr size_t kMaxMessage_bytes = size_t{16} << 20;
constexpr int kMaxForeignMessages = 100;  // before the answer to a command

struct Address {
  bool secure = false;
  std::string host;
  std::string port;
  std::string path;
};

Result<Address> parse_address(const std::string& url) {
  Address address;
  address.secure = url.starts_with("wss://");
  const size_t scheme = url.find("://");
  const size_t slash = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  if (slash == std::string::npos) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} is not the address of a WebSocket", url)};
  }
  std::string host = url.substr(scheme + 3, slash - scheme - 3);
  address.path = url.substr(slash);
  address.port = address.secure ? "443" : "80";
  const size_t colon = host.rfind(':');
  if (colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    address.port = host.substr(colon + 1);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  address.host = host;
  return address;
}

// A socket with TLS or without.
template <class Stream>
class Talk {
 public:
  Talk(asio::io_context& io, Stream& stream, const Address& address) : io_(io), stream_(stream), address_(address) {}

  Result<void> connect() {
    Tcp::resolver resolver(io_);
    Tcp::resolver::results_type found;
    const ErrorCode resolved = wait([&](auto done) {
      resolver.async_resolve(address_.host, address_.port, [&found, done](ErrorCode code, auto results) {
        found = results;
        done(code);
      });
    });
    if (resolved) return failed(ErrorKind::kIo, resolved);
    const ErrorCode connected = wait([&](auto done) {
      beast::get_lowest_layer(stream_).async_connect(found, [done](ErrorCode code, const auto&) { done(code); });
    });
    if (connected) return failed(ErrorKind::kIo, connected);
    if constexpr (requires { stream_.next_layer().handshake(asio::ssl::stream_base::client); }) {
      const ErrorCode secured =
          wait([&](auto done) { stream_.next_layer().async_handshake(asio::ssl::stream_base::client, done); });
      if (secured) return failed(ErrorKind::kIo, secured);
    }
    stream_.read_message_max(kMaxMessage_bytes);
    const ErrorCode opened =
        wait([&](auto done) { stream_.async_handshake(address_.host + ":" + address_.port, address_.path, done); });
    if (opened) return failed(ErrorKind::kNetwork, opened);
    return {};
  }

  Result<void> send(const Json& message) {
    const std::string text = to_json_text(message);
    const ErrorCode sent = wait(
        [&](auto done) { stream_.async_write(asio::buffer(text), [done](ErrorCode code, size_t) { done(code); }); });
    if (sent) return failed(ErrorKind::kNetwork, sent);
    return {};
  }

  Result<Json> receive() {
    beast::flat_buffer buffer;
    const ErrorCode received =
        wait([&](auto done) { stream_.async_read(buffer, [done](ErrorCode code, size_t) { done(code); }); });
    if (received) return failed(ErrorKind::kNetwork, received);
    return parse_json(beast::buffers_to_string(buffer.data())).context(address_.host);
  }

 private:
  // Starts an operation and runs it to its end, or to the end of patience.
  template <class Start>
  ErrorCode wait(Start start) {
    std::optional<ErrorCode> outcome;
    start([&outcome](ErrorCode code) { outcome = code; });
    io_.restart();
    io_.run_for(kStepTimeout);
    if (outcome) return *outcome;
    beast::get_lowest_layer(stream_).close();
    io_.stop();
    return asio::error::timed_out;
  }

  Error failed(ErrorKind kind, const ErrorCode& code) const {
    return {kind, fmt::format("cannot ask {}: {}", address_.host, code.message())};
  }

  asio::io_context& io_;
  Stream& stream_;
  const Address& address_;
};

std::string type_of(const Json& message) {
  return message.is_object() ? message.value("type", "") : "";
}

template <class Stream>
Result<std::vector<Json>> converse(Talk<Stream> talk, const std::string& token, std::span<const Json> commands) {
  TRY(talk.connect());
  if (type_of(TRY(talk.receive())) != "auth_required") {
    return Error{ErrorKind::kNetwork, "the server does not greet as Home Assistant does"};
  }
  TRY(talk.send({{"type", "auth"}, {"access_token", token}}));
  if (type_of(TRY(talk.receive())) != "auth_ok") {
    return Error{ErrorKind::kPermission, "Home Assistant does not accept the token"};
  }
  std::vector<Json> results(commands.size());
  for (size_t i = 0; i < commands.size(); ++i) {
    Json command = commands[i];
    command["id"] = i + 1;
    TRY(talk.send(command));
  }
  size_t answered = 0;
  for (int foreign = 0; answered < commands.size() && foreign < kMaxForeignMessages;) {
    Json message = TRY(talk.receive());
    const auto id = message.is_object() ? message.find("id") : message.end();
    const bool ours = type_of(message) == "result" && id != message.end() && id->is_number_unsigned() && *id >= 1 &&
                      *id <= commands.size();
    if (!ours) {
      ++foreign;
      continue;
    }
    ++answered;
    if (message.contains("result")) results[id->template get<size_t>() - 1] = std::move(message["result"]);
  }
  return results;
}

}  // namespace

Result<std::vector<Json>> websocket_commands(const WebsocketServer& server, std::span<const Json> commands) {
  const Address address = TRY(parse_address(server.url));
  asio::io_context io;
  if (!address.secure) {
    beast::websocket::stream<beast::tcp_stream> stream(io);
    return converse(Talk(io, stream, address), server.token, commands);
  }
  asio::ssl::context tls(asio::ssl::context::tls_client);
  ErrorCode code;
  tls.set_default_verify_paths(code);
  tls.set_verify_mode(asio::ssl::verify_peer, code);
  tls.set_verify_callback(asio::ssl::host_name_verification(address.host), code);
  if (code) return Error{ErrorKind::kInternal, "TLS does not start: " + code.message()};
  beast::websocket::stream<beast::ssl_stream<beast::tcp_stream>> stream(io, tls);
  return converse(Talk(io, stream, address), server.token, commands);
}

}  // namespace favilla
