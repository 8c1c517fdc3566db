// What a conversation says, taken apart once for all functions and parameters.
//
//   const Said said(request.messages, entities, request.time);
//   for (const SaidText& text : said.texts()) ...      // of the user, newest first
//   said.result("token");                              // what a function's result calls so
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assistant/agent/words.h"
#include "model/model.h"
#include "understand/understand.h"

namespace favilla {

struct SaidText {
  std::string text;
  std::vector<TextWord> words;
  std::vector<Entity> entities;
  std::string answers;  // the assistant's text before it: what it may be the answer to
  int age = 0;          // messages of the user after it

  // Of words first..last, as written.
  std::string span(size_t first, size_t last) const;
  // May one value hold words first..last: no sentence ends and no quotation stands between them.
  bool is_together(size_t first, size_t last) const;
};

// A thing that a system message lists by its name, in a line such as "- names: Porch Light".
struct ListedValue {
  std::string key_stem;  // of the last word: "name"
  std::string value;
  std::set<std::string> stems;
};

class Said {
 public:
  // "Today is ..." and "this year is ..." in a system message say what the time is, instead of `time`.
  Said(std::span<const ChatMessage> messages, const EntityFinder& entities, const TimeContext& time);

  const std::vector<SaidText>& texts() const { return texts_; }
  const std::set<std::string>& stems() const { return stems_; }  // of the user's last message that says something
  const TimeContext& time() const { return time_; }
  // The newest value that a result has under this name; names in any style. nullopt: none has.
  std::optional<std::string> result(std::string_view name) const;
  const std::vector<ListedValue>& listed() const { return listed_; }
  // Calls of functions that were made already.
  const std::vector<ToolCall>& calls() const { return calls_; }
  const std::string& last_assistant_text() const { return last_assistant_text_; }
  // What the assistant said last, when nobody spoke after it: what it is about to do ("let me check that").
  const std::string& announced() const { return announced_; }

 private:
  void read_time(std::string_view system, const EntityFinder& entities);
  void read_result(std::string_view text);
  void read_list(std::string_view system);

  TimeContext time_;
  std::vector<SaidText> texts_;
  std::set<std::string> stems_;
  std::vector<std::pair<std::string, std::string>> results_;
  std::vector<ListedValue> listed_;  // each once
  std::vector<ToolCall> calls_;
  std::string last_assistant_text_;
  std::string announced_;
};

}  // namespace favilla
