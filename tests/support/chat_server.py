"""A stand-in for an OpenAI-compatible server, on the loopback interface.

    with ChatServer() as server:
        server.url                        # "http://127.0.0.1:PORT/v1"
        server.will(say("Hi"))            # what the next request gets; the last one stays for all that follow
        server.requests                   # [Request(path, headers, body, connection)]

Each behaviour is a function of the handler, which writes a whole reply: well-formed or not, in time or late.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14,
         "prompt_tokens_details": {"cached_tokens": 4}}


class Request(NamedTuple):
    path: str
    headers: dict
    body: dict | None
    connection: tuple  # the client's address: the same for requests over one connection


def chunk(delta, finish=None):
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def event(payload):
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return f"data: {text}\n\n".encode()


# ---- behaviours

def say(text, finish="stop", pause_s=0.0, thinking=""):
    """The answer as events, word by word, with usage and [DONE]."""
    def behave(handler):
        handler.begin_events()
        handler.send_piece(event(chunk({"role": "assistant", "content": ""})))
        if thinking:
            handler.send_piece(event(chunk({"reasoning_content": thinking})))
        for word in text.split(" "):
            handler.send_piece(event(chunk({"content": word if word == text.split(" ")[0] else " " + word})))
            time.sleep(pause_s)
        handler.send_piece(event(chunk({}, finish)))
        handler.send_piece(event({"object": "chat.completion.chunk", "choices": [], "usage": USAGE}))
        handler.send_piece(event("[DONE]"))
        handler.end_events()
    return behave


def say_byte_by_byte(text):
    """The same, in pieces of one byte."""
    def behave(handler):
        handler.begin_events()
        for byte in event(chunk({"content": text})) + event(chunk({}, "stop")) + event("[DONE]"):
            handler.send_piece(bytes([byte]))
        handler.end_events()
    return behave


def say_at_once(text):
    """A server that does not stream."""
    def behave(handler):
        handler.send_json(200, {"choices": [{"message": {"role": "assistant", "content": text},
                                             "finish_reason": "stop"}], "usage": USAGE})
    return behave


def refuse(status, body=None, **headers):
    def behave(handler):
        answer = {"error": {"message": f"refused with {status}"}} if body is None else body
        handler.send_json(status, answer, **headers)
    return behave


def redirect(location):
    return refuse(307, {}, Location=location)


def send_bytes(content, content_type="text/event-stream", status=200):
    """Any body."""
    def behave(handler):
        handler.send_body(status, content, content_type)
    return behave


def break_off(text):
    """Some of an answer, then the connection is gone."""
    def behave(handler):
        handler.begin_events()
        handler.send_piece(event(chunk({"content": text})))
        handler.cut()
    return behave


def break_off_at_once(handler):
    handler.cut()


def stay_silent(seconds):
    def behave(handler):
        time.sleep(seconds)
        handler.cut()
    return behave


def pause_after(text, seconds):
    """A first word, and a long silence."""
    def behave(handler):
        handler.begin_events()
        handler.send_piece(event(chunk({"content": text})))
        time.sleep(seconds)
        handler.cut()
    return behave


def embed(handler):
    """Vectors that tell the texts apart: (number of bytes, 1)."""
    texts = handler.request_body["input"]
    rows = [{"index": i, "embedding": [len(text.encode()), 1.0]} for i, text in enumerate(texts)]
    handler.send_json(200, {"data": rows[::-1], "usage": {"prompt_tokens": 7 * len(texts)}})


# ---- the server

class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self.request_body = json.loads(self.rfile.read(length))
        self.answer(self.request_body)

    def do_GET(self):
        self.answer(None)

    def answer(self, body):
        stand_in = self.server.stand_in
        stand_in.requests.append(Request(self.path, dict(self.headers), body, self.client_address))
        try:
            if self.path.endswith("/models") and stand_in.models is not None:
                self.send_json(200, {"data": [{"id": name} for name in stand_in.models]})
            else:
                stand_in.next_behaviour()(self)
        except ConnectionError:
            self.close_connection = True

    def send_json(self, status, value, **headers):
        self.send_body(status, json.dumps(value).encode(), "application/json", **headers)

    def send_body(self, status, content, content_type, **headers):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def begin_events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_piece(self, content):
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def end_events(self):
        self.wfile.write(b"0\r\n\r\n")

    def cut(self):
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that is gone is no error of the stand-in."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class ChatServer:
    def __init__(self, models=("stand-in",)):
        self.models = list(models) if models is not None else None
        self.requests = []
        self._behaviours = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stand_in = self
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.address}/v1"

    def will(self, *behaviours):
        with self._lock:
            self._behaviours = list(behaviours)

    def next_behaviour(self):
        with self._lock:
            return self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
