// What a tool is: one row of a table, with its actions. A tool is a folder src/tools/builtin/NAME with
//   NAME.h, NAME.cc   `extern const Tool kNameTool;` and its functions
//   sentences.txt     how people ask for it (understand/templates.h tells the format)
//   NAME_test.cc, NAME.case
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time_zone.h"
#include "policy/policy.h"
#include "tools/change.h"

namespace favilla {

// What may be done again when a crash leaves it unclear whether an effect happened (design: the effect contract).
enum class Effect {
  kPure,        // reads only
  kIdempotent,  // doing it twice is doing it once: finished after a crash without asking
  kAtMostOnce,  // never repeated; after a crash the owner is told that it is unsure
  kAskOnDoubt,  // after a crash the owner is asked whether to do it again
};

// Whether what an action's journal entry says in words can be erased later. kSealed is for actions whose changes are
// records only: arguments, reply, result and changes lie where Store::erase_due can erase them, ten minutes after an
// action that removes the record; until then it can be undone.
enum class Trace { kOpen, kSealed };

// Where the owner's data are. All absolute; they need not exist.
struct DataFolders {
  std::filesystem::path calendars;   // one folder for each calendar, one .ics file for each event or task in it
  std::filesystem::path contacts;    // one folder for each address book, one .vcf file for each person
  std::filesystem::path notes;       // Markdown
  std::filesystem::path lists;       // Markdown, one file for each list
  std::filesystem::path mail;        // a Maildir
  std::filesystem::path home;        // the owner's home folder, where `files` looks
  std::filesystem::path trash = {};  // the home trash; empty: ~/.local/share/Trash
};

// Reads records (change.h, SetRecord). Writing goes through changes only.
class Records {
 public:
  virtual ~Records() = default;
  virtual Result<std::optional<Json>> find(std::string_view collection, std::string_view key) const = 0;
  // All of a collection as (key, value), sorted by key.
  virtual Result<std::vector<std::pair<std::string, Json>>> all(std::string_view collection) const = 0;
  // Of the facts (memory/memory.h) at most `limit` that have one of the words, best first. Here all of them.
  virtual Result<std::vector<std::pair<std::string, Json>>> memories_with_words(const std::vector<std::string>& words,
                                                                                size_t limit) const;
};

// Settings of one tool from config.toml: `[home_assistant] url = ...` is settings["home_assistant"]["url"].
using Settings = Json;

struct ToolContext {
  const Clock& clock;
  const TimeZone& zone;
  const DataFolders& folders;
  const Records& records;
  const Settings& settings;
  const CancelFlag& cancel;
  std::string area;                  // the room of the device that heard the sentence; empty when unknown
  std::filesystem::path cache = {};  // a folder for what can be fetched again; need not exist; empty: there is none
};

// A thing that the owner may mean next by "it", "that one", "the second": how to name it in an argument, and in words.
struct Reference {
  std::string kind;  // "event", "task", "timer", "list_item", "note", "contact", "file", "mail", "device"
  std::string id;    // what the tool's arguments call `id`
  std::string title;
};

// What an action found or wants to do.
struct Outcome {
  Json result = Json::object();  // for programs
  std::string reply;             // for the eye: one sentence, or lines
  std::string spoken;            // for the ear; empty: same as reply
  std::vector<Change> changes;   // empty: nothing to do, so nothing to undo
  std::vector<Reference> references;
  // Set when the action cannot be done as asked, and nothing is changed: one short question, and the argument that the
  // answer fills. `choices` when only some answers make sense ("Which Ana?").
  struct Question {
    std::string text;
    std::string argument;
    std::vector<std::string> choices;
  };
  std::optional<Question> question;
  // What exactly the owner has to agree to ("it opens the garage", "to ana@costa.example, 'Thursday', 2 kB"). Set also
  // by calls that need approval although others of their action do not.
  std::string needs_approval;
};

struct Action {
  const char* name;     // "add"
  const char* summary;  // one line, for people and for a model
  Effect effect;
  Declared declared;  // what it reads, where it can carry data, whether it can be undone: the monitor decides by it
  // JSON Schema of the arguments: an object; `required` and `additionalProperties: false` are always there. Times are
  // strings of format "date-time" (a wall clock of the owner's zone, "2026-11-23T18:00:00"), "date", "time" or
  // "date-or-time"; durations are integers that end in _seconds; recurrences are RRULE values of RFC 5545.
  const char* parameters;
  // Reads the world and returns what to say and what to change. Must not write. `arguments` have been checked against
  // `parameters`. kNotFound and kInvalidArgument are answers for the owner: one sentence.
  Result<Outcome> (*plan)(const ToolContext&, const Json& arguments);
  // Makes an OutwardCall's request; its result goes into the journal, and a "reply" in it behind the outcome's. nullptr
  // when the action makes none. An error says that nothing happened, except kNetwork: then nobody knows.
  Result<Json> (*perform)(const ToolContext&, const Json& request);
  Trace trace = Trace::kOpen;
};

struct Tool {
  const char* name;     // "calendar"
  const char* summary;  // one line
  std::span<const Action> actions;
  const char* sentences;  // content of sentences.txt
  // What came due by now and has not been told yet (a timer, an alarm): the outcome's reply tells it, its changes note
  // that it was told. An empty reply: nothing. nullptr: the tool has no such thing.
  Result<Outcome> (*due)(const ToolContext&) = nullptr;
};

}  // namespace favilla
