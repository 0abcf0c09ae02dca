"""The HTTP front against hostile clients: foreign web pages, half requests, JSON that is all
structure, bodies without a token, readers that do not read."""

import contextlib
import hashlib
import http.client
import json
import resource
import socket

import pytest

from harness import Answer, Daemon, cloudevent, problem, stored, until

BATCH = "application/cloudevents-batch+json"
GREEDY = 1200  # half-open requests: more than twice the places there are
TOKEN = {"Authorization": "Bearer token-1"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    directory = tmp_path_factory.mktemp("guarded")
    tokens = directory / "tokens"
    tokens.write_text("zhang " + hashlib.sha256(b"token-1").hexdigest() + "\n")
    tokens.chmod(0o600)
    d = Daemon(directory, config=f"tokens_file: {tokens}\n").start()
    yield d
    d.stop()


def report(host, *headers, id="front"):
    """A report as bytes, under any name and with any headers."""
    body = json.dumps(cloudevent(id)).encode()
    lines = ["POST /v1/events HTTP/1.1", f"Host: {host}", "Connection: close",
             "Content-Type: application/cloudevents+json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# --- web pages in a browser on this machine ---------------------------------------------------

@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:5248", "localhost.evil.example", "127.0.0.1.evil.example",
    "localhost.", "[evil.example]", "2130706433", ""])
def test_a_name_that_someone_lets_point_here_is_not_let_in(service, host):
    before = stored(service)
    problem(service.raw(report(host)), 421, "Host", "localhost", "tokens_file")
    problem(service.raw(f"GET /v1/cases HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()), 421, "Host")
    problem(service.raw(b"GET /v1/cases HTTP/1.0\r\n\r\n"), 421, "Host")
    assert stored(service) == before


@pytest.mark.parametrize("origin", [
    "http://evil.example", "https://localhost.evil.example", "http://localhost:3000",
    "http://127.0.0.1:5248", "null"])
def test_a_page_of_another_origin_is_not_let_in(service, origin):
    before = stored(service)
    problem(service.raw(report("localhost:5248", f"Origin: {origin}")), 403, "Origin")
    problem(service.get("/v1/cases", headers={"Origin": origin}), 403, "Origin")
    assert stored(service) == before


def test_this_machines_own_names_and_pages_are_let_in(service):
    for i, host in enumerate(["localhost", "LOCALHOST:5248", "127.0.0.1:1", "[::1]:5248", "[::1]",
                              "10.0.0.1:5248"]):
        answer = service.raw(report(host, f"Origin: http://{host}", id=f"own{i}"))
        assert answer.status == 201, answer


def test_unix_socket_and_tokens_take_any_name_and_origin(service, guarded):
    foreign = {"Host": "shixian.example", "Origin": "https://board.example"}
    assert service.local("GET", "/v1/cases", headers=foreign).status == 200
    assert guarded.get("/v1/cases", headers={**foreign, **TOKEN}).status == 200
    assert guarded.raw(report("shixian.example", "Origin: https://board.example",
                              "Authorization: Bearer token-1")).status == 201


# --- places -----------------------------------------------------------------------------------

@contextlib.contextmanager
def more_files(n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < n:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, n), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def half_open(service):
    s = socket.create_connection(("127.0.0.1", service.port), timeout=30)
    s.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX: ")
    s.setblocking(False)
    return s


def closed_without_a_word(s):
    with contextlib.suppress(BlockingIOError):
        return s.recv(1) == b""
    return False


def connections(service):
    lines = service.local("GET", "/metrics").body.decode().splitlines()
    return next(int(n.split()[1]) for n in lines if n.startswith("shixian_http_connections "))


def test_half_requests_lock_out_neither_the_unix_socket_nor_others_on_tcp(service):
    with more_files(GREEDY + 200), contextlib.ExitStack() as stack:
        greedy = [stack.enter_context(half_open(service)) for _ in range(GREEDY)]
        # All places on TCP are taken, and still this was asked over the unix socket.
        until(lambda: connections(service) > 512, what="an answer while TCP is full")
        assert service.get("/healthz").status == 200
        # Not by the 15 seconds a request may take: those get an answer.
        until(lambda: any(map(closed_without_a_word, greedy)), what="one that made room")
    until(lambda: connections(service) < 512, what="places are free again")


# --- JSON -------------------------------------------------------------------------------------

@pytest.mark.parametrize("body", [
    b"[" + b"{}," * 300000 + b"{}]", b"[" * 1000000, b'[{"a":[' + b"[],0," * 200000 + b"0]}]",
    b"[" + b"0," * 500000 + b"0]"], ids=["objects", "depth", "lists in a field", "numbers"])
def test_json_that_is_all_structure_is_413_before_it_is_parsed(service, body):
    case = service.event("structure").json["case"]
    before = stored(service)
    for kind in (BATCH, "application/json"):
        problem(service.post("/v1/events", body, kind), 413, None, "50000")
    problem(service.post(f"/v1/cases/{case}/actions", body), 413, None, "50000")
    assert stored(service) == before


def test_the_largest_ordinary_batch_is_taken(service):
    said = {"summary": "[{,}]" * 20, "url": "https://example.cn/0", "channel": "weibo",
            "topic": "安全生产", "region": "990102", "correlation": "c", "petitioner": "p",
            "heat": 7, "lead_unit": "u", "assist_units": [f"unit-{i}" for i in range(40)],
            "exercise": True, "received_at": "2026-01-01T08:00:00Z",
            "discovered_at": "2026-01-01T08:00:00Z", "case_type": "opinion",
            "incident": {"category": "accident", "level": 3, "occurred_at": "2026-01-01T07:00:00Z"}}
    batch = [cloudevent(f"full{i}", time="2026-01-01T08:00:00Z", **said) for i in range(500)]
    answer = service.post("/v1/events", json.dumps(batch, ensure_ascii=False).encode(), BATCH)
    assert answer.status == 200, answer
    assert {r["status"] for r in answer.json["results"]} == {201}


# --- tokens -----------------------------------------------------------------------------------

@pytest.mark.parametrize("length", ["Content-Length: 1048576", "Transfer-Encoding: chunked",
                                    "Content-Length: 10\r\nExpect: 100-continue"])
@pytest.mark.parametrize("token", [
    "X: none", "Authorization: Bearer wrong", "Authorization: Basic token-1",
    "Authorization: Bearer token-1\r\nAuthorization: Bearer token-1"])
def test_without_a_token_the_body_is_not_waited_for(guarded, length, token):
    answer = guarded.raw(f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{token}\r\n{length}\r\n\r\n"
                         .encode())
    problem(answer, 401, "Authorization", "Bearer")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_refused_body_that_is_sent_all_the_same_loses_no_answer_and_changes_nothing(guarded):
    before = stored_behind_token(guarded)
    for size in (10, 100000, 1048576):
        answer = guarded.post("/v1/events", b"[" + b" " * (size - 2) + b"]", BATCH)
        problem(answer, 401, "Authorization")
    assert guarded.raw(report("x")).status == 401
    assert stored_behind_token(guarded) == before
    assert guarded.post("/v1/events", b"[]", BATCH, TOKEN).status == 200


def stored_behind_token(daemon):
    r = daemon.redis()
    return sorted(k for k in r.scan_iter(count=1000) if not k.endswith((":lease", ":clock")))


# --- answers nobody reads ----------------------------------------------------------------------

class SlowReader:
    """Asks for a long list over the unix socket and reads nothing of it."""

    def __init__(self, daemon, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(str(daemon.run / "api.sock"))
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        first = self.socket.recv(12, socket.MSG_PEEK)  # its answer has begun
        self.status = int(first.split()[1])

    def read(self):
        r = http.client.HTTPResponse(self.socket)
        r.begin()
        return Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())


def test_answers_that_nobody_reads_do_not_pile_up_without_end(tmp_path):
    d = Daemon(tmp_path).start()
    try:
        long = "\x01" * 16000  # six bytes each in JSON
        for i in range(10):
            batch = [cloudevent(f"{i}-{k}", summary=long) for k in range(10)]
            assert d.post("/v1/events", batch, BATCH).status == 200
        with contextlib.ExitStack() as stack:
            readers = []
            while not readers or readers[-1].status == 200:
                readers.append(SlowReader(d, "/v1/cases?limit=200"))
                stack.callback(readers[-1].socket.close)
                assert len(readers) < 30, "nothing is refused"
            last = readers.pop().read()
            problem(last, 503, None, "slow readers")
            # A long list is refused when it no longer fits; shorter ones go on until there is no
            # room at all.
            while readers[-1].status == 200:
                readers.append(SlowReader(d, "/v1/cases?limit=30"))
                stack.callback(readers[-1].socket.close)
                assert len(readers) < 60, "nothing is refused"
            assert readers.pop().status == 503
            assert last.headers["retry-after"] and last.json["type"].endswith(":overload")
            case = d.event("while").json["case"]  # what matters goes on
            assert d.act(case, "note", text="x").status == 200
            assert d.get("/healthz").status == 200 and d.get("/readyz").status == 200
            for path in ("/v1/cases", f"/v1/cases/{case}", f"/v1/cases/{case}/facts"):
                problem(d.get(path), 503, None, "slow readers")
            first = readers[0].read()  # nobody's answer was cut short
            assert first.status == 200 and len(first.json["cases"]) > 50
        until(lambda: d.get("/v1/cases").status == 200, what="room again")
    finally:
        d.stop()
