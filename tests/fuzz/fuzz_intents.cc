// Fuzzes models of intents: the input is a list of changes to a small model's file, whose checksum is then made right
// again, so that the checks behind it are reached. The bytes are also read as training sentences.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/checksum.h"
#include "understand/learned/test_sentences.h"
#include "understand/understand.h"

namespace favilla {
namespace {

constexpr size_t kHeadBytes = 16;  // magic, version, checksum

void require(bool holds) {
  if (!holds) __builtin_trap();
}

std::string small_model() {
  const Result<IntentModel> model = teach(test_sentences(), {});
  require(model.has_value());
  return model->bytes();
}

// Each four bytes of the input are a place and a value. Most of what a place can break lies at the start of an array,
// so places are spread over the whole file.
void try_changes(std::string bytes, std::string_view changes) {
  for (; changes.size() >= 4; changes.remove_prefix(4)) {
    uint32_t place = 0;
    std::memcpy(&place, changes.data(), 3);
    bytes[kHeadBytes + place % (bytes.size() - kHeadBytes)] = changes[3];
  }
  const auto content = std::as_bytes(std::span(bytes)).subspan(kHeadBytes);
  const uint64_t sum = checksum(content);
  std::memcpy(bytes.data() + kHeadBytes - sizeof sum, &sum, sizeof sum);
  const Result<IntentModel> model = IntentModel::parse(std::as_bytes(std::span(bytes)));
  if (!model) return;
  const std::string_view sentence = "turn off the lights in the living room at half past eight";
  const Result<RecognizedIntent> result = model->understand(sentence);
  require(result.has_value());
  for (const FoundEntity& entity : result->entities) {
    require(entity.begin < entity.end && entity.end <= sentence.size());
  }
}

void try_input(std::string_view input) {
  static const std::string model = small_model();
  try_changes(model, input);
  (void)IntentModel::parse(std::as_bytes(std::span(input)));
  const Result<std::vector<Example>> examples = parse_examples(input);
  if (!examples) return;
  for (const Example& example : *examples) {
    for (const MarkedEntity& entity : example.entities) {
      require(entity.begin < entity.end && entity.end <= example.text.size());
    }
  }
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  favilla::try_input({static_cast<const char*>(static_cast<const void*>(data)), size_bytes});
  return 0;
}
