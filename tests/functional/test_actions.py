"""What people do to a case, by POST actions and by CloudEvents, and what can be read of it after.

An action is done whole or refused whole with a reason; no action makes a breach unhappen."""

import datetime
import threading
import time

import pytest

from harness import problem, stored

CST = datetime.timezone(datetime.timedelta(hours=8))


def ago(**span):
    return (datetime.datetime.now(CST) - datetime.timedelta(**span)).isoformat()


def opinion(daemon, id, **data):
    answer = daemon.event(id, source="actions", **data)
    assert answer.status == 201, answer
    return answer.json["case"]


def incident(daemon, id, level, occurred, **data):
    """occurred: hours ago, and some minutes: no rung lies at this very moment."""
    answer = daemon.event(id, "shixian.incident.reported", source="actions",
                          incident={"category": "accident", "level": level,
                                    "occurred_at": ago(hours=occurred, minutes=7)},
                          discovered_at=ago(hours=occurred, minutes=7), **data)
    assert answer.status == 201, answer
    return answer.json["case"]


def states(daemon, case, kind="statutory"):
    return {o["key"]: o["state"] for o in daemon.case(case)["obligations"] if o["kind"] == kind}


def flags(daemon, case, key):
    return set(daemon.obligation(case, key)["flags"])


def last(daemon, case, type):
    return [f for f in daemon.facts(case) if f["type"] == type][-1]


class Refuses:
    """An action that must be refused leaves the case as it is."""

    def __init__(self, daemon, case):
        self.daemon, self.case = daemon, case

    def __call__(self, status, field, words, action, **fields):
        before = self.daemon.case(self.case), stored(self.daemon)
        answer = self.daemon.act(self.case, action, **fields)
        problem(answer, status, field, *words)
        assert (self.daemon.case(self.case), stored(self.daemon)) == before


# --- by POST ---------------------------------------------------------------------------------

def test_assign_then_acknowledge_by_those_on_the_case_only(service):
    case = opinion(service, "assign")
    refuses = Refuses(service, case)
    refuses(409, None, ["assign it first"], "acknowledge")
    answer = service.act(case, "assign", lead_unit="shuiwu", assist_units=["chengguan"])
    assert answer.status == 200 and answer.json["lead_unit"] == "shuiwu"
    assert answer.json["assist_units"] == ["chengguan"] and answer.json["assigned_at"]
    refuses(422, "unit", ["shuiwu"], "acknowledge", unit="jiaotong")
    # An assisting unit may take note; the receipt is the lead unit's to give.
    assert service.act(case, "acknowledge", unit="chengguan").status == 200
    assert last(service, case, "acknowledged")["unit"] == "chengguan"
    assert service.case(case)["acknowledged_at"] is None
    assert service.act(case, "acknowledge").json["acknowledged_by"] == "shuiwu"
    revision = service.case(case)["rev"]
    assert service.act(case, "acknowledge", unit="shuiwu").status == 200  # adds nothing
    assert service.case(case)["rev"] == revision
    # Assigned anew, it waits for a new acknowledgement.
    assert service.act(case, "assign", lead_unit="jiaotong").status == 200
    c = service.case(case)
    assert c["acknowledged_at"] is None and c["assist_units"] == []
    assert service.act(case, "acknowledge").json["acknowledged_by"] == "jiaotong"


def test_facts_say_who_what_and_why(service):
    case = opinion(service, "facts")
    service.act(case, "assign", lead_unit="shuiwu")
    service.act(case, "note", text="已电话核实\n第二行")
    facts = service.facts(case)
    assert [f["seq"] for f in facts] == list(range(1, len(facts) + 1))
    assert all(f["reason"] and f["recorded_at"] and f["by"] for f in facts), facts
    assert facts[0]["type"] == "reported" and facts[0]["reason"] == "requested"
    opened = [f for f in facts if f["type"] == "obligation_opened"]
    assert [f["obligation_data"]["key"] for f in opened] == \
        ["public_response", "first_judgement", opened[2]["obligation_data"]["key"]]
    assert opened[2]["obligation_data"]["key"].startswith("acknowledge.")
    assert {(f["reason"], f["by"]) for f in opened} == {("rule_applies", "system")}
    assert last(service, case, "assigned")["lead_unit"] == "shuiwu"
    assert last(service, case, "noted")["text"] == "已电话核实\n第二行"
    assert len({f["hash"] for f in facts}) == len(facts)


def test_reason_is_another_word_for_text_but_not_beside_it(service):
    case = opinion(service, "alias")
    assert service.act(case, "note", reason="理由").status == 200
    assert last(service, case, "noted")["text"] == "理由"
    Refuses(service, case)(422, "text", ["twice"], "note", text="a", reason="b")


@pytest.mark.parametrize("field, words, fields", [
    ("action", ["required", "set_level"], {}),
    ("action", ["one of", "dance"], {"action": "dance"}),
    ("into", ["case id"], {"action": "merge", "into": "x"}),
    ("into", ["there is no case"], {"action": "merge", "into": "0123456789ABCDEF"}),
    ("report", ["no such report"], {"action": "split", "report": "0123456789ABCDEF"}),
    ("url", ["public act"], {"action": "fulfil", "kind": "briefing", "reviewer": "li"}),
    ("reviewer", ["public act"], {"action": "fulfil", "kind": "briefing", "url": "https://a.cn/"}),
    ("reviewer", ["\"li\" is also the author"],
     {"action": "fulfil", "kind": "briefing", "url": "https://a.cn/", "reviewer": "li",
      "author": "li"}),
    ("labels", ["word of a-z"], {"action": "judge", "labels": ["严重"]}),
    ("field", ["one of"], {"action": "correct_time", "field": "x", "at": ago(), "reason": "r"}),
    ("act", ["required"], {"action": "correct_time", "field": "act", "at": ago(), "reason": "r"}),
    ("window", ["at most 20wd"],
     {"action": "extend_request", "obligation": "foi_answer", "window": "21wd"}),
    ("action", ["found 7"], {"action": 7}),
    ("level", ["required"], {"action": "set_level"}),
    ("level", ["1", "found 5"], {"action": "set_level", "level": 5}),
    ("level", ["found \"2\""], {"action": "set_level", "level": "2"}),
    ("levle", ["did you mean \"level\""], {"action": "set_level", "levle": 2}),
    ("category", ["one of"], {"action": "set_level", "level": 2, "category": "war"}),
    ("lead_unit", ["required"], {"action": "assign"}),
    ("lead_unit", ["empty"], {"action": "assign", "lead_unit": " "}),
    ("assist_units", ["list"], {"action": "assign", "lead_unit": "a", "assist_units": "b"}),
    ("kind", ["required"], {"action": "fulfil"}),
    ("kind", ["press_conference"], {"action": "fulfil", "kind": "tweet"}),
    ("happened_at", ["future"], {"action": "fulfil", "kind": "briefing",
                                 "happened_at": "2100-01-01T00:00:00Z"}),
    ("happened_at", ["no calendar"], {"action": "fulfil", "kind": "briefing",
                                      "happened_at": "2999-01-01T00:00:00Z"}),
    ("happened_at", ["does not exist"], {"action": "fulfil", "kind": "briefing",
                                         "happened_at": "2026-02-30T00:00:00Z"}),
    ("happened_at", ["before the matter began"], {"action": "fulfil", "kind": "briefing",
                                                  "happened_at": "2020-01-01T00:00:00Z"}),
    ("url", ["http"], {"action": "fulfil", "kind": "briefing", "url": "ftp://x.cn/"}),
    ("obligation", ["public_response"], {"action": "fulfil", "kind": "briefing",
                                         "obligation": "press_conference"}),
    ("kind", ["public_response", "briefing"], {"action": "fulfil", "kind": "rumor_referral",
                                               "obligation": "public_response"}),
    ("text", ["required"], {"action": "note"}),
    ("text", ["empty"], {"action": "note", "text": "\n"}),
    ("text", ["16384"], {"action": "note", "text": "字" * 5462}),
    ("text", ["required"], {"action": "invalidate"}),
    ("hapened_at", ["did you mean"], {"action": "note", "text": "x", "hapened_at": ago()}),
    ("unit", ["no such field"], {"action": "close", "unit": "x"}),
    ("report", ["no such field"], {"action": "note", "text": "x", "report": {}}),
])
def test_bad_action_is_named_and_changes_nothing(service, field, words, fields):
    if fields.get("obligation") == "foi_answer":
        answer = service.event(time.monotonic_ns(), case_type="foi")
    else:
        answer = service.event("badaction", source="actions", discovered_at="2026-07-14T08:00:00Z")
    case, before = answer.json["case"], stored(service)
    answer = service.post(f"/v1/cases/{case}/actions", fields)
    problem(answer, 422, field, *words)
    assert stored(service) == before


@pytest.mark.parametrize("body, content_type, status", [
    (b"", "application/json", 400), (b"{", "application/json", 400),
    (b"[]", "application/json", 400),
    (b'{"action":"note","text":"x"}', "text/plain", 415),
    (b'{"action":"note","text":"x"}', "application/cloudevents+json", 415),
    (b'{"action":"note","text":"x","text":"y"}', "application/json", 400),
    (b" " * 1048577, "application/json", 413),
])
def test_body_that_is_no_action_changes_nothing(service, body, content_type, status):
    case, before = service.event("badbody").json["case"], stored(service)
    answer = service.post(f"/v1/cases/{case}/actions", body, content_type)
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert stored(service) == before


def test_action_on_a_case_that_is_not_there_is_404(service):
    before = stored(service)
    problem(service.act("0123456789ABCDEF", "note", text="x"), 404)
    assert stored(service) == before


def test_many_people_at_once_on_one_case_are_all_heard(service):
    case = opinion(service, "crowd")
    statuses = []

    def person(n):
        for i in range(5):
            statuses.append(service.act(case, "note", text=f"{n}-{i}").status)

    threads = [threading.Thread(target=person, args=(n,)) for n in range(32)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert statuses == [200] * 160
    facts = service.facts(case)
    assert [f["seq"] for f in facts] == list(range(1, len(facts) + 1))
    assert len({f["text"] for f in facts if f["type"] == "noted"}) == 160


def test_a_repeated_idempotency_key_does_the_action_once(service):
    case = service.event("idem").json["case"]
    key = {"Idempotency-Key": "note-1"}
    path = f"/v1/cases/{case}/actions"
    first = service.post(path, {"action": "note", "text": "一次"}, headers=key)
    assert first.status == 200
    again = service.post(path, {"text": "一次", "action": "note"}, headers=key)
    assert again.status == 200, again
    assert [f["type"] for f in service.facts(case)].count("noted") == 1
    problem(service.post(path, {"action": "note", "text": "两次"}, headers=key), 409)
    other = service.event("idem2").json["case"]  # the key counts for one case
    assert service.post(f"/v1/cases/{other}/actions", {"action": "note", "text": "另案"},
                        headers=key).status == 200
    assert [f["type"] for f in service.facts(other)].count("noted") == 1
    for bad in ("", "x" * 257, "t\tab"):
        problem(service.post(path, {"action": "note", "text": "x"},
                             headers={"Idempotency-Key": bad}), 400, "Idempotency-Key")


# --- deadlines -------------------------------------------------------------------------------

def test_raising_the_level_counts_from_the_occurrence_and_is_born_overdue(service):
    case = incident(service, "raise", 3, 6)
    assert states(service, case) == {"public_response": "open"}
    assert service.act(case, "set_level", level=1, category="公共卫生事件").status == 200
    assert states(service, case) == {"public_response": "superseded",
                                     "authoritative_release": "overdue",
                                     "press_conference": "open"}
    assert states(service, case, "target") == {"first_judgement": "overdue",
                                               "superior_report": "overdue"}
    assert states(service, case, "advisory") == {"principal_statement": "open"}
    assert service.obligation(case, "principal_statement")["due_at"] is None
    assert flags(service, case, "authoritative_release") == {"born_overdue", "breached"}
    f = last(service, case, "level_set")
    assert (f["level_before"], f["level"], f["category"]) == (3, 1, "health")
    assert last(service, case, "obligation_superseded")["reason"] == "level_raised"
    assert last(service, case, "obligation_overdue")["reason"] == "born_overdue"


def test_lowering_the_level_erases_no_breach_whatever_is_done_after(service):
    case = incident(service, "lower", 2, 30)
    assert states(service, case) == {"authoritative_release": "overdue",
                                     "press_conference": "overdue"}
    for level in (4, 1, None, 2, 3):
        assert service.act(case, "set_level", level=level).status == 200
        for key in ("authoritative_release", "press_conference"):
            assert service.obligation(case, key)["state"] == "overdue"
            assert "breached" in flags(service, case, key)
    assert states(service, case)["public_response"] == "open"
    assert "reinstated" in flags(service, case, "public_response")
    # Done late is met late, for ever; also when an earlier act is learnt of that was late too.
    for hours in (1, 4):
        assert service.act(case, "fulfil", kind="press_conference",
                           happened_at=ago(hours=hours)).status == 200
        assert service.obligation(case, "press_conference")["state"] == "met_late"
        assert "breached" in flags(service, case, "press_conference")
    assert service.act(case, "close").status == 200
    assert service.obligation(case, "authoritative_release")["state"] == "met_late"
    opened = [f["obligation_data"]["key"] for f in service.facts(case)
              if f["type"] == "obligation_opened"]
    assert len(opened) == len(set(opened))  # each duty was opened once
    assert {"authoritative_release", "press_conference", "public_response"} < set(opened)


def test_the_same_level_again_adds_nothing(service):
    case = incident(service, "same", 2, 1)
    before = service.case(case), service.facts(case)
    assert service.act(case, "set_level", level=2).status == 200
    assert (service.case(case), service.facts(case)) == before
    assert service.act(case, "set_level", level=2, category="natural").status == 200
    assert service.case(case)["incident"]["category"] == "natural"


def test_fulfil_to_the_second_the_due_instant_is_inclusive(service):
    start = datetime.datetime.now(CST).replace(microsecond=0) - datetime.timedelta(hours=72)
    due = start + datetime.timedelta(hours=48)
    for id, late, state in (("inc0", 0, "met"), ("inc1", 1, "met_late"), ("inc2", 0.999, "met")):
        case = opinion(service, id, discovered_at=start.isoformat())
        assert service.obligation(case, "public_response")["state"] == "overdue"
        happened = due + datetime.timedelta(seconds=late)
        assert service.act(case, "fulfil", kind="public_response",
                           happened_at=happened.isoformat()).status == 200
        assert service.obligation(case, "public_response")["state"] == state, id
        # It was seen unmet past its due instant: that stays, whatever was learnt since.
        assert "breached" in flags(service, case, "public_response")


def test_an_earlier_act_learnt_of_later_decides(service):
    case = opinion(service, "earlier", discovered_at=ago(hours=60))
    assert service.act(case, "fulfil", kind="briefing", happened_at=ago(hours=2)).status == 200
    assert service.obligation(case, "public_response")["state"] == "met_late"
    assert service.act(case, "fulfil", kind="media_interview",
                       happened_at=ago(hours=30)).status == 200
    assert service.obligation(case, "public_response")["state"] == "met"
    assert {"breached", "backdated"} <= flags(service, case, "public_response")
    # A later act changes nothing about it.
    met_at = service.obligation(case, "public_response")["met_at"]
    assert service.act(case, "fulfil", kind="public_response").status == 200
    assert service.obligation(case, "public_response")["met_at"] == met_at


def test_an_act_that_satisfies_nothing_is_kept_and_satisfies_nothing(service):
    case = opinion(service, "useless")
    assert service.act(case, "fulfil", kind="rumor_referral").status == 200
    assert states(service, case) == {"public_response": "open"}
    assert [a["kind"] for a in service.case(case)["acts"]] == ["rumor_referral"]


def test_each_release_starts_the_next_rolling_update(service):
    case = incident(service, "rolling", 2, 1)
    assert service.act(case, "fulfil", kind="authoritative_release", url="https://x.cn/1",
                       outlet="官微", spoken_by="principal", reviewer="li").status == 200
    act = service.case(case)["acts"][0]
    assert (act["url"], act["outlet"], act["spoken_by"], act["reviewer"]) == \
        ("https://x.cn/1", "官微", "principal", "li")
    first = [k for k in states(service, case) if k.startswith("rolling_update.")]
    assert service.act(case, "fulfil", kind="rolling_update").status == 200
    rolling = {k: s for k, s in states(service, case).items() if k.startswith("rolling_update.")}
    assert rolling[first[0]] == "met" and sorted(rolling.values()) == ["met", "open"]
    assert last(service, case, "obligation_opened")["reason"] == "release_followed"


def test_fulfil_of_a_superseded_duty_is_refused(service):
    case = incident(service, "super", 3, 1)
    service.act(case, "set_level", level=2)
    Refuses(service, case)(409, "obligation", ["superseded"], "fulfil", kind="public_response",
                           obligation="public_response")


# --- closing ---------------------------------------------------------------------------------

def test_close_is_refused_while_anything_is_owed(service):
    case = incident(service, "owed", 2, 30)
    refuses = Refuses(service, case)
    refuses(409, None, ["authoritative_release (overdue)", "press_conference (overdue)"], "close")
    assert service.act(case, "fulfil", kind="authoritative_release").status == 200
    refuses(409, None, ["press_conference (overdue)"], "close", text="算了")
    assert service.act(case, "fulfil", kind="press_conference").status == 200
    assert service.act(case, "close", text="处置结束").json["status"] == "closed"
    assert last(service, case, "closed")["text"] == "处置结束"
    # Closed is closed, but for notes.
    for action, fields in (("close", {}), ("set_level", {"level": 1}), ("acknowledge", {}),
                           ("assign", {"lead_unit": "a"}), ("fulfil", {"kind": "briefing"}),
                           ("invalidate", {"text": "x"})):
        refuses(409, None, ["closed"], action, **fields)
    assert service.act(case, "note", text="归档").status == 200
    assert service.event("owed", "shixian.incident.reported", source="actions",
                         title="又来").status == 409


def test_invalid_ends_what_is_open_and_keeps_what_is_overdue(service):
    case = incident(service, "invalid", 2, 6)
    assert service.act(case, "invalidate", text="重复上报").json["status"] == "invalid"
    assert states(service, case) == {"authoritative_release": "overdue",
                                     "press_conference": "cancelled"}
    assert last(service, case, "obligation_cancelled")["reason"] == "case_invalid"
    Refuses(service, case)(409, None, ["invalid"], "fulfil", kind="briefing")
    assert case not in {c["id"] for c in service.get("/v1/cases?limit=200").json["cases"]}
    assert case in {c["id"] for c in service.get("/v1/cases?status=closed").json["cases"]}


# --- by CloudEvents --------------------------------------------------------------------------

ALL_SEVEN = [("set_level", {"level": 2}), ("assign", {"lead_unit": "shuiwu"}),
             ("acknowledge", {}), ("note", {"text": "记录"}),
             ("fulfil", {"kind": "press_conference"}), ("close", {})]


@pytest.mark.parametrize("named_by", ["subject", "report", "both"])
def test_all_seven_actions_by_cloudevent(service, named_by):
    case = incident(service, f"ce-{named_by}", 3, 1)
    report = {"report": {"source": "actions", "id": f"ce-{named_by}"}}
    subject = None if named_by == "report" else case
    for action, fields in ALL_SEVEN:
        data = {**fields, **({} if named_by == "subject" else report)}
        answer = service.event(f"{named_by}-{action}", f"shixian.case.{action}", subject=subject,
                               **data)
        assert answer.status == 200 and answer.json["case"] == case, answer
    c = service.case(case)
    assert (c["status"], c["lead_unit"], c["acknowledged_by"]) == ("closed", "shuiwu", "shuiwu")
    other = incident(service, f"ce-inv-{named_by}", 3, 1)
    answer = service.event(f"{named_by}-inv", "shixian.case.invalidate", subject=other, text="误报")
    assert answer.status == 200 and answer.json["status"] == "invalid"


def test_action_event_must_name_a_case_that_is_there(service):
    case = opinion(service, "named")
    before = stored(service)
    bad = [({}, None, 422, "subject"), ({}, "x", 422, "subject"),
           ({}, case.lower(), 422, "subject"), ({"report": "named"}, None, 422, "data.report"),
           ({"report": {"source": "actions"}}, None, 422, "data.report.id"),
           ({"report": {"source": "actions", "id": "named", "x": 1}}, None, 422, "data.report.x"),
           ({"report": {"source": "actions", "id": "nobody"}}, None, 404, None),
           ({}, "0123456789ABCDEF", 404, None)]
    for i, (data, subject, status, field) in enumerate(bad):
        answer = service.event(f"bad{i}", "shixian.case.note", subject=subject, text="x", **data)
        problem(answer, status, field)
    assert stored(service) == before


def test_subject_names_the_case_and_report_one_of_its_reports(service):
    """The report may have been merged into the case: subject and report need not be one."""
    case, other = opinion(service, "of-subject"), opinion(service, "of-report")
    report = {"report": {"source": "actions", "id": "of-report"}}
    assert service.event("n1", "shixian.case.note", subject=case, text="甲", **report).status == 200
    assert last(service, case, "noted")["text"] == "甲"
    assert not [f for f in service.facts(other) if f["type"] == "noted"]
    # An act that answers a report answers one of this case's.
    answer = service.event("n2", "shixian.case.fulfil", subject=case, kind="individual_reply",
                           **report)
    problem(answer, 422, "report", "no such report")


def test_merged_split_and_acted_on_by_either_name(service):
    first = service.event("m1", source="actions", channel="hotline_12345").json["case"]
    second = service.event("m2", source="actions", channel="hotline_12345").json["case"]
    answer = service.act(first, "merge", into={"source": "actions", "id": "m2"})
    assert answer.status == 200 and answer.json["status"] == "merged", answer
    assert answer.json["merged_into"] == second
    # Asked of the one that was, it is done in the one that is.
    answer = service.act(first, "judge", text="并案")
    assert answer.status == 200 and answer.json["id"] == second, answer
    c = service.case(second)
    assert {r["id"] for r in c["reports"]} == {"m1", "m2"}
    assert {f"individual_reply.{first}", f"individual_reply.{second}"} <= \
        {o["key"] for o in c["obligations"]}
    problem(service.act(second, "fulfil", kind="individual_reply"), 422, "report", "say which")
    assert service.act(second, "fulfil", kind="individual_reply",
                       report={"source": "actions", "id": "m1"}).status == 200
    assert service.obligation(second, f"individual_reply.{first}")["state"] == "met"
    assert service.obligation(second, f"individual_reply.{second}")["state"] == "open"
    assert service.act(second, "split", report=first).status == 200
    assert service.case(first)["status"] == "open"
    assert service.obligation(first, f"individual_reply.{first}")["state"] == "met"
    assert [r["id"] for r in service.case(second)["reports"]] == ["m2"]
    assert service.act(second, "fulfil", kind="individual_reply").status == 200
    assert service.event("m1", source="actions", channel="hotline_12345").status == 200


def test_labels_exclusions_extension_and_reopening(service):
    case = service.event("foi", source="actions", case_type="foi", channel="post").json["case"]
    key = f"foi_answer.{case}"
    due = service.obligation(case, key)["due_at"]
    assert service.act(case, "exclude", kind="third_party").status == 200
    assert service.obligation(case, key)["state"] == "paused"
    assert service.act(case, "close").status == 409
    assert service.act(case, "resume").status == 200
    assert service.obligation(case, key)["state"] == "open"
    assert service.obligation(case, key)["due_at"] == due  # the same day: nothing was lost
    problem(service.act(case, "extend_decide", obligation=key, approver="局长"), 422, "notified_at")
    assert service.act(case, "extend_request", obligation="foi_answer", window="5wd").status == 200
    assert service.act(case, "extend_decide", obligation="foi_answer", approver="局长",
                       notified_at=ago()).status == 200
    assert service.obligation(case, key)["due_at"] > due
    assert "extended" in flags(service, case, key)
    problem(service.act(case, "extend_decide", obligation=key, approver="局长",
                        notified_at=ago()), 409, "obligation", "extended 1 times")
    assert service.act(case, "judge", text="撤回", labels=["withdrawn"]).status == 200
    assert service.obligation(case, key)["state"] == "cancelled"
    assert service.act(case, "close", text="撤回").status == 200
    assert service.act(case, "reopen", text="又来").json["status"] == "open"
    assert service.obligation(case, key)["state"] == "cancelled"  # still withdrawn
    assert service.act(case, "judge", labels=[]).status == 200
    assert service.obligation(case, key)["state"] == "open"
    assert "reinstated" in flags(service, case, key)


def test_a_corrected_time_judges_anew_and_keeps_the_breach(service):
    case = opinion(service, "corrected", discovered_at=ago(hours=60))
    assert service.act(case, "fulfil", kind="briefing", happened_at=ago(hours=2)).status == 200
    assert service.obligation(case, "public_response")["state"] == "met_late"
    assert service.act(case, "correct_time", field="act", act=1, at=ago(hours=30),
                       reason="登记有误").status == 200
    assert service.obligation(case, "public_response")["state"] == "met"
    assert "breached" in flags(service, case, "public_response")
    fact = last(service, case, "time_corrected")
    assert fact["field"] == "act" and fact["at_before"] and fact["text"] == "登记有误"
    assert service.act(case, "correct_time", field="discovered_at", at=ago(hours=100),
                       reason="更早").status == 200
    assert service.obligation(case, "public_response")["state"] == "met_late"
    assert last(service, case, "obligation_clock")["reason"] == "time_corrected"


def test_time_of_an_action_event_is_when_it_happened(service):
    case = opinion(service, "evtime", discovered_at=ago(hours=60))
    answer = service.event("evtime-f", "shixian.case.fulfil", subject=case, time=ago(hours=20),
                           kind="public_response")
    assert answer.status == 200
    assert service.obligation(case, "public_response")["state"] == "met"


# --- reading ---------------------------------------------------------------------------------

def ids(daemon, query):
    """Every case of a filter, through all pages of two."""
    out, cursor = [], None
    while True:
        path = f"/v1/cases?{query}&limit=2" + (f"&cursor={cursor}" if cursor else "")
        answer = daemon.get(path)
        assert answer.status == 200, answer
        assert len(answer.json["cases"]) <= 2
        out += [c["id"] for c in answer.json["cases"]]
        cursor = answer.json["next"]
        if not cursor:
            return out


def test_filters_and_cursors_find_each_case_once(service):
    topic = "topic=%E6%B0%B4%E5%8A%A1+%26%3D"  # 水务 &=
    made = {}
    for i in range(7):
        level = (None, 1, 2, 3, 4)[i % 5]
        case = incident(service, f"list{i}", level, 6, topic="水务 &=", lead_unit=f"u{i % 2}",
                        region=("990102", "990102003", "990199")[i % 3], exercise=i == 3)
        made[case] = i

    def found(query):
        got = [i for i in ids(service, f"{topic}&{query}") if i in made]
        assert len(got) == len(set(got))
        return {made[i] for i in got}

    assert found("status=open") == set(range(7))
    assert found("level=2") == {2} and found("level=0") == {0, 5} and found("level=4") == {4}
    assert found("region=990102") == {0, 1, 3, 4, 6} and found("region=99") == set(range(7))
    assert found("unit=u1") == {1, 3, 5} and found("unit=u") == set()
    assert found("exercise=true") == {3} and 3 not in found("exercise=false")
    # Targets are overdue, too, but light no lamp.
    assert found("lamp=red") == {1, 2, 6} and found("state=overdue") == set(range(7))
    assert found("lamp=green") == {0, 3, 4, 5} and found("lamp=yellow") == set()
    assert found("state=met") == set() and found("status=closed") == set()
    opened = [service.case(c)["reported_at"] for c in ids(service, topic) if c in made]
    assert len(opened) == 7 and opened == sorted(opened, reverse=True)
    case = next(c for c, i in made.items() if i == 0)
    assert service.act(case, "fulfil", kind="briefing").status == 200
    assert service.act(case, "close").status == 200
    assert found("status=open") == set(range(1, 7)) and found("status=closed") == {0}
    assert found("status=all") == set(range(7)) and found("state=met&status=all") == {0}


@pytest.mark.parametrize("query, field, words", [
    ("levle=2", "levle", "level"), ("foo=1", "foo", "no such parameter"),
    ("level=5", "level", "0 to 4"), ("level=", "level", ""), ("level=2.0", "level", ""),
    ("limit=0", "limit", "1 to 200"), ("limit=201", "limit", "1 to 200"),
    ("limit=99999999999999999999", "limit", ""), ("status=done", "status", "open, closed, all"),
    ("lamp=blue", "lamp", "green"), ("state=late", "state", "met_late"),
    ("exercise=1", "exercise", "true"), ("topic=", "topic", ""),
    ("limit=1&limit=2", "limit", "once"),
    ("topic=a%00b", "topic", "zero"), ("topic=" + "x" * 257, "topic", "256"),
    ("cursor=x", "cursor", "next"), ("cursor=MTIz", "cursor", "next"),
    ("cursor=" + "A" * 200, "cursor", "next"), ("status", "status", ""),
])
def test_bad_list_parameter_is_400_and_named(service, query, field, words):
    problem(service.get(f"/v1/cases?{query}"), 400, field, words)


def test_facts_come_in_pages_newest_first(service):
    case = opinion(service, "paging")
    for i in range(40):
        assert service.act(case, "note", text=str(i)).status == 200
    whole = service.get(f"/v1/cases/{case}/facts?limit=1000").json
    assert whole["next"] is None
    seqs = [f["seq"] for f in whole["facts"]]
    assert seqs == sorted(seqs, reverse=True) and seqs[-1] == 1 and len(seqs) > 40
    pages, before = [], ""
    while before is not None:
        page = service.get(f"/v1/cases/{case}/facts?limit=7{before}").json
        assert len(page["facts"]) <= 7
        pages += page["facts"]
        before = f"&before={page['next']}" if page["next"] else None
    assert pages == whole["facts"]
    # A position that is of another case, or of nothing, leads to no stranger's facts.
    other = opinion(service, "paging2")
    path = f"/v1/cases/{other}/facts"
    position = service.get(f"/v1/cases/{case}/facts?limit=1").json["next"]
    problem(service.get(f"{path}?before={position}"), 400, "before")
    for query, field in (("before=x", "before"), ("before=99999999999999999999-99", "before"),
                         ("before=1-2-3", "before"), ("limit=0", "limit"),
                         ("limit=1001", "limit"), ("after=1", "after")):
        problem(service.get(f"{path}?{query}"), 400, field)
    problem(service.get("/v1/cases/0123456789ABCDEF/facts"), 404, "id")
    problem(service.get("/v1/cases/0123456789ABCDEF"), 404, "id")
