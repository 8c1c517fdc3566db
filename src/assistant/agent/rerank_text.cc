// See rerank_text.h.
#include "assistant/agent/rerank_text.h"

#include "assistant/agent/parameter.h"
#include "assistant/agent/tool_prompt.h"
#include "assistant/agent/words.h"
#include "base/foreign_text.h"

namespace favilla {
namespace {

// Together well under the 512 tokens that a pair may have, also where each sign is a token.
constexpr size_t kMaxRequestBytes = 280;
constexpr size_t kMaxDescriptionBytes = 120;
constexpr size_t kMaxParameterBytes = 90;
constexpr size_t kMaxChoiceBytes = 40;

std::string in_words(std::string_view name) {
  std::string text;
  for (const std::string& word : identifier_words(name)) text += (text.empty() ? "" : " ") + word;
  return text.empty() ? std::string(name) : text;
}

std::string choices_of(const Parameter& parameter) {
  std::string text;
  for (const std::string& choice : parameter.choices) {
    if (text.size() + choice.size() > kMaxChoiceBytes) break;
    text += (text.empty() ? " (" : "|") + choice;
  }
  return text.empty() ? text : text + ")";
}

}  // namespace

std::string rerank_request(std::span<const ChatMessage> messages) {
  const std::string text = conversation_text(messages);
  if (text.size() <= kMaxRequestBytes) return text;
  size_t from = text.size() - kMaxRequestBytes;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
  return text.substr(from);
}

std::string rerank_function(const ToolDefinition& tool) {
  std::string text = in_words(tool.name);
  const std::string description = shown_line(tool.description, kMaxDescriptionBytes);
  if (!description.empty()) text += ": " + description;
  std::string needed, possible;
  for (const Parameter& parameter : parameters_of(tool.parameters)) {
    std::string& list = parameter.required ? needed : possible;
    if (list.size() > kMaxParameterBytes) continue;
    list += (list.empty() ? "" : ", ") + in_words(parameter.name) + choices_of(parameter);
  }
  if (!needed.empty()) text += "; takes " + needed;
  if (!possible.empty()) text += "; may take " + possible;
  return text;
}

std::vector<TokenId> rerank_tokens(const Tokenizer& tokenizer, std::string_view request, std::string_view function) {
  std::vector<TokenId> ids = tokenizer.encode(request, ControlTokens::kAsText);
  if (tokenizer.special().separator) ids.push_back(*tokenizer.special().separator);
  const std::vector<TokenId> rest = tokenizer.encode(function, ControlTokens::kAsText);
  ids.insert(ids.end(), rest.begin(), rest.end());
  return tokenizer.with_special_tokens(std::move(ids));
}

std::vector<TokenId> sentence_tokens(const Tokenizer& tokenizer, std::string_view sentence) {
  return tokenizer.with_special_tokens(tokenizer.encode(sentence, ControlTokens::kAsText));
}

}  // namespace favilla
