// See known_facts.h.
#include "assistant/known_facts.h"

#include "assistant/agent/words.h"

namespace favilla {

std::vector<Fact> facts_about(const Store& store, std::string_view text, Moment now, Embedder* embedder) {
  Query query{.words = {}, .now = now};
  for (const TextWord& word : words_of(text)) {
    if (!word.is_stop) query.words.push_back(word.folded);
  }
  if (embedder != nullptr) {
    if (Result<std::vector<float>> vector = embedder->embed(text)) {
      query.vector = std::move(*vector);
      query.model = embedder->model();
    }
  }
  return recall(store, query).value_or({});
}

LabelledText known_text(const std::vector<Fact>& facts, const std::function<size_t(std::string_view)>& count_tokens) {
  return {.text = prompt_tail(facts, kMaxKnownTokens, count_tokens),
          .label = {Integrity::kOwnData, Confidentiality::kPersonal}};
}

}  // namespace favilla
