// The only file that includes GMime. Its parser follows at most 1024 levels of nesting; what is read of them is far
// less. The library and the twelve that it needs are loaded with the first mail: in every start of the program they
// would cost 4 ms and 15 MB.
#include "tools/builtin/mail/message.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gmime/gmime.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "base/foreign_text.h"
#include "tools/builtin/mail/html_text.h"

namespace favilla {
namespace {

constexpr int kMaxDepth = 20;      // of parts that are looked at
constexpr int kMaxChildren = 200;  // of one of them
constexpr size_t kMaxAttachments = 100;
constexpr size_t kMaxLine_bytes = 500;
constexpr size_t kMaxName_bytes = 100;
constexpr size_t kMaxAddress_bytes = 254;  // RFC 5321
constexpr size_t kMaxId_bytes = 300;

// What is called of GMime and GLib, also by their macros.
#define FAVILLA_GMIME_FUNCTIONS(X)                                                                                     \
  X(g_date_time_new_from_unix_utc)                                                                                     \
  X(g_date_time_to_timezone)                                                                                           \
  X(g_date_time_to_unix) X(g_date_time_unref) X(g_free) X(g_mime_content_type_get_mime_type) X(                        \
      g_mime_content_type_is_type) X(g_mime_init) X(g_mime_message_add_mailbox) X(g_mime_message_get_bcc)              \
      X(g_mime_message_get_cc) X(g_mime_message_get_date) X(g_mime_message_get_from) X(g_mime_message_get_message_id)  \
          X(g_mime_message_get_mime_part) X(g_mime_message_get_reply_to) X(g_mime_message_get_subject) X(              \
              g_mime_message_get_to) X(g_mime_message_new) X(g_mime_message_part_get_type) X(g_mime_message_set_date)  \
              X(g_mime_message_set_message_id) X(g_mime_message_set_mime_part) X(g_mime_message_set_subject)           \
                  X(g_mime_multipart_get_count) X(g_mime_multipart_get_part) X(g_mime_multipart_get_type)              \
                      X(g_mime_object_encode) X(g_mime_object_get_content_type) X(g_mime_object_get_disposition)       \
                          X(g_mime_object_get_header) X(g_mime_object_set_header) X(g_mime_object_to_string)           \
                              X(g_mime_parser_construct_message) X(g_mime_parser_new_with_stream)                      \
                                  X(g_mime_part_get_filename) X(g_mime_part_get_type) X(g_mime_references_free)        \
                                      X(g_mime_references_get_message_id) X(g_mime_references_length)                  \
                                          X(g_mime_references_parse) X(g_mime_stream_mem_new_with_buffer)              \
                                              X(g_mime_text_part_get_text) X(g_mime_text_part_get_type)                \
                                                  X(g_mime_text_part_new_with_subtype) X(g_mime_text_part_set_text)    \
                                                      X(g_object_unref) X(g_time_zone_new_offset) X(g_time_zone_unref) \
                                                          X(g_type_check_instance_is_a) X(internet_address_get_name)   \
                                                              X(internet_address_group_get_members)                    \
                                                                  X(internet_address_group_get_type)                   \
                                                                      X(internet_address_list_get_address)             \
                                                                          X(internet_address_list_length)              \
                                                                              X(internet_address_list_parse) X(        \
                                                                                  internet_address_mailbox_get_addr)   \
                                                                                  X(internet_address_mailbox_new)      \
                                                                                      X(internet_address_to_string)

struct Gmime {
  void* library = ::dlopen("libgmime-3.0.so.0", RTLD_NOW | RTLD_LOCAL);
  bool complete = library != nullptr;

  template <class Function>
  Function find(const char* name) {
    void* found = library == nullptr ? nullptr : ::dlsym(library, name);
    complete = complete && found != nullptr;
    return std::bit_cast<Function>(found);
  }

#define FAVILLA_POINTER(name) decltype(&::name) name = find<decltype(&::name)>(#name);
  FAVILLA_GMIME_FUNCTIONS(FAVILLA_POINTER)
#undef FAVILLA_POINTER

  Gmime() {
    if (complete) g_mime_init();
  }
};

// Loaded and started by the first call; it stays until the process ends.
const Gmime& gmime() {
  static const Gmime kLoaded;
  return kLoaded;
}

// Under their own names: objects, so that no lookup finds the functions of the header.
#define FAVILLA_CALL(name) \
  [[maybe_unused]] constexpr auto name = [](auto... arguments) { return gmime().name(arguments...); };
FAVILLA_GMIME_FUNCTIONS(FAVILLA_CALL)
#undef FAVILLA_CALL

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
struct Free {
  void operator()(void* memory) const { g_free(memory); }
};
template <class T>
using Object = std::unique_ptr<T, Unref>;
using Text = std::unique_ptr<char, Free>;

// Classes of GMime begin with those they derive from.
template <class T>
T* as(void* object) {
  return static_cast<T*>(object);
}

std::string line(const char* text, size_t limit_bytes = kMaxLine_bytes) {
  return text == nullptr ? "" : shown_line(text, limit_bytes);
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

void add_addresses(InternetAddressList* list, std::vector<MailAddress>& all, int depth) {
  const int count = list == nullptr || depth > kMaxDepth ? 0 : internet_address_list_length(list);
  for (int i = 0; i < count && all.size() < kMaxAddresses; ++i) {
    InternetAddress* address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(address)) {
      add_addresses(internet_address_group_get_members(as<InternetAddressGroup>(address)), all, depth + 1);
    } else {
      const char* text = internet_address_mailbox_get_addr(as<InternetAddressMailbox>(address));
      all.push_back(
          {line(internet_address_get_name(address), kMaxName_bytes), without_spaces(line(text, kMaxAddress_bytes))});
    }
  }
}

std::vector<MailAddress> addresses(InternetAddressList* list) {
  std::vector<MailAddress> all;
  add_addresses(list, all, 0);
  return all;
}

void add_references(GMimeObject* message, const char* header, std::vector<std::string>& all) {
  const char* text = g_mime_object_get_header(message, header);
  if (text == nullptr) return;
  GMimeReferences* references = g_mime_references_parse(nullptr, text);
  const int count = std::min(g_mime_references_length(references), static_cast<int>(kMaxReferences));
  for (int i = 0; i < count && all.size() < kMaxReferences; ++i) {
    std::string id = without_spaces(line(g_mime_references_get_message_id(references, i), kMaxId_bytes));
    if (!id.empty() && std::find(all.begin(), all.end(), id) == all.end()) all.push_back(std::move(id));
  }
  g_mime_references_free(references);
}

// ---- text and attachments

class Reader {
 public:
  explicit Reader(MailMessage& mail) : mail_(mail) {}

  std::string text_of(GMimeObject* part, int depth) {
    if (part == nullptr || depth > kMaxDepth) return "";
    if (GMIME_IS_MULTIPART(part)) return text_of_parts(as<GMimeMultipart>(part), depth);
    if (GMIME_IS_MESSAGE_PART(part)) {
      add_attachment("a forwarded mail");
      return "";
    }
    if (!GMIME_IS_PART(part)) return "";
    const char* name = g_mime_part_get_filename(as<GMimePart>(part));
    const bool attached = g_mime_object_get_disposition(part) != nullptr &&
                          std::string_view(g_mime_object_get_disposition(part)) == GMIME_DISPOSITION_ATTACHMENT;
    if (!GMIME_IS_TEXT_PART(part) || attached || name != nullptr) {
      const Text type(g_mime_content_type_get_mime_type(g_mime_object_get_content_type(part)));
      add_attachment(name != nullptr ? line(name, kMaxName_bytes) : line(type.get(), kMaxName_bytes));
      return "";
    }
    const Text text(g_mime_text_part_get_text(as<GMimeTextPart>(part)));
    if (text == nullptr) return "";
    GMimeContentType* type = g_mime_object_get_content_type(part);
    if (g_mime_content_type_is_type(type, "text", "html")) return html_text(text.get(), kMaxMailText_bytes);
    return shown_text(text.get(), kMaxMailText_bytes);
  }

 private:
  std::string text_of_parts(GMimeMultipart* parts, int depth) {
    const bool alternative =
        g_mime_content_type_is_type(g_mime_object_get_content_type(as<GMimeObject>(parts)), "multipart", "alternative");
    std::string all;
    bool plain = false;
    const int count = std::min(g_mime_multipart_get_count(parts), kMaxChildren);
    for (int i = 0; i < count && all.size() < kMaxMailText_bytes; ++i) {
      GMimeObject* part = g_mime_multipart_get_part(parts, i);
      std::string text = text_of(part, depth + 1);
      if (text.empty()) continue;
      if (!alternative) {
        all += (all.empty() ? "" : "\n\n") + text;
      } else if (!plain) {  // of the same in several forms plain text, else the last, which is the best
        all = std::move(text);
        plain = g_mime_content_type_is_type(g_mime_object_get_content_type(part), "text", "plain");
      }
    }
    return all;
  }

  void add_attachment(std::string name) {
    if (mail_.attachments.size() < kMaxAttachments) mail_.attachments.push_back(std::move(name));
  }

  MailMessage& mail_;
};

void add_mailboxes(GMimeMessage* message, GMimeAddressType type, const std::vector<MailAddress>& addresses) {
  for (const MailAddress& each : addresses) {
    const std::string name = shown_line(each.name, kMaxName_bytes);
    g_mime_message_add_mailbox(message, type, name.empty() ? nullptr : name.c_str(), each.address.c_str());
  }
}

void set_date(GMimeMessage* message, Moment date, std::chrono::seconds offset) {
  GTimeZone* zone = g_time_zone_new_offset(static_cast<int>(offset.count()));
  GDateTime* utc =
      g_date_time_new_from_unix_utc(std::chrono::duration_cast<std::chrono::seconds>(date.time_since_epoch()).count());
  GDateTime* local = g_date_time_to_timezone(utc, zone);
  g_mime_message_set_date(message, local);
  g_date_time_unref(local);
  g_date_time_unref(utc);
  g_time_zone_unref(zone);
}

}  // namespace

Result<void> check_mail_library() {
  if (gmime().complete) return {};
  return Error{ErrorKind::kNotFound, "mail needs the library GMime 3 (package libgmime-3.0-0), which is not installed"};
}

MailMessage read_message(std::string_view bytes, MailPart part) {
  bytes = bytes.substr(0, part == MailPart::kHeaders ? kMaxHeaders_bytes : kMaxMail_bytes);
  MailMessage mail;
  if (bytes.empty() || !gmime().complete) return mail;
  const Object<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const Object<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Object<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  if (message == nullptr) return mail;
  mail.from = addresses(g_mime_message_get_from(message.get()));
  mail.reply_to = addresses(g_mime_message_get_reply_to(message.get()));
  mail.to = addresses(g_mime_message_get_to(message.get()));
  mail.cc = addresses(g_mime_message_get_cc(message.get()));
  mail.bcc = addresses(g_mime_message_get_bcc(message.get()));
  mail.subject = line(g_mime_message_get_subject(message.get()));
  mail.message_id = without_spaces(line(g_mime_message_get_message_id(message.get()), kMaxId_bytes));
  add_references(as<GMimeObject>(message.get()), "References", mail.references);
  add_references(as<GMimeObject>(message.get()), "In-Reply-To", mail.references);
  if (GDateTime* date = g_mime_message_get_date(message.get()); date != nullptr) {
    mail.date = Moment(std::chrono::seconds(g_date_time_to_unix(date)));
  }
  if (part == MailPart::kHeaders) return mail;
  mail.text = shown_text(Reader(mail).text_of(g_mime_message_get_mime_part(message.get()), 0), kMaxMailText_bytes);
  return mail;
}

std::vector<MailAddress> read_addresses(const std::string& text) {
  if (!gmime().complete) return {};
  const Object<InternetAddressList> list(internet_address_list_parse(nullptr, text.c_str()));
  return addresses(list.get());
}

std::string write_message(const NewMail& mail) {
  if (!gmime().complete) return "";
  const Object<GMimeMessage> message(g_mime_message_new(TRUE));
  if (mail.from) add_mailboxes(message.get(), GMIME_ADDRESS_TYPE_FROM, {*mail.from});
  add_mailboxes(message.get(), GMIME_ADDRESS_TYPE_TO, mail.to);
  add_mailboxes(message.get(), GMIME_ADDRESS_TYPE_CC, mail.cc);
  g_mime_message_set_subject(message.get(), shown_line(mail.subject, kMaxLine_bytes).c_str(), "utf-8");
  set_date(message.get(), mail.date, mail.offset);
  g_mime_message_set_message_id(message.get(), mail.message_id.c_str());
  if (!mail.references.empty()) {
    auto* object = as<GMimeObject>(message.get());
    g_mime_object_set_header(object, "In-Reply-To", fmt::format("<{}>", mail.references.back()).c_str(), "utf-8");
    std::string all;
    for (const std::string& id : mail.references) all += fmt::format("{}<{}>", all.empty() ? "" : " ", id);
    g_mime_object_set_header(object, "References", all.c_str(), "utf-8");
  }
  const Object<GMimeTextPart> text(g_mime_text_part_new_with_subtype("plain"));
  g_mime_text_part_set_text(text.get(), (mail.text + "\n").c_str());
  g_mime_message_set_mime_part(message.get(), as<GMimeObject>(text.get()));
  g_mime_object_encode(as<GMimeObject>(message.get()), GMIME_ENCODING_CONSTRAINT_7BIT);
  const Text bytes(g_mime_object_to_string(as<GMimeObject>(message.get()), nullptr));
  return bytes.get();
}

std::string from_header(const MailAddress& from) {
  if (!gmime().complete) return "";
  const std::string name = shown_line(from.name, kMaxName_bytes);
  const Object<InternetAddress> mailbox(
      internet_address_mailbox_new(name.empty() ? nullptr : name.c_str(), from.address.c_str()));
  const Text encoded(internet_address_to_string(mailbox.get(), nullptr, TRUE));
  return fmt::format("From: {}\n", encoded.get());
}

std::string say_address(const MailAddress& address) {
  return address.name.empty() ? address.address : fmt::format("{} <{}>", address.name, address.address);
}

bool is_address(std::string_view text) {
  const size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > kMaxAddress_bytes) return false;
  if (text.find('@', at + 1) != std::string_view::npos || text.front() == '.' || text.back() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '\x7f' &&
           std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
  });
}

}  // namespace favilla
