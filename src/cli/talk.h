// What run, ask and chat share: their options, a loaded model with its conversation, and the single turn.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "assistant/assistant.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "generate/grammar/grammar.h"
#include "generate/prefix_store.h"

namespace favilla::cli {

struct TalkFlags {
  GenerateOptions generation;
  std::string system;
  int threads = 0;         // 0: one per physical core
  int context_tokens = 0;  // 0: the model's default
  std::string kv = "f16";  // type of the cache: "f16" or "q8_0"
  std::string adapter;     // file of a LoRA adapter; empty: none
  bool no_thinking = false;
  bool verbose = false;
  bool no_type_ahead = false;                     // chat: read nothing while the owner types
  std::optional<Grammar> grammar = std::nullopt;  // of every answer; thinking is then off
  bool as_assistant = false;  // chat and ask: kAssistantSystem where no --system is given and the model can take one
};

// What chat and ask start from; `run` is the bare model, greedy and with its own system text. Measured on the default
// model, greedy: with its own system text it does not know the capital of France, with this one it does.
inline constexpr const char* kAssistantSystem = "You are a helpful AI assistant.";
TalkFlags assistant_flags();

// --system --temperature ... --verbose, bound to `flags`, whose values are the defaults shown in the help.
void add_talk_options(CLI::App& app, TalkFlags& flags);

// A grammar with the tokens of a model. Not movable: the second member refers to the first.
struct AnswerGrammar {
  AnswerGrammar(const Grammar& grammar, const Tokenizer& tokenizer)
      : trie(grammar::TokenTrie::build(tokenizer)), constraint(grammar, trie) {}

  const grammar::TokenTrie trie;
  Constraint constraint;
};

// A model ready to talk. Not movable: the members refer to each other.
struct Talk {
  Talk(LoadedModel loaded, Session made, std::unique_ptr<AnswerGrammar> answers, ConversationOptions options,
       const std::filesystem::path& prefix_folder)
      : model(std::move(loaded)),
        session(std::move(made)),
        answer_grammar(std::move(answers)),
        conversation(session_model(session, model.tokenizer, model.format), std::move(options)),
        prefixes(prefix_folder),
        stable_prefix(session, prefixes) {
    stable_prefix.begin(conversation);
  }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  LoadedModel model;
  Session session;
  std::unique_ptr<AnswerGrammar> answer_grammar;  // may be nullptr; `conversation` uses it
  Conversation conversation;
  PrefixStore prefixes;
  StablePrefix stable_prefix;
};

// Keeps the evaluated system text for the next start. Called after an answer, when nobody waits.
void keep_prefix(const CommandContext& context, Talk& talk, const TalkFlags& flags);

// `format` is the model's; nullptr takes no system text of ours.
ConversationOptions conversation_options(const TalkFlags& flags, const ChatFormat* format);

enum class Template { kOfModel, kNone };

// An empty name is the default model.
Result<std::unique_ptr<Talk>> open_talk(const Paths& paths, const std::string& model_name, const TalkFlags& flags,
                                        Template use = Template::kOfModel);

struct SingleTurn {
  std::string model_name;
  std::string prompt;
  TalkFlags flags;
  Template use_template = Template::kOfModel;
  bool json = false;
  std::vector<Fact> facts = {};  // that the answer may need (assistant/known_facts.h)
  std::string skill = "";        // instructions that the answer follows (tools/skills/skills.h)
  bool as_turn_json = false;     // with `json`: the members that every turn of `ask` has, too
};

// What goes with a question to the model: the instructions of a skill, and what memory knows.
std::string with_skill(const std::string& skill, const std::string& facts);

// How --verbose tells of them: a line for each, "skill: ..." and "memory: ...".
std::string told_companions(const std::string& skill, const std::string& facts);

// Loads the model, answers once, prints the answer (or one JSON object) and returns the exit code.
int answer_once(CommandContext& context, const SingleTurn& turn);

// The words of a prompt joined by spaces; standard input, without its last line break, for "-". Always valid UTF-8.
Result<std::string> read_prompt(const std::vector<std::string>& words);

}  // namespace favilla::cli
