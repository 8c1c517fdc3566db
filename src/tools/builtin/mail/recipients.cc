// Looks in the address book of the contacts tool.
#include "tools/builtin/mail/recipients.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/builtin/contacts/address_book.h"
#include "tools/choose.h"

namespace favilla {
namespace {

constexpr size_t kMaxRecipients = 50;

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// At commas, semicolons and "and".
std::vector<std::string> split(const std::string& to) {
  std::vector<std::string> parts{""};
  for (size_t i = 0; i < to.size();) {
    if (to[i] == ',' || to[i] == ';') {
      parts.emplace_back();
      ++i;
    } else if (to.compare(i, 5, " and ") == 0) {
      parts.emplace_back();
      i += 5;
    } else {
      parts.back() += to[i++];
    }
  }
  for (std::string& part : parts) part = trimmed(part);
  std::erase(parts, "");
  return parts;
}

std::vector<size_t> people_called(const AddressBook& book, const std::string& name) {
  std::vector<std::string> names;
  for (const Contact& contact : book.contacts) names.push_back(contact.name);
  std::vector<size_t> found = best_matches(name, names);
  if (!found.empty()) return found;
  names.clear();
  for (const Contact& contact : book.contacts) names.push_back(contact.nickname);
  return best_matches(name, names);
}

// Those with the mark PREF, else all.
std::vector<std::string> addresses_of(const AddressBook& book, const Contact& contact) {
  std::vector<std::string> all;
  std::vector<std::string> preferred;
  for (const VcardLine* line : book.files[contact.file].cards.all(contact.card, "EMAIL")) {
    std::string address = trimmed(decode_value(*line));
    if (address.starts_with("mailto:")) address.erase(0, 7);
    if (!is_address(address) || std::find(all.begin(), all.end(), address) != all.end()) continue;
    if (std::find(line->types.begin(), line->types.end(), "pref") != line->types.end()) preferred.push_back(address);
    all.push_back(std::move(address));
  }
  return preferred.size() == 1 ? preferred : all;
}

Outcome question(const char* argument, std::string text, std::vector<std::string> choices = {}) {
  Outcome outcome;
  outcome.reply = text;
  outcome.question = Outcome::Question{std::move(text), argument, std::move(choices)};
  return outcome;
}

class Finder {
 public:
  Finder(const AddressBook& book, const char* argument, std::vector<std::string> parts)
      : book_(book), argument_(argument), parts_(std::move(parts)) {}

  Recipients all() {
    Recipients recipients;
    for (size_t i = 0; i < parts_.size() && !recipients.question; ++i) add(i, recipients);
    if (recipients.question) recipients.addresses.clear();
    return recipients;
  }

 private:
  void add(size_t index, Recipients& recipients) {
    const std::string& said = parts_[index];
    if (is_address(said)) {
      recipients.addresses.push_back({"", said});
      return;
    }
    const std::vector<size_t> found = people_called(book_, said);
    if (found.empty()) {
      recipients.question = question(argument_, fmt::format("I know nobody called {}. What is the address?", said));
    } else if (found.size() > 1) {
      recipients.question = question(argument_, fmt::format("Which {}?", said), choices_of(index, found));
    } else {
      add_contact(index, book_.contacts[found.front()], recipients);
    }
  }

  void add_contact(size_t index, const Contact& contact, Recipients& recipients) {
    const std::vector<std::string> addresses = addresses_of(book_, contact);
    if (addresses.size() == 1) {
      recipients.addresses.push_back({contact.name, addresses.front()});
    } else if (addresses.empty()) {
      recipients.question =
          question(argument_, fmt::format("I have no e-mail address for {}. What is it?", contact.name));
    } else {
      std::vector<std::string> choices;
      for (const std::string& each : addresses) choices.push_back(with(index, each));
      recipients.question = question(argument_, fmt::format("Which address of {}?", contact.name), std::move(choices));
    }
  }

  // Names, or addresses where several people have one name.
  std::vector<std::string> choices_of(size_t index, const std::vector<size_t>& people) const {
    const std::string& first = book_.contacts[people.front()].name;
    const bool same =
        std::all_of(people.begin(), people.end(), [&](size_t each) { return book_.contacts[each].name == first; });
    std::vector<std::string> choices;
    for (const size_t each : people) {
      const Contact& contact = book_.contacts[each];
      const std::vector<std::string> shown = same ? addresses_of(book_, contact) : std::vector{contact.name};
      for (const std::string& choice : shown) choices.push_back(with(index, choice));
    }
    return choices;
  }

  // All that was said, with one of them replaced: what the argument becomes when the owner chooses it.
  std::string with(size_t index, const std::string& choice) const {
    std::string text;
    for (size_t i = 0; i < parts_.size(); ++i) {
      text += (i == 0 ? "" : ", ") + (i == index ? choice : parts_[i]);
    }
    return text;
  }

  const AddressBook& book_;
  const char* argument_;
  std::vector<std::string> parts_;
};

}  // namespace

Result<Recipients> find_recipients(const ToolContext& context, const std::string& to, const char* argument) {
  std::vector<std::string> parts = split(to);
  if (parts.size() > kMaxRecipients) {
    return Error{ErrorKind::kInvalidArgument, fmt::format("More than {} people at once are too many.", kMaxRecipients)};
  }
  const bool addresses_only =
      std::all_of(parts.begin(), parts.end(), [](const auto& part) { return is_address(part); });
  AddressBook book;
  if (!addresses_only) book = TRY(load_address_book(context.folders.contacts, context.cancel));
  // "Smith, John" and "Smith and Sons" may be one contact's name.
  if (parts.size() > 1 && people_called(book, to).size() == 1) parts = {to};
  return Finder(book, argument, std::move(parts)).all();
}

}  // namespace favilla
