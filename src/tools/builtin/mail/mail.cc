// The table of actions.
#include "tools/builtin/mail/mail.h"

#include <array>

#include "tools/builtin/mail/actions.h"

namespace favilla {

extern const char kMailSentences[];

namespace {

constexpr Declared kSends{kOwnRecords, Sends::kOthers, Undo::kImpossible};

// Which mails are meant, in every action about some.
// clang-format off
#define FAVILLA_WHICH_MAIL                                                                                \
  R"("id": {"type": "string", "maxLength": 500, "description": "of a mail that was just talked about"},)" \
  R"("from": {"type": "string", "maxLength": 200, "description": "name or address of who wrote it"},)"    \
  R"("to": {"type": "string", "maxLength": 200, "description": "of who got it"},)"                        \
  R"("subject": {"type": "string", "maxLength": 200, "description": "words of the subject"},)"            \
  R"("match": {"type": "string", "maxLength": 200, "description": "words of subject, sender or text"},)"  \
  R"("start": {"type": "string", "format": "date-or-time"},)"                                             \
  R"("end": {"type": "string", "format": "date-or-time", "description": "exclusive"},)"                   \
  R"("unread": {"type": "boolean", "description": "only those that are"},)"                               \
  R"("attachments": {"type": "boolean", "description": "only those that have some"},)"                    \
  R"("folder": {"type": "string", "maxLength": 200})"

constexpr const char* kWhich =
    R"({"type": "object", "properties": {)" FAVILLA_WHICH_MAIL R"(}, "required": [], "additionalProperties": false})";

constexpr const char* kSome = R"({"type": "object", "properties": {
    "all": {"type": "boolean", "description": "all that fit; otherwise the only one"},
    "latest": {"type": "boolean", "description": "the newest that fits"},)" FAVILLA_WHICH_MAIL
                              R"(}, "required": [], "additionalProperties": false})";

constexpr const char* kMove = R"({"type": "object", "properties": {
    "to_folder": {"type": "string", "minLength": 1, "maxLength": 200, "question": "To which folder?"},
    "all": {"type": "boolean", "description": "all that fit; otherwise the only one"},
    "latest": {"type": "boolean", "description": "the newest that fits"},)" FAVILLA_WHICH_MAIL
                              R"(}, "required": ["to_folder"], "additionalProperties": false})";

constexpr const char* kReply = R"({"type": "object", "properties": {
    "body": {"type": "string", "minLength": 1, "maxLength": 100000, "question": "What should it say?"},)"
    FAVILLA_WHICH_MAIL
                               R"(}, "required": ["body"], "additionalProperties": false})";

// clang-format on
#undef FAVILLA_WHICH_MAIL

constexpr const char* kDraft = R"({"type": "object", "properties": {
    "to": {"type": "string", "minLength": 1, "maxLength": 2000, "question": "Who is it to?",
           "description": "addresses, or names of contacts, with commas between"},
    "cc": {"type": "string", "maxLength": 2000},
    "subject": {"type": "string", "maxLength": 500},
    "body": {"type": "string", "maxLength": 100000}
  }, "required": ["to"], "additionalProperties": false})";

constexpr const char* kSend = R"({"type": "object", "properties": {
    "draft": {"type": "string", "maxLength": 500, "description": "id, words of it, or latest; instead of the others"},
    "to": {"type": "string", "maxLength": 2000, "description": "addresses, or names of contacts, with commas between"},
    "cc": {"type": "string", "maxLength": 2000},
    "subject": {"type": "string", "maxLength": 500},
    "body": {"type": "string", "maxLength": 100000}
  }, "required": [], "additionalProperties": false})";

constexpr const char* kNothing = R"({"type": "object", "properties": {}, "required": [],
    "additionalProperties": false})";

constexpr std::array<Action, 13> kActions{{
    {"search", "Find mails, newest first.", Effect::kPure, reads(kFromAnybody), kWhich, plan_mail_search, nullptr},
    {"unread", "Count and list unread mails.", Effect::kPure, reads(kFromAnybody), kWhich, plan_mail_unread, nullptr},
    {"read", "Read the newest mail that fits. Marks nothing.", Effect::kPure, reads(kFromAnybody), kWhich,
     plan_mail_read, nullptr},
    {"thread", "Read a mail with all that it answers, and all answers.", Effect::kPure, reads(kFromAnybody), kWhich,
     plan_mail_thread, nullptr},
    {"folders", "List the mail folders.", Effect::kPure, reads(kFromAnybody), kNothing, plan_mail_folders, nullptr},
    {"draft", "Write a mail into the drafts.", Effect::kIdempotent, keeps(kFromAnybody), kDraft, plan_mail_draft,
     nullptr},
    {"reply", "Write an answer to the newest mail that fits into the drafts.", Effect::kIdempotent, keeps(kFromAnybody),
     kReply, plan_mail_reply, nullptr},
    {"drafts", "List the drafts.", Effect::kPure, reads(kFromAnybody), kNothing, plan_mail_drafts, nullptr},
    {"send", "Send a draft, or a new mail.", Effect::kAtMostOnce, kSends, kSend, plan_mail_send, perform_mail_send},
    {"mark_read", "Mark mails as read.", Effect::kIdempotent, keeps(kFromAnybody), kSome, plan_mail_mark_read, nullptr},
    {"mark_unread", "Mark mails as unread.", Effect::kIdempotent, keeps(kFromAnybody), kSome, plan_mail_mark_unread,
     nullptr},
    {"move", "Move mails to another folder.", Effect::kIdempotent, keeps(kFromAnybody), kMove, plan_mail_move, nullptr},
    {"trash", "Move mails to the folder Trash.", Effect::kIdempotent, keeps(kFromAnybody), kSome, plan_mail_trash,
     nullptr},
}};

}  // namespace

const Tool kMailTool{"mail", "The owner's e-mail: find, read, answer, sort and send.", kActions, kMailSentences};

}  // namespace favilla
