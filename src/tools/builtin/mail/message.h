// One mail: RFC 5322 bytes to what a person sees of it, and back. The one place that uses GMime is message.cc.
//
//   const MailMessage mail = read_message(bytes, MailPart::kAll);
//   mail.subject;  // "Thursday"
//   mail.text;     // "Does it suit you?"
//   write_message({.to = {{"Ana Costa", "ana@costa.example"}}, .subject = "Hello", .text = "Are you well?"});
//
// Hostile input: any bytes are some mail, possibly an empty one. All texts are valid UTF-8 without control characters,
// of limited length, and what stands in a header is one line (foreign_text.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace favilla {

inline constexpr size_t kMaxMail_bytes = size_t{16} << 20;     // of a larger file only the beginning is read
inline constexpr size_t kMaxHeaders_bytes = size_t{64} << 10;  // as much is read of a file for its headers
inline constexpr size_t kMaxMailText_bytes = size_t{256} << 10;
inline constexpr size_t kMaxAddresses = 200;  // of one header
inline constexpr size_t kMaxReferences = 100;

struct MailAddress {
  std::string name;     // may be empty
  std::string address;  // "ana@costa.example"
};

struct MailMessage {
  std::vector<MailAddress> from;
  std::vector<MailAddress> reply_to;
  std::vector<MailAddress> to;
  std::vector<MailAddress> cc;
  std::vector<MailAddress> bcc;
  std::string subject;
  std::string message_id;                // without the brackets
  std::vector<std::string> references;   // the same, oldest first; In-Reply-To is among them
  std::optional<Moment> date;            // what the header says
  std::string text;                      // its text parts; of HTML the words
  std::vector<std::string> attachments;  // their names
};

// kNotFound, with the package that has it, where GMime is not installed: then all mails are read and written as empty.
Result<void> check_mail_library();

enum class MailPart { kHeaders, kAll };

// kHeaders leaves text and attachments empty, and needs only the first kMaxHeaders_bytes.
MailMessage read_message(std::string_view bytes, MailPart part);

// A list of addresses as a header or a setting has it: "Ana <ana@costa.example>, rui@matos.example".
std::vector<MailAddress> read_addresses(const std::string& text);

struct NewMail {
  std::optional<MailAddress> from;
  std::vector<MailAddress> to;
  std::vector<MailAddress> cc;
  std::string subject;
  std::string text;
  std::string message_id;
  std::vector<std::string> references;  // the last one is what it answers
  Moment date;
  std::chrono::seconds offset{0};  // of the owner's zone then
};

// Lines end with LF, and hold ASCII only. Line breaks in a header's text become spaces.
std::string write_message(const NewMail& mail);

// One header with its line end, for a message that lacks it.
std::string from_header(const MailAddress& from);

// "Ana Costa <ana@costa.example>"
std::string say_address(const MailAddress& address);

// Whether it can be an address of a header and of SMTP: one @ with something on both sides, and no other special
// characters.
bool is_address(std::string_view text);

}  // namespace favilla
