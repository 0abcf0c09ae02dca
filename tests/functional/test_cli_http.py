"""shixianctl against a real daemon: what it asks, prints and returns."""

import hashlib
import json
import socket
import threading

import pytest

from harness import PUBLIC, Daemon, ago, free_port, shixianctl
from page import enumerated

FIELDS = [f"{k}={v}" for k, v in PUBLIC.items()]


def said(ran, status, *words):
    """That it ended so, and names on stderr what is wrong."""
    assert ran.returncode == status, ran
    for word in words:
        assert word in ran.stderr, ran
    if status:
        assert ran.stderr.startswith("shixianctl: ") or "\nshixianctl: " in ran.stderr, ran
    return ran


# --- reading ---------------------------------------------------------------------------------

def test_list_follows_every_page_and_takes_every_filter(service):
    made = [service.event(f"list{n}", "shixian.incident.reported", topic="分页", region="990101",
                          lead_unit=f"u{n % 2}", incident={"level": 1 + n % 4}).json["case"]
            for n in range(9)]
    topic = ("case", "list", "--topic", "分页")
    whole = service.ctl_json(*topic)
    assert [c["id"] for c in whole["cases"]] == \
        [c["id"] for c in service.get("/v1/cases?topic=%E5%88%86%E9%A1%B5").json["cases"]]
    assert {c["id"] for c in whole["cases"]} == set(made) and whole["next"] is None
    few = service.ctl_json(*topic, "--limit", "4")
    assert few["cases"] == whole["cases"][:4] and few["next"]
    for option, value, n in [("--level", "2", 2), ("--unit", "u1", 4), ("--region", "9901", 9),
                             ("--lamp", "green", 9), ("--lamp", "red", 0), ("--state", "open", 9),
                             ("--status", "closed", 0), ("--status", "all", 9)]:
        assert len(service.ctl_json(*topic, option, value)["cases"]) == n, (option, value)
    lines = service.ctl(*topic).stdout.splitlines()
    assert len(lines) == 10 and all(c in "".join(lines) for c in made)
    assert all("绿" in x and "办理中" in x for x in lines[1:])
    said(service.ctl("case", "list", "--status", "bad"), 1, "status: ", "open, closed, all")
    said(service.ctl("case", "list", "--limit", "0"), 2, "--limit")
    said(service.ctl("case", "list", "--leval", "1"), 2, "--level")
    said(service.ctl("case", "list", "x"), 2, "too many operands")


def test_more_cases_than_one_page(service):
    batch = [{"source": "pages", "id": str(n), "type": "shixian.opinion.reported", "title": "多",
              "topic": "多页"} for n in range(450)]
    assert service.post("/v1/events", batch).status == 200
    cases = service.ctl_json("case", "list", "--topic", "多页")["cases"]
    assert len({c["id"] for c in cases}) == len(cases) == 450


def test_show_facts_and_explain(service):
    case = service.event("show", title="某小区停水", case_type="foi").json["case"]
    assert service.ctl_json("case", "show", case) == service.case(case)
    text = service.ctl("case", "show", case).stdout
    assert "某小区停水" in text and f"foi_answer.{case}" in text and "办理中" in text
    facts = service.ctl_json("case", "facts", case)["facts"]
    assert facts[::-1] == service.facts(case)
    assert len(service.ctl_json("case", "facts", case, "--limit", "1")["facts"]) == 1
    text = service.ctl("case", "facts", case).stdout.splitlines()
    assert text[0].split()[0] == "1" and "reported" in text[0] and len(text) == len(facts)
    key = f"foi_answer.{case}"
    why = service.ctl_json("case", "explain", case, key, "--lang", "en")
    assert why["lang"] == "en" and [o["key"] for o in why["obligations"]] == [key]
    text = service.ctl("case", "explain", case).stdout
    days = [d["text"] for o in service.get(f"/v1/cases/{case}/explain").json["obligations"]
            for d in o["days"]]
    assert days and all(f"    {d}\n" in text for d in days)
    said(service.ctl("case", "explain", case, "nothing"), 1, "obligation: ", key)
    said(service.ctl("case", "explain", case, "--lang", "fr"), 1, "lang: ")
    for command in ("show", "facts", "explain"):
        said(service.ctl("case", command, "0123456789ABCDEF"), 1, "no such case")
        said(service.ctl("case", command, "../metrics"), 1, "not a case id")
        said(service.ctl("case", command), 2, "operand")


# --- acting ----------------------------------------------------------------------------------

def test_every_action_has_a_command(service):
    listed = service.ctl("--help").stdout
    for action in enumerated("ACTIONS"):
        assert f"  case {action} " in listed, action
        said(service.ctl("case", action), 2, "operand")
        said(service.ctl("case", action, "0123456789ABCDEF", "zzzzzzzzzzzzzzzzzz=1"), 1,
             "zzzzzzzzzzzzzzzzzz: there is no such field")


def test_a_whole_life_by_commands(service):
    one = service.event("life1", "shixian.incident.reported", incident={"level": 3},
                        received_at=ago(days=3), case_type="foi").json["case"]
    two = service.event("life2", case_type="foi").json["case"]
    key = f"foi_answer.{one}"

    def act(action, *fields, case=one):
        ran = service.ctl("case", action, case, *fields)
        assert ran.returncode == 0, (action, fields, ran)
        return service.case(case)

    assert act("set_level", "level=2", "category=health")["incident"]["level"] == 2
    assert act("set_level", "level=null")["incident"]["level"] in (0, None)
    c = act("assign", "lead_unit=2026", "assist_units=a,b")
    assert (c["lead_unit"], c["assist_units"]) == ("2026", ["a", "b"])
    assert act("acknowledge")["acknowledged_by"] == "2026"
    assert act("judge", "labels=serious,complex", "text=123")["labels"] == ["serious", "complex"]
    assert act("judge", "labels=")["labels"] == []
    act("extend_request", f"obligation={key}", "window=10wd", "reason=true")
    extension = act("extend_decide", f"obligation={key}", "window=10wd", "approved=false",
                    "approver=wang")["extensions"][-1]
    assert (extension["approved"], extension["why"]) == (False, "true")
    act("exclude", "kind=third_party", f"from={ago(days=2)}", "reason=征求意见")
    assert service.obligation(one, key)["state"] == "paused"
    act("resume", "kind=third_party", f"at={ago(days=1)}")
    act("restart", f"obligation={key}")
    c = act("fulfil", "kind=public_response", *FIELDS)
    act("correct_time", "field=act", f"act={len(c['acts'])}", f"at={ago(minutes=5)}",
        "reason=录入有误")
    act("note", "text=null")
    assert service.facts(one)[-1]["text"] == "null"
    assert act("merge", "into=test:life1", case=two)["merged_into"] == one
    assert act("split", f"report={two}") and service.case(two)["status"] == "open"
    act("fulfil", "kind=foi_answer", "report=test:life1")
    assert service.obligation(one, key)["state"].startswith("met")
    assert act("invalidate", "text=误报", case=two)["status"] == "invalid"
    out = service.ctl("case", "note", one, "text=完").stdout
    assert one in out and key in out


def test_refusals_are_told_with_their_field(service):
    case = service.event("refused").json["case"]
    facts = service.facts(case)
    for fields, status, words in [
            (["fulfil", case, "kind=public_response"], 1, ["url: "]),
            (["fulfil", case, "kind=dance"], 1, ["kind: ", "dance"]),
            (["set_level", case, "level=9"], 1, ["level: "]),
            (["close", case], 1, ["public_response"]),
            (["merge", case, "into=nobody:1"], 1, ["into: "]),
            (["note", case, "text"], 2, ["field=value"]), (["note", case, "=x"], 2, ["field="]),
            (["note", case, "text=a", "text=b"], 2, ["more than once"]),
            (["dance", case], 2, ["unknown command"])]:
        said(service.ctl("case", *fields), status, *words)
    assert service.facts(case) == facts
    ran = service.ctl("case", "close", case, "--json")
    assert ran.returncode == 1 and json.loads(ran.stdout)["status"] == 409


def test_an_idempotency_key_makes_a_repeat_harmless(service):
    case = service.event("key").json["case"]
    note = ("case", "note", case, "--idempotency-key", "k1")
    for _ in range(2):
        assert service.ctl(*note, "text=一次").returncode == 0
    assert [f["type"] for f in service.facts(case)].count("noted") == 1
    said(service.ctl(*note, "text=别的"), 1, "another content")
    said(service.ctl("case", "note", case, "text=x", "--idempotency-key", "a\r\nX: y"), 2, "line")


# --- sending ---------------------------------------------------------------------------------

def events(*ids, **more):
    return [{"source": "send", "id": i, "type": "shixian.opinion.reported", "title": f"事项 {i}",
             **more} for i in ids]


def test_send_takes_lines_lists_and_single_events(service, tmp_path):
    lines = "\n".join(json.dumps(e) for e in events("l1", "l2")) + "\n\n"
    ran = service.ctl("send", "-", input=lines)
    assert ran.returncode == 0 and "已收 2，重复 0，拒绝 0" in ran.stdout, ran
    assert "重复 2" in service.ctl("send", "-", input=lines).stdout
    file = tmp_path / "events.json"
    file.write_text(json.dumps(events("a1", "a2", "a3"), ensure_ascii=False, indent=2))
    assert "已收 3" in service.ctl("send", file).stdout
    file.write_text(json.dumps(events("s1")[0], indent=2))
    assert "已收 1" in service.ctl("send", file).stdout
    assert "共 0 条" in service.ctl("send", "-", input=" \n").stdout
    ran = service.ctl("send", "-", "--json", input=json.dumps(events("j1")))
    assert json.loads(ran.stdout)["results"][0]["status"] == 201


def test_send_goes_in_batches(service):
    many = "\n".join(json.dumps(e) for e in events(*(f"m{n}" for n in range(1203))))
    assert "共 1203 条：已收 1203" in service.ctl("send", "-", input=many).stdout
    large = json.dumps(events(*(f"big{n}" for n in range(90)), summary="长" * 5000))
    assert "已收 90" in service.ctl("send", "-", input=large).stdout


def test_what_is_refused_is_named_and_the_rest_is_sent(service, tmp_path):
    bad = events("b1", "b2", "b3")
    bad[1]["titel"] = bad[1].pop("title")
    ran = said(service.ctl("send", "-", input="\n".join(map(json.dumps, bad))), 1,
               "event 2 (id b2): titel: ", "title")
    assert "已收 2，重复 0，拒绝 1" in ran.stdout
    said(service.ctl("send", "-", input=json.dumps([{"x": 1}])), 1, "event 1")
    ran = said(service.ctl("send", "-", input=json.dumps(events("c1")[0]) + '\n{"source": '), 1,
               "event 2 is not JSON")
    assert "已收 1" in ran.stdout
    said(service.ctl("send", tmp_path / "nowhere"), 1, "nowhere", "No such file")
    said(service.ctl("send"), 2, "operand")


# --- who and where ---------------------------------------------------------------------------

def test_where_the_daemon_is(service, tmp_path):
    case = service.event("where").json["case"]
    http, unix = f"http://127.0.0.1:{service.port}", f"unix:{service.run}/api.sock"
    for server in (http, http + "/", unix):
        assert shixianctl("case", "show", case, "--server", server).returncode == 0, server
        assert shixianctl("case", "show", case, env={"SHIXIAN_SERVER": server}).returncode == 0
    # What stands in the command wins, and no proxy comes between.
    env = {"SHIXIAN_SERVER": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    assert shixianctl("case", "show", case, "--server", http, env=env).returncode == 0
    said(shixianctl("case", "list", env=env), 1, "127.0.0.1:1", "can not be reached")
    said(shixianctl("case", "list", "--server", f"unix:{tmp_path}/no.sock"), 1, "no.sock")
    for wrong in ("127.0.0.1:5248", "ftp://x", "unix:relative", "file:///etc/passwd", "h" * 2000,
                  "unix:/" + "x" * 200):
        said(shixianctl("case", "list", "--server", wrong), 2, "--server")


def test_a_server_that_is_another_one(tmp_path):
    """Not HTTP, or not ours: said, and no crash."""
    answers = [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
               b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
               b'HTTP/1.1 500 x\r\nContent-Length: 2\r\n\r\n{}']
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        def serve():
            for answer in answers:
                c, _ = listener.accept()
                with c:
                    c.recv(65536)
                    c.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        for _ in answers:
            ran = shixianctl("case", "list", "--server",
                             f"http://127.0.0.1:{listener.getsockname()[1]}")
            said(ran, 1)


def test_a_token_comes_from_a_file(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("clerk " + hashlib.sha256(b"s3cret").hexdigest() + "\n")
    tokens.chmod(0o600)
    daemon = Daemon(tmp_path, config=f"tokens_file: {tokens}\n").start()
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    where = ("--server", f"http://127.0.0.1:{daemon.port}")
    try:
        assert shixianctl("send", "-", *where, "--token-file", file,
                          input=json.dumps(events("t1"))).returncode == 0
        listed = shixianctl("case", "list", *where, "--json",
                            env={"SHIXIAN_TOKEN_FILE": str(file)})
        (case,) = json.loads(listed.stdout)["cases"]
        assert shixianctl("case", "note", case["id"], "text=x", *where, "--token-file",
                          file).returncode == 0
        facts = json.loads(shixianctl("case", "facts", case["id"], *where, "--json",
                                      "--token-file", file).stdout)["facts"]
        assert facts[0]["by"] == "clerk"
        said(shixianctl("case", "list", *where), 1, "Authorization: ")
        file.write_text("other")
        said(shixianctl("case", "list", *where, "--token-file", file), 1, "Authorization: ")
        for text in ("", "\n", "a b\n", "x" * 600, "geheim\x01"):
            file.write_text(text)
            said(shixianctl("case", "list", *where, "--token-file", file), 1, "token")
        said(shixianctl("case", "list", *where, "--token-file", tmp_path / "no"), 1, "No such")
    finally:
        daemon.stop()


def test_what_came_from_outside_can_not_move_the_cursor(service):
    case = service.event("escape", title="标题\x1b[2J\x07完\u009b2J").json["case"]
    for ran in (service.ctl("case", "show", case), service.ctl("case", "list"),
                service.ctl("case", "note", case, "text=x")):
        assert ran.returncode == 0
        assert not any(ord(c) < 0x20 and c != "\n" or 0x7f <= ord(c) < 0xa0 for c in ran.stdout)


def test_help_is_everywhere(service):
    for command in ("list", "show", "facts", "explain", "fulfil"):
        ran = shixianctl("case", command, "--help")
        assert ran.returncode == 0 and ran.stdout.startswith("usage: shixianctl case "), ran
        assert "--server" in ran.stdout and "--json" in ran.stdout
    for command in (["send"], ["policy", "reevaluate"], ["calendar", "check"]):
        assert shixianctl(*command, "--help").stdout.startswith("usage: shixianctl ")
