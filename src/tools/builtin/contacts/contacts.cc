// An edit changes the lines that it is about; photos, notes and what other programs wrote stay as they are.
#include "tools/builtin/contacts/contacts.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/sha256.h"
#include "tools/builtin/contacts/address_book.h"
#include "tools/choose.h"
#include "tools/wording.h"

namespace favilla {

extern const char kContactsSentences[];

namespace {

using std::chrono::year_month_day;

constexpr size_t kShownContacts = 10;
constexpr int64_t kShownBirthdays = 3;
constexpr size_t kMinPhoneDigits = 4;

// What an argument, a vCard property and people call the same thing.
struct Field {
  const char* argument;
  const char* property;
  const char* words;
};
constexpr Field kFields[] = {
    {"phone", "TEL", "phone number"},     {"email", "EMAIL", "e-mail address"}, {"birthday", "BDAY", "birthday"},
    {"address", "ADR", "address"},        {"organization", "ORG", "company"},   {"title", "TITLE", "job title"},
    {"nickname", "NICKNAME", "nickname"}, {"website", "URL", "website"},        {"note", "NOTE", "note"},
};

const Field* find_field(std::string_view argument) {
  const auto found = std::find_if(std::begin(kFields), std::end(kFields),
                                  [&](const Field& field) { return field.argument == argument; });
  return found == std::end(kFields) ? nullptr : &*found;
}

std::string text_of(const Json& arguments, const char* name) {
  const std::string text = arguments.value(name, std::string());
  const size_t begin = text.find_first_not_of(" \t\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

LocalSeconds local_now(const ToolContext& context) {
  return context.zone.to_local(context.clock.now());
}
year_month_day today(const ToolContext& context) {
  return year_month_day(std::chrono::floor<std::chrono::days>(local_now(context)));
}

// "Ana's" -> "Ana"
std::string without_possessive(std::string name) {
  for (const std::string_view ending : {"'s", "\xE2\x80\x99s", "s'"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.resize(name.size() - ending.size() + (ending == "s'" ? 1 : 0));
      break;
    }
  }
  return name;
}

const VcardFile& cards_of(const AddressBook& book, const Contact& contact) {
  return book.files[contact.file].cards;
}

Reference reference_to(const Contact& contact) {
  return {"contact", contact.id, contact.name};
}

// "These files could not be read: ..." behind a reply.
std::string unread_note(const AddressBook& book) {
  if (book.unread.empty()) return "";
  constexpr size_t kNamed = 3;
  std::vector<std::string> named = book.unread;
  if (named.size() > kNamed) named.resize(kNamed);
  return fmt::format("\nNot read: {}{}.", say_list(named), book.unread.size() > kNamed ? " and others" : "");
}

struct Picked {
  const Contact* contact = nullptr;
  Outcome question;
};

Result<Picked> pick(const AddressBook& book, const Json& arguments) {
  if (const std::string id = text_of(arguments, "id"); !id.empty()) {
    const auto found = std::find_if(book.contacts.begin(), book.contacts.end(),
                                    [&](const Contact& contact) { return contact.id == id; });
    if (found == book.contacts.end()) return Error{ErrorKind::kNotFound, fmt::format("There is no contact {}.", id)};
    return Picked{&*found, {}};
  }
  const std::string asked = without_possessive(text_of(arguments, "match"));
  if (asked.empty()) return Picked{nullptr, ask_which("contact", "match", {})};
  std::vector<std::string> names;
  for (const Contact& contact : book.contacts) names.push_back(contact.name);
  std::vector<size_t> best = best_matches(asked, names);
  if (best.empty()) {
    names.clear();
    for (const Contact& contact : book.contacts) names.push_back(contact.nickname);
    best = best_matches(asked, names);
  }
  if (best.empty()) {
    return Error{ErrorKind::kNotFound, fmt::format("There is no contact called \"{}\".{}", asked, unread_note(book))};
  }
  if (best.size() == 1) return Picked{&book.contacts[best.front()], {}};
  std::vector<std::string> choices;
  const bool same_names = std::all_of(best.begin(), best.end(), [&](size_t index) {
    return book.contacts[index].name == book.contacts[best.front()].name;
  });
  for (const size_t index : best) choices.push_back(same_names ? book.contacts[index].id : book.contacts[index].name);
  return Picked{nullptr, ask_which("contact", same_names ? "id" : "match", std::move(choices))};
}

// ---- what a card says

std::string say_types(const VcardLine& line) {
  for (const char* type : {"cell", "mobile", "home", "work", "main", "fax"}) {
    if (std::find(line.types.begin(), line.types.end(), type) == line.types.end()) continue;
    return std::string(type) == "cell" ? "mobile" : type;
  }
  return "";
}

std::string say_value(const VcardLine& line, const ToolContext& context) {
  if (line.name == "ADR" || line.name == "ORG") {
    std::vector<std::string> parts = decode_parts(line);
    std::erase_if(parts, [](const std::string& part) { return part.empty(); });
    return fmt::format("{}", fmt::join(parts, ", "));
  }
  std::string text = decode_value(line);
  if (line.name == "TEL" && text.starts_with("tel:")) text = text.substr(4);
  if (line.name == "EMAIL" && text.starts_with("mailto:")) text = text.substr(7);
  if (line.name != "BDAY") return text;
  const std::optional<Birthday> birthday = parse_birthday(text);
  if (!birthday) return text;
  const year_month_day next = next_birthday(*birthday, today(context));
  std::string said = say_day(LocalSeconds(std::chrono::local_days(next)), local_now(context), Say::kWritten);
  if (birthday->year)
    said = format_iso(*birthday->year / birthday->day.month() / birthday->day.day()) + ", next " + said;
  return said;
}

Json contact_json(const AddressBook& book, const Contact& contact, const ToolContext& context) {
  Json json{{"id", contact.id}, {"name", contact.name}};
  for (const Field& field : kFields) {
    for (const VcardLine* line : cards_of(book, contact).all(contact.card, field.property)) {
      if (line->name == "BDAY") {
        json[field.argument].push_back({{"value", decode_value(*line)}});
        continue;
      }
      Json value{{"value", say_value(*line, context)}};
      if (const std::string types = say_types(*line); !types.empty()) value["type"] = types;
      json[field.argument].push_back(std::move(value));
    }
  }
  return json;
}

// "mobile +351 912 and work +351 213"
std::string say_field(const AddressBook& book, const Contact& contact, const Field& field, const std::string& type,
                      const ToolContext& context) {
  std::vector<std::string> all;
  std::vector<std::string> of_type;
  for (const VcardLine* line : cards_of(book, contact).all(contact.card, field.property)) {
    const std::string types = say_types(*line);
    const std::string value = say_value(*line, context);
    if (!type.empty() && types == (type == "cell" ? "mobile" : type)) of_type.push_back(value);
    all.push_back(types.empty() ? value : types + " " + value);
  }
  return say_list(of_type.empty() ? all : of_type);
}

Result<Outcome> plan_show(const ToolContext& context, const Json& arguments) {
  const AddressBook book = TRY(load_address_book(context.folders.contacts, context.cancel));
  Picked picked = TRY(pick(book, arguments));
  if (picked.contact == nullptr) return std::move(picked.question);
  const Contact& contact = *picked.contact;
  Outcome outcome;
  outcome.result = contact_json(book, contact, context);
  outcome.references.push_back(reference_to(contact));
  if (const Field* field = find_field(text_of(arguments, "field")); field != nullptr) {
    const std::string value = say_field(book, contact, *field, text_of(arguments, "type"), context);
    outcome.reply = value.empty() ? fmt::format("I have no {} for {}.", field->words, contact.name)
                                  : fmt::format("{}: {}", contact.name, value);
    return outcome;
  }
  outcome.reply = contact.name;
  for (const Field& each : kFields) {
    const std::string value = say_field(book, contact, each, "", context);
    if (!value.empty()) outcome.reply += fmt::format("\n{}: {}", each.words, value);
  }
  return outcome;
}

// ---- finding

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

// Numbers are the same when the last digits are: country codes and leading zeros differ.
bool same_phone(std::string_view asked, std::string_view known) {
  const std::string a = digits_of(asked);
  const std::string b = digits_of(known);
  constexpr size_t kTelling = 9;
  const size_t count = std::min({a.size(), b.size(), kTelling});
  return count >= kMinPhoneDigits && a.substr(a.size() - count) == b.substr(b.size() - count);
}

bool has(const AddressBook& book, const Contact& contact, const char* property, const std::string& asked,
         bool (*same)(std::string_view, std::string_view)) {
  const std::vector<const VcardLine*> lines = cards_of(book, contact).all(contact.card, property);
  return std::any_of(lines.begin(), lines.end(),
                     [&](const VcardLine* line) { return same(asked, decode_value(*line)); });
}

bool contains_folded(std::string_view asked, std::string_view known) {
  const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : int{c}; };
  return std::search(known.begin(), known.end(), asked.begin(), asked.end(),
                     [&](char a, char b) { return fold(a) == fold(b); }) != known.end();
}

Result<Outcome> plan_find(const ToolContext& context, const Json& arguments) {
  const AddressBook book = TRY(load_address_book(context.folders.contacts, context.cancel));
  const std::string words = without_possessive(text_of(arguments, "words"));
  const std::string phone = text_of(arguments, "phone");
  const std::string email = text_of(arguments, "email");
  std::vector<std::string> texts;
  for (const Contact& contact : book.contacts) {
    const VcardFile& cards = cards_of(book, contact);
    texts.push_back(fmt::format("{} {} {} {} {}", contact.name, contact.nickname, cards.text(contact.card, "ORG"),
                                cards.text(contact.card, "TITLE"), cards.text(contact.card, "ADR")));
    std::replace(texts.back().begin(), texts.back().end(), ';', ' ');
  }
  std::vector<size_t> found;
  if (!words.empty()) {
    found = best_matches(words, texts);
  } else {
    for (size_t i = 0; i < book.contacts.size(); ++i) found.push_back(i);
  }
  std::erase_if(found, [&](size_t index) {
    const Contact& contact = book.contacts[index];
    return (!phone.empty() && !has(book, contact, "TEL", phone, same_phone)) ||
           (!email.empty() && !has(book, contact, "EMAIL", email, contains_folded));
  });
  Outcome outcome;
  outcome.result = {{"count", found.size()}, {"contacts", Json::array()}};
  outcome.reply = found.empty() ? "I found no such contact." : say_count(found.size(), "contact") + ":";
  for (size_t i = 0; i < found.size() && i < kShownContacts; ++i) {
    const Contact& contact = book.contacts[found[i]];
    outcome.result["contacts"].push_back(contact_json(book, contact, context));
    outcome.reply += "\n- " + contact.name;
    const std::string number = say_field(book, contact, kFields[0], "", context);
    if (!number.empty()) outcome.reply += ", " + number;
    outcome.references.push_back(reference_to(contact));
  }
  if (found.size() > kShownContacts) outcome.reply += fmt::format("\nand {} more", found.size() - kShownContacts);
  outcome.reply += unread_note(book);
  return outcome;
}

Result<Outcome> plan_birthdays(const ToolContext& context, const Json& arguments) {
  const AddressBook book = TRY(load_address_book(context.folders.contacts, context.cancel));
  const year_month_day now = today(context);
  struct Next {
    year_month_day day;
    const Contact* contact;
  };
  std::vector<Next> next;
  for (const Contact& contact : book.contacts) {
    if (contact.birthday) next.push_back({next_birthday(*contact.birthday, now), &contact});
  }
  std::stable_sort(next.begin(), next.end(), [](const Next& a, const Next& b) { return a.day < b.day; });
  if (arguments.contains("days")) {
    const auto last = std::chrono::local_days(now) + std::chrono::days(arguments["days"].get<int>());
    std::erase_if(next, [&](const Next& one) { return std::chrono::local_days(one.day) > last; });
  }
  const auto limit = static_cast<size_t>(arguments.value("limit", arguments.contains("days") ? 100 : kShownBirthdays));
  Outcome outcome;
  outcome.result["birthdays"] = Json::array();
  std::vector<std::string> said;
  for (size_t i = 0; i < next.size() && i < limit; ++i) {
    const Contact& contact = *next[i].contact;
    Json json{{"id", contact.id}, {"name", contact.name}, {"date", format_iso(next[i].day)}};
    std::string text =
        fmt::format("{} {}", contact.name,
                    say_day(LocalSeconds(std::chrono::local_days(next[i].day)), local_now(context), Say::kWritten));
    if (contact.birthday->year) {
      const int age = static_cast<int>(next[i].day.year()) - static_cast<int>(*contact.birthday->year);
      json["turns"] = age;
      text += fmt::format(" (turns {})", age);
    }
    outcome.result["birthdays"].push_back(std::move(json));
    outcome.references.push_back(reference_to(contact));
    said.push_back(std::move(text));
  }
  outcome.reply = said.empty() ? "I know of no birthdays then." : "Next birthdays: " + say_list(said) + ".";
  if (said.size() == 1) outcome.reply = "The next birthday: " + said.front() + ".";
  outcome.reply += unread_note(book);
  return outcome;
}

// ---- writing

// The value as vCard wants it; kInvalidArgument when it cannot be what the field holds.
Result<std::string> checked_value(const Field& field, const std::string& value) {
  const std::string_view property = field.property;
  if (property == "TEL" && digits_of(value).size() < 3) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" is not a phone number.", value)};
  }
  if (property == "EMAIL" && (value.find('@') == std::string::npos || value.find(' ') != std::string::npos)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" is not an e-mail address.", value)};
  }
  if (property == "BDAY" && !parse_birthday(value)) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("\"{}\" is not a birthday (1985-04-12, or --0412).", value)};
  }
  if (property != "ADR") return value;
  std::string escaped;  // all of it as the street: nobody says which part is which
  for (const char c : value) {
    if (c == ';' || c == ',' || c == '\\') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return ";;" + escaped + ";;;;";
}

std::vector<std::string> types_of(const Json& arguments, const Field& field) {
  std::string type = text_of(arguments, "type");
  if (type == "mobile") type = "cell";
  const std::string_view property = field.property;
  const bool place = type == "home" || type == "work";  // the others are kinds of telephones
  if (type.empty() || (property != "TEL" && !((property == "EMAIL" || property == "ADR") && place))) return {};
  return {type};
}

std::string make_uid(const ToolContext& context, const std::string& name, size_t count) {
  Sha256 hash;
  const std::string seed = fmt::format("{} {} {}", context.clock.now().time_since_epoch().count(), name, count);
  hash.update(std::as_bytes(std::span(seed.data(), seed.size())));
  return "favilla-" + hash.hex().substr(0, 24);
}

Result<Outcome> plan_add(const ToolContext& context, const Json& arguments) {
  const std::string name = text_of(arguments, "name");
  if (name.empty()) return Error{ErrorKind::kInvalidArgument, "What is the contact's name?"};
  const AddressBook book = TRY(load_address_book(context.folders.contacts, context.cancel));
  const auto there = std::find_if(book.contacts.begin(), book.contacts.end(),
                                  [&](const Contact& contact) { return contact.name == name; });
  if (there != book.contacts.end()) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("{} is among your contacts already.", name)};
  }
  const std::string uid = make_uid(context, name, book.contacts.size());
  VcardFile card = VcardFile::create(uid, name);
  for (const Field& field : kFields) {
    const std::string value = text_of(arguments, field.argument);
    if (value.empty()) continue;
    card.add(0, {field.property, types_of(arguments, field)}, TRY(checked_value(field, value)));
  }
  Outcome outcome;
  outcome.changes.push_back(SetFile{book.new_contacts / (uid + ".vcf"), std::nullopt, card.bytes()});
  outcome.result = {{"id", uid}, {"name", name}};
  outcome.reply = fmt::format("Added {} to your contacts.", name);
  outcome.references.push_back({"contact", uid, name});
  return outcome;
}

Result<Outcome> plan_change(const ToolContext& context, const Json& arguments) {
  const AddressBook book = TRY(load_address_book(context.folders.contacts, context.cancel));
  Picked picked = TRY(pick(book, arguments));
  if (picked.contact == nullptr) return std::move(picked.question);
  const Contact& contact = *picked.contact;
  const std::string field_name = text_of(arguments, "field");
  const std::string value = text_of(arguments, "value");
  if (value.empty()) return Error{ErrorKind::kInvalidArgument, "What should it be?"};
  const ContactFile& file = book.files[contact.file];
  VcardFile cards = file.cards;
  Outcome outcome;
  std::string now_called = contact.name;
  if (field_name == "name") {
    const VcardFile renamed = VcardFile::create("", value);
    cards.set(contact.card, {"FN", {}}, value);
    cards.set(contact.card, {"N", {}}, renamed.all(0, "N").front()->value);
    now_called = value;
    outcome.reply = fmt::format("{} is now called {}.", contact.name, value);
  } else {
    const Field& field = *find_field(field_name);  // the schema lists them
    cards.set(contact.card, {field.property, types_of(arguments, field)}, TRY(checked_value(field, value)));
    outcome.reply = fmt::format("Changed the {} of {} to {}.", field.words, contact.name, value);
  }
  outcome.changes.push_back(SetFile{file.path, file.bytes, cards.bytes()});
  outcome.result = {{"id", contact.id}, {"name", now_called}};
  outcome.references.push_back({"contact", contact.id, now_called});
  return outcome;
}

Result<Outcome> plan_delete(const ToolContext& context, const Json& arguments) {
  const AddressBook book = TRY(load_address_book(context.folders.contacts, context.cancel));
  Picked picked = TRY(pick(book, arguments));
  if (picked.contact == nullptr) return std::move(picked.question);
  const Contact& contact = *picked.contact;
  const ContactFile& file = book.files[contact.file];
  Outcome outcome;
  if (file.cards.card_count() == 1) {
    outcome.changes.push_back(TrashFile{file.path});
    outcome.reply = fmt::format("Moved {} to the Trash.", contact.name);
  } else {
    outcome.changes.push_back(SetFile{file.path, file.bytes, file.cards.bytes_without(contact.card)});
    outcome.reply = fmt::format("Deleted {} from {}.", contact.name, file.path.filename().string());
  }
  outcome.result = {{"id", contact.id}, {"name", contact.name}};
  return outcome;
}

// Parts of several schemas.
#define WHO R"("id": {"type": "string"}, "match": {"type": "string", "description": "the name, or words of it"})"
#define TYPE R"("type": {"type": "string", "enum": ["mobile", "cell", "home", "work", "main", "fax"]})"

constexpr Action kActions[] = {
    {"add", "adds a person", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {
       "name": {"type": "string", "maxLength": 300},
       "phone": {"type": "string"}, "email": {"type": "string"},
       "birthday": {"type": "string", "description": "1985-04-12, or --0412 without a year"},
       "address": {"type": "string"}, "organization": {"type": "string"}, "title": {"type": "string"},
       "nickname": {"type": "string"}, "website": {"type": "string"}, "note": {"type": "string"}, )" TYPE R"(},
      "required": ["name"], "additionalProperties": false})",
     plan_add, nullptr},
    {"find", "finds people by words, phone number or e-mail address; without any: all", Effect::kPure,
     reads(kOwnRecords),
     R"({"type": "object", "properties": {
       "words": {"type": "string"}, "phone": {"type": "string"}, "email": {"type": "string"}},
      "required": [], "additionalProperties": false})",
     plan_find, nullptr},
    {"show", "shows one person, or one field of theirs", Effect::kPure, reads(kOwnRecords),
     R"({"type": "object", "properties": {)" WHO R"(,
       "field": {"type": "string", "enum": ["phone", "email", "birthday", "address", "organization", "title",
                                            "nickname", "website", "note"]}, )" TYPE R"(},
      "required": [], "additionalProperties": false})",
     plan_show, nullptr},
    {"birthdays", "tells whose birthday is next", Effect::kPure, reads(kOwnRecords),
     R"({"type": "object", "properties": {
       "days": {"type": "integer", "minimum": 0, "maximum": 366, "description": "only in the next so many days"},
       "limit": {"type": "integer", "minimum": 1, "maximum": 100}},
      "required": [], "additionalProperties": false})",
     plan_birthdays, nullptr},
    {"change", "sets one field of a person", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {)" WHO R"(,
       "field": {"type": "string", "enum": ["name", "phone", "email", "birthday", "address", "organization", "title",
                                            "nickname", "website", "note"]},
       "value": {"type": "string", "maxLength": 10000}, )" TYPE R"(},
      "required": ["field", "value"], "additionalProperties": false})",
     plan_change, nullptr},
    {"delete", "deletes a person; a card of its own goes to the Trash", Effect::kIdempotent, keeps(kOwnRecords),
     R"({"type": "object", "properties": {)" WHO R"(}, "required": [], "additionalProperties": false})", plan_delete,
     nullptr},
};

#undef WHO
#undef TYPE

}  // namespace

const Tool kContactsTool = {"contacts", "people: phone numbers, addresses, birthdays", kActions, kContactsSentences};

}  // namespace favilla
