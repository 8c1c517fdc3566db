// Reads calls out of an answer while it streams, behind the family's own parser (thinking is never a call).
//
// Invariant: held_ is the shortest tail that may still become a call, so the output, joined by kind, depends on the
// whole text and not on how it was cut.
#include <algorithm>
#include <optional>
#include <utility>

#include "model/chat/chat_writer.h"
#include "model/chat/families.h"

namespace favilla {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr size_t kMaxCalls = 64;  // of one list

using Deltas = std::vector<ChatDelta>;

void add_text(Deltas& out, std::string_view text) {
  if (!text.empty()) out.push_back({.kind = ChatDelta::Kind::kText, .text = std::string(text)});
}

class CallReader {
 public:
  explicit CallReader(std::vector<std::string> names) : names_(std::move(names)) {}

  // {"name": ..., "arguments" or "parameters": {...}}, or a list of such; nullopt for anything else. An empty list is
  // how some models say that they call nothing.
  std::optional<std::vector<ToolCall>> read(std::string_view text) const {
    const Result<Json> json = parse_json(text);
    if (!json) return std::nullopt;
    std::vector<ToolCall> calls;
    if (!json->is_array()) {
      if (!add(calls, *json)) return std::nullopt;
      return calls;
    }
    if (json->size() > kMaxCalls) return std::nullopt;
    for (const Json& each : *json) {
      if (!add(calls, each)) return std::nullopt;
    }
    return calls;
  }

 private:
  bool add(std::vector<ToolCall>& calls, const Json& json) const {
    if (!json.is_object()) return false;
    const auto name = json.find("name");
    auto arguments = json.find("arguments");
    if (arguments == json.end()) arguments = json.find("parameters");
    if (name == json.end() || !name->is_string() || arguments == json.end() || !arguments->is_object()) return false;
    const auto known = std::find(names_.begin(), names_.end(), name->get_ref<const std::string&>());
    if (known == names_.end()) return false;
    calls.push_back({.id = {}, .name = *known, .arguments = *arguments});
    return true;
  }

  std::vector<std::string> names_;
};

// What finds calls in the answer's text.
class CallScanner {
 public:
  virtual ~CallScanner() = default;
  virtual void feed(std::string_view text, Deltas& out) = 0;
  virtual void finish(Deltas& out) = 0;
};

// <tool_call>JSON</tool_call> among text. White space before and after a call belongs to it.
class TaggedScanner final : public CallScanner {
 public:
  explicit TaggedScanner(CallReader reader) : reader_(std::move(reader)) {}

  void feed(std::string_view text, Deltas& out) override {
    held_ += text;
    while (in_call_ ? read_call(out) : read_text(out)) {
    }
  }

  void finish(Deltas& out) override {
    if (in_call_) {
      // The end of the turn closes a call as well as its tag does.
      settle_call(out, held_, "");
    } else {
      say(out, held_);
    }
    if (!after_call_) add_text(out, blank_);
    held_.clear();
    blank_.clear();
  }

 private:
  static constexpr std::string_view kOpen = "<tool_call>";
  static constexpr std::string_view kClose = "</tool_call>";

  bool read_text(Deltas& out) {
    const size_t open = held_.find(kOpen);
    if (open != std::string::npos) {
      say(out, std::string_view(held_).substr(0, open));
      held_.erase(0, open + kOpen.size());
      in_call_ = true;
      return true;
    }
    size_t tail = std::min(held_.size(), kOpen.size() - 1);
    while (!held_.ends_with(kOpen.substr(0, tail))) --tail;  // ends at 0: the empty string
    const size_t safe = held_.size() - tail;
    say(out, std::string_view(held_).substr(0, safe));
    held_.erase(0, safe);
    return false;
  }

  bool read_call(Deltas& out) {
    const size_t close = held_.find(kClose, searched_ - std::min(searched_, kClose.size()));
    searched_ = held_.size();
    if (close == std::string::npos) return false;
    settle_call(out, held_.substr(0, close), kClose);
    held_.erase(0, close + kClose.size());
    return true;
  }

  void settle_call(Deltas& out, const std::string& body, std::string_view close) {
    in_call_ = false;
    searched_ = 0;
    const auto calls = reader_.read(body);
    if (!calls) return say(out, std::string(kOpen) + body + std::string(close));
    blank_.clear();
    after_call_ = true;
    for (const ToolCall& call : *calls) out.push_back({.kind = ChatDelta::Kind::kCall, .text = {}, .call = call});
  }

  // White space at the end waits for what comes next.
  void say(Deltas& out, std::string_view text) {
    blank_ += text;
    const size_t last = blank_.find_last_not_of(kBlanks);
    if (last == std::string::npos) return;
    add_text(out, std::string_view(blank_).substr(0, last + 1));
    blank_.erase(0, last + 1);
    after_call_ = false;
  }

  const CallReader reader_;
  std::string held_;
  std::string blank_;
  bool in_call_ = false;
  bool after_call_ = false;
  size_t searched_ = 0;  // of held_, for the closing tag
};

// An answer that is nothing but JSON, perhaps fenced. From the first thing on that is no call, all is text.
class JsonScanner final : public CallScanner {
 public:
  explicit JsonScanner(CallReader reader) : reader_(std::move(reader)) {}

  void feed(std::string_view text, Deltas& out) override {
    held_ += text;
    while (!is_text_ && read_value(out)) {
    }
    if (is_text_) release(out);
  }

  void finish(Deltas& out) override {
    const bool only_ends = has_calls_ && skip_between(0) == held_.size();
    if (!only_ends) add_text(out, held_);
    held_.clear();
  }

 private:
  // Takes one whole value out of held_. False when more text is needed or the rest is text.
  bool read_value(Deltas& out) {
    const size_t begin = has_calls_ ? skip_between(0) : skip_opening();
    if (begin == std::string::npos || begin == held_.size()) return false;
    if (held_[begin] != '{' && held_[begin] != '[') {
      // Half of a closing fence may still become one.
      is_text_ = !(has_calls_ && std::string_view("```").starts_with(std::string_view(held_).substr(begin)));
      return false;
    }
    const size_t end = end_of_value(begin);
    if (end == std::string::npos) return false;
    const auto calls = reader_.read(std::string_view(held_).substr(begin, end - begin));
    if (!calls || calls->empty()) {  // "[]" is an answer like any other
      is_text_ = true;
      return false;
    }
    for (const ToolCall& call : *calls) out.push_back({.kind = ChatDelta::Kind::kCall, .text = {}, .call = call});
    has_calls_ = true;
    held_.erase(0, end);
    return true;
  }

  // White space, and a line like "```json".
  size_t skip_opening() const {
    const std::string_view text = held_;
    const size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
    const std::string_view rest = text.substr(begin);
    constexpr std::string_view kFence = "```";
    if (rest.empty() || (rest.size() < kFence.size() && kFence.starts_with(rest))) return std::string::npos;
    if (!rest.starts_with(kFence)) return begin;
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    const size_t word_end = rest.find_first_not_of(kLetters, kFence.size());
    if (word_end == std::string_view::npos) return std::string::npos;
    return begin + std::min(rest.find_first_not_of(kBlanks, word_end), rest.size());
  }

  // After a call: white space, what separates values, closing fences.
  size_t skip_between(size_t at) const {
    while (at < held_.size()) {
      if (kBlanks.find(held_[at]) != std::string_view::npos || held_[at] == ',' || held_[at] == ';') {
        ++at;
      } else if (std::string_view(held_).substr(at).starts_with("```")) {
        at += 3;
      } else {
        break;
      }
    }
    return at;
  }

  // Behind the bracket that closes the one at `begin`; npos when it is not there yet.
  size_t end_of_value(size_t begin) const {
    int depth = 0;
    bool in_string = false;
    for (size_t i = begin; i < held_.size(); ++i) {
      const char c = held_[i];
      if (in_string) {
        if (c == '\\') ++i;
        if (c == '"') in_string = false;
      } else if (c == '"') {
        in_string = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return std::string::npos;
  }

  void release(Deltas& out) {
    add_text(out, held_);
    held_.clear();
  }

  const CallReader reader_;
  std::string held_;
  bool has_calls_ = false;
  bool is_text_ = false;
};

class ToolParser final : public ChatParser {
 public:
  ToolParser(std::unique_ptr<ChatParser> inner, std::unique_ptr<CallScanner> scanner)
      : inner_(std::move(inner)), scanner_(std::move(scanner)) {}

  Deltas feed(std::string_view text) override { return scan(inner_->feed(text)); }

  Deltas finish() override {
    Deltas out = scan(inner_->finish());
    scanner_->finish(out);
    return out;
  }

 private:
  Deltas scan(Deltas deltas) {
    Deltas out;
    for (ChatDelta& delta : deltas) {
      if (delta.kind == ChatDelta::Kind::kText) {
        scanner_->feed(delta.text, out);
      } else {
        out.push_back(std::move(delta));
      }
    }
    return out;
  }

  std::unique_ptr<ChatParser> inner_;
  std::unique_ptr<CallScanner> scanner_;
};

}  // namespace

std::unique_ptr<ChatParser> make_tool_parser(const ChatFormat& format, std::vector<std::string> names) {
  CallReader reader(std::move(names));
  std::unique_ptr<CallScanner> scanner;
  if (format.tools.kind == ToolSyntax::Kind::kTagged) {
    scanner = std::make_unique<TaggedScanner>(std::move(reader));
  } else {
    scanner = std::make_unique<JsonScanner>(std::move(reader));
  }
  return std::make_unique<ToolParser>(format.make_parser(), std::move(scanner));
}

}  // namespace favilla
