// What run, ask and chat share: their options, a loaded model with its conversation, and the single turn.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "app/remote_roles.h"
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
  bool local = false;         // chat and ask: the default model, though config.toml has a server for the chat
  bool as_assistant = false;  // chat and ask: kAssistantSystem where no --system is given and the model can take one
};

// What chat and ask start from; `run` is the bare model, greedy and with its own system text. Measured on the default
// model, greedy: with its own system text it does not know the capital of France, with this one it does.
inline constexpr const char* kAssistantSystem = "You are a helpful AI assistant.";
TalkFlags assistant_flags();

// --local, of the commands that need no model's name.
void add_local_option(CLI::App& app, TalkFlags& flags);

// --system --temperature ... --verbose, bound to `flags`, whose values are the defaults shown in the help.
void add_talk_options(CLI::App& app, TalkFlags& flags);

// A grammar with the tokens of a model. Not movable: the second member refers to the first.
struct AnswerGrammar {
  AnswerGrammar(const Grammar& grammar, const Tokenizer& tokenizer)
      : trie(grammar::TokenTrie::build(tokenizer)), constraint(grammar, trie) {}

  const grammar::TokenTrie trie;
  Constraint constraint;
};

// A model of this process with what serves it. Not movable: the members refer to each other.
struct LocalModel {
  LocalModel(LoadedModel loaded, Session made, std::unique_ptr<AnswerGrammar> answers,
             const std::filesystem::path& prefix_folder)
      : model(std::move(loaded)),
        session(std::move(made)),
        answer_grammar(std::move(answers)),
        prefixes(prefix_folder),
        stable_prefix(session, prefixes) {}
  LocalModel(const LocalModel&) = delete;
  LocalModel& operator=(const LocalModel&) = delete;

  LoadedModel model;
  Session session;
  std::unique_ptr<AnswerGrammar> answer_grammar;  // may be nullptr; the conversation uses it
  PrefixStore prefixes;
  StablePrefix stable_prefix;
};

// A conversation and the model behind it: one of the two is there.
struct Talk {
  std::unique_ptr<LocalModel> local;
  std::unique_ptr<RemoteModel> remote;
  Conversation conversation;

  std::string model_name() const;                                 // "smollm2-135m", "qwen3-4b at hall:8080"
  const ChatFormat* format() const;                               // nullptr: takes no system text of ours
  LabelledText known_text(const std::vector<Fact>& facts) const;  // of assistant/known_facts.h, for this model
  // How --verbose tells of with_skill: lines "skill: ..." and "memory: ...", or that the server may not have them.
  std::string told_companions(const std::string& skill, const LabelledText& facts) const;
};

// nullptr: the model is elsewhere.
inline LoadedModel* local_model(Talk& talk) {
  return talk.local ? &talk.local->model : nullptr;
}

// Keeps the evaluated system text for the next start. Called after an answer, when nobody waits.
void keep_prefix(const CommandContext& context, Talk& talk, const TalkFlags& flags);

// `format` is the model's; nullptr takes no system text of ours.
ConversationOptions conversation_options(const TalkFlags& flags, const ChatFormat* format);

enum class Template { kOfModel, kNone };

// "remote:ROLE" is a server of config.toml (app/remote_roles.h). An empty name is the server for the chat, if there is
// one and flags.local does not say otherwise; else the default model.
Result<std::unique_ptr<Talk>> open_talk(const CommandContext& context, const std::string& model_name,
                                        const TalkFlags& flags, Template use = Template::kOfModel);

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

// What goes with a question to the model: the instructions of a skill, and what memory knows. Both are personal.
LabelledText with_skill(const std::string& skill, const LabelledText& facts);

// Answers once, prints the answer (or one JSON object) and returns the exit code. The first loads the model.
int answer_once(CommandContext& context, const SingleTurn& turn);
int answer_once(CommandContext& context, const SingleTurn& turn, Talk& talk);

// The words of a prompt joined by spaces; standard input, without its last line break, for "-". Always valid UTF-8.
Result<std::string> read_prompt(const std::vector<std::string>& words);

}  // namespace favilla::cli
