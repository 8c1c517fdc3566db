"""favilla ask for mail: drafts, sending by an SMTP server that may misbehave, marking and undoing.

Environment: FAVILLA, the program.
"""

import json
import mailbox
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
from smtp_server import SmtpServer  # noqa: E402

FAVILLA = os.environ["FAVILLA"]
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{1}\r\nEMAIL:{2}\r\nEND:VCARD\r\n"
MAIL = "From: {}\nTo: me@home.example\nSubject: {}\nDate: Sun, 22 Nov 2026 18:00:00 +0000\nMessage-ID: <{}>\n\n{}\n"


class MailTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.environment = {"FAVILLA_DATA_HOME": f"{self.home}/data", "FAVILLA_CONFIG_HOME": f"{self.home}/config",
                            "FAVILLA_CACHE_HOME": f"{self.home}/cache", "FAVILLA_RUNTIME_DIR": f"{self.home}/run",
                            "HOME": str(self.home)}
        (self.home / "config").mkdir()
        people = self.home / "data/contacts/people"
        people.mkdir(parents=True)
        (people / "ana.vcf").write_text(CARD.format("ana", "Ana Costa", "ana@costa.example"))
        self.box = mailbox.Maildir(self.home / "Mail", create=True)

    def tearDown(self):
        self.folder.cleanup()

    def configure(self, server, host="127.0.0.1", extra=""):
        (self.home / "config/config.toml").write_text(
            f'[mail]\nfrom = "Me <me@home.example>"\nsmtp = "smtp://{host}:{server.port}"\n{extra}')

    def favilla(self, *arguments):
        return subprocess.run([FAVILLA, *arguments], capture_output=True, text=True, timeout=90, check=False,
                              env={**os.environ, **self.environment})

    def ask(self, text, *options):
        done = self.favilla("ask", text, "--json", "--instant-only", *options)
        self.assertTrue(done.stdout, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["path"], "instant", answer)
        return answer

    def reply(self, text, *options):
        return self.ask(text, *options)["reply"]

    def journal(self):
        return json.loads(self.favilla("journal", "--json").stdout)["entries"]

    def messages(self, name):
        return list(mailbox.Maildir(self.home / "Mail" / f".{name}", create=True))

    # ---- sending

    def test_nothing_is_sent_without_approval_that_names_all_of_it(self):
        with SmtpServer() as server:
            self.configure(server)
            self.assertRegex(self.reply("send an email to Ana saying the keys are under the mat"),
                             r"^mail send needs your approval: send to Ana Costa <ana@costa.example>, subject "
                             r"\(no subject\), \d+ (bytes|B), from me@home.example, by 127.0.0.1$")
            self.assertEqual((server.mails, self.messages("Sent")), ([], []))

    def test_a_mail_is_sent_once_and_a_copy_kept(self):
        with SmtpServer() as server:
            self.configure(server)
            reply = self.reply("send an email to Ana saying the keys are under the mat", "--yes")
            self.assertEqual(reply, "Sent to Ana Costa <ana@costa.example>: (no subject).")
            self.assertEqual(len(server.mails), 1)
            mail = server.mails[0]
            self.assertEqual((mail["from"], mail["to"]), ("me@home.example", ["ana@costa.example"]))
            self.assertIn("\nTo: Ana Costa <ana@costa.example>\n", mail["text"])
            self.assertTrue(mail["text"].endswith("\n\nthe keys are under the mat\n"), mail["text"])
            sent = self.messages("Sent")
            self.assertEqual([message.as_string() for message in sent], [mail["text"]])
            self.assertEqual(self.journal()[0]["state"], "done")
            self.assertIn("undo", self.favilla("undo", "--yes").stderr)
            self.assertEqual(len(self.messages("Sent")), 1)

    def test_a_draft_is_sent_as_it_is_and_leaves_the_drafts(self):
        with SmtpServer() as server:
            self.configure(server, extra='user = "me"\npassword_file = "~/password"\n')
            (self.home / "password").write_text("secret\n")
            body = ".\n..\nGr\u00fc\u00dfe " + "x" * 2000
            done = self.favilla("do", "mail", "draft", "--arg", "to=Ana, rui@matos.example", "--arg",
                                "subject=\u00dcber", "--arg", f"body={body}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(self.messages("Drafts")), 1)
            self.assertIn("rui@matos.example", self.reply("show my drafts"))
            self.reply("send it", "--yes")
            self.assertEqual(self.messages("Drafts"), [])
            message = mailbox.MaildirMessage(server.mails[0]["text"])
            self.assertEqual(server.mails[0]["user"], "me")
            self.assertEqual(server.mails[0]["to"], ["ana@costa.example", "rui@matos.example"])
            text = message.get_payload(decode=True).decode(message.get_content_charset())
            self.assertEqual(text, body + "\n")

    def test_a_refusal_leaves_everything_as_it_was(self):
        for behaviour in ("refuse_recipient", "refuse_text"):
            with self.subTest(behaviour), SmtpServer(behaviour=behaviour) as server:
                self.configure(server)
                reply = self.reply("send an email to Ana saying hello", "--yes")
                self.assertRegex(reply, r"cannot send by 127.0.0.1.*55[04]")
                self.assertNotIn("unsure", reply)
                self.assertEqual((self.messages("Sent"), self.journal()[0]["state"]), ([], "failed"))

    def test_a_wrong_password_and_an_absent_server_are_said_plainly(self):
        with SmtpServer() as server:
            self.configure(server, extra='user = "me"\npassword_file = "~/password"\n')
            self.assertIn("password_file", self.reply("send an email to Ana saying hello", "--yes"))
            (self.home / "password").write_text("wrong")
            self.assertIn("does not accept", self.reply("send an email to Ana saying hello", "--yes"))
            self.assertEqual(server.attempts, 0)
        self.assertIn("nothing answers there", self.reply("send an email to Ana saying hello", "--yes"))
        self.assertEqual(self.messages("Sent"), [])

    def test_outside_of_this_computer_nothing_goes_unencrypted(self):
        with SmtpServer(host="127.0.0.2") as server:
            self.configure(server, host="127.0.0.2")
            self.assertIn("cannot send", self.reply("send an email to Ana saying hello", "--yes"))
            self.assertEqual((server.attempts, self.messages("Sent")), (0, []))

    def test_when_the_server_vanishes_nobody_knows_and_nothing_is_repeated(self):
        with SmtpServer(behaviour="vanish") as server:
            self.configure(server)
            reply = self.reply("send an email to Ana saying hello", "--yes")
            self.assertIn("unsure whether this happened", reply)
            self.assertIn("not tried again", reply)
            self.assertEqual((len(self.messages("Sent")), self.journal()[0]["state"]), (1, "unsure"))
            self.reply("do I have any new mail")
            self.favilla("undo", "--yes")
            self.assertEqual(server.attempts, 1)

    def test_a_killed_process_leaves_a_doubt_and_nothing_is_repeated(self):
        with SmtpServer(behaviour="stall") as server:
            self.configure(server)
            process = subprocess.Popen([FAVILLA, "ask", "send an email to Ana saying hello", "--yes", "--instant-only"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       env={**os.environ, **self.environment})
            self.assertTrue(server.stalled.wait(30))
            process.send_signal(signal.SIGKILL)
            process.wait()
            done = self.favilla("ask", "add milk to the shopping list", "--instant-only")
            self.assertIn("unsure", done.stdout + done.stderr)
            self.assertIn("unsure", [entry["state"] for entry in self.journal()])
            self.assertEqual(server.attempts, 1)

    # ---- the rest

    def test_reading_answering_and_marking_belong_together(self):
        self.box.add(MAIL.format("Lena Berg <lena@berg.example>", "Thursday", "1@berg.example", "Does it suit you?"))
        self.assertIn("Does it suit you?", self.reply("read me the last email from Lena"))
        self.assertIn("Draft to Lena Berg", self.reply("reply to it saying yes, gladly"))
        draft = self.messages("Drafts")[0]
        self.assertEqual((draft["In-Reply-To"], draft["Subject"]), ("<1@berg.example>", "Re: Thursday"))
        self.assertTrue(draft.get_payload().startswith("yes, gladly\n\nOn 2026-11-22 at "), draft.get_payload())
        self.assertIn("> Does it suit you?", draft.get_payload())
        self.assertIn("Undone", self.favilla("undo").stdout)
        self.assertEqual(self.messages("Drafts"), [])
        self.reply("mark the email from Lena as read")
        self.assertEqual([message.get_flags() for message in self.box], ["S"])
        self.assertIn("No unread mail", self.reply("do I have any new mail"))
        self.favilla("undo")
        self.assertIn("1 unread mail", self.reply("do I have any new mail"))

    def test_a_mail_goes_to_the_trash_and_comes_back(self):
        key = self.box.add(MAIL.format("Shop <shop@shop.example>", "Order", "1@shop.example", "Thank you"))
        self.assertIn("Moved", self.reply("delete the email from Shop"))
        self.assertEqual((list(self.box.keys()), len(self.messages("Trash"))), ([], 1))
        self.favilla("undo")
        self.assertEqual(list(self.box.keys()), [key])


if __name__ == "__main__":
    unittest.main()
