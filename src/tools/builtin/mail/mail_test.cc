// The mail tool: its cases, and what reading and writing one mail must hold.
#include "tools/builtin/mail/mail.h"

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "tools/builtin/mail/html_text.h"
#include "tools/builtin/mail/message.h"
#include "tools/cases_test.h"

namespace favilla {
namespace {

TEST(Mail, Cases) {
  run_cases("builtin/mail/mail.case", {&kMailTool});
}

TEST(Mail, WhatIsWrittenIsReadAgain) {
  NewMail mail;
  mail.from = MailAddress{"J\u00FCrgen \"J\" M\u00FCller", "j@m.example"};
  mail.to = {{"Ana, Costa", "ana@costa.example"}, {"", "rui@matos.example"}};
  mail.cc = {{"\u5C71\u7530", "y@d.example"}};
  mail.subject = "Gr\u00FC\u00DFe \u2013 " + std::string(150, 'x');
  mail.text = "From here\n.\n..\n\u20AC 5 =20\n" + std::string(2000, 'y');
  mail.message_id = "1@m.example";
  mail.references = {"0@m.example"};
  mail.date = Moment(std::chrono::seconds(1'795'424'400));
  mail.offset = std::chrono::hours(-9);
  const std::string bytes = write_message(mail);
  for (const char c : bytes) EXPECT_TRUE(c == '\n' || (c >= ' ' && c < 127) || c == '\t') << static_cast<int>(c);
  const MailMessage read = read_message(bytes, MailPart::kAll);
  EXPECT_EQ(read.from[0].name, mail.from->name);
  ASSERT_EQ(read.to.size(), 2u);
  EXPECT_EQ(read.to[0].name, "Ana, Costa");
  EXPECT_EQ(read.to[1].address, "rui@matos.example");
  EXPECT_EQ(read.cc[0].name, mail.cc[0].name);
  EXPECT_EQ(read.subject, mail.subject);
  EXPECT_EQ(read.text, mail.text);
  EXPECT_EQ(read.message_id, mail.message_id);
  EXPECT_EQ(read.references, mail.references);
  EXPECT_EQ(read.date, mail.date);
}

TEST(Mail, NestingWithoutEndIsReadToALimit) {
  std::string bytes = "Subject: deep\n";
  for (int i = 0; i < 3000; ++i) {
    bytes += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) + "\n";
  }
  bytes += "Content-Type: text/plain\n\nbottom\n";
  const MailMessage mail = read_message(bytes, MailPart::kAll);
  EXPECT_EQ(mail.subject, "deep");
  EXPECT_EQ(mail.text, "");
}

TEST(Mail, ThousandsOfRecipientsAndReferencesAreCut) {
  std::string bytes = "To: ";
  for (int i = 0; i < 2000; ++i) bytes += "a" + std::to_string(i) + "@b.example,\n ";
  bytes += "z@z.example\nReferences:";
  for (int i = 0; i < 2000; ++i) bytes += "\n <" + std::to_string(i) + "@c>";
  const MailMessage mail = read_message(bytes + "\n\nx", MailPart::kHeaders);
  EXPECT_EQ(mail.to.size(), kMaxAddresses);
  EXPECT_LE(mail.references.size(), kMaxReferences);
}

TEST(Mail, AnAddressIsOneWord) {
  EXPECT_TRUE(is_address("ana@costa.example"));
  for (const char* bad : {"", "ana", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a@b\n", "a@b,c@d", "a\"@b", "a@b."}) {
    EXPECT_FALSE(is_address(bad)) << bad;
  }
}

TEST(Mail, OfHtmlTheWordsAreLeft) {
  EXPECT_EQ(html_text("<p>Hello <b>Ana</b>&amp;Rui</p>\n<p>Bye</p>", 100), "Hello Ana&Rui\n\nBye");
  EXPECT_EQ(html_text("a<script>if (a < b) x()</SCRIPT>b<style>p{}", 100), "ab");
  EXPECT_EQ(html_text("<ul><li>one<li>two</ul>1 < 2 &unknown; &#x1F600; &#27;&#x202E;&", 100),
            "one\ntwo\n\n1 < 2 &unknown; \U0001F600 &");
  EXPECT_EQ(html_text("a<br/>b<div>c</div>&lt;p&gt;", 100), "a\nb\nc\n<p>");
  EXPECT_EQ(html_text("<!-- a > b", 100), "");
}

}  // namespace
}  // namespace favilla
