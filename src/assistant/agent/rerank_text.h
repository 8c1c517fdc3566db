// What the reranker reads: the request and one function, as the two texts of a pair. The function classifier reads the
// request alone.
//
//   std::vector<TokenId> ids = rerank_tokens(tokenizer, rerank_request(messages), rerank_function(tool));
//
// They are trained on exactly these bytes (training/rerank, training/functions), so a change here asks for new
// adapters.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace favilla {

// What was said, the end of it: one sentence of the user as it is, a conversation with its roles, calls and results.
std::string rerank_request(std::span<const ChatMessage> messages);

// "set volume: Sets how loud a player is. takes player, volume; may take unit (percent|decibel)"
std::string rerank_function(const ToolDefinition& tool);

// [CLS] request [SEP] function [SEP]
std::vector<TokenId> rerank_tokens(const Tokenizer& tokenizer, std::string_view request, std::string_view function);

// [CLS] sentence [SEP]
std::vector<TokenId> sentence_tokens(const Tokenizer& tokenizer, std::string_view sentence);

}  // namespace favilla
