// One decision: rank, choose, fill in.
#include "assistant/agent/agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "assistant/agent/parameter.h"
#include "assistant/agent/ranker.h"
#include "assistant/agent/rerank_text.h"
#include "assistant/agent/tool_prompt.h"
#include "generate/score.h"

namespace favilla {
namespace {

// What becomes of one unit of log odds in a function's score. training/tools/fit.py finds these numbers on examples
// that nothing was trained on.
struct ScoreWeights {
  double lead;   // of the rank before, over the best other function's
  double judge;  // of the reranker's fit; without one, of a trained model's likelihood of the name against "none"
  double bias;
};
constexpr ScoreWeights kRerankerWeights{.lead = 0.49, .judge = 0.55, .bias = 0.07};
constexpr ScoreWeights kModelWeights{.lead = 0.60, .judge = 0.58, .bias = -0.63};
// Of a function that the classifier learned, its log odds alone: beside them the reranker's change next to nothing.
struct {
  double known, bias;
} constexpr kRecognized{.known = 1.29, .bias = 2.06};
constexpr ArgumentTrust kTrainedTrust{.likelihood = 1.0, .proposed = 2.5, .unproposed = 1.0};
// With a reader, and with both: what it points at says more than how likely the model finds a text.
constexpr ArgumentTrust kReaderTrust{.reading = 1.0, .beside = 0.3, .slot_word = 1.5};
constexpr ArgumentTrust kReaderAndModelTrust{.proposed = 2.5, .unproposed = 1.0, .reading = 0.5, .beside = 1.0};

// In a model that was not trained for it: of a unit of score, for one unit of log likelihood a byte.
constexpr double kTrustInName = 2.0;
constexpr ArgumentTrust kUntrainedTrust{.likelihood = 0.5};
// For one unit that sentences which ask for no function are nearer than those of the function.
constexpr double kTrustInNone = 8.0;

constexpr double kLeastDoubt = 1e-6;  // so that log odds are finite
constexpr double kMaxLead = 4;
constexpr double kRankOfNothing = -3.5;  // of a function that has nothing to do with the request
constexpr double kFarAhead = 1.0;        // of score: a model that was not trained need not be asked
constexpr size_t kMaxFilled = 24;        // functions whose arguments are looked for, the nearest ones
constexpr int kMaxProposal_tokens = 128;

class Stopwatch {
 public:
  double ms() const { return std::chrono::duration<double, std::milli>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

std::string question_about(const std::vector<std::string>& missing) {
  std::string names;
  for (const std::string& name : missing) {
    std::string words;
    for (const std::string& word : identifier_words(name)) words += (words.empty() ? "" : " ") + word;
    names += (names.empty() ? "" : ", ") + words;
  }
  return "What should I use for this: " + names + "?";
}

}  // namespace

// What one decision knows.
class Agent::Turn {
 public:
  Turn(Agent& agent, const AgentRequest& request, const CancelFlag* cancel)
      : agent_(agent), request_(request), said_(request.messages, agent.entities_, request.time), cancel_(cancel) {}

  Result<AgentReply> decide() {
    if (said_.texts().empty()) return Error{ErrorKind::kInvalidArgument, "no message of the user says anything"};
    if (request_.choice == AgentChoice::kNone || request_.tools.empty() || steps_so_far() >= kMaxAgentSteps) {
      reply_.trace.remarks.emplace_back("no call may be made");
      return std::move(reply_);
    }
    TRY(choose_tools());
    const double first = ranked_.front().score;
    if (request_.choice == AgentChoice::kAuto && first < 0) {
      reply_.trace.remarks.emplace_back("no function fits");
    } else {
      TRY(make_call());
    }
    reply_.trace.ranked = ranked_;
    return std::move(reply_);
  }

 private:
  // Calls since the user spoke last.
  int steps_so_far() const {
    int steps = 0;
    for (const ChatMessage& message : request_.messages) {
      if (message.role == Role::kUser) steps = 0;
      if (!message.calls.empty()) ++steps;
    }
    return steps;
  }

  // Of the functions that the classifier learned, the likeliest go into ranked_ and tools_; none of them stays in
  // `offered`. What it learned is single sentences, with nothing said or done before.
  Result<void> recognize(std::vector<ToolDefinition>& offered) {
    if (agent_.model_.classifier == nullptr || request_.messages.size() > 1) return {};
    const Stopwatch watch;
    const std::string sentence = rerank_request(request_.messages);
    const std::map<std::string, double> learned = TRY(agent_.model_.classifier->classify(sentence));
    const auto is_learned = [&](const ToolDefinition& tool) { return learned.contains(tool.name); };
    const auto rest = std::stable_partition(offered.begin(), offered.end(), is_learned);
    std::stable_sort(offered.begin(), rest, [&](const ToolDefinition& a, const ToolDefinition& b) {
      return learned.at(a.name) > learned.at(b.name);
    });
    for (auto tool = offered.begin(); tool != rest && tools_.size() < kMaxRecognizedTools; ++tool) {
      const double probability = std::clamp(learned.at(tool->name), kLeastDoubt, 1 - kLeastDoubt);
      const double known = std::log(probability / (1 - probability));
      ranked_.push_back({.name = tool->name, .known = known, .score = kRecognized.known * known + kRecognized.bias});
      tools_.push_back(std::move(*tool));
    }
    offered.erase(offered.begin(), rest);
    reply_.trace.recognize_ms = watch.ms();
    return {};
  }

  Result<const std::vector<float>*> vector_of(const std::string& text) {
    if (const std::vector<float>* vector = agent_.model_.vectors.find(text)) return vector;
    if (cancel_ != nullptr && cancel_->requested()) return Error{ErrorKind::kCancelled, "stopped"};
    return &agent_.model_.vectors.add(text, TRY(agent_.model_.embedder->embed(text)));
  }

  Result<std::vector<double>> similarities(std::span<const ToolDefinition> tools) {
    std::vector<double> result;
    if (agent_.model_.embedder == nullptr) return result;
    const std::vector<float> request = TRY(agent_.model_.embedder->embed(request_sentence(said_)));
    const auto likeness = [&](const std::string& text) -> Result<double> {
      const std::vector<float>& vector = *TRY(vector_of(text));
      return std::inner_product(request.begin(), request.end(), vector.begin(), 0.0);
    };
    const auto best_example = [&](const std::string& name, double best) -> Result<double> {
      const auto found = request_.examples.find(name);
      if (found == request_.examples.end()) return best;
      for (const std::string& example : found->second) best = std::max(best, TRY(likeness(example)));
      return best;
    };
    for (const ToolDefinition& tool : tools) {
      const double own = TRY(likeness(tool_sentence(tool)));
      result.push_back(TRY(best_example(tool.name, own)));
    }
    reply_.trace.like_none = TRY(best_example(std::string(kNoTool), 0));
    return result;
  }

  // Fills ranked_, best first, and tools_.
  Result<void> choose_tools() {
    std::vector<ToolDefinition> offered;
    for (const ToolDefinition& tool : request_.tools) {
      if (request_.choice != AgentChoice::kNamed || tool.name == request_.named) offered.push_back(tool);
    }
    if (offered.empty()) {
      return Error{ErrorKind::kInvalidArgument, "the function \"" + request_.named + "\" is not offered"};
    }
    TRY(recognize(offered));
    if (!offered.empty()) TRY(judge(std::move(offered)));
    sort_by_score();
    return {};
  }

  // The nearest of them join ranked_ and tools_, with the scores of reranker or model.
  Result<void> judge(std::vector<ToolDefinition> offered) {
    const Stopwatch watch;
    std::vector<double> alike = TRY(similarities(offered));
    keep_nearest(offered, alike);
    std::vector<RankedTool> ranked = rank_tools(offered, said_, alike);
    for (RankedTool& tool : ranked) {
      const double doubt = kTrustInNone * std::max(0.0, reply_.trace.like_none - tool.similarity);
      tool.rank -= doubt;
      tool.score -= doubt;
    }
    std::vector<size_t> order(offered.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ranked[a].score > ranked[b].score; });
    order.resize(std::min(order.size(), agent_.model_.reranker != nullptr ? kMaxRerankedTools : kMaxAgentTools));
    // The prompt has them in the order of the request, so that it stays the same from sentence to sentence.
    std::sort(order.begin(), order.end());
    const size_t first = tools_.size();
    for (const size_t index : order) {
      tools_.push_back(std::move(offered[index]));
      ranked_.push_back(std::move(ranked[index]));
    }
    reply_.trace.rank_ms = watch.ms();
    const Stopwatch choosing;
    if (agent_.model_.reranker != nullptr) TRY(rerank(first));
    if (is_model_asked()) TRY(ask_model());
    reply_.trace.choose_ms = choosing.ms();
    return {};
  }

  // Finding arguments for a hundred functions takes a tenth of a second.
  static void keep_nearest(std::vector<ToolDefinition>& tools, std::vector<double>& alike) {
    if (alike.empty() || tools.size() <= kMaxFilled) return;
    std::vector<double> sorted = alike;
    std::nth_element(sorted.begin(), sorted.begin() + kMaxFilled - 1, sorted.end(), std::greater<>());
    const double least = sorted[kMaxFilled - 1];
    size_t kept = 0;
    for (size_t i = 0; i < tools.size(); ++i) {
      if (alike[i] < least || kept == kMaxFilled) continue;
      if (kept != i) tools[kept] = std::move(tools[i]);
      alike[kept++] = alike[i];
    }
    tools.resize(kept);
    alike.resize(kept);
  }

  // Scores by the reranker, of the functions from `first` on.
  Result<void> rerank(size_t first) {
    const std::string request = rerank_request(request_.messages);
    set_leads(first);
    for (size_t i = first; i < tools_.size(); ++i) {
      if (cancel_ != nullptr && cancel_->requested()) return Error{ErrorKind::kCancelled, "stopped"};
      RankedTool& tool = ranked_[i];
      tool.fit = TRY(agent_.model_.reranker->score(request, rerank_function(tools_[i])));
      tool.score = kRerankerWeights.lead * tool.lead + kRerankerWeights.judge * tool.fit + kRerankerWeights.bias;
    }
    return {};
  }

  // Beside a reranker the model has next to nothing to add, and reading five functions costs a tenth of a second.
  bool is_model_asked() const {
    if (agent_.model_.reranker != nullptr) return false;
    return agent_.model_.is_trained || request_.choice != AgentChoice::kAuto || is_close_race();
  }

  // A model that was not trained can only lower scores, and little: where no function fits it changes nothing, and
  // where one is far ahead hardly ever.
  bool is_close_race() const {
    double best = -1;
    double second = -1;
    for (const RankedTool& tool : ranked_) {
      if (tool.score > best) {
        second = std::exchange(best, tool.score);
      } else {
        second = std::max(second, tool.score);
      }
    }
    return best >= 0 && best - second < kFarAhead;
  }

  // The scores with the likelihood of each name behind the prompt.
  Result<void> ask_model() { return agent_.model_.is_trained ? believe_names() : hear_names(); }

  void sort_by_score() {
    std::vector<size_t> order(ranked_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return ranked_[a].score > ranked_[b].score; });
    best_tool_ = order.front();
    std::stable_sort(ranked_.begin(), ranked_.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  }

  // Of the functions that the model reads; its likelihood has the last word in a close race.
  Result<void> hear_names() {
    const std::vector<std::string> names = name_pieces();
    if (names.size() < 2) return {};
    const std::vector<double> likelihoods = TRY(weigh({}, names));
    // By the byte, or long names would lose.
    double best = -std::numeric_limits<double>::infinity();
    std::vector<double> each;
    for (size_t i = 0; i < names.size(); ++i) {
      ranked_[i].likelihood = likelihoods[i];
      each.push_back(likelihoods[i] / static_cast<double>(names[i].size()));
      best = std::max(best, each.back());
    }
    for (size_t i = 0; i < ranked_.size(); ++i) ranked_[i].score += kTrustInName * (each[i] - best);
    return {};
  }

  // Of the functions and of none, by a model that was trained to say so.
  Result<void> believe_names() {
    std::vector<std::string> names = name_pieces();
    names.push_back(name_piece(std::string(kNoTool)));
    const std::vector<double> likelihoods = TRY(weigh({}, names));
    set_leads(0);
    for (size_t i = 0; i < ranked_.size(); ++i) {
      RankedTool& tool = ranked_[i];
      tool.likelihood = likelihoods[i] - likelihoods.back();
      tool.score = kModelWeights.lead * tool.lead + kModelWeights.judge * tool.likelihood + kModelWeights.bias;
    }
    return {};
  }

  void set_leads(size_t first) {
    const std::span<RankedTool> judged = std::span(ranked_).subspan(first);
    for (RankedTool& tool : judged) {
      double other = kRankOfNothing;
      for (const RankedTool& each : judged) {
        if (&each != &tool) other = std::max(other, each.rank);
      }
      tool.lead = std::clamp(tool.rank - other, -kMaxLead, kMaxLead);
    }
  }

  std::vector<std::string> name_pieces() const {
    std::vector<std::string> names;
    for (const ToolDefinition& tool : tools_) names.push_back(name_piece(tool.name));
    return names;
  }

  Result<std::vector<double>> weigh(std::span<const std::string> written, std::span<const std::string> options) {
    const std::vector<TokenId> ids = TRY(read_so_far(written));
    const std::vector<OptionScore> scores =
        TRY(score_options(agent_.model_.session, agent_.model_.tokenizer, ids, options, cancel_));
    reply_.prompt_tokens = std::max(reply_.prompt_tokens, static_cast<int>(ids.size()));
    std::vector<double> likelihoods;
    for (const OptionScore& score : scores) {
      likelihoods.push_back(score.log_likelihood);
      reply_.generated_tokens += score.tokens;
    }
    return likelihoods;
  }

  // The prompt, and these pieces of an answer.
  Result<std::vector<TokenId>> read_so_far(std::span<const std::string> written) {
    if (prompt_.empty()) {
      const ToolPrompt prompt = TRY(render_tool_prompt(agent_.model_.format, tools_, request_.messages));
      prompt_ = prompt.tokens(agent_.model_.tokenizer, agent_.model_.format);
    }
    std::vector<TokenId> ids = prompt_;
    for (const std::string& piece : written) {
      const std::vector<TokenId> more = agent_.model_.tokenizer.encode(piece, ControlTokens::kAsText);
      ids.insert(ids.end(), more.begin(), more.end());
    }
    return ids;
  }

  // The arguments that a trained model would write itself; null when they are no JSON, or nobody was trained.
  Result<Json> propose_arguments(const ToolDefinition& tool) {
    if (!agent_.model_.is_trained || parameters_of(tool.parameters).empty()) return Json();
    std::vector<std::string> written = tool_answer_pieces({.id = {}, .name = tool.name, .arguments = Json::object()});
    written.pop_back();
    const std::vector<TokenId> ids = TRY(read_so_far(written));
    std::string text = "{";
    const auto hear = [&](const TokenEvent& event) { text += event.text; };
    const GenerateResult result = TRY(generate(agent_.model_.session, agent_.model_.tokenizer, ids,
                                               {.max_tokens = kMaxProposal_tokens, .cancel = cancel_}, hear));
    reply_.generated_tokens += result.generated_tokens;
    if (!text.ends_with("}}")) return Json();
    text.pop_back();
    return parse_json(text).value_or(Json());
  }

  Result<ArgumentHelp> help_with(const ToolDefinition& tool) {
    const bool is_trained = agent_.model_.is_trained;
    ArgumentHelp help{.trust = is_trained ? kTrainedTrust : kUntrainedTrust};
    if (ArgumentReader* reader = agent_.model_.reader; reader != nullptr) {
      help.trust = is_trained ? kReaderAndModelTrust : kReaderTrust;
      help.read = [this, reader, &tool](const Parameter& parameter) { return reader->read(tool, parameter, said_); };
    }
    if (help.trust.proposed > 0) help.proposal = TRY(propose_arguments(tool));
    if (help.trust.likelihood > 0) {
      help.weigh = [this](std::span<const std::string> written, std::span<const std::string> options) {
        return weigh(written, options);
      };
    }
    return help;
  }

  Result<void> make_call() {
    const Stopwatch watch;
    // Where the model had no say in the choice, it need not read what was not chosen.
    if (agent_.model_.reranker != nullptr) {
      tools_ = {std::move(tools_[best_tool_])};
      best_tool_ = 0;
    }
    const ToolDefinition& tool = tools_[best_tool_];
    ArgumentHelp help = TRY(help_with(tool));
    std::vector<FoundSlot> slots;
    if (request_.find_slots) slots = request_.find_slots(tool.name, said_.texts().front().text);
    help.slots = slots;
    FilledCall filled = TRY(fill_arguments(tool, said_, help));
    ToolCall call{.id = "call_1", .name = tool.name, .arguments = std::move(filled.arguments)};
    reply_.margin = filled.margin;
    for (std::string& remark : filled.remarks) reply_.trace.remarks.push_back(std::move(remark));
    if (!filled.missing.empty()) {
      reply_.text = question_about(filled.missing);
      reply_.missing = std::move(filled.missing);
      reply_.incomplete = std::move(call);
    } else if (is_repetition(said_, call)) {
      reply_.trace.remarks.emplace_back("the same call was made before");
    } else {
      reply_.calls.push_back(std::move(call));
    }
    reply_.trace.arguments_ms = watch.ms();
    return {};
  }

  Agent& agent_;
  const AgentRequest& request_;
  const Said said_;
  const CancelFlag* cancel_;
  AgentReply reply_;
  std::vector<ToolDefinition> tools_;  // that the model reads, in the order of the request
  std::vector<RankedTool> ranked_;
  std::vector<TokenId> prompt_;
  size_t best_tool_ = 0;  // index into tools_
};

Agent::Agent(AgentModel model, const EntityFinder& entities) : model_(std::move(model)), entities_(entities) {}

Agent::~Agent() = default;

Result<AgentReply> Agent::decide(const AgentRequest& request, const CancelFlag* cancel) {
  return Turn(*this, request, cancel).decide();
}

}  // namespace favilla
