// Reads "<think>\n...\n</think>\n\nanswer" while it streams. Only a tag at the very start opens a thinking block: later
// on the same characters are part of the answer, for a model may well write about tags.
//
// Invariant: held_ is the shortest tail that may still become a tag or white space to drop, so the output, joined by
// kind, depends on the whole text and not on how it was cut.
#include <algorithm>

#include "model/chat/families.h"

namespace favilla {
namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";

// How many bytes at the end of `text` may be the beginning of kClose, with the newlines before it that belong to the
// tag.
size_t unfinished_close(std::string_view text) {
  size_t tag_bytes = std::min(text.size(), kClose.size() - 1);
  while (!text.ends_with(kClose.substr(0, tag_bytes))) --tag_bytes;  // ends at 0: the empty string
  size_t start = text.size() - tag_bytes;
  while (start > 0 && text[start - 1] == '\n') --start;
  return text.size() - start;
}

class ThinkingParser final : public ChatParser {
 public:
  std::vector<ChatDelta> feed(std::string_view text) override {
    held_ += text;
    std::vector<ChatDelta> out;
    while (step(out)) {
    }
    return out;
  }

  std::vector<ChatDelta> finish() override {
    std::vector<ChatDelta> out;
    const bool thinking = state_ == State::kThinkingStart || state_ == State::kThinking;
    emit(out, thinking ? ChatDelta::Kind::kThinking : ChatDelta::Kind::kText, held_);
    held_.clear();
    state_ = State::kAnswer;
    return out;
  }

 private:
  enum class State { kStart, kThinkingStart, kThinking, kAnswerStart, kAnswer };

  // Moves on by one state or empties held_ as far as is safe. False when more text is needed.
  bool step(std::vector<ChatDelta>& out) {
    switch (state_) {
      case State::kStart:
        return read_start();
      case State::kThinkingStart:
        return skip_newlines(State::kThinking);
      case State::kThinking:
        return read_thinking(out);
      case State::kAnswerStart:
        return skip_newlines(State::kAnswer);
      case State::kAnswer:
        emit(out, ChatDelta::Kind::kText, held_);
        held_.clear();
        return false;
    }
    return false;
  }

  bool read_start() {
    const std::string_view text =
        std::string_view(held_).substr(std::min(held_.find_first_not_of(" \n"), held_.size()));
    if (text.starts_with(kOpen)) {
      held_ = std::string(text.substr(kOpen.size()));
      state_ = State::kThinkingStart;
      return true;
    }
    if (kOpen.starts_with(text)) return false;  // white space so far, or a tag cut short
    state_ = State::kAnswer;
    return true;
  }

  bool skip_newlines(State next) {
    held_.erase(0, std::min(held_.find_first_not_of('\n'), held_.size()));
    if (held_.empty()) return false;
    state_ = next;
    return true;
  }

  bool read_thinking(std::vector<ChatDelta>& out) {
    const size_t close = held_.find(kClose);
    if (close == std::string::npos) {
      const size_t safe_bytes = held_.size() - unfinished_close(held_);
      emit(out, ChatDelta::Kind::kThinking, std::string_view(held_).substr(0, safe_bytes));
      held_.erase(0, safe_bytes);
      return false;
    }
    std::string_view thinking = std::string_view(held_).substr(0, close);
    while (thinking.ends_with('\n')) thinking.remove_suffix(1);
    emit(out, ChatDelta::Kind::kThinking, thinking);
    held_.erase(0, close + kClose.size());
    state_ = State::kAnswerStart;
    return true;
  }

  static void emit(std::vector<ChatDelta>& out, ChatDelta::Kind kind, std::string_view text) {
    if (!text.empty()) out.push_back({.kind = kind, .text = std::string(text)});
  }

  State state_ = State::kStart;
  std::string held_;
};

}  // namespace

std::unique_ptr<ChatParser> make_thinking_parser() {
  return std::make_unique<ThinkingParser>();
}

}  // namespace favilla
