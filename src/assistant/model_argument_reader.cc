// See model_argument_reader.h.
#include "assistant/model_argument_reader.h"

#include <numeric>

#include "assistant/agent/argument_text.h"
#include "assistant/agent/built_in_adapters.h"
#include "assistant/embedding_reader.h"

namespace favilla {
Result<std::optional<ModelArgumentReader>> ModelArgumentReader::open(Engine& engine, const Tokenizer& tokenizer) {
  return open_built_in<ModelArgumentReader>(engine, tokenizer, built_in_argument_adapter(engine.info()),
                                            "argument reader");
}

Result<ModelArgumentReader> ModelArgumentReader::load(Engine& engine, const Tokenizer& tokenizer,
                                                      const GgufFile& adapter) {
  ModelArgumentReader reader(engine, tokenizer);
  reader.adapter_ = TRY(engine.load_adapter(adapter));
  const auto width = static_cast<size_t>(engine.info().embedding_length);
  reader.first_ = TRY(require_floats(adapter, "favilla.arguments.first", width));
  reader.last_ = TRY(require_floats(adapter, "favilla.arguments.last", width));
  return reader;
}

Result<ArgumentReading> ModelArgumentReader::read(const ToolDefinition& tool, const Parameter& parameter,
                                                  const Said& said) {
  const ArgumentText text(*tokenizer_, said);
  size_t begin = 0;
  const std::vector<TokenId> ids = text.tokens(argument_question(tool, parameter), begin);
  const Encoding encoding = TRY(engine_->encode(ids, adapter_.get()));
  const auto weigh = [&](size_t token, const std::vector<float>& row) {
    const float* hidden = encoding.hidden.data() + token * row.size();
    return std::inner_product(row.begin(), row.end(), hidden, 0.0);
  };
  // The encoder's first token stands for "nothing was said".
  const double no_first = weigh(0, first_), no_last = weigh(0, last_);
  ArgumentReading reading;
  for (const ReadWord& word : text.words()) {
    reading.words.push_back({word.source, word.index, weigh(begin + word.first_token, first_) - no_first,
                             weigh(begin + word.last_token, last_) - no_last});
  }
  return reading;
}

}  // namespace favilla
