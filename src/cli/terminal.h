// What commands share that write a model's words to a terminal or a pipe.
#pragma once

#include <string>
#include <string_view>

#include "assistant/assistant.h"
#include "base/result.h"
#include "cli/command.h"

namespace favilla::cli {

// Text as a terminal may show it: every control character but new line and tab becomes U+FFFD, and carriage returns
// vanish. A model's words must not move the cursor, change the title or write into the clipboard (ECMA-48: C0, DEL and
// C1). `text` is whole code points.
std::string without_controls(std::string_view text);

// Escape sequences, all empty where colours are off.
struct Style {
  const char* bold = "";
  const char* dim = "";
  const char* accent = "";
  const char* reset = "";
};
Style style_for(const CommandContext& context);

// Prints a turn while it streams: the answer as it is into a pipe, without controls on a terminal. Thinking is shown on
// a terminal only, dimmed. Every event is flushed, so that words appear when they are made.
class AnswerPrinter {
 public:
  explicit AnswerPrinter(const CommandContext& context) : context_(context), style_(style_for(context)) {}

  void print(const TurnEvent& event);

  // Ends the answer's last line.
  void finish();

 private:
  void begin(TurnEvent::Kind kind);
  void write(std::string_view text);

  const CommandContext& context_;
  Style style_;
  bool in_thinking_ = false;
  bool at_line_start_ = true;
};

// "first token 41 ms, 12 of 30 prompt tokens cached, 25 tokens at 61.3 tokens/s"
std::string timing_line(const GenerateResult& result);

// One sentence for a turn that ended early ("the answer was cut: ..."); empty after a normal end.
std::string early_end_line(const GenerateResult& result);

// kInvalidArgument with the byte offset when `text` is not UTF-8; `source` names it ("standard input").
Result<void> require_utf8(std::string_view text, std::string_view source);

// All of standard input. kExhausted over 16 MiB: no model has a window for more.
Result<std::string> read_standard_input();

}  // namespace favilla::cli
