"""POST /v1/events as its users and its enemies use it: every mode, every refusal, every repeat.

Bad input changes nothing and is told what is wrong; the same event sent again, in whatever mode,
changes nothing either."""

import base64
import contextlib
import datetime
import http.client
import json
import socket
import threading

import pytest

from harness import cloudevent, problem, stored

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
OPINION = "shixian.opinion.reported"


@contextlib.contextmanager
def nothing_changes(daemon):
    before = stored(daemon)
    yield
    assert stored(daemon) == before


def structured(daemon, event, **kw):
    return daemon.post("/v1/events", event, STRUCTURED, **kw)


def ce(id, source="test", type=OPINION, **more):
    headers = {"ce-specversion": "1.0", "ce-id": id, "ce-source": source, "ce-type": type}
    return {**headers, **{f"ce-{name}": value for name, value in more.items()}}


def binary(daemon, headers, data, content_type="application/json"):
    body = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    return daemon.post("/v1/events", body, content_type, headers)


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


# --- the four modes --------------------------------------------------------------------------

def test_structured_is_taken_with_everything_it_says(service):
    event = cloudevent("s1", "shixian.incident.reported", source="https://12345.example/feed#1",
                       time="2026-07-14T08:00:00Z", title="滨河区某化工厂爆燃", summary="第一段\n第二段",
                       url="https://weibo.example/1", channel="weibo", topic="安全生产",
                       region="990102", lead_unit="yingji", assist_units=["huanbao", "weijian"],
                       heat=9007199254740993, petitioner="p-1", correlation="c-1",
                       incident={"category": "事故灾难", "level": 2,
                                 "occurred_at": "2026-07-14T15:20:00+08:00"},
                       discovered_at="2026-07-14T15:25:00.250+08:00")
    event["datacontenttype"] = "application/json"
    event["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = structured(service, event)
    assert answer.status == 201 and answer.json["duplicate"] is False
    assert answer.headers["location"] == f"/v1/cases/{answer.json['case']}"
    c = service.case(answer.json["case"])
    for name in ("title", "summary", "url", "channel", "topic", "region", "lead_unit",
                 "assist_units", "heat", "petitioner", "correlation"):
        assert c[name] == event["data"][name], name
    assert c["incident"]["category"] == "accident" and c["incident"]["level"] == 2
    assert seconds(c["incident"]["occurred_at"]) == seconds("2026-07-14T15:20:00+08:00")
    assert c["reports"][0]["source"] == event["source"] and c["reports"][0]["id"] == "s1"


def test_binary_headers_are_unquoted_decoded_once_and_in_any_case(service):
    headers = {"CE-SpecVersion": "1.0", "Ce-Type": OPINION, "ce-source": "%E5%B8%82%E9%95%BF",
               "ce-id": '"a \\"b\\" %25e5"', "ce-traceparent": "00-%41"}
    answer = binary(service, headers, {"title": "二进制"})
    assert answer.status == 201, answer
    report = service.case(answer.json["case"])["reports"][0]
    assert report["source"] == "市长"
    assert report["id"] == 'a "b" %e5'  # one round only: %25e5 is not 市


def test_binary_without_a_body_lacks_the_title(service):
    with nothing_changes(service):
        problem(binary(service, ce("empty"), b""), 422, "data.title", "required")


@pytest.mark.parametrize("headers, field", [
    ({"ce-id": "%C0%A0"}, "ce-id"),             # overlong
    ({"ce-id": "%ED%A0%80"}, "ce-id"),          # half of a surrogate pair
    ({"ce-source": "%F8%88%80%80%80"}, "ce-source"),
    ({"ce-id": "%E5%B8"}, "ce-id"),             # cut off
    ({"ce-id": "100%"}, "ce-id"),
    ({"ce-id": "%zz"}, "ce-id"),
    ({"ce-id": "a%00b"}, "ce-id"),
    ({"ce-id": "a%0Ab"}, "ce-id"),
    ({"ce-id": ""}, "ce-id"),
    ({"ce-source": '""'}, "ce-source"),
    ({"ce-traceparent": "%C0%A0"}, "ce-traceparent"),
    ({"ce-specversion": "0.3"}, "ce-specversion"),
    ({"ce-datacontenttype": "application/json"}, "ce-datacontenttype"),
    ({"ce-time": "yesterday"}, "ce-time"),
    ({"ce-time": "2999-01-01T00:00:00Z"}, "ce-time"),
    ({"ce-type": "shixian.case.dance"}, "ce-type"),
])
def test_bad_binary_headers_change_nothing(service, headers, field):
    with nothing_changes(service):
        answer = binary(service, {**ce("bad"), **headers}, {"title": "坏"})
        problem(answer, 422 if field in ("ce-time", "ce-type") else 400, field)


def test_binary_attribute_given_twice_is_refused(service):
    with nothing_changes(service):
        body = b'{"title":"x"}'
        head = "".join(f"{k}: {v}\r\n" for k, v in ce("twice").items())
        answer = service.raw(f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n{head}"
                             "ce-id: other\r\n"
                             "Content-Type: application/json\r\n"
                             f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        problem(answer, 400, "ce-id", "twice")


def test_plain_json_in_both_shapes_and_as_an_array(service):
    nested = {"source": "plain", "id": "n", "type": OPINION, "data": {"title": "有 data"}}
    flat = {"source": "plain", "id": "f", "type": OPINION, "title": "无 data", "heat": 3}
    for event in (nested, flat):
        answer = service.post("/v1/events", event, "application/json; charset=UTF-8")
        assert answer.status == 201, answer
    assert service.case(answer.json["case"])["title"] == "无 data"
    many = [{**nested, "id": "a1"}, {**flat, "id": "a2"}, {**flat, "id": "f"}]
    answer = service.post("/v1/events", many)
    assert answer.status == 200
    assert [r["status"] for r in answer.json["results"]] == [201, 201, 200]


def test_plain_json_with_some_ce_headers_is_not_binary(service):
    event = {"source": "plain", "id": "some", "type": OPINION, "title": "只有一个 ce 头"}
    answer = service.post("/v1/events", event, headers={"ce-id": "ignored"})
    assert answer.status == 201, answer
    assert service.case(answer.json["case"])["reports"][0]["id"] == "some"


def test_body_is_authoritative_in_structured_mode(service):
    answer = structured(service, cloudevent("body"), headers={**ce("header"), "ce-time": "junk"})
    assert answer.status == 201, answer
    assert service.case(answer.json["case"])["reports"][0]["id"] == "body"


def test_data_base64_is_data(service):
    event = cloudevent("b64")
    event["data_base64"] = base64.b64encode(json.dumps({"title": "编码"}).encode()).decode()
    with nothing_changes(service):
        problem(structured(service, event), 400, "data_base64")  # and data as well
    del event["data"]
    answer = structured(service, event)
    assert answer.status == 201, answer
    assert service.case(answer.json["case"])["title"] == "编码"


def test_null_is_absent(service):
    event = cloudevent("null", summary=None, incident=None, discovered_at=None, heat=None)
    event.update(subject=None, time=None, datacontenttype=None, data_base64=None)
    answer = structured(service, event)
    assert answer.status == 201, answer
    assert [o["key"] for o in service.case(answer.json["case"])["obligations"]] == \
        ["public_response", "first_judgement"]


# --- content types, sizes, framing -----------------------------------------------------------

@pytest.mark.parametrize("content_type", [
    "text/plain", "application/xml", "application/cloudevents+avro", "application/jsonx",
    "application/cloudevents-batch+avro", "application/json; charset=gbk", "",
    "multipart/form-data", "application/x-www-form-urlencoded", "application/cloudeventsx+json",
])
def test_other_content_types_are_415(service, content_type):
    with nothing_changes(service):
        answer = service.post("/v1/events", cloudevent("t"), content_type)
        problem(answer, 415, "Content-Type", "application/cloudevents+json")


@pytest.mark.parametrize("content_type", [
    "Application/CloudEvents+JSON; charset=\"utf-8\"", "application/cloudevents",
    "application/cloudevents+json;charset=UTF-8",
])
def test_content_type_is_read_without_regard_to_case_and_parameters(service, content_type):
    answer = service.post("/v1/events", cloudevent(content_type), content_type)
    assert answer.status == 201, answer


def test_event_of_64_kib_is_taken_and_one_over_256_kib_is_413(service):
    event = cloudevent("size", summary="x" * 16384)
    assert structured(service, json.dumps(event).ljust(64 * 1024).encode()).status == 201
    with nothing_changes(service):
        big = json.dumps(cloudevent("big")).ljust(256 * 1024 + 1).encode()
        problem(structured(service, big), 413, None, "262144")
        problem(binary(service, ce("big"), b'{"title":"x"}'.ljust(256 * 1024 + 1)), 413)
    exact = json.dumps(cloudevent("exact")).ljust(256 * 1024).encode()
    assert structured(service, exact).status == 201


def test_body_over_a_mebibyte_is_413_announced_or_in_chunks(service):
    with nothing_changes(service):
        head = (b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/cloudevents+json\r\n")
        problem(service.raw(head + b"Content-Length: 1048577\r\n\r\n"), 413, None, "1 MiB")
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        problem(service.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 16 + b"1\r\n"),
                413, None, "1 MiB")
        problem(service.raw(head + b"\r\n"), 411, "Content-Length")
        problem(service.raw(head + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n{"), 400,
                "Content-Length")


def test_chunked_body_is_taken(service):
    body = json.dumps(cloudevent("chunked")).encode()
    parts = [body[:7], body[7:8], body[8:]]
    wire = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"
    answer = service.raw(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: " +
                         STRUCTURED.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + wire)
    assert answer.status == 201, answer


def wire(event, *headers):
    body = json.dumps(event).encode()
    lines = ["POST /v1/events HTTP/1.1", "Host: localhost", f"Content-Type: {STRUCTURED}",
             f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n", body


def test_requests_sent_without_waiting_are_answered_in_order(service):
    requests = [b"".join(wire(cloudevent(f"pipe{i}", **({"titel": 1} if i == 1 else {}))))
                for i in range(3)]
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as s:
        s.sendall(b"".join(requests))
        got = b""
        while got.count(b"HTTP/1.1 ") < 3 or not got.endswith(b"}"):
            got += s.recv(65536)
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"201", b"422", b"201"]


def test_sender_that_asks_first_is_told_to_go_on(service):
    head, body = wire(cloudevent("expect"), "Expect: 100-continue")
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as s:
        s.sendall(head)
        assert s.recv(1000).startswith(b"HTTP/1.1 100 ")
        s.sendall(body)
        assert s.recv(1000).startswith(b"HTTP/1.1 201 ")
    big, _ = wire(cloudevent("x"), "Expect: 100-continue")
    big = big.replace(b"Content-Length: ", b"Content-Length: 99999")
    with nothing_changes(service):
        problem(service.raw(big), 413)


def test_sender_that_hangs_up_before_the_answer_may_send_again(service):
    for i in range(50):
        with socket.create_connection(("127.0.0.1", service.port)) as s:
            s.sendall(b"".join(wire(cloudevent(f"hang{i}"))))
    answers = [service.event(f"hang{i}") for i in range(50)]
    assert {a.status for a in answers} <= {200, 201}
    cases = [a.json["case"] for a in answers]
    assert all([f["type"] for f in service.facts(c)].count("reported") == 1 for c in cases)


def test_headers_over_16_kib_are_431(service):
    with nothing_changes(service):
        head = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nX: "
        problem(service.raw(head + b"x" * 17000), 431)


def test_half_a_request_changes_nothing(service):
    body = json.dumps(cloudevent("half")).encode()
    with nothing_changes(service):
        with socket.create_connection(("127.0.0.1", service.port)) as s:
            s.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: " +
                      STRUCTURED.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) +
                      body[:-1])
        assert service.get("/healthz").status == 200


@pytest.mark.parametrize("body", [
    b"", b"{", b"not json", b"\xef\xbb\xbf{}", b'{"id":"1"} x', b'{"id":NaN}', b"null", b"7",
    b'"text"', b'{"id":"\\u0000"}', b'{"id":"\\ud800"}', b'{"id":"\xc3"}', b'{"id":1,"id":2}',
    b"[" * 50000, b'{"a":' * 20000, b'{"heat":1e999}', b"[]", b"\x00",
])
def test_what_is_no_event_changes_nothing(service, body):
    with nothing_changes(service):
        problem(structured(service, body), 400)


# --- fields ----------------------------------------------------------------------------------

@pytest.mark.parametrize("change, status, field", [
    ({"id": None}, 400, "id"), ({"id": ""}, 400, "id"), ({"id": 7}, 400, "id"),
    ({"id": "x" * 257}, 422, "id"), ({"id": "a\nb"}, 400, "id"),
    ({"source": None}, 400, "source"), ({"source": "s" * 257}, 422, "source"),
    ({"type": None}, 400, "type"), ({"type": "shixian.report"}, 422, "type"),
    ({"type": "shixian.case.dance"}, 422, "type"), ({"type": "SHIXIAN.OPINION.REPORTED"}, 422,
                                                    "type"),
    ({"specversion": None}, 400, "specversion"), ({"specversion": "1.1"}, 400, "specversion"),
    ({"specversion": 1.0}, 400, "specversion"),
    ({"datacontenttype": "text/xml"}, 415, "datacontenttype"),
    ({"time": "2026-13-01T00:00:00Z"}, 422, "time"),
    ({"time": "2999-01-01T00:00:00Z"}, 422, "time"),
    ({"data": "text"}, 422, "data"), ({"data": []}, 422, "data"), ({"data": 5}, 422, "data"),
    ({"discovered_at": "2026-07-14T08:00:00Z"}, 400, "discovered_at"),
])
def test_bad_envelope_changes_nothing(service, change, status, field):
    event = {**cloudevent("e"), **change}
    with nothing_changes(service):
        problem(structured(service, event), status, field)


@pytest.mark.parametrize("change, field, words", [
    ({"title": None}, "data.title", ["found null"]),
    ({"title": " \n"}, "data.title", ["empty"]),
    ({"title": 5}, "data.title", ["found 5"]),
    ({"title": "字" * 342}, "data.title", ["1024", "1026"]),
    ({"summary": "x" * 16385}, "data.summary", ["16384"]),
    ({"url": "javascript:alert(1)"}, "data.url", ["http"]),
    ({"url": "https://a@b.cn/"}, "data.url", ["http"]),
    ({"url": "https://b.cn/" + "x" * 2048}, "data.url", ["2048"]),
    ({"channel": "a\tb"}, "data.channel", ["control"]),
    ({"region": "33010"}, "data.region", ["6, 9 or 12"]),
    ({"region": "３３０１０２"}, "data.region", ["6, 9 or 12"]),
    ({"region": 990102}, "data.region", ["text"]),
    ({"case_type": "Petition"}, "data.case_type", ["lower-case"]),
    ({"heat": -1}, "data.heat", ["0 or more"]),
    ({"heat": 1.5}, "data.heat", ["whole"]),
    ({"heat": "7"}, "data.heat", ["whole"]),
    ({"exercise": "yes"}, "data.exercise", ["true or false"]),
    ({"exercise": 1}, "data.exercise", ["true or false"]),
    ({"assist_units": "a"}, "data.assist_units", ["list"]),
    ({"assist_units": ["a", "a"]}, "data.assist_units", ["twice"]),
    ({"assist_units": ["a", None]}, "data.assist_units", ["null"]),
    ({"assist_units": [str(i) for i in range(65)]}, "data.assist_units", ["64"]),
    ({"incident": "fire"}, "data.incident", ["object"]),
    ({"incident": {"level": 0}}, "data.incident.level", ["1"]),
    ({"incident": {"level": 5}}, "data.incident.level", ["found 5"]),
    ({"incident": {"level": "Ⅱ"}}, "data.incident.level", ["Ⅱ"]),
    ({"incident": {"level": 2.0}}, "data.incident.level", ["whole"]),
    ({"incident": {"category": "fire"}}, "data.incident.category", ["accident", "自然灾害"]),
    ({"incident": {"occured_at": "2026-07-14T08:00:00Z"}}, "data.incident.occured_at",
     ["did you mean \"occurred_at\""]),
    ({"discoverd_at": "2026-07-14T08:00:00Z"}, "data.discoverd_at",
     ["did you mean \"discovered_at\""]),
    ({"Title": "x"}, "data.Title", ["did you mean \"title\""]),
    ({"zzzzzzzzzz": 1}, "data.zzzzzzzzzz", ["expected", "received_at"]),
    ({"discovered_at": 1784000000}, "data.discovered_at", ["RFC 3339"]),
    ({"discovered_at": "2026-02-29T08:00:00Z"}, "data.discovered_at", ["does not exist"]),
    ({"discovered_at": "2026-04-31T08:00:00Z"}, "data.discovered_at", ["does not exist"]),
    ({"discovered_at": "2026-07-14T24:00:01Z"}, "data.discovered_at", []),
    ({"discovered_at": "2026-07-14T08:61:00Z"}, "data.discovered_at", []),
    ({"discovered_at": "2026-07-14"}, "data.discovered_at", ["RFC 3339"]),
    ({"discovered_at": "14/07/2026 08:00"}, "data.discovered_at", ["RFC 3339"]),
    ({"discovered_at": "2026-07-14T08:00:00+25:00"}, "data.discovered_at", []),
    ({"discovered_at": ""}, "data.discovered_at", ["RFC 3339"]),
    ({"discovered_at": "2999-01-01T00:00:00+08:00"}, "data.discovered_at", ["no calendar"]),
    ({"discovered_at": "2100-01-01T00:00:00+08:00"}, "data.discovered_at", ["future"]),
    ({"received_at": "2100-01-01T00:00:00+08:00"}, "data.received_at", ["future"]),
    ({"incident": {"occurred_at": "2100-01-01T00:00:00+08:00"}}, "data.incident.occurred_at",
     ["future"]),
    ({"published_at": "2100-01-01T00:00:00+08:00"}, "data.published_at", ["future"]),
    ({"limit_at": "2100-01-01T00:00:00+08:00"}, "data.limit_at", ["too far ahead"]),
    ({"labels": ["严重"]}, "data.labels", ["word of a-z"]),
    ({"discovered_at": "2026-07-14T08:00:00Z",
      "incident": {"occurred_at": "2026-07-14T08:00:01Z"}}, "data.discovered_at", ["before"]),
])
def test_bad_value_is_named_and_changes_nothing(service, change, field, words):
    with nothing_changes(service):
        problem(structured(service, cloudevent("v", **change)), 422, field, *words)


def test_the_present_and_a_little_clock_skew_are_not_the_future(service):
    now = datetime.datetime.now(datetime.timezone.utc)
    soon = (now + datetime.timedelta(minutes=4)).isoformat()
    assert service.event("skew", discovered_at=soon).status == 201
    later = (now + datetime.timedelta(minutes=6)).isoformat()
    with nothing_changes(service):
        problem(service.event("skew2", discovered_at=later), 422, "data.discovered_at", "future")


def test_very_old_times_are_taken_or_refused_but_do_no_harm(service):
    for year in ("0000", "0001", "1969", "1970"):
        answer = service.event("old" + year, discovered_at=f"{year}-01-01T00:00:00Z")
        assert answer.status in (201, 422), answer
        if answer.status == 201:
            assert service.case(answer.json["case"])["obligations"][0]["state"] == "overdue"


def test_answers_never_echo_much_of_what_was_sent(service):
    for body in (cloudevent("x" * 5000), cloudevent("y", region="9" * 250),
                 cloudevent("z", **{"q" * 100000: 1}), {"a" * 100000: 1}):
        answer = structured(service, body)
        assert answer.status in (400, 422) and len(answer.body) < 2000, answer


# --- duplicates and conflicts ----------------------------------------------------------------

def test_the_same_event_in_another_mode_is_a_duplicate(service):
    data = {"title": "同一事件", "heat": 1}
    first = structured(service, cloudevent("dup", source="modes", **data))
    assert first.status == 201
    with nothing_changes(service):
        again = [
            structured(service, cloudevent("dup", source="modes", **dict(reversed(data.items())))),
            binary(service, ce("dup", source="modes"), data),
            service.post("/v1/events", {"source": "modes", "id": "dup", "type": OPINION, **data}),
            service.post("/v1/events", {"source": "modes", "id": "dup", "type": OPINION,
                                        "data": data}),
        ]
        for answer in again:
            assert answer.status == 200, answer
            assert answer.json == {**first.json, "duplicate": True}
        batch = service.post("/v1/events", [cloudevent("dup", source="modes", **data)], BATCH)
        assert batch.json["results"] == [{"index": 0, "id": "dup", "status": 200,
                                          "case": first.json["case"], "duplicate": True}]


def test_the_same_id_of_another_source_is_another_case(service):
    cases = {service.event("same-id", source=s).json["case"] for s in ("s1", "s2", "s")}
    cases.add(service.event("1same-id", source="s").json["case"])
    assert len(cases) == 4


def test_another_body_is_409_and_one_fact_however_often_it_is_repeated(service):
    case = service.event("con", title="原文").json["case"]
    before = service.facts(case)
    for _ in range(5):
        problem(service.event("con", title="改写"), 409, None, "another content")
        problem(binary(service, ce("con"), {"title": "改写"}), 409)
    batch = service.post("/v1/events", [cloudevent("con", title="改写")], BATCH)
    assert batch.status == 200 and batch.json["results"][0]["status"] == 409, batch
    facts = service.facts(case)
    assert [f["type"] for f in facts[len(before):]] == ["report_conflict"]
    assert facts[-1]["reason"] == "body_differs" and facts[-1]["text"] == "test con"
    assert service.case(case)["title"] == "原文"
    assert service.event("con", title="原文").status == 200


def test_many_senders_of_one_new_event_make_one_case(service):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(service.event("race")))
               for _ in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(a.status for a in answers) == [200] * 15 + [201]
    assert len({a.json["case"] for a in answers}) == 1
    assert [f["type"] for f in service.facts(answers[0].json["case"])].count("reported") == 1


# --- batches ---------------------------------------------------------------------------------

def test_empty_batch_is_valid(service):
    with nothing_changes(service):
        for content_type in (BATCH, "application/json"):
            answer = service.post("/v1/events", [], content_type)
            assert answer.status == 200 and answer.json == {"results": []}, answer


def test_batch_keeps_the_good_and_names_the_bad_by_index(service):
    events = [cloudevent("m0"), cloudevent("m1", titel="x"), "no event", cloudevent("m3"),
              {**cloudevent("m4"), "id": None}, cloudevent("m0"), cloudevent("m0", title="另一个")]
    answer = service.post("/v1/events", events, BATCH)
    assert answer.status == 200
    results = answer.json["results"]
    assert [r["index"] for r in results] == list(range(7))
    assert [r["status"] for r in results] == [201, 422, 400, 201, 400, 200, 409]
    assert results[1]["problem"]["field"] == "data.titel" and results[1]["id"] == "m1"
    assert results[4]["problem"]["field"] == "id"
    assert results[5]["duplicate"] is True and results[5]["case"] == results[0]["case"]
    again = service.post("/v1/events", events, BATCH)  # harmless
    assert [r["status"] for r in again.json["results"]] == [200, 422, 400, 200, 400, 200, 409]


def test_batch_with_nothing_valid_is_400_and_says_why_for_each(service):
    with nothing_changes(service):
        answer = service.post("/v1/events", [cloudevent("w", titel="x"), 7], BATCH)
        results = problem(answer, 400)["results"]
        assert [r["problem"]["status"] for r in results] == [422, 400]


def test_batch_over_its_limits_is_413_whole(service):
    with nothing_changes(service):
        many = [cloudevent(f"o{i}") for i in range(501)]
        problem(service.post("/v1/events", many, BATCH), 413, None, "500", "501")
        problem(service.post("/v1/events", many), 413)
    full = service.post("/v1/events", many[:500], BATCH)
    assert {r["status"] for r in full.json["results"]} == {201}


def test_one_too_large_event_in_a_batch_does_not_spoil_the_rest(service):
    events = [cloudevent("l0"), cloudevent("l1", summary="x" * 262144), cloudevent("l2")]
    answer = service.post("/v1/events", events, BATCH)
    assert [r["status"] for r in answer.json["results"]] == [201, 413, 201]


def test_one_event_five_hundred_times_in_one_batch_is_one_case(service):
    answer = service.post("/v1/events", [cloudevent("same")] * 500, BATCH)
    statuses = [r["status"] for r in answer.json["results"]]
    assert sorted(statuses) == [200] * 499 + [201]


def test_batch_is_done_in_the_order_it_was_sent(service):
    report = {"source": "test", "id": "order"}
    events = [cloudevent("act1", type="shixian.case.note", report=report, text="早了"),
              cloudevent("order", "shixian.incident.reported", incident={"level": 3}),
              cloudevent("act2", type="shixian.case.set_level", report=report, level=1),
              cloudevent("act3", type="shixian.case.fulfil", report=report,
                         kind="press_conference")]
    answer = service.post("/v1/events", events, BATCH)
    results = answer.json["results"]
    assert [r["status"] for r in results] == [404, 201, 200, 200], answer
    obligations = service.case(results[1]["case"])["obligations"]
    assert {o["key"]: o["state"] for o in obligations if o["rule"] != "rolling_update"} == {
        "public_response": "superseded", "authoritative_release": "met",
        "press_conference": "met", "first_judgement": "open", "principal_statement": "open"}


def test_batch_content_type_wants_an_array_and_structured_wants_none(service):
    with nothing_changes(service):
        problem(service.post("/v1/events", cloudevent("x"), BATCH), 400, None, "list")
        problem(service.post("/v1/events", [cloudevent("x")], STRUCTURED), 400, None, "object")


# --- the API around it -----------------------------------------------------------------------

def test_options_answers_the_handshake(service):
    origin = "eventemitter.example.com"
    answer = service.request("OPTIONS", "/v1/events", headers={"WebHook-Request-Origin": origin})
    assert answer.status == 200
    assert answer.headers["webhook-allowed-origin"] == origin
    assert answer.headers["webhook-allowed-rate"] == "*"
    assert "POST" in answer.headers["allow"]
    plain = service.request("OPTIONS", "/v1/events")
    assert "webhook-allowed-origin" not in plain.headers and "POST" in plain.headers["allow"]


@pytest.mark.parametrize("method, path, allow", [
    ("GET", "/v1/events", {"POST", "OPTIONS"}),
    ("PUT", "/v1/events", {"POST", "OPTIONS"}),
    ("POST", "/v1/cases", {"GET", "HEAD"}),
    ("DELETE", "/v1/cases/0123456789ABCDEF", {"GET", "HEAD"}),
    ("GET", "/v1/cases/0123456789ABCDEF/actions", {"POST"}),
    ("POST", "/healthz", {"GET", "HEAD"}),
])
def test_wrong_method_is_405_and_says_which_are_right(service, method, path, allow):
    body = b"{}" if method in ("PUT", "POST") else None
    answer = service.request(method, path, body)
    problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == allow


@pytest.mark.parametrize("path", [
    "/v1", "/v1/", "/v1/events/", "/v1/event", "/v2/events", "/v1/cases/", "/V1/events",
    "/v1/cases/0123456789ABCDEF/", "/v1/cases/0123456789ABCDEF/facts/1", "/v1/../healthz",
    "/healthz%00", "/v1/cases//facts",
])
def test_other_paths_are_404(service, path):
    problem(service.get(path), 404)


@pytest.mark.parametrize("id", ["x", "0123456789abcdef", "0123456789ABCDEU",
                                "0123456789ABCDEF0", "0123456789ABCDEF%2Ffacts"])
def test_what_is_no_case_id_is_404(service, id):
    problem(service.get(f"/v1/cases/{id}"), 404, "id")
    problem(service.act(id, "note", text="x"), 404, "id")


def test_head_is_get_without_the_body(service):
    answer = service.request("HEAD", "/healthz")
    assert answer.status == 200 and answer.body == b"" and answer.headers["content-length"] == "3"


def test_one_connection_serves_many_requests_also_after_a_refusal(service):
    c = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    for i in range(20):
        body = json.dumps(cloudevent(f"keep{i}", **({"titel": "x"} if i % 2 else {})))
        c.request("POST", "/v1/events", body, {"Content-Type": STRUCTURED})
        r = c.getresponse()
        r.read()
        assert r.status == (422 if i % 2 else 201)
    c.close()


def test_same_action_event_again_is_done_once_and_another_is_409(service):
    case = service.event("actev").json["case"]
    event = cloudevent("n1", type="shixian.case.note", subject=case, text="一次")
    assert structured(service, event).status == 200
    with nothing_changes(service):
        again = structured(service, event)
        assert again.status == 200 and again.json["duplicate"] is True
        event["data"]["text"] = "两次"
        problem(structured(service, event), 409)
    assert [f["type"] for f in service.facts(case)].count("noted") == 1
