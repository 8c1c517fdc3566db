// See score.h. The options' tokens form a tree; the model is asked only where it branches.
#include "generate/score.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace favilla {
namespace {

class OptionTree {
 public:
  OptionTree(Session& session, std::vector<std::vector<TokenId>> options, const CancelFlag* cancel)
      : session_(session), options_(std::move(options)), cancel_(cancel) {
    for (const std::vector<TokenId>& option : options_) scores_.push_back({.tokens = static_cast<int>(option.size())});
  }

  // Requires a session whose logits are those after the prompt.
  Result<std::vector<OptionScore>> score() {
    std::vector<size_t> all(options_.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    TRY(visit(all, 0, 0));
    return std::move(scores_);
  }

 private:
  using Branches = std::map<TokenId, std::vector<size_t>>;

  // `some` share their first `depth` tokens, of which the session has read the first `depth_read` behind the prompt.
  Result<void> visit(const std::vector<size_t>& some, size_t depth, size_t depth_read) {
    if (some.size() == 1) return {};
    Branches branches;
    std::vector<size_t> ended;
    for (const size_t option : some) {
      if (options_[option].size() == depth) {
        ended.push_back(option);
      } else {
        branches[options_[option][depth]].push_back(option);
      }
    }
    if (branches.empty()) return {};
    if (ended.empty() && branches.size() == 1) return visit(some, depth + 1, depth_read);
    const auto read = std::span(options_[some.front()]).first(depth).subspan(depth_read);
    TRY(read_and_share(read, branches, ended));
    const int tokens = static_cast<int>(session_.tokens().size());
    for (const auto& [token, members] : branches) {
      session_.truncate(tokens);
      TRY(visit(members, depth + 1, depth));
    }
    return {};
  }

  // Adds to each option the logarithm of its branch's share of the probability of all branches. What ends here, where
  // others go on, has what their next tokens leave of the whole probability.
  Result<void> read_and_share(std::span<const TokenId> read, const Branches& branches,
                              const std::vector<size_t>& ended) {
    std::vector<TokenId> rows;
    for (const auto& branch : branches) rows.push_back(branch.first);
    if (!read.empty()) {
      TRY(session_.append(read, cancel_,
                          {.rows = ended.empty() ? std::span<const TokenId>(rows) : std::span<const TokenId>()}));
    }
    const std::span<const float> logits = session_.logits();
    const auto exponential = [&](TokenId token, float largest) {
      return std::exp(double{logits[static_cast<size_t>(token)]} - largest);
    };
    float largest = logits[static_cast<size_t>(rows.front())];
    for (const TokenId row : rows) largest = std::max(largest, logits[static_cast<size_t>(row)]);
    double going_on = 0;
    for (const TokenId row : rows) going_on += exponential(row, largest);
    double whole = going_on;
    if (!ended.empty()) {
      whole = 0;
      for (const float logit : logits) whole += std::exp(double{logit} - largest);
    }
    for (const auto& [token, members] : branches) {
      for (const size_t option : members) {
        scores_[option].log_likelihood += std::log(exponential(token, largest) / whole);
      }
    }
    constexpr double kLeast = 1e-9;  // rounding may leave nothing
    for (const size_t option : ended) {
      scores_[option].log_likelihood += std::log(std::max(kLeast, 1 - going_on / whole));
    }
    return {};
  }

  Session& session_;
  std::vector<std::vector<TokenId>> options_;
  const CancelFlag* cancel_;
  std::vector<OptionScore> scores_;
};

}  // namespace

Result<std::vector<OptionScore>> score_options(Session& session, const Tokenizer& tokenizer,
                                               std::span<const TokenId> prompt, std::span<const std::string> options,
                                               const CancelFlag* cancel) {
  if (options.empty()) return Error{ErrorKind::kInvalidArgument, "there are no options to choose from"};
  std::vector<std::vector<TokenId>> ids;
  for (const std::string& option : options) {
    ids.push_back(tokenizer.encode(option, ControlTokens::kAsText));
    if (ids.back().empty()) return Error{ErrorKind::kInvalidArgument, "an option is empty"};
  }
  TRY(session.prefill(prompt, cancel));
  return OptionTree(session, std::move(ids), cancel).score();
}

}  // namespace favilla
