// See model_argument_reader.h.
#include "assistant/model_argument_reader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "assistant/agent/argument_text.h"
#include "assistant/agent/built_in_adapters.h"

namespace favilla {
namespace {

Result<std::vector<float>> row_of(const GgufFile& adapter, const std::string& name, size_t width) {
  std::vector<float> row = adapter.find_floats(name);
  const bool finite = std::all_of(row.begin(), row.end(), [](float value) { return std::isfinite(value); });
  if (finite && row.size() == width) return row;
  return Error{ErrorKind::kCorrupt, name + " does not have one finite number for each of a hidden state"};
}

}  // namespace

Result<std::optional<ModelArgumentReader>> ModelArgumentReader::open(Engine& engine, const Tokenizer& tokenizer) {
  const std::span<const std::byte> bytes = built_in_argument_adapter(engine.info());
  if (bytes.empty()) return std::optional<ModelArgumentReader>();
  const GgufFile file = TRY(GgufFile::parse(bytes).context("the built-in argument reader"));
  return std::optional(TRY(load(engine, tokenizer, file).context("the built-in argument reader")));
}

Result<ModelArgumentReader> ModelArgumentReader::load(Engine& engine, const Tokenizer& tokenizer,
                                                      const GgufFile& adapter) {
  ModelArgumentReader reader(engine, tokenizer);
  reader.adapter_ = TRY(engine.load_adapter(adapter));
  const auto width = static_cast<size_t>(engine.info().embedding_length);
  reader.first_ = TRY(row_of(adapter, "favilla.arguments.first", width));
  reader.last_ = TRY(row_of(adapter, "favilla.arguments.last", width));
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
