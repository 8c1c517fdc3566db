// Fuzzes what a server may send: events do not depend on where the bytes are cut, and what is read of an answer, of
// embeddings and of errors is bounded, finite and safe to show.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/foreign_text.h"
#include "base/event_stream.h"
#include "generate/remote/wire.h"

namespace favilla {
namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

std::vector<std::string> events_of(std::string_view bytes, size_t piece_bytes) {
  EventStream events(size_t{1} << 20);
  std::vector<std::string> all;
  for (size_t at = 0; at < bytes.size(); at += piece_bytes) {
    Result<std::vector<std::string>> some = events.feed(bytes.substr(at, piece_bytes));
    if (!some) return all;
    for (std::string& data : *some) all.push_back(std::move(data));
  }
  return all;
}

void read(std::string_view json) {
  const Result<AnswerPiece> piece = parse_answer_piece(json);
  require(piece.has_value() || !piece.error().message.empty());
  if (piece && piece->usage) require(piece->usage->prompt_tokens >= 0 && piece->usage->completion_tokens >= 0);
  const std::string words = error_words(json);
  require(words == shown_line(words, words.size()));
  (void)parse_model_names(json);
  const Result<RemoteEmbeddings> embeddings = parse_embeddings(json, 2);
  if (!embeddings) return;
  for (const std::vector<float>& vector : embeddings->vectors) {
    for (const float value : vector) require(std::isfinite(value));
  }
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  std::string input(size_bytes, '\0');
  for (size_t i = 0; i < size_bytes; ++i) input[i] = static_cast<char>(data[i]);
  favilla::read(input);
  const std::vector<std::string> whole = favilla::events_of(input, input.size() + 1);
  favilla::require(whole == favilla::events_of(input, 1) && whole == favilla::events_of(input, 7));
  for (const std::string& event : whole) favilla::read(event);
  return 0;
}
