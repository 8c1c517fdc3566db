// See type_ahead.h.
#include "assistant/type_ahead.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace favilla {
namespace {

// Without the last word, which may still grow, and the white space before it, which is the next word's first token.
std::string whole_words(const std::string& text) {
  constexpr const char* kSpace = " \t\n";
  const size_t word = text.find_last_of(kSpace);
  if (word == std::string::npos) return {};
  return text.substr(0, text.find_last_not_of(kSpace, word) + 1);
}

}  // namespace

TypeAhead::TypeAhead(const Conversation& conversation, Session& session)
    : conversation_(conversation), session_(session), thread_([this] { work(); }) {}

TypeAhead::~TypeAhead() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  cancel_.request();
  changed_.notify_one();
}

void TypeAhead::update(std::string text) {
  const std::lock_guard lock(mutex_);
  if (has_changed_ && text == text_) return;
  text_ = std::move(text);
  has_changed_ = true;
  // More of the same does not make void what is being read.
  if (!text_.starts_with(reading_)) cancel_.request();
  changed_.notify_one();
}

void TypeAhead::work() {
  const auto has_news = [this] { return stopping_ || has_changed_; };
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, has_news);
    while (has_changed_ && !stopping_) {
      has_changed_ = false;
      changed_.wait_for(lock, std::chrono::milliseconds(kPause_ms), has_news);
    }
    if (stopping_) return;
    reading_ = whole_words(text_);
    cancel_.clear();
    const std::string text = reading_;
    lock.unlock();
    read(text);
    lock.lock();
  }
}

// Errors need no word here: the turn meets them again.
void TypeAhead::read(const std::string& text) {
  const std::vector<TokenId> ids = conversation_.beginning_with(text);
  const std::span<const TokenId> held = session_.tokens();
  auto read = static_cast<size_t>(std::mismatch(ids.begin(), ids.end(), held.begin(), held.end()).first - ids.begin());
  // What the cache holds beyond them is left: words that were deleted may be typed again.
  while (read < ids.size()) {
    read = std::min(ids.size(), read + kPieceTokens);
    if (!session_.prefill(std::span(ids).first(read), &cancel_)) return;
  }
}

}  // namespace favilla
