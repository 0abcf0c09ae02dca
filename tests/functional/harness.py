"""A daemon of one's own for a test: real shixiand, real embedded Redis, real sockets.

Standard library only, but for `redis` where a test looks into the database. Nothing here sleeps
for a fixed time: `until()` asks again until the answer is there or a generous limit is over.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SHIXIAN_BUILD", ROOT / "build" / "release"))
RECEIVER = ROOT / "tests" / "support" / "receiver.py"
SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIzNA=="


def until(condition, seconds=20.0, what="condition"):
    """The first true value of condition(), asked for every 20 ms."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:600]!r}>"


def at_noon():
    """An offset at which it is about noon now: quiet hours hold messages back, and tests run at
    any hour."""
    hours = 12 - time.gmtime().tm_hour
    return f"{'-' if hours < 0 else '+'}{abs(hours):02}:00"


def shixiand(*arguments, timeout=30):
    """Runs the daemon to its end: what was printed, and the exit status."""
    return subprocess.run([str(BUILD / "shixiand"), *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout)


class Receiver:
    """tests/support/receiver.py as a child process."""

    def __init__(self, directory, secret=SECRET, behaviour="ok", port=None):
        self.log = Path(directory) / f"received-{free_port()}.jsonl"
        self.port = port or free_port()
        args = [sys.executable, str(RECEIVER), "--port", str(self.port), "--log", str(self.log)]
        args += ["--behaviour", behaviour] + (["--secret", secret] if secret else [])
        self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL)
        until(self._listening, what="receiver listens")

    def _listening(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def requests(self):
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def bodies(self):
        return [r["body"] if isinstance(r["body"], dict) else json.loads(r["body"])
                for r in self.requests]

    def of(self, case):
        """Requests about one case, in order."""
        return [r for r in self.requests if json.loads(r["body"])["subject"] == case]

    def behave(self, behaviour):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        c.request("POST", "/_behaviour", body=behaviour)
        assert c.getresponse().status < 300
        c.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Daemon:
    def __init__(self, directory, receivers=None, config="", options=(), redis_url=None):
        self.dir = Path(directory)
        self.port = free_port()
        self.state = self.dir / "state"
        self.run = self.dir / "run"
        self.run.mkdir(parents=True, exist_ok=True)
        self.options = list(options)
        self.process = None
        self.log = self.dir / "daemon.log"
        self.config = self.dir / "shixian.yaml"
        self.config.write_text(self._config(receivers or {}, config, redis_url))

    def _config(self, receivers, extra, redis_url):
        text = f"""listen: ["127.0.0.1:{self.port}"]
socket: {self.run}/api.sock
state_dir: {self.state}
runtime_dir: {self.run}
timezone: "{at_noon()}"
"""
        if redis_url:
            text += f"redis: {{url: \"{redis_url}\"}}\n"
        if receivers:
            secret = self.dir / "secret"
            secret.write_text(SECRET + "\n")
            secret.chmod(0o600)
            text += "receivers:\n"
            for name, url in receivers.items():
                text += f"  - {{id: {name}, url: \"{url}\", secret_file: {secret}, timeout: 5s}}\n"
            names = list(receivers)
            text += "targets:\n"
            for role in ("unit", "unit_head", "office", "publicity", "principal", "supervision"):
                target = role if role in receivers else names[0]
                text += f"  {role}: [{target}]\n"
        return text + extra

    def start(self, ready=True):
        out = self.log.open("ab")
        self.process = subprocess.Popen(
            [str(BUILD / "shixiand"), "--config", str(self.config), *self.options],
            stdout=out, stderr=out, start_new_session=True)
        out.close()
        if ready:
            until(self.ready, 30, f"daemon ready; log: {self.log}")
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"daemon ended {self.process.returncode}: {self.log.read_text()}")
        try:
            return self.get("/readyz").status == 200
        except OSError:
            return False

    def request(self, method, path, body=None, headers=None, timeout=30):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body, ensure_ascii=False).encode()
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            return Answer(r.status, dict((k.lower(), v) for k, v in r.getheaders()), r.read())
        finally:
            c.close()

    def raw(self, data):
        """Sends bytes as they are; the answer, or None when there was none before the end."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as s:
            s.sendall(data)
            r = http.client.HTTPResponse(s)
            try:
                r.begin()
            except (http.client.BadStatusLine, ConnectionResetError):
                return None
            return Answer(r.status, dict((k.lower(), v) for k, v in r.getheaders()), r.read())

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, body, content_type="application/json", headers=None, **kw):
        return self.request("POST", path, body,
                            {"Content-Type": content_type, **(headers or {})}, **kw)

    def event(self, id, type="shixian.opinion.reported", source="test", time=None, subject=None,
              **data):
        """Sends one structured CloudEvent."""
        return self.post("/v1/events", cloudevent(id, type, source, time, subject, **data),
                         "application/cloudevents+json")

    def act(self, case, action, **fields):
        return self.post(f"/v1/cases/{case}/actions", {"action": action, **fields})

    def case(self, case):
        answer = self.get(f"/v1/cases/{case}")
        assert answer.status == 200, answer
        return answer.json

    def obligation(self, case, key):
        found = [o for o in self.case(case)["obligations"] if o["key"] == key]
        assert len(found) == 1, (key, self.case(case)["obligations"])
        return found[0]

    def facts(self, case):
        """All facts, oldest first."""
        out, path = [], f"/v1/cases/{case}/facts?limit=1000"
        before = None
        while True:
            page = self.get(path + (f"&before={before}" if before else "")).json
            out += page["facts"]
            before = page["next"]
            if not before:
                return out[::-1]

    def metrics(self):
        out = {}
        for line in self.get("/metrics").body.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
        return out

    @property
    def redis_socket(self):
        return self.run / "redis.sock"

    def redis(self):
        import redis  # Debian's python3-redis

        return redis.Redis(unix_socket_path=str(self.redis_socket), decode_responses=True)

    def redis_pid(self):
        return int(self.redis().info("server")["process_id"])

    def kill(self):
        """kill -9, as a crash would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"did not stop: {self.log.read_text()[-3000:]}")
        return self.process.returncode if self.process else None


def problem(answer, status, field=None, *words):
    """That an answer is a problem document that names the field and says these words."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json", answer.headers
    doc = answer.json
    assert doc["status"] == status and doc["title"], doc
    assert doc["type"].startswith("urn:shixian:problem:"), doc
    assert doc.get("field") == field, doc
    for word in words:
        assert word in doc["detail"], doc
    return doc


def stored(daemon):
    """Everything that input can change. Leases and clocks move by themselves."""
    r = daemon.redis()
    keys = sorted(k for k in r.scan_iter(count=1000) if not k.endswith((":lease", ":clock")))
    facts = sum(r.xlen(k) for k in keys if k.endswith(":facts"))
    return keys, facts, daemon.metrics()["shixian_facts_total"]


def cloudevent(id, type="shixian.opinion.reported", source="test", time=None, subject=None, **data):
    if type.endswith(".reported"):
        data.setdefault("title", f"样例 {id}")
    event = {"specversion": "1.0", "id": str(id), "source": source, "type": type, "data": data}
    if time:
        event["time"] = time
    if subject:
        event["subject"] = subject
    return event
