// Examples as token ids for the function classifier: the text is the agent's own, so that it is trained on what it will
// read.
//
//   render_function_examples MINILM.gguf < examples.jsonl > sentences.jsonl
//
// Lines in: ../tools/examples.h. A line out: {"set", "function": the one that is called or "none", "ids"}. A line of
// another form ends the run with its number.
#include <iostream>

#include "assistant/agent/rerank_text.h"
#include "examples.h"

namespace favilla {
namespace {

Result<void> run(const char* path) {
  const GgufFile file = TRY(GgufFile::open(path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    const ToolExample example = TRY(read_tool_example(line, number));
    const Json row{{"set", example.set},
                   {"function", example.call.name},
                   {"ids", sentence_tokens(tokenizer, rerank_request(example.messages))}};
    std::cout << to_json_text(row) << '\n';
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: render_function_examples MINILM.gguf < examples.jsonl > sentences.jsonl\n";
    return 2;
  }
  const favilla::Result<void> done = favilla::run(arguments[1]);
  if (done) return 0;
  std::cerr << done.error().message << '\n';
  return 1;
}
