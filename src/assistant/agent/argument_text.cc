// See argument_text.h.
#include "assistant/agent/argument_text.h"

#include <algorithm>

#include "assistant/agent/words.h"
#include "base/foreign_text.h"

namespace favilla {
namespace {

// Together under the 512 tokens that may be read at once, also where each sign of a question is a token.
constexpr size_t kMaxConversationTokens = 256;
constexpr size_t kMaxQuestionTokens = 96;
constexpr size_t kMaxDescriptionBytes = 80;
constexpr size_t kMaxAnsweredBytes = 100;  // of what the assistant said before

// One text of the user, behind the end of what it answers.
struct Piece {
  std::vector<TokenId> ids;
  std::vector<ReadWord> words;
};

Piece piece_of(const Tokenizer& tokenizer, const SaidText& said, size_t source) {
  Piece piece;
  const auto read = [&](std::string_view text) {
    const std::vector<TokenId> ids = tokenizer.encode(text, ControlTokens::kAsText);
    piece.ids.insert(piece.ids.end(), ids.begin(), ids.end());
  };
  read(shown_line(said.answers, kMaxAnsweredBytes));
  size_t end = 0;  // of the word before
  for (size_t i = 0; i < said.words.size(); ++i) {
    const TextWord& word = said.words[i];
    read(std::string_view(said.text).substr(end, word.from - end));
    const size_t first = piece.ids.size();
    read(std::string_view(said.text).substr(word.from, word.to - word.from));
    if (piece.ids.size() > first) piece.words.push_back({source, i, first, piece.ids.size() - 1});
    end = word.to;
  }
  read(std::string_view(said.text).substr(end));
  return piece;
}

}  // namespace

std::string argument_question(const ToolDefinition& tool, const Parameter& parameter) {
  std::string text;
  for (const std::string& word : identifier_words(tool.name)) text += (text.empty() ? "" : " ") + word;
  text += ":";
  for (const std::string& word : parameter.words) text += " " + word;
  const std::string description = shown_line(parameter.description, kMaxDescriptionBytes);
  return description.empty() ? text : text + ", " + description;
}

ArgumentText::ArgumentText(const Tokenizer& tokenizer, const Said& said) : tokenizer_(tokenizer) {
  std::vector<Piece> pieces;  // newest first
  size_t tokens = 0;
  for (size_t source = 0; source < said.texts().size(); ++source) {
    Piece piece = piece_of(tokenizer, said.texts()[source], source);
    tokens += piece.ids.size();
    if (tokens > kMaxConversationTokens && source > 0) break;
    pieces.push_back(std::move(piece));
  }
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    for (ReadWord word : piece->words) {
      word.first_token += ids_.size();
      word.last_token += ids_.size();
      if (word.last_token < kMaxConversationTokens) words_.push_back(word);
    }
    ids_.insert(ids_.end(), piece->ids.begin(), piece->ids.end());
  }
  ids_.resize(std::min(ids_.size(), kMaxConversationTokens));
}

std::vector<TokenId> ArgumentText::tokens(std::string_view question, size_t& begin) const {
  std::vector<TokenId> ids = tokenizer_.encode(question, ControlTokens::kAsText);
  ids.resize(std::min(ids.size(), kMaxQuestionTokens));
  if (tokenizer_.special().separator) ids.push_back(*tokenizer_.special().separator);
  begin = 1 + ids.size();  // encoders put one token in front
  ids.insert(ids.end(), ids_.begin(), ids_.end());
  return tokenizer_.with_special_tokens(std::move(ids));
}

}  // namespace favilla
