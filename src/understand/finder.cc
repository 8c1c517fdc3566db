// EntityFinder: rules compiled once, a chart for each text, and the choice of what to report. See entities.h.
#include <algorithm>
#include <span>

#include "base/embedded_text.h"
#include "understand/chart.h"
#include "understand/day_lists.h"
#include "understand/entities.h"
#include "understand/finish.h"
#include "understand/numbers.h"

namespace favilla {

std::span<const EmbeddedText> understand_texts();

namespace {

constexpr size_t kMaxText = 65536;

struct PublicCategory {
  const char* name;
  EntityKind kind;
};

// The categories of rules that are entities.
constexpr PublicCategory kPublic[] = {
    {"number", EntityKind::kNumber},
    {"ordinal", EntityKind::kOrdinal},
    {"percentage", EntityKind::kPercentage},
    {"money", EntityKind::kMoney},
    {"quantity", EntityKind::kQuantity},
    {"boolean", EntityKind::kBoolean},
    {"date", EntityKind::kDate},
    {"time", EntityKind::kTime},
    {"datetime", EntityKind::kDateTime},
    {"duration", EntityKind::kDuration},
    {"range", EntityKind::kRange},
    {"times", EntityKind::kRange},
    {"no_date", EntityKind::kDate},
    {"no_datetime", EntityKind::kDateTime},
    {"no_range", EntityKind::kRange},
    {"recurrence", EntityKind::kRecurrence},
};

bool is_point(EntityKind kind) {
  return kind == EntityKind::kDate || kind == EntityKind::kTime || kind == EntityKind::kDateTime;
}

bool matches(EntityKind kind, EntityKind wanted) {
  return kind == wanted || (wanted == EntityKind::kDateTime && is_point(kind));
}

// A number that goes on to the left or right without a space is part of something else: "133-03-03-2020", "$12 May".
class Borders {
 public:
  explicit Borders(const std::vector<Token>& tokens) : tokens_(tokens) {}

  bool allow(const Item& item, EntityKind kind) const {
    return allow_start(static_cast<size_t>(item.from), kind) && allow_end(static_cast<size_t>(item.to), kind);
  }

 private:
  static bool joins(const Token& token) {
    return token.text == "-" || token.text == "." || token.text == "/" || token.text == ":" || token.text == ",";
  }

  static bool is_word(const Token& token) {
    const unsigned char c = static_cast<unsigned char>(token.text[0]);
    return !token.is_number && ((c >= 'a' && c <= 'z') || c >= 0x80);
  }

  bool allow_start(size_t at, EntityKind kind) const {
    const Token& first = tokens_[at];
    if (at == 0) return true;
    const bool is_price = tokens_[at - 1].text == "$" && first.is_number && (kind_bit(kind) & kTimeKinds) != 0;
    if (first.space_before) return !is_price;
    const Token& before = tokens_[at - 1];
    const bool is_tag = before.text == "$" || before.text == "#" || before.text == "@";
    if (!first.is_number) return !(is_tag && is_word(first));
    if (before.is_number || is_word(before)) return false;
    if (kind == EntityKind::kNumber) return true;
    if (before.text == "$") return false;
    const bool is_code = before.text == "-" && at >= 2 && !before.space_before && is_word(tokens_[at - 2]);
    if (is_code && kind == EntityKind::kQuantity) return false;
    return !(joins(before) && at >= 2 && tokens_[at - 2].is_number && !before.space_before);
  }

  bool allow_end(size_t at, EntityKind kind) const {
    const Token& last = tokens_[at - 1];
    if (at >= tokens_.size() || tokens_[at].space_before) return true;
    const Token& next = tokens_[at];
    if (last.is_number && is_word(next)) return false;
    if (is_word(last) && next.is_number && at >= 2 && tokens_[at - 2].is_number) return false;
    const bool goes_on = next.text == "-" && at + 1 < tokens_.size() && tokens_[at + 1].is_number && is_word(last);
    if (goes_on && kind == EntityKind::kQuantity) return false;
    if (kind == EntityKind::kNumber || !last.is_number) return true;
    if (next.text == "%" || next.text == "$") return false;
    return !(joins(next) && at + 1 < tokens_.size() && tokens_[at + 1].is_number && !tokens_[at + 1].space_before);
  }

  const std::vector<Token>& tokens_;
};

struct Candidate {
  int item = 0;
  std::optional<EntityKind> kind;  // nullopt: only keeps others away
  float worth = 0;
};

}  // namespace

struct EntityFinder::Rules {
  Grammar grammar;
  std::vector<int> public_category;  // by category: index into kPublic, or -1
  int nothing = -1;                  // category of words that only look like an entity
  int light = -1;                    // category of words that hardly count
  int hint = -1;                     // category of words that tell what a unit measures
  std::optional<NumberCategories> numbers;
  std::optional<DayListCategories> day_lists;
};

namespace {

// Everything that belongs to one text.
struct Reader {
  std::vector<Token> tokens;
  Situation situation;
  Chart chart;

  Reader(std::string_view text, const TimeContext& time, const Grammar& grammar, const NumberCategories& numbers,
         const DayListCategories& day_lists)
      : tokens(tokenize(text.substr(0, kMaxText))),
        situation{tokens, time, std::chrono::floor<std::chrono::days>(time.now)},
        chart(grammar, situation) {
    for (Token& token : tokens) token.word = grammar.find_word(token.text);
    seed_numbers(tokens, numbers, chart);
    chart.parse();
    add_listed_days(day_lists, situation, chart);
  }

  std::optional<Entity> entity(const Item& item, EntityKind kind) const {
    std::optional<Entity> entity = finish_entity(kind, item.value, situation.time);
    if (!entity) return std::nullopt;
    entity->from = tokens[static_cast<size_t>(item.from)].from;
    entity->to = tokens[static_cast<size_t>(item.to) - 1].to;
    return entity;
  }

  // Sums of what the tokens up to each one count: words much, light words and signs little.
  std::vector<float> weights(int light) const {
    constexpr float kWord = 10;
    constexpr float kLight = 3;
    constexpr float kSign = 1;
    std::vector<float> own(tokens.size(), kWord);
    for (size_t at = 0; at < tokens.size(); ++at) {
      const unsigned char c = static_cast<unsigned char>(tokens[at].text[0]);
      if (!tokens[at].is_number && (c < 'a' || c > 'z') && c < 0x80) own[at] = kSign;
    }
    for (const Item& item : chart.items()) {
      if (item.category == light) own[static_cast<size_t>(item.from)] = kLight;
    }
    std::vector<float> sums(1, 0);
    for (const float weight : own) sums.push_back(sums.back() + weight);
    return sums;
  }

  // All of the text but signs at its end.
  bool is_whole_text(const Item& item) const {
    if (item.from != 0) return false;
    for (size_t at = static_cast<size_t>(item.to); at < tokens.size(); ++at) {
      if (tokens[at].text != "." && tokens[at].text != "!" && tokens[at].text != "?") return false;
    }
    return true;
  }
};

// The set of candidates that do not overlap and are worth most together.
std::vector<int> choose(const std::vector<Candidate>& candidates, const std::vector<Item>& items, size_t tokens) {
  std::vector<std::vector<int>> by_end(tokens + 1);
  for (size_t k = 0; k < candidates.size(); ++k) {
    by_end[static_cast<size_t>(items[static_cast<size_t>(candidates[k].item)].to)].push_back(static_cast<int>(k));
  }
  std::vector<float> best(tokens + 1, 0);
  std::vector<int> taken(tokens + 1, -1);
  for (size_t end = 1; end <= tokens; ++end) {
    best[end] = best[end - 1];
    for (const int k : by_end[end]) {
      const Candidate& candidate = candidates[static_cast<size_t>(k)];
      const int from = items[static_cast<size_t>(candidate.item)].from;
      const float total = best[static_cast<size_t>(from)] + candidate.worth;
      if (total > best[end]) {
        best[end] = total;
        taken[end] = k;
      }
    }
  }
  std::vector<int> chosen;
  for (size_t end = tokens; end > 0;) {
    if (taken[end] < 0) {
      --end;
      continue;
    }
    chosen.push_back(taken[end]);
    end = static_cast<size_t>(items[static_cast<size_t>(candidates[static_cast<size_t>(taken[end])].item)].from);
  }
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::string_view entity_kind_name(EntityKind kind) {
  for (const PublicCategory& entry : kPublic) {
    if (entry.kind == kind) return entry.name;
  }
  return "";
}

EntityFinder::EntityFinder(std::unique_ptr<Rules> rules) : rules_(std::move(rules)) {}
EntityFinder::EntityFinder(EntityFinder&&) noexcept = default;
EntityFinder& EntityFinder::operator=(EntityFinder&&) noexcept = default;
EntityFinder::~EntityFinder() = default;

Result<EntityFinder> EntityFinder::load(std::string_view language) {
  auto rules = std::make_unique<Rules>();
  bool found = false;
  for (const EmbeddedText& text : understand_texts()) {
    const bool of_language = text.path.starts_with(std::string(language) + "/");
    // Its folder talk/ is not about entities.
    if (!of_language || text.path.find('/', language.size() + 1) != std::string_view::npos) continue;
    found = true;
    TRY(rules->grammar.add(text.path, text.content));
  }
  if (!found) return Error{ErrorKind::kUnsupported, "no rules for the language \"" + std::string(language) + "\""};
  rules->grammar.finish();
  rules->public_category.assign(static_cast<size_t>(rules->grammar.category_count()), -1);
  for (size_t k = 0; k < std::size(kPublic); ++k) {
    const int category = rules->grammar.category(kPublic[k].name);
    if (category >= 0) rules->public_category[static_cast<size_t>(category)] = static_cast<int>(k);
  }
  rules->nothing = rules->grammar.category("nothing");
  rules->light = rules->grammar.category("light");
  rules->hint = rules->grammar.category("hint");
  rules->numbers.emplace(rules->grammar);
  rules->day_lists.emplace(rules->grammar);
  return EntityFinder(std::move(rules));
}

std::vector<Entity> EntityFinder::find(std::string_view text, const TimeContext& context, EntityKinds kinds) const {
  const Reader reader(text, context, rules_->grammar, *rules_->numbers, *rules_->day_lists);
  const std::vector<Item>& items = reader.chart.items();
  const Borders borders(reader.tokens);
  const std::vector<float> weights = reader.weights(rules_->light);
  std::vector<Candidate> candidates;
  for (size_t k = 0; k < items.size(); ++k) {
    const float length = weights[static_cast<size_t>(items[k].to)] - weights[static_cast<size_t>(items[k].from)];
    if (items[k].category == rules_->nothing)
      candidates.push_back({static_cast<int>(k), std::nullopt, length - 3 - items[k].cost});
    const int index = rules_->public_category[static_cast<size_t>(items[k].category)];
    if (index < 0) continue;
    const EntityKind kind = kPublic[index].kind;
    const bool is_wanted = (kind_bit(kind) & kinds) != 0;
    // "at 6.45 percent" is no time, also for those who ask for times only.
    if (!is_wanted && (kinds != kTimeKinds || (kind != EntityKind::kPercentage && kind != EntityKind::kMoney)))
      continue;
    if (items[k].latent && !reader.is_whole_text(items[k])) continue;
    if (!borders.allow(items[k], kPublic[index].kind)) continue;
    const float latent = items[k].latent ? 2.0F : 0.0F;
    candidates.push_back(
        {static_cast<int>(k), is_wanted ? std::optional(kind) : std::nullopt, length - 4 - items[k].cost - latent});
  }
  std::vector<Entity> entities;
  for (const int chosen : choose(candidates, items, reader.tokens.size())) {
    const Candidate& candidate = candidates[static_cast<size_t>(chosen)];
    if (!candidate.kind) continue;
    std::optional<Entity> entity = reader.entity(items[static_cast<size_t>(candidate.item)], *candidate.kind);
    if (entity) entities.push_back(std::move(*entity));
  }
  const auto hint =
      std::find_if(items.begin(), items.end(), [this](const Item& item) { return item.category == rules_->hint; });
  for (Entity& entity : entities) {
    if (hint != items.end() && entity.unit == hint->value.text) entity.dimension = hint->value.dimension;
  }
  return entities;
}

std::vector<Entity> EntityFinder::find_at(std::string_view text, size_t from, EntityKind kind,
                                          const TimeContext& context) const {
  if (from >= text.size()) return {};
  const Reader reader(text, context, rules_->grammar, *rules_->numbers, *rules_->day_lists);
  const Borders borders(reader.tokens);
  std::vector<Candidate> found;
  for (size_t k = 0; k < reader.chart.items().size(); ++k) {
    const Item& item = reader.chart.items()[k];
    const int index = rules_->public_category[static_cast<size_t>(item.category)];
    if (index < 0 || !matches(kPublic[index].kind, kind) || item.value.shape == Shape::kUnknown) continue;
    if (reader.tokens[static_cast<size_t>(item.from)].from != from || !borders.allow(item, kPublic[index].kind))
      continue;
    const float latent = item.latent ? 2.0F : 0.0F;
    found.push_back({static_cast<int>(k), kPublic[index].kind, static_cast<float>(item.to) * 10 - item.cost - latent});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& left, const Candidate& right) { return left.worth > right.worth; });
  std::vector<Entity> entities;
  for (const Candidate& candidate : found) {
    std::optional<Entity> entity =
        reader.entity(reader.chart.items()[static_cast<size_t>(candidate.item)], *candidate.kind);
    if (!entity) continue;
    const auto same_end = [&](const Entity& other) { return other.to == entity->to; };
    if (std::none_of(entities.begin(), entities.end(), same_end)) entities.push_back(std::move(*entity));
  }
  return entities;
}

std::optional<Entity> EntityFinder::resolve(std::string_view text, EntityKind kind, const TimeContext& context) const {
  const size_t from = text.find_first_not_of(" \t\n");
  if (from == std::string_view::npos) return std::nullopt;
  const size_t to = text.find_last_not_of(" \t\n.!?") + 1;
  for (Entity& entity : find_at(text, from, kind, context)) {
    if (entity.to >= to) return std::move(entity);
  }
  return std::nullopt;
}

}  // namespace favilla
