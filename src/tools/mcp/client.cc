// A server of 2026-07-28 answers the first question and keeps no session; all others are greeted with a handshake.
#include "tools/mcp/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/foreign_text.h"
#include "tools/mcp/param_headers.h"

namespace favilla {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kMaxPages = 100;
constexpr size_t kMaxResult_bytes = size_t{16} << 10;
constexpr milliseconds kGoodbye{200};
constexpr std::string_view kNewestHandshake = kMcpVersions[1];

SortedJson client_info() {
  return {{"name", "favilla"}, {"version", FAVILLA_VERSION}};
}

bool is_known_handshake(std::string_view version) {
  return std::find(std::begin(kMcpVersions) + 1, std::end(kMcpVersions), version) != std::end(kMcpVersions);
}

bool lists(const SortedJson& object, const char* key, std::string_view version) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_array()) return false;
  return std::find(found->begin(), found->end(), SortedJson(version)) != found->end();
}

std::string text_member(const SortedJson& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// One block of a result, in words where it is no text.
std::string block_text(const SortedJson& block) {
  const std::string type = block.is_object() ? text_member(block, "type") : "";
  if (type == "text") return text_member(block, "text");
  if (type == "resource_link") return fmt::format("[link: {}]", text_member(block, "uri"));
  if (type == "resource" && block.contains("resource") && block["resource"].is_object()) {
    const std::string text = text_member(block["resource"], "text");
    return text.empty() ? fmt::format("[file: {}]", text_member(block["resource"], "uri")) : text;
  }
  return fmt::format("[{}, not shown]", type.empty() ? "something" : type + " " + text_member(block, "mimeType"));
}

// Lines without white space at their ends, never two empty ones in a row.
std::string condensed(std::string_view text) {
  std::string out;
  int empty = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, text.substr(0, end).find_last_not_of(" \t") + 1);
    text.remove_prefix(std::min(end + 1, text.size()));
    empty = line.empty() ? empty + 1 : 0;
    if (empty < 2 && !(line.empty() && out.empty())) out.append(line).append("\n");
  }
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

McpCallResult result_of(const SortedJson& result) {
  std::string text;
  const auto content = result.find("content");
  for (const SortedJson& block : content != result.end() && content->is_array() ? *content : SortedJson::array()) {
    if (text.size() > 2 * kMaxResult_bytes) break;
    text += (text.empty() ? "" : "\n") + block_text(block);
  }
  const auto structured = result.find("structuredContent");
  if (text.empty() && structured != result.end()) {
    text = structured->dump(-1, ' ', false, SortedJson::error_handler_t::replace);
  }
  McpCallResult read;
  const std::string shown = condensed(shown_text(text, text.size()));
  read.text = shown_text(shown, kMaxResult_bytes);
  if (shown.size() > kMaxResult_bytes) read.text += "\n(the rest is left out)";
  const auto failed = result.find("isError");
  read.is_error = failed != result.end() && failed->is_boolean() && failed->get<bool>();
  return read;
}

// Whether an error of the protocol says that the call was not even begun.
bool was_refused(const RpcError& error) {
  return error.code == kMethodNotFound || error.code == kInvalidParams || (error.code >= 300 && error.code < 500);
}

}  // namespace

Result<McpClient> McpClient::connect(const McpServer& server, const McpPlace& place, const CancelFlag& cancel) {
  const auto open = [&]() -> Result<std::unique_ptr<McpTransport>> {
    if (!server.url.empty()) return http_server(server, cancel);
    return start_stdio_server(server, place, cancel);
  };
  const McpDeadline begin = steady_clock::now();
  const McpDeadline end = begin + seconds(server.limits.start_s);
  McpClient client(server, TRY(open()));
  const auto negotiate = [&]() -> Result<void> {
    if (TRY(client.is_modern(begin + milliseconds(500 * server.limits.start_s)))) return {};
    if (!client.transport_->is_open()) client.transport_ = TRY(open());  // the unknown question was too much for it
    return client.initialize(end);
  };
  Result<void> done = negotiate();
  if (done) return client;
  Error error = std::move(done).error();
  if (error.kind == ErrorKind::kNetwork) error.kind = ErrorKind::kIo;  // nothing was called yet
  return std::move(error).context(server.name);
}

Result<bool> McpClient::is_modern(McpDeadline deadline) {
  version_ = kStatelessVersion;
  transport_->set_version(version_);
  const Result<RpcReply> reply = request("server/discover", SortedJson::object(), {}, deadline);
  // Older servers may ignore a question before the greeting, or end.
  if (!reply && reply.error().kind != ErrorKind::kNetwork) return reply.error();
  if (reply && !reply->error && lists(reply->result, "supportedVersions", kStatelessVersion)) return true;
  if (reply && reply->error && reply->error->code == kUnsupportedVersion) {
    const SortedJson& data = reply->error->data;
    const bool greets = std::any_of(std::begin(kMcpVersions) + 1, std::end(kMcpVersions),
                                    [&](std::string_view version) { return lists(data, "supported", version); });
    if (!greets) return Error{ErrorKind::kUnsupported, "it speaks only newer versions of the protocol"};
  }
  return false;
}

Result<void> McpClient::initialize(McpDeadline end) {
  version_.clear();
  transport_->set_version("");
  const SortedJson params{
      {"protocolVersion", kNewestHandshake}, {"capabilities", SortedJson::object()}, {"clientInfo", client_info()}};
  const RpcReply reply = TRY(request("initialize", params, {}, end));
  if (reply.error) return Error{ErrorKind::kIo, fmt::format("it does not start: {}", reply.error->message)};
  const std::string version = text_member(reply.result, "protocolVersion");
  if (!is_known_handshake(version)) {
    return Error{
        ErrorKind::kUnsupported,
        fmt::format("it speaks version \"{}\" of the protocol, which Favilla does not", shown_line(version, 40))};
  }
  version_ = version;
  transport_->set_version(version);
  return transport_->notify(notification_text("notifications/initialized", SortedJson::object()), end);
}

Result<RpcReply> McpClient::request(std::string method, SortedJson params, Headers headers, McpDeadline deadline) {
  if (version_ == kStatelessVersion) {
    params["_meta"] = {{"io.modelcontextprotocol/protocolVersion", kStatelessVersion},
                       {"io.modelcontextprotocol/clientInfo", client_info()},
                       {"io.modelcontextprotocol/clientCapabilities", SortedJson::object()}};
    headers.emplace_back("Mcp-Method", method);
  }
  return transport_->exchange({++last_id_, std::move(method), std::move(params)}, headers, deadline);
}

Result<McpToolList> McpClient::list_tools() {
  const McpDeadline deadline = steady_clock::now() + seconds(server_.limits.call_s);
  McpToolList list;
  std::set<std::string> names;
  std::string cursor;
  for (int page = 0; page < kMaxPages; ++page) {
    SortedJson params = SortedJson::object();
    if (!cursor.empty()) params["cursor"] = cursor;
    const RpcReply reply = TRY(request("tools/list", std::move(params), {}, deadline).context(server_.name));
    if (reply.error) {
      return Error{ErrorKind::kIo, fmt::format("{} does not list its tools: {}", server_.name, reply.error->message)};
    }
    const auto tools = reply.result.find("tools");
    for (const SortedJson& each : tools != reply.result.end() && tools->is_array() ? *tools : SortedJson::array()) {
      if (list.tools.size() + list.refused.size() == kMaxTools) {
        return Error{ErrorKind::kExhausted, fmt::format("{} has more than {} tools", server_.name, kMaxTools)};
      }
      Result<McpTool> tool = parse_definition(each);
      // Two tools that a model could not tell apart: the first one keeps the name.
      const bool again = tool && !names.insert(offered_name(server_.name, tool->name)).second;
      if (!tool) list.refused.push_back(tool.error().message);
      if (again) list.refused.push_back(fmt::format("{} a second time", tool->name));
      if (tool && !again) list.tools.push_back(std::move(*tool));
    }
    cursor = text_member(reply.result, "nextCursor");
    if (cursor.empty()) return list;
  }
  return Error{ErrorKind::kExhausted, fmt::format("{} lists its tools without end", server_.name)};
}

Result<McpCallResult> McpClient::call(const McpTool& tool, const SortedJson& arguments) {
  Headers headers;
  if (version_ == kStatelessVersion && !server_.url.empty()) {
    const SortedJson schema = TRY(parse_sorted_json(tool.schema));
    headers = TRY(param_headers(schema, arguments).context(tool.name));
    headers.emplace_back("Mcp-Name", header_value(tool.name));
  }
  const McpDeadline deadline = steady_clock::now() + seconds(server_.limits.call_s);
  const Result<RpcReply> reply =
      request("tools/call", {{"name", tool.name}, {"arguments", arguments}}, std::move(headers), deadline);
  if (!reply) {
    Error error = reply.error();
    if (error.kind == ErrorKind::kIo) return std::move(error).context(server_.name);
    // Over HTTP without sessions the closed connection says so already.
    if (transport_->is_open() && (server_.url.empty() || version_ != kStatelessVersion)) {
      const SortedJson params{{"requestId", last_id_}, {"reason", "nobody waits any more"}};
      const Result<void> told =
          transport_->notify(notification_text("notifications/cancelled", params), steady_clock::now() + kGoodbye);
      static_cast<void>(told.has_value());  // it ends with the conversation anyway
    }
    error.kind = ErrorKind::kNetwork;
    return std::move(error).context(server_.name);
  }
  if (reply->error) {
    return Error{was_refused(*reply->error) ? ErrorKind::kInvalidArgument : ErrorKind::kNetwork,
                 fmt::format("{} refuses {}: {}", server_.name, tool.name, reply->error->message)};
  }
  if (text_member(reply->result, "resultType") == "input_required") {
    return Error{
        ErrorKind::kUnsupported,
        fmt::format("{} asks for more before it does {}, which Favilla does not answer", server_.name, tool.name)};
  }
  return result_of(reply->result);
}

}  // namespace favilla
