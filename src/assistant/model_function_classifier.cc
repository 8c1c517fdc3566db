// See model_function_classifier.h.
#include "assistant/model_function_classifier.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "assistant/agent/built_in_adapters.h"
#include "assistant/agent/rerank_text.h"
#include "assistant/embedding_reader.h"

namespace favilla {

Result<std::optional<ModelFunctionClassifier>> ModelFunctionClassifier::open(Engine& engine,
                                                                             const Tokenizer& tokenizer) {
  return open_built_in<ModelFunctionClassifier>(engine, tokenizer, built_in_function_adapter(engine.info()),
                                                "function classifier");
}

Result<ModelFunctionClassifier> ModelFunctionClassifier::load(Engine& engine, const Tokenizer& tokenizer,
                                                              const GgufFile& adapter) {
  ModelFunctionClassifier classifier(engine, tokenizer);
  classifier.adapter_ = TRY(engine.load_adapter(adapter));
  const GgufStrings* names = adapter.find_strings("favilla.functions.names");
  if (names == nullptr || names->size() == 0) {
    return Error{ErrorKind::kCorrupt, "favilla.functions.names does not have any name"};
  }
  for (size_t i = 0; i < names->size(); ++i) classifier.names_.emplace_back((*names)[i]);
  const auto width = static_cast<size_t>(engine.info().embedding_length);
  classifier.weight_ = TRY(require_floats(adapter, "favilla.functions.weight", names->size() * width));
  classifier.bias_ = TRY(require_floats(adapter, "favilla.functions.bias", names->size()));
  return classifier;
}

Result<std::map<std::string, double>> ModelFunctionClassifier::classify(std::string_view sentence) {
  const std::vector<float> vector = TRY(engine_->embed(sentence_tokens(*tokenizer_, sentence), adapter_.get()));
  std::vector<double> scores;
  for (size_t i = 0; i < names_.size(); ++i) {
    const float* row = weight_.data() + i * vector.size();
    scores.push_back(std::inner_product(vector.begin(), vector.end(), row, static_cast<double>(bias_[i])));
  }
  const double top = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - top);
  std::map<std::string, double> probabilities;
  for (size_t i = 0; i < names_.size(); ++i) probabilities[names_[i]] = scores[i] / sum;
  return probabilities;
}

}  // namespace favilla
