"""A stand-in for an SMTP server (RFC 5321, AUTH PLAIN of RFC 4954) that notes what it is given and can misbehave.

    with SmtpServer() as server:
        ...                      # smtp://127.0.0.1:{server.port}
        server.mails             # [{"from", "to", "text", "user"}], text with LF and without doubled dots

`behaviour`: "accept"; "refuse_recipient" (550 to RCPT); "refuse_text" (554 after the text); "vanish" (closes the
connection behind the text, having taken it); "stall" (never answers behind the text).
"""

import base64
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    timeout = 20

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.mail = {"from": None, "to": [], "text": None, "user": None}
        self.say("220 stand-in")
        while True:
            line = self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n")
            if not line or not self.obey(line.split(" ", 1)[0].upper(), line):
                return

    def obey(self, verb, line):
        """False ends the connection."""
        server = self.server
        if verb == "EHLO":
            self.say("250-stand-in")
            self.say("250 AUTH PLAIN")
        elif verb == "AUTH":
            if line.upper() == "AUTH PLAIN":
                self.say("334 ")
                line = "AUTH PLAIN " + self.rfile.readline().decode().strip()
            _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            if password != server.password:
                self.say("535 wrong password")
                return True
            self.mail["user"] = user
            self.say("235 welcome")
        elif verb == "MAIL":
            self.mail["from"] = line[len("MAIL FROM:"):].split(" ")[0].strip("<>")
            self.say("250 go on")
        elif verb == "RCPT":
            if server.behaviour == "refuse_recipient":
                self.say("550 nobody of that name")
                return True
            self.mail["to"].append(line[len("RCPT TO:"):].strip("<>"))
            self.say("250 go on")
        elif verb == "DATA":
            self.say("354 go on")
            return self.take_text()
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("502 what")
        return True

    def take_text(self):
        server = self.server
        lines = []
        while True:
            line = self.rfile.readline()
            if not line:
                return False
            if line == b".\r\n":
                break
            assert line.endswith(b"\r\n"), line
            lines.append(line[1:-2] if line.startswith(b".") else line[:-2])
        with server.lock:
            server.attempts += 1
        if server.behaviour == "refuse_text":
            self.say("554 no")
            return True
        self.mail["text"] = b"\n".join(lines).decode() + "\n"
        with server.lock:
            server.mails.append(self.mail)
        if server.behaviour == "vanish":
            return False
        if server.behaviour == "stall":
            server.stalled.set()
            server.over.wait(20)
            return False
        self.say("250 taken")
        return True


class SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host="127.0.0.1", behaviour="accept", password="secret"):
        super().__init__((host, 0), Handler)
        self.port = self.server_address[1]
        self.behaviour = behaviour
        self.password = password
        self.mails = []
        self.attempts = 0
        self.lock = threading.Lock()
        self.stalled = threading.Event()
        self.over = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.shutdown()
        self.server_close()
