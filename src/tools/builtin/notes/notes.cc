// Every note stays as its owner wrote it, byte for byte, but for the lines that an action adds.
#include "tools/builtin/notes/notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/builtin/notes/vault.h"
#include "tools/choose.h"
#include "tools/match.h"
#include "tools/wording.h"

namespace favilla {

extern const char kNotesSentences[];

namespace {

constexpr size_t kMaxTitleFromTextBytes = 50;
constexpr size_t kShownNoteBytes = 4'000;
constexpr size_t kSnippetBytes = 80;
constexpr int64_t kDefaultFound = 10;

std::string text_of(const Json& arguments, const char* name) {
  return arguments.value(name, std::string());
}

LocalSeconds local_now(const ToolContext& context) {
  return context.zone.to_local(context.clock.now());
}

// "Cut the hedge." and "cut the hedge" both end with one full stop.
std::string sentence_end(std::string text) {
  if (!text.ends_with('.') && !text.ends_with('!') && !text.ends_with('?')) text += '.';
  return text;
}

Reference reference_to(const Note& note) {
  return {"note", note.id, note.title};
}

// At most `limit` bytes, cut between code points.
std::string cut(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

// The note that `id` or `match` means, or a question.
struct Picked {
  std::optional<Note> note;
  Outcome question;
};

Result<Picked> pick(const Vault& vault, const Json& arguments) {
  if (const std::string id = text_of(arguments, "id"); !id.empty()) {
    const auto found = std::find_if(vault.notes.begin(), vault.notes.end(),
                                    [&](const Note& note) { return note.id == id || note.title == id; });
    if (found == vault.notes.end()) return Error{ErrorKind::kNotFound, fmt::format("There is no note {}.", id)};
    return Picked{*found, {}};
  }
  const std::string asked = text_of(arguments, "match");
  if (trimmed(asked).empty()) return Picked{std::nullopt, ask_which("note", "match", {})};
  std::vector<std::string> titles;
  for (const Note& note : vault.notes) titles.push_back(note.title);
  const std::vector<size_t> best = best_matches(asked, titles);
  if (best.empty()) return Error{ErrorKind::kNotFound, fmt::format("There is no note called \"{}\".", asked)};
  if (best.size() == 1) return Picked{vault.notes[best.front()], {}};
  std::vector<std::string> choices;
  const bool same_titles =
      std::all_of(best.begin(), best.end(), [&](size_t index) { return titles[index] == titles[best.front()]; });
  for (const size_t index : best) choices.push_back(same_titles ? vault.notes[index].id : titles[index]);
  return Picked{std::nullopt, ask_which("note", same_titles ? "id" : "match", std::move(choices))};
}

// The first words of the text.
std::string title_from(std::string_view text) {
  const std::string line = trimmed(text.substr(0, text.find('\n')));
  if (line.size() <= kMaxTitleFromTextBytes) return line;
  const size_t space = line.rfind(' ', kMaxTitleFromTextBytes);
  if (space != std::string::npos && space > 0) return line.substr(0, space);
  std::string short_line = cut(line, kMaxTitleFromTextBytes);
  short_line.resize(short_line.size() - 3);
  return short_line;
}

// "#garden #home": a tag has no blanks.
std::string tag_line(const Json& arguments) {
  std::string line;
  for (const Json& tag : arguments.value("tags", Json::array())) {
    std::string text = note_file_name(tag.get<std::string>());
    std::replace(text.begin(), text.end(), ' ', '-');
    if (!text.empty()) line += (line.empty() ? "#" : " #") + text;
  }
  return line;
}

Result<Outcome> plan_add(const ToolContext& context, const Json& arguments) {
  const std::string text = trimmed(text_of(arguments, "text"));
  const std::string asked = text_of(arguments, "title");
  const std::string title = note_file_name(asked.empty() ? title_from(text) : asked);
  const std::string folder = text_of(arguments, "folder");
  if (title.empty()) return Error{ErrorKind::kInvalidArgument, "What should the note say?"};
  if (!folder.empty() && !is_note_folder(folder)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" cannot be a folder of notes.", folder)};
  }
  const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
  const std::string id = (folder.empty() ? "" : folder + "/") + title + ".md";
  const auto there =
      std::find_if(vault.notes.begin(), vault.notes.end(), [&](const Note& note) { return note.id == id; });
  if (there != vault.notes.end()) {
    return Error{ErrorKind::kInvalidArgument,
                 fmt::format("There is already a note \"{0}\". Say \"add to the note {0}\" to write into it.", title)};
  }
  std::string content = text;
  if (const std::string tags = tag_line(arguments); !tags.empty()) content += (content.empty() ? "" : "\n\n") + tags;
  if (!content.empty()) content += '\n';
  Outcome outcome;
  outcome.changes.push_back(SetFile{context.folders.notes / id, std::nullopt, std::move(content)});
  outcome.result = {{"id", id}, {"title", title}};
  outcome.reply = fmt::format("Noted: {}.", title);
  outcome.references.push_back({"note", id, title});
  return outcome;
}

// `content` with a line behind it. Behind a list the line is an item.
std::string with_line(const std::string& content, const std::string& text) {
  const std::string ending = content.find("\r\n") == std::string::npos ? "\n" : "\r\n";
  std::string grown = content;
  if (!grown.empty() && !grown.ends_with('\n')) grown += ending;
  const size_t last = grown.find_last_not_of(" \t\r\n");
  const size_t line = last == std::string::npos ? 0 : grown.rfind('\n', last) + 1;  // npos + 1 is 0
  std::string marker;
  for (const char* item : {"- [ ] ", "- [x] ", "- ", "* "}) {
    if (!grown.substr(line).starts_with(item)) continue;
    marker = item == std::string_view("- [x] ") ? "- [ ] " : item;
    break;
  }
  return grown + marker + text + ending;
}

Result<Outcome> append_to(const Note& note, const std::string& text) {
  const std::string content = TRY(read_note(note));
  Outcome outcome;
  outcome.changes.push_back(SetFile{note.path, content, with_line(content, text)});
  outcome.result = {{"id", note.id}, {"title", note.title}};
  outcome.reply = fmt::format("Added to {}: {}", note.title, sentence_end(text));
  outcome.references.push_back(reference_to(note));
  return outcome;
}

Result<Outcome> plan_append(const ToolContext& context, const Json& arguments) {
  const std::string text = trimmed(text_of(arguments, "text"));
  if (text.empty()) return Error{ErrorKind::kInvalidArgument, "What should I add to the note?"};
  const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
  Picked picked = TRY(pick(vault, arguments));
  if (!picked.note) return std::move(picked.question);
  return append_to(*picked.note, text);
}

Result<Outcome> show(const Note& note) {
  const std::string content = TRY(read_note(note));
  const std::string body = trimmed(body_of(content));
  Outcome outcome;
  outcome.result = {{"id", note.id}, {"title", note.title}, {"text", body}, {"tags", tags_of(content)}};
  outcome.reply = body.empty() ? fmt::format("{} is empty.", note.title)
                               : fmt::format("{}:\n{}", note.title, cut(body, kShownNoteBytes));
  outcome.references.push_back(reference_to(note));
  return outcome;
}

Result<Outcome> plan_show(const ToolContext& context, const Json& arguments) {
  const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
  Picked picked = TRY(pick(vault, arguments));
  if (!picked.note) return std::move(picked.question);
  return show(*picked.note);
}

// ---- the daily note

Result<Note> daily_note(const ToolContext& context, const Json& arguments) {
  LocalSeconds day = local_now(context);
  if (const std::string date = text_of(arguments, "date"); !date.empty()) day = TRY(parse_iso_local(date));
  const std::string title = format_iso(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(day)));
  const std::string id = "daily/" + title + ".md";
  return Note{context.folders.notes / id, id, title, Moment{}};
}

Result<Outcome> plan_log(const ToolContext& context, const Json& arguments) {
  const std::string text = trimmed(text_of(arguments, "text"));
  if (text.empty()) return Error{ErrorKind::kInvalidArgument, "What should I write into the daily note?"};
  const Note note = TRY(daily_note(context, arguments));
  std::error_code error;
  if (std::filesystem::exists(note.path, error)) return append_to(note, text);
  Outcome outcome;
  outcome.changes.push_back(SetFile{note.path, std::nullopt, "- " + text + "\n"});
  outcome.result = {{"id", note.id}, {"title", note.title}};
  outcome.reply = fmt::format("Added to {}: {}", note.title, sentence_end(text));
  outcome.references.push_back(reference_to(note));
  return outcome;
}

Result<Outcome> plan_daily(const ToolContext& context, const Json& arguments) {
  const Note note = TRY(daily_note(context, arguments));
  std::error_code error;
  if (std::filesystem::exists(note.path, error)) return show(note);
  Outcome outcome;
  outcome.result = {{"id", note.id}, {"title", note.title}, {"text", ""}};
  outcome.reply = fmt::format("There is no daily note for {}.", note.title);
  return outcome;
}

// ---- finding

struct Wanted {
  Words words{""};
  std::string tag;
  std::optional<Moment> start;
  std::optional<Moment> end;
};

// How well a note fits: 0 not at all, 3 by its title, 1 by its text. Fills the line that shows why.
int fits(const Note& note, const Wanted& wanted, std::string& snippet) {
  if (wanted.start && note.modified < *wanted.start) return 0;
  if (wanted.end && note.modified >= *wanted.end) return 0;
  const bool by_words = !wanted.words.all().empty();
  if (!by_words && wanted.tag.empty()) return 1;
  const Result<std::string> content = read_note(note);
  if (!content) return 0;
  if (!wanted.tag.empty()) {
    const std::vector<std::string> tags = tags_of(*content);
    const bool tagged = std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
      return tag == wanted.tag || tag.starts_with(wanted.tag + "/");
    });
    if (!tagged) return 0;
  }
  if (!by_words) return 1;
  if (match(wanted.words, Words(note.title)) != Match::kNone) return 3;
  std::string_view rest = body_of(*content);
  if (match(wanted.words, Words(rest)) < Match::kWords) return 0;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (match(wanted.words, Words(rest.substr(0, end))) >= Match::kWords) {
      snippet = cut(trimmed(rest.substr(0, end)), kSnippetBytes);
      break;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 1;
}

Result<Wanted> wanted_of(const ToolContext& context, const Json& arguments) {
  Wanted wanted;
  wanted.words = Words(text_of(arguments, "words"));
  const std::string tag = text_of(arguments, "tag");
  const std::vector<std::string> tags = tags_of(tag.starts_with('#') ? tag : "#" + tag);
  if (!tags.empty()) wanted.tag = tags.front();
  if (arguments.contains("start")) {
    wanted.start = TRY(parse_iso_moment(text_of(arguments, "start"), context.zone));
  }
  if (arguments.contains("end")) wanted.end = TRY(parse_iso_moment(text_of(arguments, "end"), context.zone));
  return wanted;
}

Result<Outcome> plan_find(const ToolContext& context, const Json& arguments) {
  const Wanted wanted = TRY(wanted_of(context, arguments));
  const auto limit = static_cast<size_t>(arguments.value("limit", kDefaultFound));
  const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
  struct Found {
    const Note* note;
    int score;
    std::string snippet;
  };
  std::vector<Found> found;
  for (const Note& note : vault.notes) {
    if (context.cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while searching the notes"};
    std::string snippet;
    if (const int score = fits(note, wanted, snippet); score > 0) found.push_back({&note, score, std::move(snippet)});
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.score > b.score; });
  Outcome outcome;
  outcome.result = {{"count", found.size()}, {"notes", Json::array()}};
  const LocalSeconds now = local_now(context);
  outcome.reply = found.empty() ? "I found no such notes." : say_count(found.size(), "note");
  if (!found.empty()) outcome.reply += found.size() > limit ? fmt::format(", the first {}:", limit) : ":";
  for (size_t i = 0; i < found.size() && i < limit; ++i) {
    const Note& note = *found[i].note;
    const LocalSeconds modified = context.zone.to_local(note.modified);
    outcome.result["notes"].push_back({{"id", note.id}, {"title", note.title}, {"modified", format_iso(modified)}});
    outcome.reply += fmt::format("\n- {} ({})", note.title, say_day(modified, now, Say::kWritten));
    if (!found[i].snippet.empty()) outcome.reply += ": " + found[i].snippet;
    outcome.references.push_back(reference_to(note));
  }
  return outcome;
}

Result<Outcome> plan_tags(const ToolContext& context, const Json&) {
  const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
  std::map<std::string, int> counts;
  for (const Note& note : vault.notes) {
    const Result<std::string> content = read_note(note);
    if (!content) continue;
    for (const std::string& tag : tags_of(*content)) ++counts[tag];
  }
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  Outcome outcome;
  outcome.result["tags"] = Json::object();
  std::vector<std::string> said;
  for (const auto& [tag, count] : sorted) {
    outcome.result["tags"][tag] = count;
    said.push_back(fmt::format("#{} ({})", tag, count));
  }
  outcome.reply = said.empty() ? "Your notes have no tags." : "Tags: " + say_list(said) + ".";
  return outcome;
}

// ---- renaming and deleting

Result<Outcome> plan_rename(const ToolContext& context, const Json& arguments) {
  const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
  Picked picked = TRY(pick(vault, arguments));
  if (!picked.note) return std::move(picked.question);
  const Note& note = *picked.note;
  const std::string title = note_file_name(text_of(arguments, "title"));
  if (title.empty()) return Error{ErrorKind::kInvalidArgument, "That cannot be the name of a note."};
  const std::filesystem::path to = note.path.parent_path() / (title + ".md");
  std::error_code error;
  if (std::filesystem::exists(to, error)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("There is already a note \"{}\".", title)};
  }
  Outcome outcome;
  // Links follow, as in Obsidian.
  size_t linking = 0;
  Change move = MoveFile{note.path, to};
  for (const Note& other : vault.notes) {
    // A note that cannot be read now may link to this one: its link would break.
    const std::string content = TRY(read_note(other));
    std::optional<std::string> renamed = with_links_renamed(content, note.title, title);
    if (!renamed) continue;
    if (other.id == note.id) {  // it links to itself: its new file has the new links
      outcome.changes.push_back(SetFile{note.path, content, std::nullopt});
      move = SetFile{to, std::nullopt, std::move(renamed)};
    } else {
      outcome.changes.push_back(SetFile{other.path, content, std::move(renamed)});
      ++linking;
    }
  }
  outcome.changes.push_back(std::move(move));
  const std::string id = to.lexically_relative(vault.root).generic_string();
  outcome.result = {{"id", id}, {"title", title}, {"links", linking}};
  outcome.reply = fmt::format("Renamed {} to {}.", note.title, title);
  if (linking > 0) outcome.reply += fmt::format(" The links in {} follow.", say_count(linking, "other note"));
  outcome.references.push_back({"note", id, title});
  return outcome;
}

Result<Outcome> plan_delete(const ToolContext& context, const Json& arguments) {
  const Vault vault = TRY(load_vault(context.folders.notes, context.cancel));
  Picked picked = TRY(pick(vault, arguments));
  if (!picked.note) return std::move(picked.question);
  Outcome outcome;
  outcome.changes.push_back(TrashFile{picked.note->path});
  outcome.result = {{"id", picked.note->id}, {"title", picked.note->title}};
  outcome.reply = fmt::format("Moved the note {} to the Trash.", picked.note->title);
  return outcome;
}

// The two ways to name a note, in each schema.
#define NOTE_NAMES                                                                        \
  R"("id": {"type": "string", "description": "as find gives it: \"garden/Roses.md\""}, )" \
  R"("match": {"type": "string", "description": "words of its title"})"

constexpr Action kActions[] = {
    {"add", "writes a new note", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {
       "text": {"type": "string", "maxLength": 100000},
       "title": {"type": "string", "maxLength": 200, "description": "the first words of the text when not said"},
       "folder": {"type": "string", "description": "below the notes, \"recipes\""},
       "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 20}},
      "required": [], "additionalProperties": false})",
     plan_add, nullptr},
    {"append", "adds a line to a note", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {)" NOTE_NAMES R"(, "text": {"type": "string", "maxLength": 100000}},
      "required": ["text"], "additionalProperties": false})",
     plan_append, nullptr},
    {"show", "reads a note", Effect::kPure, reads(kOwnRecords),
     R"({"type": "object", "properties": {)" NOTE_NAMES R"(}, "required": [], "additionalProperties": false})",
     plan_show, nullptr},
    {"find", "finds notes by words, tag or when they were changed; without any: the newest", Effect::kPure,
     reads(kOwnRecords),
     R"({"type": "object", "properties": {
       "words": {"type": "string"},
       "tag": {"type": "string"},
       "start": {"type": "string", "description": "changed at or after: date or date-time"},
       "end": {"type": "string", "description": "changed before: date or date-time"},
       "limit": {"type": "integer", "minimum": 1, "maximum": 100}},
      "required": [], "additionalProperties": false})",
     plan_find, nullptr},
    {"tags", "lists the tags of all notes", Effect::kPure, reads(kOwnRecords),
     R"({"type": "object", "properties": {}, "required": [], "additionalProperties": false})", plan_tags, nullptr},
    {"log", "adds a line to the daily note", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {
       "text": {"type": "string", "maxLength": 100000},
       "date": {"type": "string", "format": "date", "description": "today when not said"}},
      "required": ["text"], "additionalProperties": false})",
     plan_log, nullptr},
    {"daily", "reads the daily note", Effect::kPure, reads(kOwnRecords),
     R"({"type": "object", "properties": {"date": {"type": "string", "format": "date"}},
      "required": [], "additionalProperties": false})",
     plan_daily, nullptr},
    {"rename", "renames a note; links to it follow", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {)" NOTE_NAMES R"(, "title": {"type": "string", "maxLength": 200}},
      "required": ["title"], "additionalProperties": false})",
     plan_rename, nullptr},
    {"delete", "moves a note to the Trash", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {)" NOTE_NAMES R"(}, "required": [], "additionalProperties": false})",
     plan_delete, nullptr},
};

#undef NOTE_NAMES

}  // namespace

const Tool kNotesTool = {"notes", "Markdown notes: write, find, tag, daily notes", kActions, kNotesSentences};

}  // namespace favilla
