// A program that reads one message a line and answers with one a line, in a sandbox of its own.
#include <fmt/format.h>

#include <algorithm>

#include "base/child_process.h"
#include "base/file.h"
#include "base/foreign_text.h"
#include "tools/mcp/transport.h"
#include "tools/sandbox.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxLastWords_bytes = 300;
// Of what runs inside, each process: blocks of 512 bytes of one file, kilobytes of data, processes (bash and dash have
// different letters for them). Not its address space: interpreters reserve far more than they use.
constexpr const char* kInside =
    "ulimit -f 2097152; ulimit -d \"$1\"; ulimit -u 4096 2>/dev/null || ulimit -p 4096; shift; exec \"$@\"";

class StdioTransport : public McpTransport {
 public:
  StdioTransport(ChildProcess child, const CancelFlag& cancel) : child_(std::move(child)), cancel_(cancel) {}

  Result<RpcReply> exchange(const RpcRequest& request, const Headers&, McpDeadline deadline) override {
    child_.write(text_of(request) + "\n");
    size_t received_bytes = 0;
    for (int others = 0; others <= kMaxOtherMessages && received_bytes <= kMaxExchange_bytes;) {
      while (const std::optional<std::string> line = lines_.next()) {
        ++others;
        Result<RpcMessage> message = parse_message(*line);
        if (!message) continue;  // some print their log between the messages
        if (message->kind == RpcMessage::Kind::kRequest) child_.write(answer_to(*message) + "\n");
        if (std::optional<RpcReply> reply = reply_in(std::move(*message), request.id)) return std::move(*reply);
      }
      const std::string piece = TRY(child_.read(deadline, cancel_));
      if (piece.empty()) return gone();
      received_bytes += piece.size();
      TRY(lines_.feed(piece));
    }
    return Error{ErrorKind::kNetwork, "it sends other things without end"};
  }

  Result<void> notify(std::string_view message, McpDeadline deadline) override {
    child_.write(std::string(message) + "\n");
    child_.flush(deadline);
    return {};
  }

  bool is_open() const override { return is_open_; }

  void set_version(std::string_view) override {}

 private:
  Error gone() {
    is_open_ = false;
    const std::string words = shown_line(child_.errors(), kMaxLastWords_bytes);
    return {ErrorKind::kNetwork, words.empty() ? "it ended" : fmt::format("it ended and said: {}", words)};
  }

  ChildProcess child_;
  const CancelFlag& cancel_;
  MessageLines lines_;
  bool is_open_ = true;
};

Result<void> require_folders(const McpServer& server) {
  std::error_code error;
  for (const auto* folders : {&server.read, &server.write}) {
    for (const std::string& folder : *folders) {
      if (fs::exists(folder, error)) continue;
      return Error{ErrorKind::kNotFound, fmt::format("mcp.json: {}: there is no {}", server.name, folder)};
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<McpTransport>> start_stdio_server(const McpServer& server, const McpPlace& place,
                                                         const CancelFlag& cancel) {
  TRY(require_folders(server));
  TRY(make_private_folder(place.home));
  ChildOptions options;
  options.argv = sandbox_argv({.read = server.read,
                               .write = server.write,
                               .hidden = place.hidden,
                               .home = place.home,
                               .network = server.network,
                               .keep_environment = true});
  TRY(require_sandbox(options.argv, "MCP servers", cancel));
  const std::string data_kb = std::to_string(int64_t{server.limits.memory_mb} * 1024);
  options.argv.insert(options.argv.end(), {"sh", "-c", kInside, "sh", data_kb, server.command});
  options.argv.insert(options.argv.end(), server.args.begin(), server.args.end());
  options.environment = {"LANG=C.UTF-8"};
  for (const auto& [name, value] : server.env) options.environment.push_back(fmt::format("{}={}", name, value));
  const bool has_path =
      std::any_of(server.env.begin(), server.env.end(), [](const auto& e) { return e.first == "PATH"; });
  if (!has_path) options.environment.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
  ChildProcess child = TRY(ChildProcess::start(options));
  return std::unique_ptr<McpTransport>(std::make_unique<StdioTransport>(std::move(child), cancel));
}

}  // namespace favilla
