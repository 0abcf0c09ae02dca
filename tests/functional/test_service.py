"""The daemon as a service: how it starts, refuses, reloads, and what it says of itself."""

import hashlib
import json
import os
import re
import signal
import socket
import stat
import subprocess

import pytest

from harness import Daemon, Receiver, cloudevent, free_port, problem, shixiand, until

HUNDRED_MIB = "100m"


def log_has(daemon, *words):
    return until(lambda: all(w in daemon.log.read_text() for w in words), what=f"log: {words}")


def refused(daemon, *words, status=1):
    """It does not come up, says why, and leaves no Redis behind."""
    r = shixiand("--config", daemon.config, *daemon.options)
    assert r.returncode == status, r
    for word in words:
        assert word in r.stderr, r.stderr
    assert daemon.redis_servers() == []


# --- options and --check ---------------------------------------------------------------------

def test_version():
    r = shixiand("--version")
    assert r.returncode == 0 and re.fullmatch(r"shixiand \d+\.\d+\.\d+\n", r.stdout)


@pytest.mark.parametrize("arguments", [
    ["--frobnicate"], ["extra"], ["--config"], ["--time-scale", "0"], ["--time-scale", "fast"],
    ["--time-scale", "1e3"], ["--time-scale", "100001"], ["--time-scale", "-5"],
])
def test_wrong_usage_is_exit_2_with_the_usage(arguments):
    r = shixiand(*arguments)
    assert r.returncode == 2 and "usage: shixiand" in r.stderr and r.stdout == ""


@pytest.mark.parametrize("what", ["missing", "directory", "unreadable"])
def test_configuration_that_can_not_be_read_is_named(tmp_path, what):
    path = tmp_path / "shixian.yaml"
    if what == "directory":
        path.mkdir()
    if what == "unreadable":
        path.write_bytes(b"\xff\xfe\x00")
    for more in (["--check"], []):
        r = shixiand("--config", path, *more)
        assert r.returncode == 1 and str(path) in r.stderr, r


def test_check_of_a_good_file_says_so_and_starts_nothing(tmp_path):
    d = Daemon(tmp_path, {"duty": "https://example.cn/hook"})
    r = shixiand("--check", "--config", d.config)
    assert r.returncode == 0 and r.stderr == "" and "no errors" in r.stdout, r
    assert not d.state.exists() and not d.redis_servers()


def test_check_shows_every_error_at_its_place(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text('listen: ["0.0.0.0:5248"]\n'
                    "timezone: Peking\n"
                    "recievers: []\n"
                    "receivers:\n"
                    "  - id: duty\n"
                    "    url: ftp://example.cn\n"
                    "    timeout: 10\n"
                    "  - id: duty\n"
                    "    url: http://example.cn/\n"
                    "targets:\n"
                    "  office: [dutty]\n"
                    "redis: {shards: 0}\n", encoding="utf-8")
    for more in (["--check"], []):
        r = shixiand("--config", path, *more)
        assert r.returncode == 1
        # Warnings say so in front; every line has its place and key.
        found = re.findall(rf"^(?:warning: )?{re.escape(str(path))}:(\d+:\d+): "
                           r"([a-z_\[\]0-9.]+): .+", r.stderr, re.M)
        assert len(found) == len(r.stderr.splitlines()), r.stderr
        places = dict(found)
        keys = " ".join(places.values())
        for key in ("timezone", "recievers", "receivers[0].url", "receivers[0].timeout",
                    "receivers[1].id", "targets.office", "redis.shards", "listen[0]"):
            assert key in keys, r.stderr
        assert 'did you mean "receivers"?' in r.stderr
        assert "warning: " in r.stderr and "listen[0]" not in r.stderr.split("warning: ", 1)[1]
    assert places["2:11"] == "timezone" and places["6:10"] == "receivers[0].url"


# --- start and stop --------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_ends_with_0_and_leaves_nothing_behind(tmp_path, number):
    d = Daemon(tmp_path).start()
    redis_pid = d.redis_pid()
    assert d.redis_servers() == [redis_pid]
    idle = socket.create_connection(("127.0.0.1", d.port))  # a client that does not go
    until(lambda: d.metrics()["shixian_http_connections"] >= 2, what="the idle connection")
    d.process.send_signal(number)
    assert d.process.wait(30) == 0
    assert d.redis_servers() == [] and not d.redis_socket.exists()
    assert not (d.run / "api.sock").exists()
    assert idle.recv(1) == b""
    idle.close()


def test_asked_to_stop_while_it_starts_it_leaves_nothing_behind(tmp_path):
    for i, moment in enumerate(("state", "state/redis", "run/redis.sock")):
        d = Daemon(tmp_path / str(i)).start(ready=False)
        until((d.dir / moment).exists, what=moment)
        # Too early to be asked, it ends by the signal; then Redis must follow by itself.
        assert d.stop() in (0, -signal.SIGTERM)
        until(lambda d=d: not d.redis_servers(), what="no redis-server")


def test_a_full_case_says_so_and_goes_on_working(tmp_path):
    receiver = Receiver(tmp_path)
    d = Daemon(tmp_path, {"duty": receiver.url}).start()
    try:
        case = d.event("full").json["case"]
        act = {"type": "shixian.case.fulfil", "subject": case, "kind": "rumor_referral"}
        statuses = []
        for batch in range(3):
            events = [cloudevent(f"{batch}-{i}", **act) for i in range(350)]
            answer = d.post("/v1/events", events, "application/cloudevents-batch+json", timeout=120)
            statuses += [r["status"] for r in answer.json["results"]]
        assert statuses == [200] * 1024 + [409] * 26
        problem(d.act(case, "fulfil", kind="briefing"), 409, None, "1024")
        assert d.act(case, "note", text="满了").status == 200
        assert len(d.case(case)["acts"]) == 1024
        until(lambda: receiver.of(case), what="its message")
    finally:
        d.stop()
        receiver.stop()


def test_second_daemon_on_the_same_state_is_refused_and_harms_nothing(tmp_path):
    d = Daemon(tmp_path).start()
    case = d.event("first").json["case"]
    text = d.config.read_text().replace(f":{d.port}", f":{free_port()}").replace("api.", "api2.")
    own_state = text.replace(f"state_dir: {d.state}", f"state_dir: {tmp_path}/state2")
    own_runtime = text.replace(f"runtime_dir: {d.run}", f"runtime_dir: {tmp_path}")
    own_all = own_state.replace(f"runtime_dir: {d.run}", f"runtime_dir: {tmp_path}")
    second = tmp_path / "second.yaml"
    for config, words in ((text, f"pid {d.process.pid}"), (own_runtime, f"pid {d.process.pid}"),
                          (own_state, str(d.run)),
                          (own_all.replace("api2.", "api."), "another process listens")):
        second.write_text(config)
        r = shixiand("--config", second)
        assert r.returncode == 1 and words in r.stderr, r
    assert d.redis_servers() == [d.redis_pid()]
    assert d.local("GET", f"/v1/cases/{case}").status == 200
    assert d.stop() == 0


def test_port_in_use_is_refused_by_name(tmp_path):
    d = Daemon(tmp_path)
    with socket.socket() as s:
        s.bind(("127.0.0.1", d.port))
        s.listen()
        refused(d, str(d.port), "in use")


def test_beyond_loopback_is_refused_without_tokens(tmp_path):
    for i, address in enumerate(("0.0.0.0", "[::]", "192.0.2.1")):
        d = Daemon(tmp_path / str(i), listen=f"{address}:{free_port()}")
        refused(d, address, "tokens_file")


def test_a_file_in_the_sockets_place_is_not_touched(tmp_path):
    d = Daemon(tmp_path)
    (d.run / "api.sock").write_text("precious")
    refused(d, "api.sock", "not a socket")
    assert (d.run / "api.sock").read_text() == "precious"


# --- reload ----------------------------------------------------------------------------------

def test_reload_good_takes_effect_and_bad_leaves_the_old_in_force(tmp_path):
    first, second = Receiver(tmp_path), Receiver(tmp_path)
    d = Daemon(tmp_path, {"duty": first.url}).start()
    try:
        old = d.config.read_text()
        case = d.event("r1").json["case"]
        until(lambda: first.of(case), what="told by the old configuration")
        d.config.write_text(old.replace(first.url, second.url))
        d.process.send_signal(signal.SIGHUP)
        log_has(d, "configuration reloaded")
        case = d.event("r2").json["case"]
        until(lambda: second.of(case), what="told by the new one")
        d.config.write_text(old.replace(first.url, "nonsense"))
        d.process.send_signal(signal.SIGHUP)
        log_has(d, "reload refused", f"{d.config}:", "receivers[0].url")
        case = d.event("r3").json["case"]
        until(lambda: second.of(case), what="still told by the new one")
        d.config.unlink()
        d.process.send_signal(signal.SIGHUP)
        until(lambda: d.log.read_text().count("reload refused") == 2, what="refused again")
        assert d.get("/readyz").status == 200
        assert len(first.requests) == 1
    finally:
        d.stop()
        first.stop()
        second.stop()


def test_reload_says_what_only_a_restart_can_change(tmp_path):
    d = Daemon(tmp_path).start()
    text = d.config.read_text().replace("timezone", "exercise: true\ntimezone")
    d.config.write_text(text.replace(f":{d.port}", f":{free_port()}"))
    d.process.send_signal(signal.SIGHUP)
    log_has(d, "configuration reloaded", "exercise", "listen", "next start")
    assert d.get("/readyz").status == 200  # where it was
    case = d.event("still-real").json["case"]
    assert d.case(case)["exercise"] is False
    d.stop()


def test_a_storm_of_reloads_does_no_harm(tmp_path):
    d = Daemon(tmp_path).start()
    for i in range(100):
        d.process.send_signal(signal.SIGHUP)
        assert d.event(f"storm{i}").status == 201
    assert d.stop() == 0


# --- who may call ----------------------------------------------------------------------------

@pytest.fixture
def guarded(tmp_path):
    (tmp_path / "tokens").write_text(
        "# who\nzhang " + hashlib.sha256(b"token-1").hexdigest() +
        "\nli " + hashlib.sha256(b"token-2").hexdigest() + "\n")
    d = Daemon(tmp_path, config="tokens_file: tokens\n").start()
    yield d
    d.stop()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_without_a_known_token_everything_but_healthz_is_401(guarded):
    body = json.dumps(cloudevent("t")).encode()
    for headers in ({}, bearer("wrong"), bearer(""), {"Authorization": "token-1"},
                    {"Authorization": "Basic token-1"}, bearer("token-1x"),
                    bearer("token-"), bearer(hashlib.sha256(b"token-1").hexdigest())):
        for method, path in (("POST", "/v1/events"), ("GET", "/v1/cases"), ("GET", "/metrics"),
                             ("GET", "/readyz"), ("GET", "/nowhere"), ("DELETE", "/v1/cases")):
            answer = guarded.request(method, path, body if method == "POST" else None, headers)
            problem(answer, 401, "Authorization")
            assert answer.headers["www-authenticate"] == "Bearer"
    assert guarded.get("/healthz").status == 200
    two = guarded.raw(b"GET /v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-1\r\n"
                      b"Authorization: Bearer token-1\r\n\r\n")
    problem(two, 401, "Authorization")


def test_the_tokens_name_is_in_the_ledger(guarded):
    event = cloudevent("who")
    answer = guarded.post("/v1/events", event, "application/cloudevents+json",
                          headers=bearer("token-2"))
    assert answer.status == 201, answer
    path = f"/v1/cases/{answer.json['case']}"
    guarded.post(path + "/actions", {"action": "note", "text": "x"},
                 headers={"Authorization": "bearer token-1"})
    facts = guarded.get(path + "/facts", headers=bearer("token-1")).json["facts"]
    assert facts[0]["by"] == "zhang" and facts[-1]["by"] == "li"


def test_tokens_change_by_reload(guarded):
    tokens = guarded.dir / "tokens"
    tokens.write_text("li " + hashlib.sha256(b"token-2").hexdigest() + "\n")
    guarded.process.send_signal(signal.SIGHUP)
    until(lambda: guarded.get("/v1/cases", headers=bearer("token-1")).status == 401, what="revoked")
    assert guarded.get("/v1/cases", headers=bearer("token-2")).status == 200
    tokens.unlink()  # and a lost file opens nothing
    guarded.process.send_signal(signal.SIGHUP)
    log_has(guarded, "reload refused")
    assert guarded.get("/v1/cases").status == 401


def test_unix_socket_is_the_same_api_for_its_group_only(service):
    mode = (service.run / "api.sock").stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660
    answer = service.local("POST", "/v1/events", json.dumps(cloudevent("unix")),
                           {"Content-Type": "application/cloudevents+json"})
    assert answer.status == 201, answer
    assert service.get(f"/v1/cases/{answer.json['case']}").status == 200


def test_ipv6_loopback_is_listened_on(tmp_path):
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no ::1")
    port = free_port()
    d = Daemon(tmp_path, listen=f"[::1]:{port}").start()
    try:
        with socket.create_connection(("::1", port), timeout=10) as s:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
            assert s.recv(100).startswith(b"HTTP/1.1 200 ")
    finally:
        d.stop()


def test_idle_connections_past_the_cap_do_not_lock_others_out(service):
    idle = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(600)]
    try:
        assert service.get("/healthz").status == 200
        assert service.metrics()["shixian_http_connections"] <= 512
    finally:
        for s in idle:
            s.close()


# --- what it says of itself ------------------------------------------------------------------

def test_readyz_says_what_the_promise_is_worth(tmp_path):
    d = Daemon(tmp_path).start(ready=False)
    try:
        seen = []

        def ready():
            try:
                seen.append(d.get("/readyz"))
            except OSError:
                return False
            return seen[-1].status == 200

        until(ready, 30, "ready")
        for answer in seen[:-1]:
            assert answer.status == 503 and not answer.json["ready"] and answer.json["troubles"]
        doc = seen[-1].json
        assert doc["ready"] is True and doc["troubles"] == []
        assert doc["store"]["durable"] is True and "fsync always" in doc["store"]["promise"]
        assert doc["store"]["promise"] in d.log.read_text()
        assert abs(doc["clock"]["wall_ahead_ms"]) < 5000
    finally:
        d.stop()


LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({LABEL}(?:,{LABEL})*)\}})? '
                    r'([0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?)')


def test_metrics_are_valid_prometheus_text(tmp_path):
    d = Daemon(tmp_path).start()
    d.event("metrics", discovered_at="2020-01-01T00:00:00Z")
    d.event("metrics", titel="x")
    answer = d.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.body.decode()
    assert text.endswith("\n")
    types, helps, series, family = {}, set(), {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert family not in helps, line
            helps.add(family)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and name not in types
            assert kind in ("counter", "gauge", "histogram")
            assert (kind == "counter") == name.endswith("_total")
            types[name] = kind
        else:
            m = SAMPLE.fullmatch(line)
            assert m, line
            suffix = "_(bucket|sum|count)$" if types[family] == "histogram" else "$"
            name = re.sub(suffix, "", m[1])
            assert name == family and (m[1], m[2]) not in series, line
            series[m[1], m[2]] = float(m[3])
    assert helps == set(types)
    name = "shixian_firing_lateness_seconds"
    buckets = [v for (n, _), v in series.items() if n == name + "_bucket"]
    assert buckets == sorted(buckets)
    whole = series[name + "_count", None]
    assert series[name + "_bucket", 'le="+Inf"'] == whole == buckets[-1] > 0
    for name, least in (("reports_accepted_total", 1), ("facts_total", 3), ("ready", 1),
                        ("obligations_overdue_total", 1), ("rungs_unreachable_total", 1)):
        assert series["shixian_" + name, None] >= least, name
    assert series["shixian_http_requests_total", 'route="/v1/events",status="4xx"'] == 1
    assert d.stop() == 0


# --- exercises -------------------------------------------------------------------------------

def test_time_scale_needs_exercise_mode(tmp_path):
    refused(Daemon(tmp_path, options=["--time-scale", "3600"]), "--time-scale", "exercise")


@pytest.mark.parametrize("how", ["option", "configuration"])
def test_in_an_exercise_every_case_and_message_says_so(tmp_path, how):
    """Five hours in five seconds: a reminder, a warning, a red light, all of them marked."""
    receiver = Receiver(tmp_path)
    options = ["--time-scale", "3600"] + (["--exercise"] if how == "option" else [])
    config = "exercise: true\n" if how == "configuration" else ""
    d = Daemon(tmp_path, {"duty": receiver.url}, config=config, options=options).start()
    try:
        case = d.event("drill", "shixian.incident.reported", exercise=False,
                       incident={"category": "accident", "level": 1}).json["case"]
        assert d.case(case)["exercise"] is True
        until(lambda: {"shixian.notice.reminder", "shixian.notice.due_soon",
                       "shixian.notice.overdue"} <= {m["type"] for m in receiver.bodies()},
              40, "all three colours")
        for m in receiver.bodies():
            assert m["data"]["exercise"] is True and m["data"]["text"].startswith("【演练】")
        fired = [(f["obligation"], f["rung"]) for f in d.facts(case) if f["type"] == "rung_fired"]
        assert len(fired) == len(set(fired))
    finally:
        d.stop()
        receiver.stop()


def test_a_case_may_be_an_exercise_by_itself(tmp_path):
    receiver = Receiver(tmp_path)
    d = Daemon(tmp_path, {"duty": receiver.url}).start()
    try:
        drill = d.event("drill", exercise=True).json["case"]
        real = d.event("real").json["case"]
        until(lambda: len(receiver.requests) == 2, what="both messages")
        texts = {m["subject"]: m["data"]["text"] for m in receiver.bodies()}
        assert texts[drill].startswith("【演练】") and "演练" not in texts[real]
    finally:
        d.stop()
        receiver.stop()


# --- low disk --------------------------------------------------------------------------------

@pytest.fixture
def small_disk(tmp_path):
    """A file system of 100 MiB, where mounting one is allowed."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={HUNDRED_MIB}", "shixian-test",
                            str(path)], capture_output=True) if os.geteuid() == 0 else None
    if not mount or mount.returncode != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_low_disk_refuses_input_before_redis_dies_and_takes_it_when_there_is_room(small_disk):
    d = Daemon(small_disk).start()
    try:
        case = d.event("before").json["case"]
        redis_pid = d.redis_pid()
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"\0" * (50 << 20))
        until(lambda: d.get("/readyz").status == 503, what="not ready")
        problem(d.event("full"), 503, None, "full", "MiB")
        answer = d.act(case, "note", text="x")
        problem(answer, 503, None, "full")
        assert int(answer.headers["retry-after"]) > 0
        assert any("full" in t for t in d.get("/readyz").json["troubles"])
        assert d.case(case)["id"] == case  # what is there can be read
        ballast.unlink()
        until(lambda: d.event("after").status == 201, what="input taken again")
        assert d.get("/readyz").status == 200 and d.redis_pid() == redis_pid
    finally:
        d.stop()
