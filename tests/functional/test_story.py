"""An incident as the duty office lives it: reported, graded, told, acknowledged, released."""

import base64
import datetime
import hashlib
import hmac

from harness import SECRET, until

NOW = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))


def ago(**span):
    return (NOW - datetime.timedelta(**span)).isoformat(timespec="seconds")


def due(o):
    return datetime.datetime.fromisoformat(o["due_at"])


def verified(request):
    """Standard Webhooks, from its text: base64(HMAC-SHA256(secret, id.timestamp.body))."""
    h = {k.lower(): v for k, v in request["headers"].items()}
    key = base64.b64decode(SECRET[len("whsec_"):])
    body = request["raw"] if "raw" in request else request["body"]
    signed = f"{h['webhook-id']}.{h['webhook-timestamp']}.{body}".encode()
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(s, "v1," + expected)
               for s in h["webhook-signature"].split(" "))


def test_incident(daemon, receiver):
    answer = daemon.event("i1", "shixian.incident.reported", title="滨河区某化工企业发生爆燃",
                          region="990102", channel="weibo",
                          incident={"category": "事故灾难", "level": None,
                                    "occurred_at": ago(hours=1)},
                          discovered_at=ago(minutes=50), lead_unit="yingji")
    assert answer.status == 201, answer
    case = answer.json["case"]
    assert answer.headers["location"] == f"/v1/cases/{case}"

    # Not graded yet: 48 h from discovery.
    assert due(daemon.obligation(case, "public_response")) == \
        datetime.datetime.fromisoformat(ago(minutes=50)) + datetime.timedelta(hours=48)

    assert daemon.act(case, "set_level", level=2).status == 200
    release = daemon.obligation(case, "authoritative_release")
    assert due(release) == datetime.datetime.fromisoformat(ago(hours=1)) + \
        datetime.timedelta(hours=5)
    assert daemon.obligation(case, "public_response")["state"] == "superseded"

    # One message at the report, one at the grading, though two obligations speak then.
    messages = until(lambda: len(receiver.requests) == 2 and receiver.bodies(), what="two messages")
    assert all(r["verified"] and verified(r) for r in receiver.requests)
    assert all(m["subject"] == case for m in messages)
    assert {o["obligation"] for o in messages[1]["data"]["obligations"]} == \
        {"authoritative_release", "press_conference"}
    assert "滨河区某化工企业发生爆燃" in messages[1]["data"]["text"]

    assert daemon.act(case, "acknowledge", unit="yingji").status == 200
    assert daemon.act(case, "fulfil", kind="authoritative_release", url="https://example.cn/1",
                      outlet="官方微博", reviewer="li").status == 200
    assert daemon.obligation(case, "authoritative_release")["state"] == "met"
    assert daemon.act(case, "close").status == 409  # the press conference is still owed
    assert daemon.act(case, "fulfil", kind="press_conference").status == 200
    assert daemon.act(case, "close", text="处置结束").status == 200
    c = daemon.case(case)
    assert c["status"] == "closed"
    assert [o["state"] for o in c["obligations"] if o["rule"] == "rolling_update"] == \
        ["met", "cancelled"]

    until(lambda: sum(f["type"] == "notice_accepted" for f in daemon.facts(case)) == 2,
          what="both acceptances in the ledger")
    facts = daemon.facts(case)
    assert [f["seq"] for f in facts] == list(range(1, len(facts) + 1))
    assert facts[0]["type"] == "reported"
    assert case not in {c["id"] for c in daemon.get("/v1/cases").json["cases"]}
    assert case in {c["id"] for c in daemon.get("/v1/cases?status=closed").json["cases"]}


def test_born_overdue_is_one_red_message(daemon, receiver):
    answer = daemon.event("i2", "shixian.incident.reported", title="南桥市一养老机构深夜起火",
                          incident={"category": "accident", "level": 2,
                                    "occurred_at": ago(hours=7)},
                          discovered_at=ago(minutes=5))
    case = answer.json["case"]
    o = daemon.obligation(case, "authoritative_release")
    assert o["state"] == "overdue" and "born_overdue" in o["flags"]
    assert "late_report" in daemon.case(case)["flags"]
    message = until(receiver.bodies, what="a message")[0]
    assert message["type"] == "shixian.notice.overdue"
    assert message["data"]["text"].startswith("【红灯·已超时 2小时")
    until(lambda: any(f["type"] == "notice_accepted" for f in daemon.facts(case)),
          what="acceptance")
    assert len(receiver.requests) == 1


def due_in(seconds):
    """A discovered_at that makes the 48 h duty fall due so many seconds from now."""
    now = datetime.datetime.now(NOW.tzinfo)
    return (now - datetime.timedelta(hours=48, seconds=-seconds)).isoformat(timespec="seconds")


def test_rung_fires_on_time_and_not_after_the_act(daemon, receiver):
    daemon.event("a", title="将到时限", discovered_at=due_in(3))
    answered = daemon.event("b", title="已回应", discovered_at=due_in(3)).json["case"]
    assert daemon.act(answered, "fulfil", kind="public_response").status == 200
    until(lambda: any(m["type"] == "shixian.notice.overdue" for m in receiver.bodies()),
          what="the red message")
    overdue = [m for m in receiver.bodies() if m["type"] == "shixian.notice.overdue"]
    assert [m["data"]["title"] for m in overdue] == ["将到时限"]
    scheduled = datetime.datetime.fromisoformat(overdue[0]["data"]["obligations"][0]["scheduled"])
    sent = datetime.datetime.fromisoformat(overdue[0]["time"])
    assert sent >= scheduled  # never early
    assert not any(f["type"] == "obligation_overdue" and f["obligation"] == "public_response"
                   for f in daemon.facts(answered))
