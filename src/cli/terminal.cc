// See terminal.h.
#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/file.h"
#include "base/utf8.h"

namespace favilla::cli {
namespace {

constexpr size_t kInputLimitBytes = size_t{16} << 20;

// C0, DEL and C1. The last matter too: U+009B begins a sequence as ESC [ does.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

}  // namespace

std::string without_controls(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    const std::string_view bytes = text.substr(0, static_cast<size_t>(point.length));
    text.remove_prefix(bytes.size());
    if (bytes == "\r") continue;
    if (!point.valid || (is_control(point.value) && bytes != "\n" && bytes != "\t")) {
      append_utf8(safe, 0xFFFD);
    } else {
      safe += bytes;
    }
  }
  return safe;
}

Style style_for(const CommandContext& context) {
  if (!context.colour) return {};
  return {.bold = "\033[1m", .dim = "\033[2m", .accent = "\033[33m", .reset = "\033[0m"};
}

void AnswerPrinter::print(const TurnEvent& event) {
  if (event.kind == TurnEvent::Kind::kDone) return;
  // A program that reads the answer has no use for the way there.
  if (event.kind == TurnEvent::Kind::kThinking && !context_.out_is_terminal) return;
  begin(event.kind);
  write(context_.out_is_terminal ? without_controls(event.text) : event.text);
  std::fflush(context_.out);
}

// Marks the change from thinking to answer.
void AnswerPrinter::begin(TurnEvent::Kind kind) {
  const bool thinking = kind == TurnEvent::Kind::kThinking;
  if (thinking == in_thinking_) return;
  in_thinking_ = thinking;
  std::fputs(thinking ? style_.dim : style_.reset, context_.out);
  // Without colours the two need words to be told apart.
  if (!context_.colour) write(thinking ? "Thinking: " : "\n\nAnswer: ");
  if (!thinking && context_.colour) write("\n\n");
}

void AnswerPrinter::write(std::string_view text) {
  if (text.empty()) return;
  std::fwrite(text.data(), 1, text.size(), context_.out);
  at_line_start_ = text.back() == '\n';
}

void AnswerPrinter::finish() {
  if (in_thinking_) std::fputs(style_.reset, context_.out);
  if (!at_line_start_) write("\n");
  std::fflush(context_.out);
}

std::string timing_line(const GenerateResult& result) {
  // The first token is the prefill's; the decode time covers the others.
  const int decoded = std::max(result.generated_tokens - 1, 0);
  const double tokens_per_s = result.decode_ms > 0 ? decoded * 1000.0 / result.decode_ms : 0.0;
  return fmt::format("first token {:.0f} ms, {} of {} prompt tokens cached, {} tokens at {:.1f} tokens/s",
                     result.first_token_ms, result.cached_tokens, result.prompt_tokens, result.generated_tokens,
                     tokens_per_s);
}

std::string early_end_line(const GenerateResult& result) {
  switch (result.reason) {
    case StopReason::kEndOfTurn:
    case StopReason::kStopString:
      return "";
    case StopReason::kMaxTokens:
      return fmt::format("the answer was cut after {} tokens; --max-tokens raises the limit", result.generated_tokens);
    case StopReason::kContextFull:
      return fmt::format("the answer was cut: the window is full after {} tokens",
                         result.prompt_tokens + result.generated_tokens);
    case StopReason::kCancelled:
      return "stopped";
  }
  return "";
}

Result<void> require_utf8(std::string_view text, std::string_view source) {
  const size_t offset = find_invalid_utf8(text);
  if (offset == text.size()) return {};
  return Error{ErrorKind::kInvalidArgument, fmt::format("{} is not UTF-8 text: byte {} is 0x{:02X}", source, offset,
                                                        static_cast<unsigned char>(text[offset]))};
}

Result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0) {
      // Ctrl+C while somebody types: no error, and not the end of the text either.
      if (errno == EINTR) return Error{ErrorKind::kCancelled, "interrupted while reading standard input"};
      return errno_error("cannot read", "standard input", errno);
    }
    text.append(buffer.data(), static_cast<size_t>(count));
    if (text.size() > kInputLimitBytes) {
      return Error{ErrorKind::kExhausted, fmt::format("standard input is longer than {} MiB", kInputLimitBytes >> 20)};
    }
  }
}

}  // namespace favilla::cli
