// Examples as pairs of token ids: the texts are the agent's own, so that the reranker is trained on what it will read.
//
//   render_rerank_examples MINILM.gguf < examples.jsonl > pairs.jsonl
//
// Lines in: ../tools/examples.h. A line out: {"set", "right": index of the function that is called, -1 for none,
// "pairs": [[ids] for each function]}. A line of another form ends the run with its number.
#include <iostream>

#include "assistant/agent/rerank_text.h"
#include "examples.h"

namespace favilla {
namespace {

Json rendered(const Tokenizer& tokenizer, const ToolExample& example) {
  Json row{{"set", example.set}, {"right", -1}, {"pairs", Json::array()}};
  const std::string request = rerank_request(example.messages);
  for (size_t i = 0; i < example.tools.size(); ++i) {
    if (example.tools[i].name == example.call.name) row["right"] = i;
    row["pairs"].push_back(rerank_tokens(tokenizer, request, rerank_function(example.tools[i])));
  }
  return row;
}

Result<void> run(const char* path) {
  const GgufFile file = TRY(GgufFile::open(path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    std::cout << to_json_text(rendered(tokenizer, TRY(read_tool_example(line, number)))) << '\n';
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: render_rerank_examples MINILM.gguf < examples.jsonl > pairs.jsonl\n";
    return 2;
  }
  const favilla::Result<void> done = favilla::run(arguments[1]);
  if (done) return 0;
  std::cerr << done.error().message << '\n';
  return 1;
}
