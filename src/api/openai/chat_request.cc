// See chat_request.h.
#include "api/openai/chat_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace favilla {
namespace {

constexpr size_t kMaxStops = 4;
constexpr int64_t kMaxTokens = 1'000'000;
constexpr int64_t kMaxTopLogprobs = 20;

std::vector<std::string> parse_stop(Members& body) {
  const Json* stop = body.find("stop");
  if (stop == nullptr) return {};
  const Json list = stop->is_array() ? *stop : Json::array({*stop});
  std::vector<std::string> result;
  for (const Json& each : list) {
    if (!each.is_string() || each.get_ref<const std::string&>().empty()) {
      body.fail("stop", "must be a text or an array of texts, none of them empty");
      return {};
    }
    result.push_back(each.get<std::string>());
  }
  if (result.size() > kMaxStops) body.fail("stop", fmt::format("must have at most {} texts", kMaxStops));
  return result;
}

ToolChoice parse_tool_choice(Members& body, const std::vector<RequestTool>& tools) {
  using Kind = ToolChoice::Kind;
  const Json* choice = body.find("tool_choice");
  if (choice == nullptr) return {};
  ToolChoice result;
  if (choice->is_string()) {
    const std::string word = body.one_of("tool_choice", {"auto", "none", "required"}).value_or("auto");
    result.kind = word == "none" ? Kind::kNone : word == "required" ? Kind::kRequired : Kind::kAuto;
  } else if (choice->is_object()) {
    Members members(*choice, "tool_choice", body.error());
    members.one_of("type", {"function"});
    const Json* function = members.object("function");
    if (function == nullptr) members.fail("function", "is missing", "missing_required_parameter");
    if (body.failed()) return {};
    Members named(*function, "tool_choice.function", body.error());
    result = {.kind = Kind::kNamed, .name = named.require_text("name")};
    const bool is_there = std::any_of(tools.begin(), tools.end(),
                                      [&](const RequestTool& tool) { return tool.definition.name == result.name; });
    if (!is_there) named.fail("name", "is not the name of one of the tools");
  } else {
    body.fail("tool_choice", "must be \"none\", \"auto\", \"required\" or an object that names a function");
  }
  if (tools.empty() && result.kind == Kind::kRequired) body.fail("tool_choice", "there are no tools to call");
  return result;
}

ResponseFormat parse_response_format(Members& body) {
  using Kind = ResponseFormat::Kind;
  const Json* format = body.object("response_format");
  if (format == nullptr) return {};
  Members members(*format, "response_format", body.error());
  if (members.find("type") == nullptr) members.fail("type", "is missing", "missing_required_parameter");
  const auto type = members.one_of("type", {"text", "json_object", "json_schema"});
  if (type == "json_object") return {.kind = Kind::kJsonObject};
  if (type != "json_schema") return {};
  const Json* named = members.object("json_schema");
  if (named == nullptr) {
    members.fail("json_schema", "is missing", "missing_required_parameter");
    return {};
  }
  Members inner(*named, "response_format.json_schema", body.error());
  inner.allow_only({"name", "description", "schema", "strict"});
  const std::string name = inner.require_text("name");
  if (!body.failed() && !is_function_name(name)) {
    inner.fail("name", "must be letters, digits, \"_\", \"-\" and \".\", at most 128");
  }
  inner.boolean("strict");  // the schema is kept to in any case
  inner.text("description");
  const Json* schema = inner.object("schema");
  if (schema == nullptr) {
    inner.fail("schema", "is missing", "missing_required_parameter");
    return {};
  }
  return {.kind = Kind::kJsonSchema, .schema = *schema};
}

// What would have an effect that we do not have.
void refuse_unsupported(Members& body) {
  if (body.integer("n", {1, 128}).value_or(1) != 1) body.fail("n", "only 1 is supported");
  for (const char* name : {"presence_penalty", "frequency_penalty"}) {
    if (body.number(name, {-2, 2}).value_or(0) != 0) body.fail(name, "only 0 is supported");
  }
  if (const Json* bias = body.object("logit_bias"); bias != nullptr && !bias->empty()) {
    body.fail("logit_bias", "is not supported");
  }
  for (const char* name : {"functions", "function_call"}) {
    if (body.find(name) != nullptr) body.fail(name, "is the old way; use tools and tool_choice");
  }
  for (const char* name : {"audio", "prediction", "web_search_options"}) {
    if (body.find(name) != nullptr) body.fail(name, "is not supported");
  }
  const Json* modalities = body.array("modalities");
  if (modalities != nullptr && *modalities != Json::array({"text"}))
    body.fail("modalities", "only [\"text\"] is supported");
}

// Reads what has no effect here, so that a wrong type is still an error.
void drop_without_effect(Members& body) {
  for (const char* name : {"user", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
                           "reasoning_effort", "verbosity"}) {
    body.text(name);
  }
  body.boolean("store");
  body.object("metadata");
  body.object("stream_options");
}

std::optional<int> parse_max_tokens(Members& body) {
  const auto newer = body.integer("max_completion_tokens", {1, kMaxTokens});
  const auto older = body.integer("max_tokens", {1, kMaxTokens});
  if (newer && older && *newer != *older) body.fail("max_tokens", "differs from max_completion_tokens");
  const auto either = newer ? newer : older;
  return either ? std::optional(static_cast<int>(*either)) : std::nullopt;
}

void parse_logprobs(Members& body, ChatRequest& request) {
  request.logprobs = body.boolean("logprobs").value_or(false);
  const auto top = body.integer("top_logprobs", {0, kMaxTopLogprobs});
  if (top && !request.logprobs) body.fail("top_logprobs", "needs logprobs to be true");
  request.top_logprobs = static_cast<int>(top.value_or(0));
}

}  // namespace

std::vector<ToolDefinition> ChatRequest::offered_tools() const {
  std::vector<ToolDefinition> offered;
  if (tool_choice.kind == ToolChoice::Kind::kNone) return offered;
  for (const RequestTool& tool : tools) offered.push_back(tool.definition);
  return offered;
}

ApiResult<ChatRequest> parse_chat_request(const Json& json) {
  std::optional<ApiError> error;
  Members body(json, "", error);
  body.allow_only({"model",
                   "messages",
                   "tools",
                   "tool_choice",
                   "parallel_tool_calls",
                   "response_format",
                   "temperature",
                   "top_p",
                   "seed",
                   "max_tokens",
                   "max_completion_tokens",
                   "stop",
                   "n",
                   "logprobs",
                   "top_logprobs",
                   "stream",
                   "stream_options",
                   "presence_penalty",
                   "frequency_penalty",
                   "logit_bias",
                   "functions",
                   "function_call",
                   "audio",
                   "prediction",
                   "web_search_options",
                   "modalities",
                   "user",
                   "service_tier",
                   "safety_identifier",
                   "prompt_cache_key",
                   "prompt_cache_retention",
                   "reasoning_effort",
                   "verbosity",
                   "store",
                   "metadata"});
  ChatRequest request;
  request.model = body.require_text("model");
  const Json* messages = body.array("messages");
  if (messages == nullptr) body.fail("messages", "is missing", "missing_required_parameter");
  if (messages != nullptr) request.messages = parse_messages(*messages, error);
  if (const Json* tools = body.array("tools")) request.tools = parse_tools(*tools, error);
  request.tool_choice = parse_tool_choice(body, request.tools);
  request.parallel_tool_calls = body.boolean("parallel_tool_calls").value_or(true);
  request.response_format = parse_response_format(body);
  request.temperature = body.number("temperature", {0, 2}).value_or(1);
  request.top_p = body.number("top_p", {0, 1}).value_or(1);
  const auto seed = body.integer("seed", {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()});
  if (seed) request.seed = static_cast<uint64_t>(*seed);
  request.max_tokens = parse_max_tokens(body);
  request.stop = parse_stop(body);
  parse_logprobs(body, request);
  request.stream = body.boolean("stream").value_or(false);
  refuse_unsupported(body);
  drop_without_effect(body);
  const bool has_format = request.response_format.kind != ResponseFormat::Kind::kText;
  if (has_format && !request.offered_tools().empty()) {
    body.fail("response_format", "goes with tools only where tool_choice is \"none\"");
  }
  if (error) return *error;
  return request;
}

}  // namespace favilla
