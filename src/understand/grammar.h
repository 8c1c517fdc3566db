// Rules as data. A rule file has lines such as
//
//   # comment
//   @on   = on | for | at                                     a name for words that only hold a pattern together
//   month = january | jan [.] -> integer 1                    a word with a number
//   date  = [@on] [the] <ordinal_day> of <month> -> merge     parts in <> are given to the action, in their order
//
// The name on the left is a category; patterns of other rules use it as <name>. [x] may be left out, ( a | b ) chooses,
// a part written with + before it must follow without a space ("<hour> +: +<minute>"), 'x' is the sign x where x would
// mean something here. Behind the action (actions.h) come its whole-number arguments, then optionally
//   ?      weak: counts only as a part of something longer, or as the whole text ("may")
//   ~N     cost: of two equally long readings the cheaper wins
// A pattern may go on in the next line if that line starts with white space.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "understand/actions.h"

namespace favilla {

struct Rule {
  int category = 0;
  Action action = nullptr;
  std::vector<int> arguments;
  const char* text = nullptr;  // an argument in words: the name of a unit
  const char* text2 = nullptr;
  bool latent = false;
  float cost = 0;
};

// The patterns of all rules as one prefix tree over symbols (a word or a category).
class Grammar {
 public:
  struct Edge {
    int symbol = 0;  // >= 0: category; < 0: word -(symbol + 1)
    bool tight = false;
    int child = 0;
  };
  struct Node {
    std::vector<Edge> edges;
    std::vector<int> rules;  // that are complete here
  };

  Grammar();

  // Adds the rules of one file. `path` is for messages.
  Result<void> add(std::string_view path, std::string_view content);

  // Requires that all files have been added: makes the tables that parsing uses.
  void finish();

  int category(std::string_view name) const;  // -1: no rule mentions it
  int category_count() const { return static_cast<int>(category_names_.size()); }
  bool captures(int category) const { return captures_[static_cast<size_t>(category)]; }
  int find_word(const std::string& word) const;  // -1: none
  // The classes (names with @) that a word belongs to.
  const std::vector<int>& classes_of(int word) const { return classes_of_word_[static_cast<size_t>(word)]; }

  const Node& node(int index) const { return nodes_[static_cast<size_t>(index)]; }
  const Rule& rule(int index) const { return rules_[static_cast<size_t>(index)]; }
  // The root's children by symbol; -1: none.
  int root_child_of_category(int category) const { return root_of_category_[static_cast<size_t>(category)]; }
  int root_child_of_word(int word) const { return root_of_word_[static_cast<size_t>(word)]; }

  // What the numbers of "name NUMBER word ..." rules are called (parts of the day, holidays): for output.
  const char* keep(std::string_view text);

 private:
  friend class RuleReader;
  int intern_category(const std::string& name, bool captures);
  int intern_word(const std::string& word);
  int child(int node, int symbol, bool tight);

  std::vector<Node> nodes_{1};
  std::vector<Rule> rules_;
  std::unordered_map<std::string, int> categories_;
  std::vector<std::string> category_names_;
  std::vector<bool> captures_;
  std::unordered_map<std::string, int> words_;
  std::vector<std::vector<int>> classes_of_word_;
  std::unordered_map<uint64_t, int> children_;
  std::vector<int> root_of_category_;
  std::vector<int> root_of_word_;
  std::deque<std::string> kept_;
  std::unordered_map<std::string, std::string> macros_;  // @name -> pattern, for names that are more than one word
};

}  // namespace favilla
