"""A daemon of one's own for a test: real shixiand, real embedded Redis, real sockets.

Standard library only, but for `redis` where a test looks into the database. Nothing here sleeps
for a fixed time: `until()` asks again until the answer is there or a generous limit is over.
"""

import datetime
import atexit
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
# What a public act must have.
PUBLIC = {"url": "https://example.cn/release", "reviewer": "li"}
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


def kept(process):
    """A child that does not outlive the tests, whatever becomes of the one that started it."""
    def end():
        if process.poll() is None:
            process.kill()
            process.wait(10)

    atexit.register(end)
    return process


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


def shixianctl(*arguments, input="", env=None, timeout=60):
    """Runs the client to its end: what was printed, and the exit status."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SHIXIAN_")}
    return subprocess.run([str(BUILD / "shixianctl"), *map(str, arguments)], input=input,
                          capture_output=True, text=True, timeout=timeout,
                          env={**clean, **(env or {})})


class Receiver:
    """tests/support/receiver.py as a child process."""

    def __init__(self, directory, secret=SECRET, behaviour="ok", port=None):
        self.log = Path(directory) / f"received-{free_port()}.jsonl"
        self.port = port or free_port()
        args = [sys.executable, str(RECEIVER), "--port", str(self.port), "--log", str(self.log)]
        args += ["--behaviour", behaviour] + (["--secret", secret] if secret else [])
        self.process = kept(subprocess.Popen(args, stdout=subprocess.DEVNULL))
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
        # What stands after the last line end is still being written.
        return [json.loads(line) for line in self.log.read_text("utf-8").split("\n")[:-1]]

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


class RedisServer:
    """A redis-server of the test's own, as an office may have one: TCP and unix socket."""

    def __init__(self, directory, *options):
        self.dir, self.port = Path(directory), free_port()
        self.socket, self.options = self.dir / "own.sock", options
        self.process = None
        self.start()

    def start(self):
        with open(self.dir / "redis.log", "ab") as out:
            self.process = kept(subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir",
                 str(self.dir), "--unixsocket", str(self.socket), "--appendonly", "yes",
                 "--appendfsync", "always", *self.options], stdout=out, stderr=out))
        until(self._listening, what="redis-server listens")

    def _listening(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Daemon:
    def __init__(self, directory, receivers=None, config="", options=(), redis=None, listen=None):
        """config: more YAML. redis: content of its mapping, for an outside one."""
        self.dir = Path(directory)
        self.port = free_port()
        self.state = self.dir / "state"
        self.run = self.dir / "run"
        self.run.mkdir(parents=True, exist_ok=True)
        self.options = list(options)
        self.process = None
        self.log = self.dir / "daemon.log"
        self.config = self.dir / "shixian.yaml"
        self.listen = listen or f"127.0.0.1:{self.port}"
        self.outside_redis = redis
        self.config.write_text(self._config(receivers or {}, config))

    def _config(self, receivers, extra):
        text = f"""listen: ["{self.listen}"]
socket: {self.run}/api.sock
state_dir: {self.state}
runtime_dir: {self.run}
timezone: "{at_noon()}"
"""
        if self.outside_redis:
            text += f"redis: {{{self.outside_redis}}}\n"
        if receivers:
            secret = self.dir / "secret"
            secret.write_text(SECRET + "\n")
            secret.chmod(0o600)
            text += "receivers:\n"
            for name, url in receivers.items():
                text += f"  - {{id: {name}, url: \"{url}\", secret_file: {secret}, timeout: 5s}}\n"
            names = list(receivers)
            text += "targets:\n"
            for role in ("unit", "unit_head", "office", "publicity", "cac", "principal",
                         "supervision"):
                target = role if role in receivers else names[0]
                text += f"  {role}: [{target}]\n"
        return text + extra

    def start(self, ready=True):
        out = self.log.open("ab")
        self.process = kept(subprocess.Popen(
            [str(BUILD / "shixiand"), "--config", str(self.config), *self.options],
            stdout=out, stderr=out, start_new_session=True))
        out.close()
        if ready:
            until(self.ready, 30, f"daemon ready; log: {self.log}")
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"daemon ended {self.process.returncode}: {self.log.read_text()}")
        try:
            return self.local("GET", "/readyz").status == 200  # there, whatever it listens on
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
        """Acts come with what public ones must have, if not said otherwise: None is without."""
        if action == "fulfil":
            fields = {k: v for k, v in {**PUBLIC, **fields}.items() if v is not None}
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

    def local(self, method, path, body=None, headers=None):
        """The same API over the unix socket."""
        c = http.client.HTTPConnection("localhost", timeout=30)
        c.sock = socket.socket(socket.AF_UNIX)
        try:
            c.sock.connect(str(self.run / "api.sock"))
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            return Answer(r.status, dict((k.lower(), v) for k, v in r.getheaders()), r.read())
        finally:
            c.close()

    def ctl(self, *arguments, **kw):
        """The client, told where this daemon is."""
        return shixianctl(*arguments, "--server", f"unix:{self.run}/api.sock", **kw)

    def ctl_json(self, *arguments, **kw):
        ran = self.ctl(*arguments, "--json", **kw)
        assert ran.returncode == 0, ran
        return json.loads(ran.stdout)

    @property
    def redis_socket(self):
        return self.run / "redis.sock"

    def redis(self):
        import redis  # Debian's python3-redis

        return redis.Redis(unix_socket_path=str(self.redis_socket), decode_responses=True)

    def redis_pid(self):
        return int(self.redis().info("server")["process_id"])

    def redis_servers(self):
        """Process ids of every redis-server that has to do with our directory."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes()
            except OSError:
                continue  # ended meanwhile
            if b"redis-server" in words and str(self.dir).encode() in words:
                found.append(int(entry.parent.name))
        return found

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
    if type == "shixian.case.fulfil":
        data = {**PUBLIC, **data}
    event = {"specversion": "1.0", "id": str(id), "source": source, "type": type, "data": data}
    if time:
        event["time"] = time
    if subject:
        event["subject"] = subject
    return event


def ago(**span):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**span)
    return at.isoformat(timespec="milliseconds")


def every_fact(daemon, receiver):
    """Makes every type of fact happen, and every field of a case: the cases it took."""
    incident = {"category": "accident", "level": 2, "occurred_at": ago(hours=3)}
    said = {"title": "始末", "summary": "第一段\n第二段", "url": "https://example.cn/0",
            "channel": "weibo", "topic": "安全生产", "region": "990102", "correlation": "c-1",
            "petitioner": "p-1", "heat": 7, "lead_unit": "yingji", "assist_units": ["huanbao"],
            "exercise": True, "received_at": ago(minutes=4), "discovered_at": ago(minutes=5)}
    kind = "shixian.incident.reported"
    whole = daemon.event("whole", kind, incident=incident, **said).json["case"]
    assert daemon.event("whole", kind, title="别的内容").status == 409
    release = {"kind": "authoritative_release", "obligation": "authoritative_release",
               "happened_at": ago(minutes=1), "url": "https://example.cn/1", "outlet": "官方微博",
               "spoken_by": "principal", "reviewer": "li"}
    for action, fields in [
            ("acknowledge", {}), ("set_level", {"level": 3, "category": "health"}),
            ("set_level", {"level": 2}), ("assign", {"lead_unit": "a", "assist_units": ["b"]}),
            ("acknowledge", {"unit": "b"}), ("note", {"text": "已核实"}), ("fulfil", release),
            ("fulfil", {"kind": "press_conference", **PUBLIC}), ("close", {"text": "处置结束"}),
            ("reopen", {"text": "又有反映"})]:
        answer = daemon.act(whole, action, **fields)
        assert answer.status == 200, answer
    late = {"category": "security", "level": 1, "occurred_at": ago(days=2)}
    overdue = daemon.event("overdue", kind, incident=late).json["case"]
    assert daemon.act(overdue, "fulfil", kind="press_conference", happened_at=ago(hours=23),
                      **PUBLIC).status == 200
    assert daemon.act(overdue, "invalidate", text="误报").status == 200
    receiver.behave("410")
    dead = daemon.event("dead").json["case"]
    until(lambda: has_fact(daemon, dead, "notice_dead"), what="a dead notice")
    receiver.behave("ok")
    return [whole, overdue, dead, until(lambda: skipped_rung(daemon), 60, "a skipped rung"),
            *moved_clocks(daemon)]


def done(daemon, case, action, **fields):
    answer = daemon.act(case, action, **fields)
    assert answer.status == 200, (action, fields, answer)
    return answer.json


def moved_clocks(daemon):
    """An application whose clock was moved in every way there is, and those it was merged with."""
    said = {"title": "申请公开拆迁补偿标准", "case_type": "foi", "labels": ["incomplete"],
            "published_at": ago(days=70), "decided_at": ago(days=69), "formed_at": ago(days=68),
            "discovered_at": ago(days=12), "received_at": ago(days=12)}
    one, two = (daemon.event(f"foi{n}", limit_at=ago(days=-40), **said).json["case"]
                for n in (1, 2))
    answer = f"foi_answer.{one}"
    done(daemon, one, "exclude", kind="third_party", **{"from": ago(days=9)}, reason="征求意见",
         letter_received_at=ago(days=8))
    done(daemon, one, "resume", kind="third_party", at=ago(days=4), reason="已回函")
    done(daemon, one, "restart", at=ago(days=3), obligation=answer, reason="补正材料已收到")
    done(daemon, one, "extend_request", obligation=answer, window="10wd", reason="材料多")
    done(daemon, one, "extend_decide", obligation=answer, window="5wd", approver="wang",
         notified_at=ago(minutes=1), reason="同意")
    done(daemon, one, "exclude", kind="other_agency", obligation=answer, reason="征求意见")
    done(daemon, one, "judge", labels=["complex"], text="内容复杂")
    acts = done(daemon, one, "fulfil", kind="individual_reply", author="zhao", report=one,
                promise="月底前答复", promise_due=ago(days=-20))["acts"]
    done(daemon, one, "correct_time", field="act", act=len(acts), at=ago(hours=1),
         reason="录入有误")
    done(daemon, one, "correct_time", field="received_at", report=one, at=ago(days=11),
         reason="签收单")
    done(daemon, two, "merge", into=one, text="同一事项")
    done(daemon, one, "split", report=two, reason="不是同一事项")
    waived = daemon.event("waived", "shixian.incident.reported", incident={"level": 2}).json["case"]
    done(daemon, waived, "waive", obligation="press_conference", by="principal", reason="无需召开")
    three = daemon.event("opinion3", channel="leader_mailbox", labels=["serious"]).json["case"]
    done(daemon, three, "merge", into=one)
    other_policy(daemon)
    done(daemon, waived, "reevaluate", text="按新办法")
    return one, two, three, waived


def built_in_policies():
    return sorted(str(f) for f in (ROOT / "config" / "policy").glob("*.yaml"))


def other_policy(daemon):
    """Another policy version in force: a reload with one more file."""
    extra = daemon.dir / "extra.yaml"
    extra.write_text("policy: extra\nversion: 2026-11-02\neffective: 2000-01-01\n"
                     "obligations:\n  - {id: extra_note, title: 抄送, kind: advisory, "
                     "start: case.discovered_at, satisfied_by: superior_report}\n")
    files = ", ".join([*built_in_policies(), str(extra)])
    daemon.config.write_text(daemon.config.read_text() + f"policy: [{files}]\n")
    reload(daemon)


def reload(daemon):
    """Waits until the new configuration is in force."""
    before = daemon.log.read_text().count("configuration reloaded")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: daemon.log.read_text().count("configuration reloaded") > before or
          "reload refused" in daemon.log.read_text(), what="a reload")
    assert "reload refused" not in daemon.log.read_text(), daemon.log.read_text()[-2000:]


def has_fact(daemon, case, type):
    return any(f["type"] == type for f in daemon.facts(case))


def skipped_rung(daemon):
    """A case that was acknowledged just before the rung for those that were not; None: too late."""
    incident = {"level": 1, "occurred_at": ago(minutes=30, seconds=-4)}
    case = daemon.event(time.monotonic_ns(), "shixian.incident.reported", incident=incident,
                        lead_unit="yingji").json["case"]
    daemon.act(case, "acknowledge")
    facts = until(lambda: [f for f in daemon.facts(case) if f.get("rung") == "start+30m"],
                  what="the rung of the unacknowledged")
    return case if facts[0]["type"] == "rung_skipped" else None
