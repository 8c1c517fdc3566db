// Entities: the sentences of when.case, slots, and hostile texts.
#include "understand/entities.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "understand/decimal.h"
#include "understand/grammar.h"

namespace favilla {
namespace {

const EntityFinder& finder() {
  static const EntityFinder kFinder = std::move(EntityFinder::load()).value();
  return kFinder;
}

TimeContext context_at(std::string_view now, std::string_view zone = "Europe/Lisbon") {
  return {parse_iso_local(now).value(), TimeZone::find(zone).value()};
}

const TimeContext kMonday = context_at("2026-11-23T18:00:00");

// Every member of `wanted` is in `found` and equal.
bool holds(const Json& found, const Json& wanted) {
  for (const auto& [key, value] : wanted.items()) {
    if (!found.contains(key) || found[key] != value) return false;
  }
  return true;
}

struct Case {
  int line = 0;
  TimeContext context;
  std::string text;
  std::vector<std::string> expected;
};

std::vector<Case> read_cases(std::string_view content) {
  std::vector<Case> cases;
  std::string now;
  std::string zone;
  for (int line = 1; !content.empty(); ++line) {
    const size_t end = std::min(content.find('\n'), content.size());
    const std::string text(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    if (text.empty() || text[0] == '#') continue;
    if (text.starts_with("now 20")) {
      now = text.substr(4);
    } else if (text.starts_with("zone ")) {
      zone = text.substr(5);
    } else if (text.starts_with("  ")) {
      cases.back().expected.push_back(text.substr(2));
    } else {
      cases.push_back({line, context_at(now, zone), text, {}});
    }
  }
  return cases;
}

TEST(Entities, AreFoundAsTheCasesSay) {
  const std::string content = read_file(FAVILLA_SOURCE_DIR "/src/understand/when.case").value();
  const std::vector<Case> cases = read_cases(content);
  ASSERT_GT(cases.size(), 40U);
  for (const Case& one : cases) {
    const std::string where = "when.case:" + std::to_string(one.line) + ": " + one.text;
    ASSERT_FALSE(one.expected.empty()) << where;
    Json found = Json::array();
    for (const Entity& entity : finder().find(one.text, one.context, kTimeKinds)) {
      found.push_back(to_json(entity, one.text));
    }
    if (one.expected[0] == "none") {
      EXPECT_TRUE(found.empty()) << where << "\n" << found.dump();
      continue;
    }
    ASSERT_EQ(found.size(), one.expected.size()) << where << "\n" << found.dump();
    for (size_t k = 0; k < found.size(); ++k) {
      EXPECT_TRUE(holds(found[k], parse_json(one.expected[k]).value())) << where << "\n" << found[k].dump();
    }
  }
}

TEST(Slots, OfferTheLongestEndFirstAndEveryShorterOne) {
  const std::string text = "remind me at 7 tomorrow evening please";
  const std::vector<Entity> ends = finder().find_at(text, text.find('7'), EntityKind::kDateTime, kMonday);
  ASSERT_GE(ends.size(), 3U);
  EXPECT_EQ(text.substr(ends[0].from, ends[0].to - ends[0].from), "7 tomorrow evening");
  EXPECT_EQ(format_iso(*ends[0].reading.start), "2026-11-24T19:00:00");
  EXPECT_EQ(text.substr(ends[1].from, ends[1].to - ends[1].from), "7 tomorrow");
  EXPECT_EQ(text.substr(ends.back().from, ends.back().to - ends.back().from), "7");
  EXPECT_EQ(ends.back().kind, EntityKind::kTime);
}

TEST(Slots, StartWhereTheyAreAsked) {
  const std::string text = "at 7 tomorrow";
  for (const Entity& entity : finder().find_at(text, 5, EntityKind::kDateTime, kMonday)) EXPECT_EQ(entity.from, 5U);
  EXPECT_TRUE(finder().find_at(text, 4, EntityKind::kDateTime, kMonday).empty());
  EXPECT_TRUE(finder().find_at(text, 100, EntityKind::kDateTime, kMonday).empty());
}

TEST(Slots, ResolveOnlyWhenTheyAreWhollyUnderstood) {
  EXPECT_EQ(finder().resolve(" tomorrow. ", EntityKind::kDateTime, kMonday)->kind, EntityKind::kDate);
  EXPECT_EQ(finder().resolve("5 minutes", EntityKind::kDuration, kMonday)->seconds, 300);
  EXPECT_FALSE(finder().resolve("tomorrow or so", EntityKind::kDateTime, kMonday));
  EXPECT_FALSE(finder().resolve("tomorrow", EntityKind::kDuration, kMonday));
  EXPECT_FALSE(finder().resolve("", EntityKind::kDateTime, kMonday));
}

TEST(Entities, HaveByteOffsetsBehindOtherScripts) {
  const std::string text = "Caf\xC3\xA9 \xE2\x98\x95 tomorrow";
  const std::vector<Entity> found = finder().find(text, kMonday);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(text.substr(found[0].from, found[0].to - found[0].from), "tomorrow");
  EXPECT_EQ(to_json(found[0], text)["from_char"], 7);
}

TEST(Entities, KeepMoneyAndNumbersExact) {
  const auto only = [](std::string_view text) {
    const std::vector<Entity> found = finder().find(text, kMonday);
    return found.size() == 1 ? found[0].number + " " + found[0].unit : std::string("?");
  };
  EXPECT_EQ(only("it costs 3 dollars and 45 cents"), "3.45 dollar");
  EXPECT_EQ(only("\xE2\x82\xAC 0.10"), "0.1 EUR");
  EXPECT_EQ(only("two hundred and two thousand"), "202000 ");
  EXPECT_EQ(only("1,234,567.89"), "1234567.89 ");
  EXPECT_EQ(only("twenty degrees celsius"), "20 celsius");
  EXPECT_EQ(only("5 ft 6 in"), "5.5 foot");
  EXPECT_EQ(only("she is 28 years old"), "28 year");
  EXPECT_EQ(only("20 percent"), "20 ");
}

TEST(Decimals, AddAndMultiplyWithoutRounding) {
  const Decimal tenth = make_decimal(1, -1);
  EXPECT_EQ(to_text(add(add(tenth, tenth), tenth)), "0.3");
  EXPECT_EQ(to_text(multiply(make_decimal(15, -1), make_decimal(1, 6))), "1500000");
  EXPECT_EQ(to_text(divide(make_decimal(1), make_decimal(8))), "0.125");
  EXPECT_EQ(to_text(divide(make_decimal(2), make_decimal(3))), "0.666666666666667");
  EXPECT_FALSE(parse_decimal("1.2.3"));
  EXPECT_FALSE(parse_decimal("1234567890123456789"));
}

TEST(Rules, NameTheFileAndLineOfAMistake) {
  const auto message = [](std::string_view content) {
    Grammar grammar;
    const Result<void> result = grammar.add("en/x.txt", content);
    return result ? std::string("accepted") : result.error().message;
  };
  EXPECT_EQ(message("# fine\nday = today -> relative_day 0\n"), "accepted");
  EXPECT_EQ(message("day = today -> fly\n"), "en/x.txt:1: no action is called fly");
  EXPECT_EQ(message("\nday = ( today -> relative_day 0\n"), "en/x.txt:2: unbalanced brackets");
  EXPECT_EQ(message("day = @when -> copy\n"), "en/x.txt:1: @when is not defined above");
  EXPECT_EQ(message("day = [today] -> relative_day 0\n"), "en/x.txt:1: the pattern may be empty");
  EXPECT_EQ(message("day\n"), "en/x.txt:1: expected `name = pattern -> action`");
}

TEST(Rules, ExistForEnglishOnly) {
  const Result<EntityFinder> none = EntityFinder::load("tlh");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kUnsupported);
}

// Any bytes give entities that lie inside the text and do not overlap.
void expect_sane(std::string_view text) {
  size_t last = 0;
  for (const Entity& entity : finder().find(text, kMonday)) {
    ASSERT_GE(entity.from, last);
    ASSERT_LT(entity.from, entity.to);
    ASSERT_LE(entity.to, text.size());
    if (last == 0) {
      ASSERT_FALSE(to_json(entity, text).is_null());
    }
    last = entity.to;
  }
}

TEST(HostileTexts, GiveSaneEntitiesHoweverTheyAreCutOrChanged) {
  const std::string content = read_file(FAVILLA_SOURCE_DIR "/src/understand/when.case").value();
  Random random(7);
  for (const Case& one : read_cases(content)) {
    for (size_t cut = 0; cut <= one.text.size(); ++cut) expect_sane(one.text.substr(0, cut));
    for (int round = 0; round < 20; ++round) {
      std::string changed = one.text;
      for (int k = 0; k < 3; ++k)
        changed[random.next_below(static_cast<uint32_t>(changed.size()))] = static_cast<char>(random.next_below(256));
      expect_sane(changed);
    }
  }
}

TEST(HostileTexts, OfAnyLengthEndSoon) {
  for (const std::string_view word :
       {"1 ", "next ", "every two ", "1:", "12/", "one ", "a million and ", "monday ", "\xF0\x9F",
        "in 999999999 years ", "9999999999999999999 ", "between ", "[", "'s", "0."}) {
    std::string text;
    while (text.size() < 100'000) text += word;
    expect_sane(text);
  }
  for (const std::string_view text :
       {"in 99999999999999 years", "in 999999999 centuries", "9999-12-31", "in 1e40 days", "year 9999", "100th century",
        "1000000000 weeks ago", "every 1000000 years", "last 100000 centuries", "february 29 9999", "90th century"}) {
    expect_sane(text);
  }
}

}  // namespace
}  // namespace favilla
