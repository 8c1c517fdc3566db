// model: what a model file is. The front door of the module.
//
//   GgufFile file = TRY(GgufFile::open(path));
//   Tokenizer tokenizer = TRY(Tokenizer::load(file));
//   const ChatFormat* format = find_chat_format(file.find_string("tokenizer.chat_template").value_or(""));
#pragma once

#include "model/chat/chat.h"            // IWYU pragma: export
#include "model/gguf.h"                 // IWYU pragma: export
#include "model/tokenizer/tokenizer.h"  // IWYU pragma: export
