#include "tools/builtin/contacts/address_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFiles = 20'000;

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// FN, else given and family name, else what is there.
std::string name_of(const VcardFile& cards, size_t card) {
  if (std::string name = trimmed(cards.text(card, "FN")); !name.empty()) return name;
  const std::vector<const VcardLine*> names = cards.all(card, "N");
  if (!names.empty()) {
    std::vector<std::string> parts = decode_parts(*names.front());
    parts.resize(2);
    if (std::string name = trimmed(parts[1] + " " + parts[0]); !name.empty()) return name;
  }
  for (const char* other : {"NICKNAME", "ORG", "EMAIL"}) {
    if (std::string name = trimmed(cards.text(card, other)); !name.empty()) return name;
  }
  return "(no name)";
}

void read_one(const fs::path& path, AddressBook& book) {
  const std::string name = path.filename().string();
  Result<std::string> bytes = read_file(path, kMaxVcardBytes);
  if (!bytes) {
    book.unread.push_back(fmt::format("{} ({})", name, bytes.error().message));
    return;
  }
  Result<VcardFile> cards = VcardFile::parse(*bytes);
  if (!cards) {
    book.unread.push_back(fmt::format("{} ({})", name, cards.error().message));
    return;
  }
  for (size_t card = 0; card < cards->card_count(); ++card) {
    Contact contact{book.files.size(),
                    card,
                    cards->text(card, "UID"),
                    name_of(*cards, card),
                    cards->text(card, "NICKNAME"),
                    parse_birthday(cards->text(card, "BDAY"))};
    if (contact.id.empty()) contact.id = fmt::format("{}#{}", name, card + 1);
    book.contacts.push_back(std::move(contact));
  }
  book.files.push_back({path, *std::move(bytes), *std::move(cards)});
}

// All digits, or nullopt.
std::optional<int> number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

}  // namespace

Result<AddressBook> load_address_book(const fs::path& root, const CancelFlag& cancel) {
  AddressBook book;
  book.new_contacts = root / "contacts";
  std::error_code error;
  if (!fs::exists(root, error)) return book;
  std::vector<fs::path> paths;
  std::vector<fs::path> folders{root};
  for (size_t i = 0; i < folders.size(); ++i) {
    fs::directory_iterator at(folders[i], error);
    if (error) return errno_error("reading the contacts in", folders[i], error.value());
    for (; at != fs::directory_iterator(); at.increment(error)) {
      if (error) return errno_error("reading the contacts in", folders[i], error.value());
      if (cancel.requested()) return Error{ErrorKind::kCancelled, "stopped while reading the contacts"};
      if (at->path().filename().string().starts_with('.')) continue;
      if (i == 0 && at->is_directory(error)) folders.push_back(at->path());
      if (at->path().extension() == ".vcf" && at->is_regular_file(error)) paths.push_back(at->path());
      if (paths.size() > kMaxFiles) {
        return Error{ErrorKind::kExhausted, fmt::format("{} holds more than {} files", root.string(), kMaxFiles)};
      }
    }
  }
  // New contacts go where the others are: the first address book by name.
  std::sort(folders.begin() + 1, folders.end());
  if (folders.size() > 1) book.new_contacts = folders[1];
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) read_one(path, book);
  std::stable_sort(book.contacts.begin(), book.contacts.end(),
                   [](const Contact& a, const Contact& b) { return a.name < b.name; });
  return book;
}

std::optional<Birthday> parse_birthday(std::string_view text) {
  text = text.substr(0, text.find('T'));
  Birthday birthday;
  std::string digits(text);
  if (text.starts_with("--")) {
    digits = "0000" + digits.substr(2);
  }
  std::erase(digits, '-');
  if (digits.size() != 8) return std::nullopt;
  const std::optional<int> year = number(std::string_view(digits).substr(0, 4));
  const std::optional<int> month = number(std::string_view(digits).substr(4, 2));
  const std::optional<int> day = number(std::string_view(digits).substr(6, 2));
  if (!year || !month || !day) return std::nullopt;
  birthday.day = std::chrono::month(static_cast<unsigned>(*month)) / std::chrono::day(static_cast<unsigned>(*day));
  if (!birthday.day.ok()) return std::nullopt;
  // Apple writes 1604 for "no year".
  if (*year != 0 && *year != 1604) birthday.year = std::chrono::year(*year);
  return birthday;
}

std::chrono::year_month_day next_birthday(const Birthday& birthday, std::chrono::year_month_day today) {
  for (std::chrono::year year = today.year();; ++year) {
    std::chrono::year_month_day date = year / birthday.day.month() / birthday.day.day();
    if (!date.ok()) date = year / std::chrono::February / std::chrono::day(28);
    if (date >= today) return date;
  }
}

}  // namespace favilla
