// What an argument reader reads to find one parameter's words in a conversation.
//
//   const ArgumentText text(tokenizer, said);
//   size_t begin = 0;
//   const std::vector<TokenId> ids = text.tokens(argument_question(tool, parameter), begin);
//   ids[begin + text.words()[0].first_token]  // the first token of what the user said
#pragma once

#include <string>
#include <vector>

#include "assistant/agent/parameter.h"
#include "assistant/agent/said.h"
#include "model/model.h"

namespace favilla {

// One word that the user said, and its tokens.
struct ReadWord {
  size_t source = 0;  // index into said.texts()
  size_t index = 0;   // into its words
  size_t first_token = 0;
  size_t last_token = 0;
};

// "add reminder: title, what to do": function, parameter and what is told of it.
std::string argument_question(const ToolDefinition& tool, const Parameter& parameter);

// The end of the conversation, word by word. Both arguments must outlive it.
class ArgumentText {
 public:
  ArgumentText(const Tokenizer& tokenizer, const Said& said);

  // In the order of the conversation. Their tokens count from the conversation's first.
  const std::vector<ReadWord>& words() const { return words_; }

  // The question, a separator, the conversation. `begin`: where the conversation's first token is among them.
  std::vector<TokenId> tokens(std::string_view question, size_t& begin) const;

 private:
  const Tokenizer& tokenizer_;
  std::vector<TokenId> ids_;
  std::vector<ReadWord> words_;
};

}  // namespace favilla
