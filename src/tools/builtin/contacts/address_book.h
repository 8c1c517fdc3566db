// The owner's contacts: folders of .vcf files, as vdirsyncer and khard keep them.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "tools/builtin/contacts/vcard.h"

namespace favilla {

struct ContactFile {
  std::filesystem::path path;
  std::string bytes;
  VcardFile cards;
};

// The day of birth; vCard allows it without a year.
struct Birthday {
  std::optional<std::chrono::year> year;
  std::chrono::month_day day;
};

struct Contact {
  size_t file;  // index into AddressBook::files
  size_t card;
  std::string id;  // the UID, or "FILE#CARD" without one
  std::string name;
  std::string nickname;
  std::optional<Birthday> birthday;
};

struct AddressBook {
  std::vector<ContactFile> files;
  std::vector<Contact> contacts;       // sorted by name
  std::vector<std::string> unread;     // names of files that are broken: "ana.vcf (line 3: ...)"
  std::filesystem::path new_contacts;  // the folder for new ones
};

// Reads root/*.vcf and root/BOOK/*.vcf. Broken files are named in `unread` and otherwise left alone. kExhausted beyond
// 20,000 files.
Result<AddressBook> load_address_book(const std::filesystem::path& root, const CancelFlag& cancel);

// "1985-04-12", "19850412", "--0412", "--04-12", a date-time; nullopt for anything else.
std::optional<Birthday> parse_birthday(std::string_view text);

// The next one at or after `today`. 29 February is celebrated on 28 February in other years.
std::chrono::year_month_day next_birthday(const Birthday& birthday, std::chrono::year_month_day today);

}  // namespace favilla
