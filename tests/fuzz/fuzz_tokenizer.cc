// Fuzzes the tokenizer from both sides: the input is a text for small vocabularies, and a list of changes to their
// files. (Bytes that are no GGUF file at all are fuzz_gguf's business.)
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/gguf.h"
#include "model/tokenizer/test_vocabulary.h"
#include "model/tokenizer/tokenizer.h"

namespace favilla {
namespace {

constexpr std::string_view kText = "The quick <s> caf\xC3\xA9 <|im_end|>'S 12345 \n\n\xFF\xE2\x96\x81 end";

void require(bool holds) {
  if (!holds) __builtin_trap();
}

// Whatever the vocabulary, every id is inside it and every piece can be had; untrusted text yields no control token.
void try_text(const Tokenizer& tokenizer, std::string_view text) {
  for (const ControlTokens control : {ControlTokens::kAsText, ControlTokens::kParse}) {
    const std::vector<TokenId> ids = tokenizer.encode(text, control);
    for (const TokenId id : ids) {
      require(id >= 0 && static_cast<size_t>(id) < tokenizer.size());
      // WordPiece's [UNK] is the one answer to a word that cannot be spelt, and files type it as they like.
      require(control == ControlTokens::kParse || !tokenizer.is_control(id) || id == tokenizer.special().unknown);
    }
    (void)tokenizer.decode(ids);
  }
}

// Loads a vocabulary's file with bytes overwritten: each three bytes of the input are a place and a value.
void try_changed_file(const TestVocabulary& vocabulary, std::string_view changes) {
  std::string file_bytes = vocabulary.gguf();
  for (; changes.size() >= 3; changes.remove_prefix(3)) {
    const size_t place = static_cast<unsigned char>(changes[0]) * size_t{256} + static_cast<unsigned char>(changes[1]);
    file_bytes[place % file_bytes.size()] = changes[2];
  }
  const Result<GgufFile> file = GgufFile::parse(std::as_bytes(std::span(file_bytes)));
  if (!file) return;
  if (const Result<Tokenizer> tokenizer = Tokenizer::load(*file)) try_text(*tokenizer, kText);
}

void try_input(std::string_view input) {
  const TestVocabulary vocabularies[] = {small_bpe_vocabulary(), small_spm_vocabulary(), small_wordpiece_vocabulary()};
  for (const TestVocabulary& vocabulary : vocabularies) {
    try_changed_file(vocabulary, input);
    const Result<Tokenizer> tokenizer = vocabulary.load();
    require(tokenizer.has_value());
    try_text(*tokenizer, input);
    // In SPM a user-defined token is followed by a blank of its own, so only texts without one come back exactly.
    if (vocabulary.model == "llama" && input.find("<u>") == input.npos) {
      require(tokenizer->decode(tokenizer->encode(input, ControlTokens::kAsText)) == input);
    }
  }
}

}  // namespace
}  // namespace favilla

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  favilla::try_input({static_cast<const char*>(static_cast<const void*>(data)), size_bytes});
  return 0;
}
