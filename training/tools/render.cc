// Examples as token ids: the prompt's bytes are the agent's own, so that an adapter is trained on what it will read.
//
//   render_tool_examples MODEL.gguf < examples.jsonl > tokens.jsonl
//
// Lines in: examples.h. A line out: {"prompt": [ids], "answer": [ids]}; the answer ends with the token that ends a
// turn, or behind the name when the example has no arguments. A line of another form ends the run with its number.
#include <iostream>

#include "assistant/agent/tool_prompt.h"
#include "examples.h"

namespace favilla {
namespace {

Result<Json> rendered(const Tokenizer& tokenizer, const ChatFormat* format, const ToolExample& example) {
  const ToolPrompt prompt = TRY(render_tool_prompt(format, example.tools, example.messages));
  std::vector<TokenId> answer;
  const auto append = [&](const std::string& text, ControlTokens control) {
    const std::vector<TokenId> ids = tokenizer.encode(text, control);
    answer.insert(answer.end(), ids.begin(), ids.end());
  };
  std::vector<std::string> pieces = tool_answer_pieces(example.call);
  if (!example.has_arguments) pieces.resize(1);
  for (const std::string& piece : pieces) append(piece, ControlTokens::kAsText);
  if (example.has_arguments) append("<|im_end|>", ControlTokens::kParse);
  return Json{{"prompt", prompt.tokens(tokenizer, format)}, {"answer", answer}};
}

Result<void> run(const char* path) {
  const GgufFile file = TRY(GgufFile::open(path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  const ChatFormat* format = find_chat_format(file.find_string("tokenizer.chat_template").value_or(""));
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    const ToolExample example = TRY(read_tool_example(line, number));
    const Json row = TRY(rendered(tokenizer, format, example));
    std::cout << to_json_text(row) << '\n';
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: render_tool_examples MODEL.gguf < examples.jsonl > tokens.jsonl\n";
    return 2;
  }
  const favilla::Result<void> done = favilla::run(arguments[1]);
  if (done) return 0;
  std::cerr << done.error().message << '\n';
  return 1;
}
