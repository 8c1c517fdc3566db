// Where a value comes from and who may see it. A value made from several has the join: the least trusted source and
// the most private content. What the owner says is {kOwner, kPublic}.
//
//   Label label = join(kOwnersWords, {Integrity::kUnknownSender, Confidentiality::kPersonal});  // an answer about a
//   mail label.is_tainted();                                                                         // true
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace favilla {

// Who wrote it, from the most trusted to the least.
enum class Integrity : uint8_t { kOwner, kOwnData, kKnownContact, kUnknownSender, kWeb, kToolVendor };

// Who may see it, from everybody to nobody but the owner.
enum class Confidentiality : uint8_t { kPublic, kPersonal, kSecret };

struct Label {
  Integrity integrity = Integrity::kOwner;
  Confidentiality confidentiality = Confidentiality::kPublic;

  // Somebody else wrote part of it, a contact too: accounts are stolen and texts are forwarded.
  constexpr bool is_tainted() const { return integrity > Integrity::kOwnData; }
  friend constexpr bool operator==(const Label&, const Label&) = default;
};

inline constexpr Label kOwnersWords{};

constexpr Label join(Label a, Label b) {
  return {std::max(a.integrity, b.integrity), std::max(a.confidentiality, b.confidentiality)};
}

// Text with where it came from, as a turn keeps it.
struct LabelledText {
  std::string text;
  Label label;
};

constexpr const char* name_of(Integrity integrity) {
  constexpr const char* kNames[] = {"owner", "own data", "known contact", "unknown sender", "web", "tool vendor"};
  return kNames[static_cast<int>(integrity)];
}

constexpr const char* name_of(Confidentiality confidentiality) {
  constexpr const char* kNames[] = {"public", "personal", "secret"};
  return kNames[static_cast<int>(confidentiality)];
}

}  // namespace favilla
