// See talk.h.
#include "cli/talk.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/utf8.h"
#include "cli/engine_flags.h"
#include "cli/terminal.h"

namespace favilla::cli {
namespace {

// What run and ask print with --json; the names follow the common chat interfaces.
Json to_json(const TurnResult& turn) {
  const GenerateResult& generation = turn.generation;
  Json json;
  json["text"] = turn.text;
  if (!turn.thinking.empty()) json["thinking"] = turn.thinking;
  json["stop_reason"] = stop_reason_name(generation.reason);
  json["usage"] = {{"prompt_tokens", generation.prompt_tokens},
                   {"cached_tokens", generation.cached_tokens},
                   {"completion_tokens", generation.generated_tokens}};
  json["timings"] = {{"prefill_ms", generation.prefill_ms},
                     {"first_token_ms", generation.first_token_ms},
                     {"decode_ms", generation.decode_ms}};
  return json;
}

// Names the next step, where there is one.
Error with_larger_window(Error error, const Talk& talk) {
  if (!talk.local || error.kind != ErrorKind::kExhausted) return error;
  const int largest = talk.local->model.engine.info().training_context_tokens;
  if (talk.local->session.context_tokens() < largest) {
    error.message += fmt::format("; --context makes it larger, up to {} for this model", largest);
  }
  return error;
}

// The turn with its output. The answer is printed even when it was stopped half-way: that is what the owner waited for.
Result<TurnResult> talk_once(CommandContext& context, const SingleTurn& turn, Talk& talk) {
  AnswerPrinter printer(context);
  const TurnObserver observer = [&](const TurnEvent& event) {
    if (!turn.json) printer.print(event);
  };
  const LabelledText facts = talk.known_text(turn.facts);
  const LabelledText known = with_skill(turn.skill, facts);
  if (turn.flags.verbose) fmt::print(context.err, "{}", talk.told_companions(turn.skill, facts));
  Result<TurnResult> result = talk.conversation.send(turn.prompt, observer, &context.cancel, known);
  if (!result) return with_larger_window(std::move(result).error(), talk);
  if (turn.json) {
    Json json = turn.as_turn_json ? Json{{"path", "model"}, {"reply", result->text}, {"actions", Json::array()}}
                                  : Json::object();
    json.update(to_json(*result));
    if (talk.remote) json["server"] = talk.remote->server().address.shown;
    if (!known.text.empty() && talk.conversation.may_read(known.label)) json["known"] = known.text;
    fmt::print(context.out, "{}\n", to_json_text(json));
  }
  printer.finish();
  std::fflush(context.out);
  if (turn.flags.verbose && talk.remote) fmt::print(context.err, "answered by {}\n", talk.model_name());
  keep_prefix(context, talk, turn.flags);
  return result;
}

Result<std::unique_ptr<Talk>> open_local(const Paths& paths, const std::string& model_name, const TalkFlags& flags,
                                         Template use) {
  EngineOptions engine_options;
  engine_options.threads = flags.threads;
  LoadedModel model = TRY(load_model(paths, model_name, engine_options));
  if (use == Template::kNone) model.format = nullptr;
  SessionOptions session_options;
  session_options.context_tokens = flags.context_tokens;
  session_options.kv_type = kv_type(flags.kv);
  session_options.adapter = TRY(load_adapter(model.engine, flags.adapter));
  Session session = TRY(model.engine.new_session(session_options));
  ConversationOptions options = conversation_options(flags, model.format);
  std::unique_ptr<AnswerGrammar> answers;
  if (flags.grammar) {
    answers = std::make_unique<AnswerGrammar>(*flags.grammar, model.tokenizer);
    options.generation.constraint = &answers->constraint;
    options.enable_thinking = false;
  }
  auto local = std::make_unique<LocalModel>(std::move(model), std::move(session), std::move(answers), paths.prefixes());
  Conversation conversation(session_model(local->session, local->model.tokenizer, local->model.format),
                            std::move(options));
  local->stable_prefix.begin(conversation);
  return std::make_unique<Talk>(Talk{std::move(local), nullptr, std::move(conversation)});
}

Result<std::unique_ptr<Talk>> open_remote(const CommandContext& context, const RemoteRole& role,
                                          const TalkFlags& flags) {
  const auto note = [&context, tells = flags.verbose || context.err_is_terminal](std::string_view sentence) {
    if (tells) fmt::print(context.err, "({})\n", sentence);
  };
  std::unique_ptr<RemoteModel> remote = TRY(open_remote_model(role, note));
  ServerModel model{.name = role.server.address.shown,
                    .may_read = role.may_read,
                    .answer = [&model = *remote](std::span<const ChatMessage> messages, const GenerateOptions& options,
                                                 const std::function<void(const ChatDelta&)>& on_delta) {
                      return model.chat(messages, options, on_delta);
                    }};
  Conversation conversation(std::move(model), conversation_options(flags, nullptr));
  return std::make_unique<Talk>(Talk{nullptr, std::move(remote), std::move(conversation)});
}

// nullopt: a model of this machine.
Result<std::optional<RemoteRole>> server_for(const Paths& paths, std::string_view model_name, const TalkFlags& flags) {
  if (model_name.starts_with(kRemotePrefix)) {
    return std::optional(TRY(find_remote_role(paths, model_name.substr(kRemotePrefix.size()))));
  }
  if (!model_name.empty() || flags.local) return std::optional<RemoteRole>();
  Result<RemoteRole> role = find_remote_role(paths, "chat");
  if (!role && role.error().kind == ErrorKind::kNotFound) return std::optional<RemoteRole>();
  return std::optional(TRY(std::move(role)));
}

}  // namespace

LabelledText with_skill(const std::string& skill, const LabelledText& facts) {
  return {.text = skill + (skill.empty() || facts.text.empty() ? "" : "\n") + facts.text,
          .label = join(facts.label, {Integrity::kOwnData, Confidentiality::kPersonal})};
}

TalkFlags assistant_flags() {
  TalkFlags flags;
  flags.as_assistant = true;
  // A little randomness and a little memory of what was just said keep a small model from going round in circles.
  flags.generation.sampling.temperature = 0.3F;
  flags.generation.sampling.repetition_penalty = 1.1F;
  return flags;
}

ConversationOptions conversation_options(const TalkFlags& flags, const ChatFormat* format) {
  const bool use_own_system = flags.as_assistant && flags.system.empty() && format != nullptr;
  return {.generation = flags.generation,
          .enable_thinking = !flags.no_thinking,
          .system = use_own_system ? kAssistantSystem : flags.system};
}

void add_local_option(CLI::App& app, TalkFlags& flags) {
  app.add_flag("--local", flags.local, "the default model of this machine, though config.toml names a server");
}

void add_talk_options(CLI::App& app, TalkFlags& flags) {
  // A validator's own words would stand in the middle of each help line.
  const auto range = [](auto low, auto high) { return CLI::Range(low, high).description(""); };
  SamplingOptions& sampling = flags.generation.sampling;
  app.add_option("--system", flags.system, "system text, instead of the model's own")->type_name("TEXT");
  app.add_option("--temperature", sampling.temperature, "randomness; 0 always takes the likeliest token")
      ->check(range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--top-k", sampling.top_k, "choose among the K likeliest tokens; 0: all")
      ->check(range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--top-p", sampling.top_p, "choose among the likeliest tokens that sum up to P; 1: all")
      ->check(range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--min-p", sampling.min_p, "drop tokens less likely than P times the likeliest; 0: none")
      ->check(range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--repetition-penalty", sampling.repetition_penalty, "above 1: avoid what was just said")
      ->check(range(0.01, 100.0))
      ->capture_default_str();
  app.add_option("--seed", sampling.seed, "makes the same answer come again")->type_name("N");
  app.add_option("--max-tokens", flags.generation.max_tokens, "longest answer")
      ->check(range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--stop", flags.generation.stop_strings, "end the answer before this text (may be repeated)")
      ->type_name("TEXT")
      ->expected(1)
      ->take_all();
  app.add_option("--threads", flags.threads, "threads of the engine; 0: one per core")
      ->check(range(0, 1024))
      ->capture_default_str();
  app.add_option("--context", flags.context_tokens, "window in tokens; 0: the model's, at most 4096")
      ->check(range(0, 1 << 24))
      ->capture_default_str();
  app.add_option("--kv", flags.kv, "cache of the context; q8_0 takes half the memory")
      ->check(CLI::IsMember({"f16", "q8_0"}))
      ->capture_default_str();
  app.add_flag("--no-thinking", flags.no_thinking, "ask a thinking model to answer at once");
  app.add_flag("--verbose", flags.verbose, "timings, and which server answered, on standard error");
}

Result<std::unique_ptr<Talk>> open_talk(const CommandContext& context, const std::string& model_name,
                                        const TalkFlags& flags, Template use) {
  TRY(require_utf8(flags.system, "the system text"));
  const std::optional<RemoteRole> role = TRY(server_for(context.paths, model_name, flags));
  if (!role) return open_local(context.paths, model_name, flags, use);
  if (use == Template::kNone || flags.grammar || !flags.adapter.empty()) {
    return Error{ErrorKind::kUnsupported,
                 "--raw, --schema, --regex, --grammar and --adapter need a model of this machine"};
  }
  return open_remote(context, *role, flags);
}

std::string Talk::model_name() const {
  if (local) return local->model.name;
  return fmt::format("{} at {}", remote->server().model, remote->server().address.shown);
}

const ChatFormat* Talk::format() const {
  return local ? local->model.format : nullptr;
}

LabelledText Talk::known_text(const std::vector<Fact>& facts) const {
  return favilla::known_text(facts, [this](std::string_view text) {
    constexpr size_t kBytesOfToken = 3;  // of a tokenizer that is not here; English has four
    return local ? local->model.tokenizer.encode(text, ControlTokens::kAsText).size() : text.size() / kBytesOfToken + 1;
  });
}

std::string Talk::told_companions(const std::string& skill, const LabelledText& facts) const {
  const LabelledText all = with_skill(skill, facts);
  if (all.text.empty()) return {};
  if (!conversation.may_read(all.label)) {
    return fmt::format("memory: what is known is {}, and not sent to {}\n", name_of(all.label.confidentiality),
                       remote->server().address.shown);
  }
  std::string told;
  const std::string heading = skill.substr(0, skill.find('\n'));
  if (!skill.empty()) told += fmt::format("skill: {}\n", without_controls(to_valid_utf8(heading)));
  if (!facts.text.empty()) told += fmt::format("memory: {}\n", without_controls(to_valid_utf8(facts.text)));
  return told;
}

void keep_prefix(const CommandContext& context, Talk& talk, const TalkFlags& flags) {
  if (!talk.local) return;
  const Result<void> kept = talk.local->stable_prefix.keep();
  if (!kept && flags.verbose) {
    fmt::print(context.err, "the next start reads the system text again: {}\n", kept.error().message);
  }
}

int answer_once(CommandContext& context, const SingleTurn& turn) {
  const Result<std::unique_ptr<Talk>> talk = open_talk(context, turn.model_name, turn.flags, turn.use_template);
  return talk ? answer_once(context, turn, **talk) : print_error(context, talk.error());
}

int answer_once(CommandContext& context, const SingleTurn& turn, Talk& talk) {
  const Result<TurnResult> result = talk_once(context, turn, talk);
  if (!result) return print_error(context, result.error());
  const GenerateResult& generation = result->generation;
  const std::string early_end = early_end_line(generation);
  // A script sees the reason in --json; a person should see why the answer stops in mid-sentence.
  if (!early_end.empty() && (turn.flags.verbose || context.err_is_terminal))
    fmt::print(context.err, "({})\n", early_end);
  if (turn.flags.verbose) fmt::print(context.err, "{}\n", timing_line(generation));
  return generation.reason == StopReason::kCancelled ? kExitInterrupted : kExitOk;
}

Result<std::string> read_prompt(const std::vector<std::string>& words) {
  if (words.size() == 1 && words.front() == "-") {
    std::string text = TRY(read_standard_input());
    TRY(require_utf8(text, "standard input"));
    if (text.ends_with('\n')) text.pop_back();  // as a shell does for $(command)
    return text;
  }
  std::string text = fmt::format("{}", fmt::join(words, " "));
  TRY(require_utf8(text, "the prompt"));
  return text;
}

}  // namespace favilla::cli
