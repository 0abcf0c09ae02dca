"""What survives: kill -9 of the daemon, of its Redis, of one daemon of two; a Redis of one's own.

Acknowledged is durable, every due rung fires once, and there are never two servers on the same
files."""

import datetime
import os
import signal
import threading

import pytest
import redis

from harness import Daemon, Receiver, RedisServer, cloudevent, problem, until

BATCH = "application/cloudevents-batch+json"


def incidents(prefix, n, due_in):
    """Ⅱ incidents whose 5 hours are over in due_in seconds."""
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=5) + \
        datetime.timedelta(seconds=due_in)
    return [cloudevent(f"{prefix}{i}", "shixian.incident.reported", discovered_at=at.isoformat(),
                       incident={"category": "accident", "level": 2, "occurred_at": at.isoformat()})
            for i in range(n)]


def send(daemon, events):
    answer = daemon.post("/v1/events", events, BATCH)
    assert answer.status == 200, answer
    assert {r["status"] for r in answer.json["results"]} <= {200, 201}, answer
    return [r["case"] for r in answer.json["results"]]


def rungs(daemon, case):
    return [(f["obligation"], f["rung"]) for f in daemon.facts(case) if f["type"] == "rung_fired"]


def all_overdue(daemon, cases):
    """Each one's red rung has fired; and no rung of it twice."""
    for case in cases:
        until(lambda c=case: ("authoritative_release", "due") in rungs(daemon, c), 40,
              "the red rung")
    for case in cases:
        fired = rungs(daemon, case)
        assert len(fired) == len(set(fired)), fired
        overdue = [f["obligation"] for f in daemon.facts(case)
                   if f["type"] == "obligation_overdue"]
        # The targets of two hours were past due when the case was reported.
        assert sorted(overdue) == ["authoritative_release", "first_judgement", "superior_report"]


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


# --- the embedded Redis ----------------------------------------------------------------------

def test_killed_daemon_loses_nothing_and_leaves_no_redis_behind(tmp_path):
    d = Daemon(tmp_path).start()
    cases = send(d, incidents("k", 20, 600))
    facts = {c: d.facts(c) for c in cases}
    redis_pid = d.redis_pid()
    d.kill()
    until(lambda: gone(redis_pid), what="redis-server ends with its daemon")
    d.start()
    assert d.redis_servers() == [d.redis_pid()]
    assert {c: d.facts(c) for c in cases} == facts
    assert d.event("after").status == 201
    assert d.stop() == 0


def test_restart_at_once_after_a_kill_never_makes_two_servers(tmp_path):
    d = Daemon(tmp_path).start()
    cases = []
    for i in range(8):
        cases += send(d, incidents(f"r{i}-", 3, 600))
        d.kill()
        d.start()
        assert d.redis_servers() == [d.redis_pid()]
    assert d.redis_servers() == [d.redis_pid()]
    assert all(d.get(f"/v1/cases/{c}").status == 200 for c in cases)
    assert d.stop() == 0
    assert d.redis_servers() == []


def test_rungs_due_while_everything_was_down_come_in_one_message(tmp_path):
    receiver = Receiver(tmp_path)
    d = Daemon(tmp_path, {"duty": receiver.url}).start()
    try:
        case, = send(d, incidents("down", 1, 4))
        until(lambda: receiver.of(case), what="the first message")
        d.kill()
        due = datetime.datetime.now() + datetime.timedelta(seconds=5)
        until(lambda: datetime.datetime.now() > due, what="the due instant passes")
        d.start()
        all_overdue(d, [case])
        until(lambda: len(receiver.of(case)) == 2, what="the red message")
        assert receiver.bodies()[-1]["type"] == "shixian.notice.overdue"
    finally:
        d.stop()
        receiver.stop()


def test_killed_redis_is_started_again_and_nothing_acknowledged_is_lost(tmp_path):
    d = Daemon(tmp_path).start()
    acknowledged, refused, stop = {}, [], threading.Event()

    def sender(n):
        i = 0
        while not stop.is_set():
            i += 1
            answer = d.event(f"{n}-{i}")
            if answer.status == 201:
                acknowledged[answer.json["case"]] = answer.json["revision"]
            else:
                refused.append(answer)

    threads = [threading.Thread(target=sender, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    pids = []
    for _ in range(3):
        pids.append(d.redis_pid())
        before = len(acknowledged)
        os.kill(pids[-1], signal.SIGKILL)
        until(lambda: gone(pids[-1]) and len(acknowledged) > before + 20, 30, "service goes on")
    stop.set()
    for t in threads:
        t.join()
    assert d.redis_pid() not in pids and d.redis_servers() == [d.redis_pid()]
    for answer in refused:
        assert problem(answer, 503) and answer.headers["retry-after"], answer
    for case in acknowledged:
        assert d.get(f"/v1/cases/{case}").status == 200, case
    assert "redis_died" in d.log.read_text()
    assert d.stop() == 0


def test_stalled_redis_stalls_no_one_who_does_not_need_it(tmp_path):
    d = Daemon(tmp_path).start()
    pid = d.redis_pid()
    answers = []
    os.kill(pid, signal.SIGSTOP)
    try:
        t = threading.Thread(target=lambda: answers.append(d.event("stalled", title="x")))
        t.start()
        until(lambda: d.get("/readyz").status == 503, 30, "not ready")
        assert d.get("/healthz").status == 200 and d.get("/metrics").status == 200
    finally:
        os.kill(pid, signal.SIGCONT)
    t.join(60)
    assert answers and answers[0].status in (201, 503), answers
    until(lambda: d.get("/readyz").status == 200, 30, "ready again")
    again = d.event("stalled", title="x")
    assert again.status in (200, 201)
    facts = [f["type"] for f in d.facts(again.json["case"])]
    assert facts.count("reported") == 1
    assert d.stop() == 0


# --- a Redis of one's own --------------------------------------------------------------------

@pytest.fixture
def own_redis(tmp_path):
    path = tmp_path / "redis"
    path.mkdir()
    server = RedisServer(path)
    yield server
    server.stop()


@pytest.mark.parametrize("how", ["tcp", "unix", "password", "user"])
def test_outside_redis_is_used_as_it_was_told(tmp_path, how):
    path = tmp_path / "redis"
    path.mkdir()
    server = RedisServer(path, *(["--requirepass", "geheim 密"] if how == "password" else []))
    if how == "user":  # who may not even read the server's settings
        admin = redis.Redis(unix_socket_path=str(server.socket))
        admin.acl_setuser("shixian", enabled=True, passwords=["+secret"], keys=["shixian:*"],
                          channels=["shixian:*"], categories=["+@all", "-@admin"])
        admin.acl_setuser("default", enabled=False)
    (tmp_path / "password").write_text({"password": "geheim 密\n", "user": "secret"}.get(how, "x"))
    (tmp_path / "password").chmod(0o600)
    settings = {"tcp": f'url: "redis://127.0.0.1:{server.port}/3"',
                "unix": f'url: "unix://{server.socket}?db=2"',
                "password": f'url: "redis://127.0.0.1:{server.port}", password_file: password',
                "user": f'url: "unix://{server.socket}", user: shixian, password_file: password'}
    d = Daemon(tmp_path, redis=settings[how]).start()
    try:
        case = d.event("own").json["case"]
        r = redis.Redis(unix_socket_path=str(server.socket), db={"tcp": 3, "unix": 2}.get(how, 0),
                        username="shixian" if how == "user" else None, decode_responses=True,
                        password={"password": "geheim 密", "user": "secret"}.get(how))
        assert r.hget("shixian:meta", "shards") == "64"
        keys = list(r.scan_iter(match="shixian:*:case:*", count=1000))
        assert [k.split(":case:")[1] for k in keys] == [case]
        assert not (d.state / "redis").exists() and not d.redis_socket.exists()
        store = d.get("/readyz").json["store"]
        assert store["durable"] is (how != "user"), store
        assert ("unknown" in store["promise"]) == (how == "user"), store
        d.kill()
        d.start()
        assert d.case(case)["id"] == case
        assert d.stop() == 0 and not gone(server.process.pid)  # it is not ours to stop
    finally:
        d.stop()
        server.stop()


def test_wrong_password_is_said_and_nothing_is_taken(tmp_path):
    path = tmp_path / "redis"
    path.mkdir()
    server = RedisServer(path, "--requirepass", "right")
    (tmp_path / "password").write_text("wrong")
    (tmp_path / "password").chmod(0o600)
    d = Daemon(tmp_path, redis=f'url: "unix://{server.socket}", password_file: password')
    d.start(ready=False)
    try:
        until(lambda: "WRONGPASS" in d.log.read_text(), what="the log says why")
        answer = d.get("/readyz")
        assert answer.status == 503 and answer.json["troubles"]
        problem(d.event("x"), 503)
        assert "wrong\n" not in d.log.read_text()
        server_client = redis.Redis(unix_socket_path=str(server.socket), password="right")
        assert server_client.dbsize() == 0
        assert d.stop() == 0
    finally:
        d.stop()
        server.stop()


@pytest.mark.parametrize("options, words", [
    (["--appendonly", "no"], "NOTHING is durable"),
    (["--appendfsync", "everysec"], "1 s"),
    (["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"], "evict"),
])
def test_what_a_weaker_redis_is_worth_is_said_in_words(tmp_path, options, words):
    path = tmp_path / "redis"
    path.mkdir()
    server = RedisServer(path, *options)
    d = Daemon(tmp_path, redis=f'url: "unix://{server.socket}"').start()
    try:
        store = d.get("/readyz").json["store"]
        assert store["durable"] is False and words in store["promise"], store
        assert words in d.log.read_text()
    finally:
        d.stop()
        server.stop()


def test_outside_redis_down_is_503_and_up_again_is_service(tmp_path, own_redis):
    d = Daemon(tmp_path, redis=f'url: "unix://{own_redis.socket}"').start()
    try:
        case = d.event("before").json["case"]
        own_redis.stop()
        answer = until(lambda: (a := d.event("down")).status == 503 and a, what="503")
        problem(answer, 503)
        assert int(answer.headers["retry-after"]) > 0
        problem(d.get(f"/v1/cases/{case}"), 503)
        batch = d.post("/v1/events", [cloudevent("down"), cloudevent("bad", titel="x")], BATCH)
        results = problem(batch, 503)["results"]
        assert [r["status"] for r in results] == [503, 422] and batch.headers["retry-after"]
        assert d.get("/readyz").status == 503 and d.get("/healthz").status == 200
        own_redis.start()
        until(lambda: d.get("/readyz").status == 200, 30, "ready again")
        assert d.event("down").status in (200, 201) and d.case(case)["id"] == case
    finally:
        d.stop()


# --- two daemons -----------------------------------------------------------------------------

@pytest.fixture
def pair(tmp_path, own_redis):
    """Two daemons on one Redis, one receiver for both."""
    receiver = Receiver(tmp_path)
    two = []
    for name in "ab":
        (tmp_path / name).mkdir()
        two.append(Daemon(tmp_path / name, {"duty": receiver.url},
                          redis=f'url: "redis://127.0.0.1:{own_redis.port}"').start())
    yield (*two, receiver)
    for d in two:
        d.stop()
    receiver.stop()


def test_two_daemons_fire_each_rung_once_and_tell_each_receiver_once(pair):
    a, b, receiver = pair
    cases = send(a, incidents("a", 20, 5)) + send(b, incidents("b", 20, 5))
    all_overdue(a, cases)
    assert all(a.facts(c) == b.facts(c) for c in cases[:5])
    until(lambda: all(len(receiver.of(c)) == 2 for c in cases), what="two messages a case")
    ids = [r["headers"]["webhook-id"] for r in receiver.requests]
    assert len(ids) == len(set(ids))


def test_the_same_event_to_both_at_once_is_one_case(pair):
    a, b, _ = pair
    answers = []
    for i in range(20):
        threads = [threading.Thread(target=lambda d=d: answers.append(d.event(f"both{i}")))
                   for d in (a, b)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert sorted(x.status for x in answers) == [200] * 20 + [201] * 20
    assert len({x.json["case"] for x in answers}) == 20


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_the_other_daemon_takes_over(pair, end):
    a, b, receiver = pair
    cases = send(a, incidents("over", 30, 6))
    a.kill() if end == "kill" else a.stop()
    all_overdue(b, cases)
    until(lambda: all({"shixian.notice.overdue"} & {
        m["type"] for m in receiver.bodies() if m["subject"] == c} for c in cases), 60,
        "everyone told")
    a.start()  # and comes back
    more = send(a, incidents("back", 10, 3))
    all_overdue(b, more)
