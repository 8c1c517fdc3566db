// See remote_model.h.
#include "generate/remote/remote_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/foreign_text.h"
#include "base/event_stream.h"
#include "generate/remote/retry.h"

namespace favilla {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kListTimeout_s = 5;
constexpr size_t kMaxSentence_bytes = 500;
constexpr size_t kMaxEvent_bytes = size_t{1} << 20;
constexpr std::chrono::milliseconds kSlice{50};  // of a wait, between two looks at the flag

double milliseconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

// 501 and the like stay what they are.
bool is_passing_fault(int status) {
  constexpr int kStatuses[] = {429, 500, 502, 503, 504};
  return std::find(std::begin(kStatuses), std::end(kStatuses), status) != std::end(kStatuses);
}

ErrorKind kind_of(int status) {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return ErrorKind::kInvalidArgument;
    case 401:
    case 403:
      return ErrorKind::kPermission;
    case 404:
      return ErrorKind::kNotFound;
    case 429:
      return ErrorKind::kBusy;
    default:
      return ErrorKind::kNetwork;
  }
}

// One reply while it comes in: events are passed on, everything else is collected.
class Incoming {
 public:
  explicit Incoming(const std::function<Result<void>(const std::string& data)>& on_event) : on_event_(on_event) {}

  Result<void> take(const ReplyHead& head, std::string_view bytes) {
    size_bytes_ += bytes.size();
    if (size_bytes_ > RemoteModel::kMaxReply_bytes) return Error{ErrorKind::kNetwork, "it answers without end"};
    const bool is_stream = on_event_ && is_success(head.status) && head.content_type.starts_with("text/event-stream");
    if (!is_stream) {
      body_ += bytes;
      return {};
    }
    const Result<std::vector<std::string>> events = events_.feed(bytes);
    if (!events) return Error{ErrorKind::kNetwork, "it sends " + events.error().message};
    for (const std::string& data : *events) {
      has_begun_ = true;
      TRY(on_event_(data));
    }
    return {};
  }

  bool has_begun() const { return has_begun_; }
  std::string& body() { return body_; }

 private:
  const std::function<Result<void>(const std::string& data)>& on_event_;
  EventStream events_{kMaxEvent_bytes};
  std::string body_;
  size_t size_bytes_ = 0;
  bool has_begun_ = false;
};

// An answer while its pieces come in.
class Answer {
 public:
  explicit Answer(const std::function<void(const ChatDelta&)>& on_delta) : on_delta_(on_delta) {}

  Result<void> take_event(const std::string& data) {
    has_begun_ = true;
    if (data == "[DONE]") is_whole_ = true;
    return is_whole_ ? Result<void>() : take(data);
  }

  Result<void> take(std::string_view json) {
    const AnswerPiece piece = TRY(parse_answer_piece(json));
    if (!piece.thinking.empty() || !piece.text.empty()) count_piece();
    if (!piece.thinking.empty()) on_delta_({.kind = ChatDelta::Kind::kThinking, .text = piece.thinking});
    pass_on(parser_->feed(piece.text));
    if (!piece.finish_reason.empty()) finish_reason_ = piece.finish_reason;
    if (piece.usage) usage_ = piece.usage;
    return {};
  }

  bool has_begun() const { return has_begun_; }
  bool is_whole() const { return is_whole_ || !finish_reason_.empty(); }

  Result<GenerateResult> finish() {
    pass_on(parser_->finish());
    if (!is_whole()) return Error{ErrorKind::kNetwork, "the answer broke off in the middle"};
    if (finish_reason_ == "length") return result(StopReason::kMaxTokens);
    if (finish_reason_.empty() || finish_reason_ == "stop") return result(StopReason::kEndOfTurn);
    return Error{ErrorKind::kNetwork, fmt::format("it ended the answer for another reason: {}", finish_reason_)};
  }

  GenerateResult cancelled() {
    pass_on(parser_->finish());
    return result(StopReason::kCancelled);
  }

 private:
  void count_piece() {
    last_piece_ = Clock::now();
    if (pieces_++ == 0) first_piece_ = last_piece_;
  }

  void pass_on(const std::vector<ChatDelta>& deltas) {
    for (const ChatDelta& delta : deltas) on_delta_(delta);
  }

  GenerateResult result(StopReason reason) const {
    const TokenUsage usage = usage_.value_or(TokenUsage{.completion_tokens = pieces_});
    return {.reason = reason,
            .prompt_tokens = usage.prompt_tokens,
            .cached_tokens = usage.cached_tokens,
            .generated_tokens = usage.completion_tokens,
            .first_token_ms = milliseconds_between(start_, first_piece_),
            .decode_ms = milliseconds_between(first_piece_, last_piece_)};
  }

  const std::function<void(const ChatDelta&)>& on_delta_;
  // Servers that do not take the reasoning out of the text leave it between <think> and </think>.
  const std::unique_ptr<ChatParser> parser_ = find_chat_format_by_name("qwen3")->make_parser();
  const Clock::time_point start_ = Clock::now();
  Clock::time_point first_piece_ = start_;
  Clock::time_point last_piece_ = start_;
  int pieces_ = 0;
  std::string finish_reason_;
  std::optional<TokenUsage> usage_;
  bool has_begun_ = false;
  bool is_whole_ = false;
};

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

bool wait_in_slices(std::chrono::milliseconds time, const CancelFlag* cancel) {
  const Clock::time_point end = Clock::now() + time;
  while (cancel == nullptr || !cancel->requested()) {
    const Clock::time_point now = Clock::now();
    if (now >= end) return true;
    std::this_thread::sleep_for(std::min<Clock::duration>(end - now, kSlice));
  }
  return false;
}

}  // namespace

RemoteSurroundings real_surroundings() {
  return {.wait = wait_in_slices, .seed = static_cast<uint64_t>(Clock::now().time_since_epoch().count())};
}

RemoteModel::RemoteModel(RemoteServer server, RemoteSurroundings surroundings)
    : server_(std::move(server)), surroundings_(std::move(surroundings)), random_(surroundings_.seed) {}

Result<GenerateResult> RemoteModel::chat(std::span<const ChatMessage> messages, const GenerateOptions& options,
                                         const std::function<void(const ChatDelta&)>& on_delta) {
  if (options.constraint != nullptr) {
    return named({ErrorKind::kUnsupported, "a model on a server cannot be held to a grammar"});
  }
  Answer answer(on_delta);
  const Result<std::string> body = ask(
      request_to("/chat/completions", chat_request_body(server_.model, messages, options)), server_.retries,
      [&](const std::string& data) { return answer.take_event(data); }, options.cancel);
  if (!body && body.error().kind == ErrorKind::kCancelled) return answer.cancelled();
  if (!body && !answer.is_whole()) return body.error();
  if (body && !answer.has_begun()) {
    if (Result<void> taken = answer.take(*body); !taken) return named(std::move(taken).error());
  }
  Result<GenerateResult> result = answer.finish();
  if (!result) return named(std::move(result).error());
  return result;
}

Result<RemoteEmbeddings> RemoteModel::embed(std::span<const std::string> texts, const CancelFlag* cancel) {
  const std::string body =
      TRY(ask(request_to("/embeddings", embedding_request_body(server_.model, texts)), server_.retries, {}, cancel));
  Result<RemoteEmbeddings> embeddings = parse_embeddings(body, texts.size());
  if (!embeddings) return named(std::move(embeddings).error());
  return embeddings;
}

Result<std::vector<std::string>> RemoteModel::model_names(const CancelFlag* cancel) {
  ServerRequest request = request_to("/models", {});
  request.timeout_s = std::min(request.timeout_s, kListTimeout_s);
  const std::string body = TRY(ask(std::move(request), 0, {}, cancel));
  Result<std::vector<std::string>> names = parse_model_names(body);
  if (!names) return named(std::move(names).error());
  return names;
}

Result<std::string> RemoteModel::ask(ServerRequest request, int retries, const EventHandler& on_event,
                                     const CancelFlag* cancel) {
  RetrySchedule schedule(retries, random_);
  while (true) {
    Incoming incoming(on_event);
    ExchangeEnd end = connection_.exchange(
        request, [&](const ReplyHead& head, std::string_view bytes) { return incoming.take(head, bytes); }, cancel);
    if (!end.error && is_success(end.head.status)) {
      return std::move(incoming.body());
    }
    const bool may_retry =
        !incoming.has_begun() && (end.error ? end.worth_retrying : is_passing_fault(end.head.status));
    Error error = end.error ? named(*std::move(end.error)) : refusal(end.head, incoming.body());
    const std::optional<std::chrono::milliseconds> wait =
        may_retry ? schedule.next(end.head.retry_after) : std::optional<std::chrono::milliseconds>();
    if (!wait) return error;
    if (surroundings_.on_note) {
      surroundings_.on_note(
          fmt::format("{}; trying again in {:.1f} s", error.message, static_cast<double>(wait->count()) / 1e3));
    }
    if (!surroundings_.wait(*wait, cancel)) return Error{ErrorKind::kCancelled, "stopped"};
  }
}

ServerRequest RemoteModel::request_to(std::string_view path, std::string body) const {
  std::string url = server_.url;
  while (url.ends_with('/')) url.pop_back();
  return {.url = url + std::string(path),
          .body = std::move(body),
          .key = server_.key,
          .timeout_s = server_.timeout_s,
          .use_proxy = !server_.address.is_loopback};
}

// What a status that is no success means.
Error RemoteModel::refusal(const ReplyHead& head, std::string_view body) const {
  std::string sentence = fmt::format("it answers {}", head.status);
  if (head.status >= 300 && head.status < 400) sentence += ", another address, which is not followed";
  if (kind_of(head.status) == ErrorKind::kPermission) {
    sentence += server_.key.empty() ? ", it wants a key" : ", it does not accept the key";
  }
  if (const std::string words = error_words(body); !words.empty()) sentence += ": " + words;
  if (head.retry_after && *head.retry_after > RetrySchedule::kLongestAsked) {
    sentence += fmt::format("; it asks to wait for {} s", head.retry_after->count());
  }
  return named({kind_of(head.status), std::move(sentence)});
}

// The server's words may hold anything, the key too: looked for where nothing can hide in it any more, and before a cut
// could leave a part of it.
Error RemoteModel::named(Error error) const {
  std::string sentence = shown_line(error.message, error.message.size());
  if (!server_.key.empty()) replace_all(sentence, server_.key, "[key]");
  error.message = server_.address.shown + ": " + shown_line(sentence, kMaxSentence_bytes);
  return error;
}

}  // namespace favilla
