"""docs/HTTP.md is true: its examples run, its tables are what the daemon does, both ways."""

import datetime
import hashlib
import http.client
import json
import re

import pytest

from harness import ROOT, Daemon, ago, cloudevent, every_fact, problem, until
from page import Page, enumerated, row_names, same, shell

PAGE = Page("HTTP.md")
GUIDE = Page("guide.zh.md")
# The body, then the status alone on the last line.
CURL = "curl() { command curl -sS -w '\\n%{http_code}' \"$@\"; }\n"
ZONE = datetime.timezone(datetime.timedelta(hours=8))
PAGE_TIME = datetime.datetime(2026, 7, 14, 15, 40, tzinfo=ZONE)
REPORT = PAGE.table("field", "type", "limit")


@pytest.fixture
def story(daemon, receiver):
    """A daemon to which everything has happened, and the case ids."""
    return daemon, every_fact(daemon, receiver)


def today(text):
    """On the page it is 2026-07-14 15:40; deadlines should look the same on the day of the test."""
    now = datetime.datetime.now(ZONE)
    return re.sub(r"2026-07-14T[\d:]{8}\+08:00", lambda m: (
        now + (datetime.datetime.fromisoformat(m[0]) - PAGE_TIME)).isoformat(), text)


def run_example(daemon, text, **env):
    text = today(text).replace("127.0.0.1:5248", f"127.0.0.1:{daemon.port}")
    text = text.replace("/run/shixian/shixiand.sock", f"{daemon.run}/api.sock")
    ran = shell(text, {"TOKEN": "", **env}, CURL)
    assert ran.returncode == 0, (text, ran.stderr)
    body, _, status = ran.stdout.rpartition("\n")
    return int(status), body


def test_every_example_runs_and_answers_as_the_page_says(service):
    marks = re.findall(r"<!-- (example: \d+|answer) -->", PAGE.text)
    assert len(marks) == PAGE.text.count("```") // 2, "a block is not marked"
    examples, answers = iter(PAGE.examples("example")), iter(PAGE.examples("answer"))
    body = None
    for mark in marks:
        if mark == "answer":
            _, _, said = next(answers)
            same(json.loads(said), json.loads(body))
        else:
            (expected,), _, text = next(examples)
            status, body = run_example(service, text)
            assert status == int(expected), (text, status, body)
    assert len(marks) > 10


def test_routes_and_their_methods(service):
    live = set()
    labels = {re.search(r'route="([^"]*)"', n)[1] for n in service.metrics() if "route=" in n}
    for path in labels - {"other"}:
        answer = service.request("DELETE", path.replace("{id}", "0" * 16))
        problem(answer, 405, None)
        live |= {(m, path) for m in answer.headers["allow"].split(", ") if m != "HEAD"}
    said = {(row[0], row_names(row, 1)[0]) for row in PAGE.table("method", "path")}
    assert said == live


def expected_list(detail):
    """The names in "...; expected a, b, c"."""
    return set(re.search(r"expected (.*)$", detail)[1].split(", "))


def test_fields_of_a_report_are_all_told_and_no_others(service):
    answer = service.event("fields", zzzzzzzzzzzzzzzzzzzzzzzz=1)
    assert expected_list(answer.json["detail"]) == {n for r in REPORT for n in row_names(r)}
    answer = service.event("fields", incident={"zzzzzzzzzzzzzzzzzzzzzz": 1})
    assert expected_list(answer.json["detail"]) == set(PAGE.names("field of `incident`", "type"))


def test_length_limits_of_text_are_as_told(service):
    checked = 0
    for row in REPORT:
        field, limit = row_names(row)[0], row[2]
        if not limit.isdigit() or row[1].startswith("list"):
            continue
        value = ("http://x.example/" if field == "url" else "").ljust(int(limit), "a")
        assert service.event(f"limit {field}", **{field: value}).status == 201, field
        problem(service.event(f"over {field}", **{field: value + "a"}), 422, f"data.{field}",
                limit)
        checked += 1
    assert checked == 9


def test_actions_and_their_fields(service):
    case = service.event("actions").json["case"]
    live = service.act(case, "dance").json["detail"]
    rows = {row_names(row)[0]: row for row in PAGE.table("action", "中文", "fields")}
    assert set(rows) == set(re.search(r"one of (.*), found", live)[1].split(", "))
    for action, row in rows.items():
        fields = expected_list(service.act(case, action, zzzzzzzzzzzzzzzzzzzzzzzz=1).json["detail"])
        assert {n for n in row_names(row, 2)} == fields - {"action"}, action


def test_kinds_of_acts(service):
    answer = service.act(service.event("kinds").json["case"], "fulfil", kind="dance")
    said = re.search(r"- `kind` is what was done:(.*?)\n- ", PAGE.text, re.S)[1]
    live = re.search(r"one of (.*), found", answer.json["detail"])[1].split(", ")
    assert re.findall(r"`(\w+)`", said) == live


@pytest.mark.parametrize("head, macro", [
    (("state", "中文", "meaning", "lamp"), "OBLIGATION_STATES"),
    (("flag of an obligation",), "OBLIGATION_FLAGS"),
    (("flag of a case",), "CASE_FLAGS"),
    (("status of a case",), "CASE_STATUSES"),
    (("type", "keys of its own"), "FACT_TYPES"),
    (("reason", "of"), "REASONS"),
])
def test_enumerations_are_whole(head, macro):
    # "none" is a case before its first fact: nobody ever sees one.
    assert set(PAGE.names(*head)) == enumerated(macro) - {"none"}


def test_problems_are_whole():
    source = (ROOT / "daemon/http/problem.h").read_text()
    live = {(slug, status) for status, slug in re.findall(r'X\(\w+, (\d+), "([^"]+)"', source)}
    said = {(row_names(r)[0], r[1]) for r in PAGE.table("`type` after `urn:shixian:problem:`")}
    assert said == live


def test_query_parameters_are_as_told(service):
    good = {"status": "all", "level": "0", "region": "99", "topic": "t", "unit": "u",
            "lamp": "red", "state": "open", "exercise": "true", "limit": "200", "cursor": None}
    assert set(PAGE.names("parameter", "values")) == set(good)
    for name, value in good.items():
        if value:
            assert service.get(f"/v1/cases?{name}={value}").status == 200, name
    problem(service.get("/v1/cases?limit=201"), 400, "limit")
    problem(service.get("/v1/cases?level=5"), 400, "level")
    for row in PAGE.table("parameter", "values"):
        for value in row_names(row, 1):
            if value != "next":
                assert service.get(f"/v1/cases?{row_names(row)[0]}={value}").status == 200, row


def test_facts_have_the_keys_the_page_gives_them(story):
    daemon, cases = story
    common = set(PAGE.names("key", "meaning"))
    own = {row_names(r)[0]: set(row_names(r, 1)) for r in PAGE.table("type", "keys of its own")}
    seen = set()
    for case in cases:
        for fact in daemon.facts(case):
            assert set(fact) == common | own[fact["type"]], fact["type"]
            seen.add(fact["type"])
    assert seen == set(own)


def test_metrics_are_all_told(service):
    live = set(re.findall(r"^# TYPE (\w+) (\w+)$", service.get("/metrics").body.decode(), re.M))
    said = {(row_names(r)[0], r[1]) for r in PAGE.table("name", "type", "what")}
    assert said == live


def test_a_token_is_asked_for_as_told(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("board " + hashlib.sha256(b"s3cret").hexdigest() + "\n")
    tokens.chmod(0o600)
    daemon = Daemon(tmp_path, config=f"tokens_file: {tokens}\n")
    daemon.start(ready=False)
    example = next(t for _, _, t in PAGE.examples("example") if "$TOKEN" in t)
    socket = next(t for _, _, t in PAGE.examples("example") if "--unix-socket" in t)
    try:
        until(lambda: healthy(daemon), what="healthz without a token")
        until(lambda: run_example(daemon, example, TOKEN="s3cret")[0] == 200, what="a token taken")
        status, body = run_example(daemon, example, TOKEN="other")
        assert status == 401 and "unauthorized" in body
        assert daemon.get("/v1/cases").headers["www-authenticate"] == "Bearer"
        assert run_example(daemon, socket)[0] == 200
    finally:
        daemon.stop()


def healthy(daemon):
    try:
        return daemon.get("/healthz").status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_repeat_in_another_mode_is_a_repeat_and_another_time_is_not(service):
    event = cloudevent("repeat", time="2026-07-14T08:00:00Z")
    assert service.post("/v1/events", event, "application/cloudevents+json").status == 201
    plain = {k: v for k, v in event.items() if k not in ("data", "specversion")} | event["data"]
    again = service.post("/v1/events", plain)
    assert again.status == 200 and again.json["duplicate"] is True
    problem(service.post("/v1/events", {**plain, "time": "2026-07-14T08:00:01Z"}), 409)


def test_short_answer_and_case_tell_the_same_lamps(service):
    report = {"source": "test", "id": "lamps"}
    service.event("lamps")
    for action, data in [("set_level", {"level": 1}), ("set_level", {"level": 4})]:
        short = service.event(f"lamps {data}", f"shixian.case.{action}", report=report,
                              **data).json
        whole = service.case(short["case"])["obligations"]
        for said, known in zip(short["obligations"], whole, strict=True):
            assert said == {key: known[key] for key in said}, said
        assert None in [o["lamp"] for o in short["obligations"]]


def test_every_line_of_the_guide_can_be_copied(service):
    case = re.search(r"^CASE=(\w+)$", GUIDE.text, re.M)[1]
    for (expected,), _, text in GUIDE.examples("example"):
        for line in re.split(r"\n(?=curl)", text):
            status, body = run_example(service, line, CASE=case)
            assert status == int(expected), (line, status, body)
    assert service.case(case)["status"] == "invalid"


def test_the_guide_names_every_kind_flag_and_state():
    assert set(GUIDE.names("状态", "意思")) == enumerated("OBLIGATION_STATES")
    assert set(GUIDE.names("标记", "意思")) == enumerated("OBLIGATION_FLAGS") | \
        enumerated("CASE_FLAGS")


def test_the_message_in_the_guide_is_a_real_one(tmp_path, receiver):
    """Apart from figures, and from what says that reminders before it were folded in."""
    unit = "{id: binhe-yingji, name: 滨河区应急管理局, contact: [duty], head: [duty]}"
    daemon = Daemon(tmp_path, {"duty": receiver.url}, f"units: [{unit}]\n").start()
    try:
        daemon.event("2026-0714-02", "shixian.incident.reported", "值班室", title="滨河区某化工厂爆燃",
                     region="990102", lead_unit="binhe-yingji",
                     incident={"category": "accident", "level": 2,
                               "occurred_at": ago(hours=4, minutes=20)})
        text = until(receiver.bodies, what="a message")[0]["data"]["text"]
    finally:
        daemon.stop()
    said = re.search(r"```text\n(【.*?)\n```", GUIDE.text, re.S)[1]
    live = re.sub("（含此前未发的 \\d+ 次提醒）", "", text)
    assert re.sub(r"\d+", "N", said) == re.sub(r"\d+", "N", live)


def anchors(text):
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))],
                         ids=lambda page: page.name)
def test_links_and_file_names_lead_somewhere(page):
    text = page.read_text()
    for path, anchor in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", text):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text()), (path, anchor)
    for path in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:c|h|lua|py|sh|yaml))`", text):
        assert any((ROOT / base / path).exists() for base in ("", "daemon", "include")), path
