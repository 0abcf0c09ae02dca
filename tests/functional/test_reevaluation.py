"""Other days and other rules for open cases: shown before, done after, and the old ones kept."""

import datetime
import hashlib
import json
import socket
import time

import pytest

from harness import PUBLIC, Daemon, done, problem, reload, stored, until

DAY = datetime.timedelta(1)
TODAY = datetime.date.today()


# --- calendars -------------------------------------------------------------------------------

def weekday_ahead(days):
    day = TODAY + days * DAY
    while day.weekday() > 4:
        day += DAY
    return day


def write_calendar(directory, off=(), bad=""):
    """This year and the next two, all of them covered, with these days off."""
    lines = [f"{TODAY.year + n}-01-01,off,元旦" for n in range(3)]
    lines += [f"{day},off,测试假日" for day in off]
    (directory / "days.csv").write_text("date,type,name\n" + "\n".join(sorted(lines)) + "\n" + bad)


@pytest.fixture
def office(tmp_path):
    """A daemon with a calendar file of its own."""
    write_calendar(tmp_path)
    d = Daemon(tmp_path, config="calendar: {national: [days.csv]}\n").start()
    yield d
    d.stop()


def swept(d, n):
    until(lambda: d.metrics()["shixian_sweeps_total"] >= n, what=f"sweep {n}")


def clock_facts(d, case):
    return [f for f in d.facts(case) if f["type"] == "obligation_clock"]


def same_instant(a, b):
    return datetime.datetime.fromisoformat(a) == datetime.datetime.fromisoformat(b)


def test_calendar_check_announces_exactly_what_a_reload_then_does(office, tmp_path):
    swept(office, 1)
    moved = [office.event(f"foi{n}", case_type="foi").json["case"] for n in range(40)]
    still = [office.event(f"hours{n}").json["case"] for n in range(3)]
    check = ("calendar", "check", "--config", office.config)
    assert office.ctl_json(*check)["changes"] == []

    off = weekday_ahead(7)
    write_calendar(tmp_path, off=[off])
    before = stored(office)
    said = office.ctl_json(*check)
    assert stored(office) == before
    changes = {(c["case"], c["obligation"]): c for c in said["changes"]}
    assert set(changes) == {(case, f"foi_answer.{case}") for case in moved}
    assert (said["cases"], said["changed_cases"], said["truncated"]) == (43, 40, False)
    assert {c["change"] for c in said["changes"]} == {"clock"}
    lines = office.ctl(*check).stdout
    for c in said["changes"]:
        moves = " -> ".join(c[k][:19].replace("T", " ") for k in ("due_before", "due_after"))
        assert any(c["case"] in x and moves in x for x in lines.splitlines()), (c, lines)
    # What is in force counts as before.
    body = {"what": "calendar"}
    assert office.post("/v1/reevaluation", body).json["changes"] == []

    reload(office)
    swept(office, 2)
    for case in moved:
        (fact,) = clock_facts(office, case)
        c = changes[case, fact["obligation"]]
        assert (fact["reason"], fact["by"]) == ("calendar_changed", "system")
        assert same_instant(fact["clock"]["due_before"], c["due_before"])
        assert same_instant(fact["clock"]["due_at"], c["due_after"])
        now = office.obligation(case, fact["obligation"])
        assert same_instant(now["due_at"], c["due_after"])
        (why,) = office.get(f"/v1/cases/{case}/explain?obligation={fact['obligation']}") \
            .json["obligations"]
        assert {d["day"]: d["kind"] for d in why["days"]}[str(off)] == "holiday"
    assert all(not clock_facts(office, case) for case in still)
    assert office.ctl_json(*check)["changes"] == []
    reload(office)  # nothing new: nothing is written
    assert all(len(clock_facts(office, case)) == 1 for case in moved)


def test_a_calendar_that_can_not_be_read_is_told_whole_and_changes_nothing(office, tmp_path):
    case = office.event("foi", case_type="foi").json["case"]
    facts = office.facts(case)
    write_calendar(tmp_path, bad="2026-13-01,off,x\nnonsense\n")
    ran = office.ctl("calendar", "check", "--config", office.config)
    assert ran.returncode == 1 and ran.stdout == ""
    assert len([x for x in ran.stderr.splitlines() if "days.csv:" in x]) == 2, ran.stderr
    doc = problem(office.post("/v1/reevaluation", {"what": "calendar", "from_disk": True}), 422,
                  "from_disk", "errors")
    assert [("days.csv:" in e) for e in doc["errors"]] == [True, True]
    assert office.post("/v1/reevaluation", {"what": "calendar"}).status == 200
    assert office.facts(case) == facts
    assert office.ctl("calendar", "check", "--config", "/nowhere.yaml").returncode == 1


def test_an_uncovered_year_is_a_warning_and_never_unready(office, tmp_path):
    covered = (datetime.date(TODAY.year + 3, 1, 1) - TODAY).days
    # The daemon's day may be another one near midnight.
    assert abs(office.metrics()["shixian_calendar_covered_days"] - covered) <= 1
    assert office.get("/readyz").json["warnings"] == []
    (tmp_path / "days.csv").write_text("date,type,name\n2020-01-01,off,元旦\n")
    reload(office)
    answer = office.get("/readyz")
    assert answer.status == 200 and answer.json["ready"] is True
    (warning,) = answer.json["warnings"]
    assert str(TODAY.year) in warning and "provisional" in warning
    assert office.metrics()["shixian_calendar_covered_days"] == 0


# --- policies --------------------------------------------------------------------------------

def write_policy(directory, version, hours, more=""):
    (directory / "own.yaml").write_text(f"""policy: own
version: {version}
effective: 2000-01-01
obligations:
  - id: answer
    title: 答复
    start: case.discovered_at
    window: {hours}h
    satisfied_by: public_response
    basis: [test]
{more}""")


EXTRA = """  - id: extra
    title: 报备
    kind: target
    start: case.discovered_at
    window: 3wd
    satisfied_by: superior_report
"""


@pytest.fixture
def ruled(tmp_path):
    """A daemon with a policy file of its own."""
    write_policy(tmp_path, "2026-01-01", 48)
    d = Daemon(tmp_path, config="policy: [own.yaml]\n").start()
    yield d
    d.stop()


def hours(d, case):
    o = d.obligation(case, "answer")
    due, start = (datetime.datetime.fromisoformat(o[k]) for k in ("due_at", "start_at"))
    return (due - start).total_seconds() / 3600


def versions(d, case):
    return d.case(case)["policy_version"].split("+")[0]


def test_a_new_policy_is_for_new_cases_until_somebody_applies_it(ruled, tmp_path):
    old = [ruled.event(f"old{n}").json["case"] for n in range(35)]
    write_policy(tmp_path, "2026-01-02", 24, EXTRA)
    ahead = ruled.ctl_json("policy", "reevaluate", "--from-disk")
    assert ahead["changed_cases"] == 35 and ahead["policy_version"].startswith("2026-01-02+")
    assert ruled.ctl_json("policy", "reevaluate")["changes"] == []
    reload(ruled)
    facts = {case: ruled.facts(case) for case in old}
    new = ruled.event("new").json["case"]
    assert (versions(ruled, new), hours(ruled, new)) == ("2026-01-02", 24)
    assert {o["key"] for o in ruled.case(new)["obligations"]} == {"answer", "extra"}
    for case in old:
        assert (versions(ruled, case), hours(ruled, case)) == ("2026-01-01", 48)
        assert ruled.facts(case) == facts[case]

    said = ruled.ctl_json("policy", "reevaluate")
    assert said["changes"] == ahead["changes"] and said["cases"] == 36
    assert {(c["case"], c["obligation"], c["change"]) for c in said["changes"]} == \
        {(case, *what) for case in old for what in (("answer", "clock"), ("extra", "opened"))}
    assert all(ruled.facts(case) == facts[case] for case in old)
    one = ruled.ctl_json("policy", "reevaluate", "--case", "test:old3")
    assert {c["case"] for c in one["changes"]} == {old[3]} and one["cases"] == 1
    text = ruled.ctl("policy", "reevaluate", "--case", old[3]).stdout
    assert "新增" in text and " -> " in text and "将变化 1 件" in text

    applied = ruled.ctl_json("policy", "reevaluate", "--apply", "--case", old[3])
    assert (applied["dry_run"], applied["changed_cases"]) == (False, 1)
    assert (versions(ruled, old[3]), hours(ruled, old[3])) == ("2026-01-02", 24)
    assert versions(ruled, old[4]) == "2026-01-01"
    applied = ruled.ctl_json("policy", "reevaluate", "--apply")
    assert (applied["cases"], applied["changed_cases"]) == (36, 34)
    for case in old:
        assert (versions(ruled, case), hours(ruled, case)) == ("2026-01-02", 24)
        news = ruled.facts(case)[len(facts[case]):]
        assert [(f["type"], f["reason"]) for f in news if not f["type"].startswith("rung")] == [
            ("policy_set", "requested"), ("obligation_clock", "policy_changed"),
            ("obligation_opened", news[2]["reason"])], news
        assert news[0]["by"] == "local"
    again = ruled.ctl_json("policy", "reevaluate", "--apply")
    assert (again["changes"], again["changed_cases"]) == ([], 0)


def test_a_case_lives_by_its_policy_when_the_file_is_long_gone(ruled, tmp_path):
    case = ruled.event("old").json["case"]
    version = ruled.case(case)["policy_version"]
    ruled.stop()
    write_policy(tmp_path, "2026-01-02", 24)
    text = (tmp_path / "own.yaml").read_text()
    (tmp_path / "own.yaml").write_text(text.replace("public_response", "briefing"))
    ruled.start()
    why = ruled.get(f"/v1/cases/{case}/explain").json
    assert why["policy_version"] == version and "48" in "".join(why["obligations"][0]["lines"])
    assert done(ruled, case, "fulfil", kind="briefing", **PUBLIC)["obligations"][0]["state"] == \
        "open"
    c = done(ruled, case, "fulfil", kind="public_response", **PUBLIC)
    assert (c["obligations"][0]["state"], c["policy_version"]) == ("met", version)
    assert ruled.metrics()["shixian_policies_unknown_total"] == 0
    new = ruled.event("new").json["case"]
    assert hours(ruled, new) == 24


def test_an_ended_duty_is_told_as_one(ruled, tmp_path):
    write_policy(tmp_path, "2026-01-02", 48, EXTRA)
    reload(ruled)
    case = ruled.event("two").json["case"]
    write_policy(tmp_path, "2026-01-03", 48)
    reload(ruled)
    (change,) = ruled.ctl_json("policy", "reevaluate")["changes"]
    assert (change["obligation"], change["change"]) == ("extra", "ended")
    assert change["state_before"] == "open" and change["due_before"] == change["due_after"]
    ruled.ctl_json("policy", "reevaluate", "--apply")
    assert ruled.obligation(case, "extra")["state"] == change["state_after"] == "superseded"
    problem(ruled.act(case, "fulfil", kind="superior_report", obligation="extra"), 409,
            "obligation")


# --- requests --------------------------------------------------------------------------------

@pytest.mark.parametrize("body, status, field, words", [
    ([], 400, None, "what"), ({}, 422, "what", "required"),
    ({"what": "weather"}, 422, "what", "policy, calendar"),
    ({"what": "policy", "dryrun": True}, 422, "dryrun", "dry_run"),
    ({"what": "policy", "dry_run": "no"}, 422, "dry_run", ""),
    ({"what": "policy", "case": "x"}, 422, "case", ""),
    ({"what": "policy", "case": "0123456789ABCDEF"}, 404, None, "no such case"),
    ({"what": "calendar", "dry_run": False}, 422, "dry_run", "reload"),
    ({"what": "calendar", "dry_run": False, "from_disk": True}, 422, "dry_run", "reload"),
    ({"what": "policy", "dry_run": False, "from_disk": True}, 422, "dry_run", "reload"),
])
def test_bad_requests_are_named(service, body, status, field, words):
    before = stored(service)[1:]
    problem(service.post("/v1/reevaluation", body), status, field, words)
    assert stored(service)[1:] == before


def test_it_must_be_json(service):
    problem(service.post("/v1/reevaluation", "{", content_type="text/plain"), 415, "Content-Type")
    problem(service.post("/v1/reevaluation", "{"), 400)
    problem(service.get("/v1/reevaluation"), 405)


def test_a_case_that_ended_is_not_judged_anew(service):
    case = service.event("ended").json["case"]
    done(service, case, "invalidate", text="误报")
    body = {"what": "policy", "case": case, "dry_run": False}
    assert service.post("/v1/reevaluation", body).json["changed_cases"] == 0


def test_a_token_is_asked_for(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("auditor " + hashlib.sha256(b"s3cret").hexdigest() + "\n")
    tokens.chmod(0o600)
    daemon = Daemon(tmp_path, config=f"tokens_file: {tokens}\n").start()
    try:
        body = {"what": "policy"}
        problem(daemon.post("/v1/reevaluation", body), 401, "Authorization")
        answer = daemon.post("/v1/reevaluation", body, headers={"Authorization": "Bearer s3cret"})
        assert answer.status == 200, answer
    finally:
        daemon.stop()


def many(d, n):
    for first in range(0, n, 500):
        batch = [{"source": "many", "id": str(i), "type": "shixian.opinion.reported", "title": "t"}
                 for i in range(first, first + 500)]
        assert d.post("/v1/events", batch, timeout=120).status == 200


def ask_and_leave(d, body):
    """Sends the request and is gone before the answer."""
    text = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", d.port)) as s:
        s.sendall(b"POST /v1/reevaluation HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text) +
                  text)
        time.sleep(0.02)  # some pages on the way, whatever the machine


def test_who_leaves_early_and_a_stop_in_the_middle_do_no_harm(ruled, tmp_path):
    many(ruled, 2000)
    write_policy(tmp_path, "2026-01-02", 24, EXTRA)
    reload(ruled)
    for dry_run in (True, False):
        for _ in range(5):
            ask_and_leave(ruled, {"what": "policy", "dry_run": dry_run, "from_disk": dry_run})
    until(lambda: ruled.metrics()["shixian_http_in_flight"] == 1, what="all requests ended")
    # A reload in the middle: what was asked under the old one is answered under it, or goes on.
    ask_and_leave(ruled, {"what": "calendar"})
    reload(ruled)
    ask_and_leave(ruled, {"what": "policy", "dry_run": False})
    assert ruled.stop() == 0
    ruled.start()
    applied = ruled.ctl_json("policy", "reevaluate", "--apply")
    assert applied["cases"] == 2000
    assert ruled.ctl_json("policy", "reevaluate")["changes"] == []


def test_more_changes_than_one_answer_tells(ruled, tmp_path):
    """Two duties of 5,500 cases: 10,000 are listed, all are counted, all are applied."""
    many(ruled, 5500)
    write_policy(tmp_path, "2026-01-02", 24, EXTRA)
    reload(ruled)
    said = ruled.ctl_json("policy", "reevaluate", timeout=300)
    assert len(said["changes"]) == 10000 and said["truncated"] is True
    assert (said["changed_cases"], said["changed_obligations"]) == (5500, 11000)
    applied = ruled.ctl_json("policy", "reevaluate", "--apply", timeout=300)
    assert applied["changed_cases"] == 5500 and applied["truncated"] is True
    assert json.loads(ruled.ctl("policy", "reevaluate", "--json", timeout=300).stdout)["changes"] \
        == []
