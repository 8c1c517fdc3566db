"""A web server on the loopback interface that misbehaves on request.

    with Site() as site:
        site.add("/model.gguf", File(content, cut_after=[1000]))
        pull(site.url + "/model.gguf")
        site.requests   # what was asked, in order

Each behaviour that is a list is used up one entry per request; after that the file is served well.
"""

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE_BYTES = 16 * 1024


@dataclass
class Request:
    path: str
    range_start: int
    if_range: str
    authorization: str


@dataclass
class File:
    content: bytes
    content_type: str = "application/octet-stream"
    etag: str = "strong"  # "strong": from the content; "": none
    linked_etag: str = ""
    statuses: list = field(default_factory=list)  # answer with these HTTP codes first
    cut_after: list = field(default_factory=list)  # close the connection after so many bytes of the body
    stall_after: list = field(default_factory=list)  # send so many bytes, then nothing
    corrupt: list = field(default_factory=list)  # flip the byte at this offset
    ignores_range: bool = False
    bytes_per_s: int = 0  # 0: as fast as possible
    announced_bytes: int = 0  # a false Content-Length
    redirect: str = ""

    def tag(self):
        return '"%s"' % hashlib.md5(self.content).hexdigest() if self.etag == "strong" else self.etag


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server.site
        asked = self.headers.get("Range", "")
        start = int(asked[len("bytes="):-1]) if asked else 0
        site.requests.append(Request(self.path, start, self.headers.get("If-Range", ""),
                                     self.headers.get("Authorization", "")))
        file = site.files.get(self.path)
        self.close_connection = True
        try:
            if file is None:
                self.reply(404, b"not here")
            elif file.redirect:
                self.reply(302, b"", [("Location", file.redirect)] +
                           ([("X-Linked-Etag", '"%s"' % file.linked_etag)] if file.linked_etag else []))
            elif file.statuses:
                self.reply(file.statuses.pop(0), b"trouble")
            else:
                self.serve(file, start)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self, file, start):
        same = not self.headers.get("If-Range") or self.headers["If-Range"] == file.tag()
        if start >= len(file.content) and same and not file.ignores_range and start > 0:
            self.reply(416, b"", [("Content-Range", "bytes */%d" % len(file.content))])
            return
        partial = start > 0 and same and not file.ignores_range
        if not partial:
            start = 0
        body = bytearray(file.content)
        if file.corrupt:
            body[file.corrupt.pop(0)] ^= 0xFF
        body = bytes(body[start:])
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(file.content) - 1, len(file.content)))
        if file.tag():
            self.send_header("ETag", file.tag())
        self.send_header("Content-Type", file.content_type)
        self.send_header("Content-Length", str(file.announced_bytes or len(body)))
        self.end_headers()
        self.send_body(file, body)

    def send_body(self, file, body):
        cut = file.cut_after.pop(0) if file.cut_after else None
        stall = file.stall_after.pop(0) if file.stall_after else None
        stop = min(x for x in (cut, stall, len(body)) if x is not None)
        for at in range(0, stop, PIECE_BYTES):
            self.wfile.write(body[at:min(at + PIECE_BYTES, stop)])
            self.wfile.flush()
            if file.bytes_per_s:
                time.sleep(PIECE_BYTES / file.bytes_per_s)
        if stall is not None:
            self.server.site.released.wait(20)


class Site:
    """One server on a free port of 127.0.0.1."""

    def __init__(self):
        self.files = {}
        self.requests = []
        self.released = threading.Event()  # ends stalls
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.site = self
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def add(self, path, file):
        self.files[path] = file
        return file

    def add_hub_repository(self, name, files, licence="apache-2.0", tells_digests=True):
        """Imitates the API of a model hub: the listing, and the files behind a redirect to another path."""
        siblings = []
        for path, file in files.items():
            digest = hashlib.sha256(file.content).hexdigest()
            sibling = {"rfilename": path, "size": len(file.content)}
            if tells_digests:
                sibling["lfs"] = {"sha256": digest, "size": len(file.content), "pointerSize": 134}
            siblings.append(sibling)
            self.add("/cdn/%s/%s" % (name, path), file)
            self.add("/%s/resolve/c0ffee/%s" % (name, path),
                     File(b"", redirect="/cdn/%s/%s" % (name, path), linked_etag=digest))
        listing = {"id": name, "sha": "c0ffee", "cardData": {"license": licence}, "siblings": siblings}
        self.add("/api/models/%s?blobs=true" % name, File(json.dumps(listing).encode(), etag=""))
