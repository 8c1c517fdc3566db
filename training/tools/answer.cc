// What a model answers to prompts of token ids, greedily and without a grammar: does it write calls, and the same ones
// as another engine with the same adapter?
//
//   answer_tool_examples MODEL.gguf ADAPTER.gguf|- < tokens.jsonl > answers.jsonl
//
// Lines in as render_tool_examples writes them. A line out: {"prompt": [ids], "text": what the model wrote}.
#include <iostream>

#include "base/json.h"
#include "generate/generate.h"
#include "model/model.h"

namespace favilla {
namespace {

constexpr int kMaxTokens = 128;

Result<void> run(const char* model_path, const std::string& adapter_path) {
  GgufFile file = TRY(GgufFile::open(model_path));
  const Tokenizer tokenizer = TRY(Tokenizer::load(file));
  Engine engine = TRY(Engine::load(std::move(file), {}));
  SessionOptions options;
  if (adapter_path != "-") {
    const GgufFile adapter = TRY(GgufFile::open(adapter_path));
    options.adapter = TRY(engine.load_adapter(adapter));
  }
  Session session = TRY(engine.new_session(options));
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    const Json row = TRY(parse_json(line).context("line " + std::to_string(number)));
    if (!row.is_object() || !row.contains("prompt") || !row["prompt"].is_array()) {
      return Error{ErrorKind::kInvalidArgument, "line " + std::to_string(number) + ": no \"prompt\" in it"};
    }
    std::vector<TokenId> prompt;
    for (const Json& id : row["prompt"]) prompt.push_back(id.is_number_integer() ? id.get<TokenId>() : -1);
    std::string text;
    TRY(generate(session, tokenizer, prompt, {.max_tokens = kMaxTokens},
                 [&](const TokenEvent& event) { text += event.text; }));
    std::cout << to_json_text(Json{{"prompt", prompt}, {"text", text}}) << '\n';
  }
  return {};
}

}  // namespace
}  // namespace favilla

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: answer_tool_examples MODEL.gguf ADAPTER.gguf|- < tokens.jsonl > answers.jsonl\n";
    return 2;
  }
  const favilla::Result<void> done = favilla::run(arguments[1], arguments[2]);
  if (done) return 0;
  std::cerr << done.error().message << '\n';
  return 1;
}
