// A bare model that answers chat requests: rendered in its family's own format, tools included, read back by the
// family's parser.
//
//   ChatModel model(session, tokenizer, format, engine.fingerprint());
//   ApiResult<ChatAnswer> answer = model.answer(request, {.cancel = &cancel});
//
// Calls that must come (tool_choice "required" or a name) are written under a grammar: the name is one of the tools',
// the arguments are valid under its schema. The same holds for response_format. With tool_choice "auto" the model
// writes what it likes; a call that cannot be read is text.
//
// Belongs to one thread. What it must not outlive: session, tokenizer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/openai/chat_answer.h"
#include "base/cancel.h"
#include "generate/grammar/grammar.h"

namespace favilla {

struct AnswerOptions {
  const CancelFlag* cancel = nullptr;
  // Parts of the answer as they come; a call comes whole.
  std::function<void(const ChatDelta&)> on_delta = {};
};

class ChatModel {
 public:
  // Without a format (a base model) the conversation is plain paragraphs, see plain_chat_format().
  ChatModel(Session& session, const Tokenizer& tokenizer, const ChatFormat* format, std::string fingerprint);

  // 400 for what does not fit the window (code "context_length_exceeded") and for conversations or schemas that cannot
  // be expressed. A stopped answer is status 499.
  ApiResult<ChatAnswer> answer(const ChatRequest& request, const AnswerOptions& options);

 private:
  class Run;
  const grammar::TokenTrie& trie();

  Session& session_;
  const Tokenizer& tokenizer_;
  const ChatFormat& format_;
  const bool is_base_;
  const std::string fingerprint_;
  std::unique_ptr<const grammar::TokenTrie> trie_;  // made when first needed
};

// "call_" and 24 hexadecimal digits that depend on what was asked and on `index` only.
std::string call_id(const ChatRequest& request, std::string_view text, size_t index);

}  // namespace favilla
