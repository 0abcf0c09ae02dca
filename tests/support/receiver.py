#!/usr/bin/python3
"""A small webhook receiver: verifies Standard Webhooks signatures, keeps a log, can misbehave.

  receiver.py --port 5250 --secret whsec_... --print        what a duty officer would read
  receiver.py --port 0 --log got.jsonl --behaviour flaky:0.3  prints the port it chose

It does at once what --behaviour says; `curl -d 503 http://127.0.0.1:PORT/_behaviour` changes it
while it runs, and a request to /_as/BEHAVIOUR gets that one, whatever the rest get.
"""
import argparse
import base64
import hashlib
import hmac
import json
import random
import socket
import ssl
import struct
import sys
import threading
import time
import unicodedata
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_S = 300
BODY_MAX = 1024 * 1024
KINDS = {"reminder": "提醒", "due_soon": "临期", "overdue": "超期"}


def verify(secret, headers, body, now):
    """'' when the signature is right, else what is wrong. Written from the published text alone."""
    ident = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not ident or not stamp.isdigit():
        return "webhook-id or webhook-timestamp is missing"
    if abs(now - int(stamp)) > TOLERANCE_S:
        return "webhook-timestamp is more than 5 minutes off"
    key = base64.b64decode(secret[len("whsec_"):], validate=True)
    message = ident.encode() + b"." + stamp.encode() + b"." + body
    wanted = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest())
    for one in headers.get("webhook-signature", "").split():
        version, _, value = one.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode(), wanted):
            return ""
    return "no webhook-signature fits"


# --- behaviours: what becomes of a request that was read whole ----------------------------------

def status(handler, code, *headers):
    handler.answer(int(code), headers)


def ok(handler, _):
    handler.answer(401 if handler.verified is False else 204)


def flaky(handler, chance):
    if random.random() < float(chance or 0.5):
        status(handler, 500)
    else:
        ok(handler, None)


def slow(handler, seconds):
    time.sleep(float(seconds or 60))
    ok(handler, None)


def drip(handler, _):
    for byte in b"HTTP/1.1 200 OK\r\nX-Padding: " + b"." * 1000:
        handler.raw(bytes([byte]))
        time.sleep(0.1)


def drip_body(handler, _):
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        handler.raw(b".")
        time.sleep(0.1)


def reset_body(handler, _):
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    time.sleep(0.1)
    handler.reset()


def cut_body(handler, _):
    handler.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


def big(handler, code):
    handler.raw(b"HTTP/1.1 %d X\r\nContent-Length: 10000000\r\n\r\n" % int(code or 200))
    for _ in range(100):
        handler.raw(b"x" * 100000)


def big_headers(handler, _):
    handler.raw(b"HTTP/1.1 200 OK\r\n")
    for i in range(100000):
        handler.raw(b"X-%d: %s\r\n" % (i, b"y" * 1000))


def close(handler, _):
    handler.close_connection = True


def ok_then_close(handler, _):
    """Keep-alive promised, connection closed all the same."""
    handler.raw(b"HTTP/1.1 204 No Content\r\n\r\n")


def retry_after_date(handler, seconds):
    when = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + float(seconds)))
    status(handler, 503, ("Retry-After", when))


BEHAVIOURS = {
    "ok": ok,
    "flaky": flaky,                     # flaky:P, 500 with probability P
    "slow": slow,                       # slow[:SECONDS]
    "302": lambda h, _: status(h, 302, ("Location", "/_as/ok")),
    "503-retry-after": lambda h, s: status(h, 503, ("Retry-After", s or "2")),
    "503-retry-date": lambda h, s: retry_after_date(h, s or "60"),
    "429-retry-after": lambda h, s: status(h, 429, ("Retry-After", s or "2")),
    "reset": lambda h, _: h.reset(),
    "close": close,
    "garbage": lambda h, _: h.raw(b"\x16\x03\x01 \xff\xfe this is not HTTP\r\n\r\n"),
    "bad-status": lambda h, _: h.raw(b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
    "http10": lambda h, _: h.raw(b"HTTP/1.0 200 OK\r\n\r\nthe end is where it closes"),
    "drip": drip,
    "drip-body": drip_body,
    "reset-body": reset_body,
    "cut-body": cut_body,
    "big": big,                         # big[:STATUS], 10 MB of answer
    "big-headers": big_headers,
    "ok-then-close": ok_then_close,
}


def behaviour_of(text):
    """('name' or 'name:argument' or a bare status) -> (function, argument)."""
    name, _, argument = text.strip().partition(":")
    if name in BEHAVIOURS:
        return BEHAVIOURS[name], argument or None
    if name.isdigit() and 200 <= int(name) <= 999:
        return status, int(name)
    raise ValueError(f"{name!r}: expected a status or one of {', '.join(BEHAVIOURS)}")


# --- for people ---------------------------------------------------------------------------------

def clean(text):
    """Titles come from outside: nothing in them may steer the terminal."""
    return "".join(c if c == "\n" or unicodedata.category(c)[0] != "C" else " " for c in text)


def for_people(record, duplicate):
    """The lines a duty officer reads: one head line, then the notice, indented."""
    try:
        event = json.loads(record["body"])
        text = event["data"]["text"]
        kind = event.get("type", "").rsplit(".", 1)[-1]
        head = f"{KINDS.get(kind, kind)}  案件 {event.get('subject', '未知')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        head, text = "无法识别的消息", record["body"][:400]
    marks = {True: "签名有效", False: "签名无效,不可采信", None: "未验签"}
    mark = marks[record["verified"]] + (",重复消息" if duplicate else "")
    clock = datetime.fromtimestamp(record["t"]).strftime("%H:%M:%S")
    lines = [f"── {clock}  {head}  [{mark}]"]
    lines += [f"   {line}" for line in str(text).splitlines() if not duplicate]
    return clean("\n".join(lines)) + "\n"


# --- server -------------------------------------------------------------------------------------

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    verified = None

    def log_message(self, *_):
        pass

    def answer(self, code, headers=()):
        if 200 <= code < 300:
            self.server.accepted.add(self.headers.get("webhook-id"))
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        if code != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def raw(self, data):
        """Bytes as they are; the connection ends after such an answer."""
        self.close_connection = True
        try:
            self.wfile.write(data)
        except OSError:
            raise SystemExit from None  # the other side has had enough: end this thread

    def reset(self):
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        socket.close(self.connection.detach())

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or -1)
        if not 0 <= length <= BODY_MAX:
            self.close_connection = True
            self.answer(411 if length < 0 else 413)
            return
        body = self.rfile.read(length)
        if self.path == "/_behaviour":
            self.change_behaviour(body.decode())
            return
        function, argument = self.server.behaviour
        if self.path.startswith("/_as/"):
            try:
                function, argument = behaviour_of(self.path[len("/_as/"):].partition("?")[0])
            except ValueError:
                function, argument = status, 404
        self.record(body)
        function(self, argument)

    def change_behaviour(self, text):
        try:
            self.server.behaviour = behaviour_of(text)
            self.answer(204)
        except ValueError as error:
            print(error, file=sys.stderr)
            self.answer(400)

    def record(self, body):
        now = time.time()
        secret, why = self.server.options.secret, ""
        if secret:
            why = verify(secret, self.headers, body, now)
            self.verified = why == ""
        self.server.keep({
            "t": now,
            "path": self.path,
            "peer": self.client_address[1],
            "verified": self.verified,
            "why": why,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode("utf-8", "replace"),
        })


class Receiver(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, options):
        self.address_family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        self.options = options
        self.behaviour = behaviour_of(options.behaviour)
        self.log = open(options.log, "a", encoding="utf-8") if options.log else None
        self.accepted = set()  # ids: what comes again after a 2xx is a duplicate
        self.lock = threading.Lock()
        super().__init__((options.host, options.port), Handler)
        if options.cert:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(options.cert, options.key)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, *_):
        """A client that hangs up is part of the game."""

    def keep(self, record):
        duplicate = record["headers"].get("webhook-id") in self.accepted
        with self.lock:
            if self.log:
                self.log.write(json.dumps(record, ensure_ascii=False) + "\n")
                self.log.flush()
            if self.options.print:
                print(for_people(record, duplicate), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True, help="0: any, printed as first line")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; ::1 for IPv6")
    parser.add_argument("--secret", help="whsec_<base64>; signatures are not looked at without")
    parser.add_argument("--print", action="store_true", help="show every notice, for people")
    parser.add_argument("--log", metavar="FILE", help="one JSON object a request is appended")
    parser.add_argument("--behaviour", default="ok", help=", ".join(BEHAVIOURS) + " or a status")
    parser.add_argument("--cert", metavar="FILE", help="serve TLS with this certificate")
    parser.add_argument("--key", metavar="FILE")
    options = parser.parse_args()
    if options.secret and not options.secret.startswith("whsec_"):
        parser.error("--secret starts with whsec_")
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        server = Receiver(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if options.port == 0:
        print(server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
