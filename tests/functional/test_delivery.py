"""Webhooks against receivers that refuse, fail, dawdle, vanish and come back.

One daemon serves all of them at once, for waits cost time: each case has a unit of its own, and
each unit a receiver with a habit. The office is told of every case and is always well."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import signal

import pytest

from harness import SECRET, Daemon, Receiver, free_port, until

# unit -> what its receiver does; "@" stands for the receiver that is always well
HABITS = {
    "well": "/hook",
    "missing": "/_as/404",
    "gone": "/_as/410",
    "moved": "/_as/302",
    "busy": "/_as/503-retry-after:8",
    "cut": "/_as/cut-body",
    "slow": "/_as/slow:2",
    "chatty": "/_as/big",
}


def report(daemon, id, unit):
    """A fresh Ⅱ incident: one message to the unit, one to the office."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    answer = daemon.event(id, "shixian.incident.reported", lead_unit=unit, time=now,
                          incident={"category": "accident", "level": 2, "occurred_at": now})
    assert answer.status == 201, answer
    return answer.json["case"]


class City:
    """The daemon, its receivers, and one case for each habit."""

    def __init__(self, directory):
        self.main, self.office = Receiver(directory), Receiver(directory)
        self.failing = Receiver(directory, behaviour="500")
        self.hanging = Receiver(directory, behaviour="slow:60")
        self.later, self.later_port = None, free_port()
        self.directory = directory
        base = self.main.url.removesuffix("/hook")
        urls = {unit: base + path for unit, path in HABITS.items()}
        urls |= {"failing": self.failing.url, "hanging": self.hanging.url,
                 "later": f"http://127.0.0.1:{self.later_port}/hook"}
        units = "".join(f'  - {{id: {u}, name: {u}, region: "990102", contact: [{u}], '
                        f'head: [{u}]}}\n' for u in urls)
        self.daemon = Daemon(directory, {"office": self.office.url, **urls},
                             config="units:\n" + units).start()
        self.case = {unit: report(self.daemon, unit, unit) for unit in urls}

    def facts(self, unit, receiver):
        """Ends of the unit's notice at a receiver."""
        return [f for f in self.daemon.facts(self.case[unit])
                if f["type"] in ("notice_accepted", "notice_dead") and f["receiver"] == receiver]

    def end(self, unit):
        facts = until(lambda: self.facts(unit, unit), 60, f"the end of the notice to {unit}")
        assert len(facts) == 1
        return facts[0]

    def stop(self):
        self.daemon.stop()
        for r in (self.main, self.office, self.failing, self.hanging, self.later):
            if r:
                r.stop()


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    c = City(tmp_path_factory.mktemp("city"))
    yield c
    c.stop()


def signature_fits(request):
    h = request["headers"]
    key = base64.b64decode(SECRET[len("whsec_"):])
    signed = f"{h['webhook-id']}.{h['webhook-timestamp']}.".encode() + request["body"].encode()
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in h["webhook-signature"].split()


def same_message(requests):
    """Attempts of one notice: one id, one body, each signed with the time it was made."""
    assert len({r["headers"]["webhook-id"] for r in requests}) == 1
    assert len({r["body"] for r in requests}) == 1
    assert all(r["verified"] and signature_fits(r) for r in requests)
    stamps = [int(r["headers"]["webhook-timestamp"]) for r in requests]
    assert all(0 <= r["t"] - stamp < 60 for r, stamp in zip(requests, stamps))


def dead(daemon, case):
    """Entries of the case in the dead streams."""
    r = daemon.redis()
    return [fields for key in r.scan_iter(match="shixian:*:dead", count=1000)
            for _, fields in r.xrange(key) if fields["case"] == case]


# --- what works ------------------------------------------------------------------------------

def test_message_is_signed_and_a_cloudevent(city):
    assert city.end("well")["type"] == "notice_accepted"
    requests = city.main.of(city.case["well"])
    assert len(requests) == 1
    headers, body = requests[0]["headers"], json.loads(requests[0]["body"])
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["user-agent"].startswith("shixian/")
    assert re.fullmatch("[A-Za-z0-9_-]+", headers["webhook-id"])
    assert headers["webhook-id"] == body["id"]
    assert body["specversion"] == "1.0" and body["type"] == "shixian.notice.reminder"
    assert body["data"]["case"] == body["subject"] == city.case["well"]
    assert {o["obligation"] for o in body["data"]["obligations"]} == \
        {"authoritative_release", "press_conference"}
    same_message(requests)


def test_a_dead_receiver_stops_no_other(city):
    """Each case's message reached the office, whatever its unit's receiver does."""
    for unit in city.case:
        facts = until(lambda u=unit: city.facts(u, "office"), what=f"office told of {unit}")
        assert [f["type"] for f in facts] == ["notice_accepted"]
    assert not city.facts("hanging", "hanging")
    fresh = report(city.daemon, "fresh", "well")
    until(lambda: city.main.of(fresh) and city.office.of(fresh), what="both told at once")


def test_slow_receiver_is_waited_for_and_told_once(city):
    assert city.end("slow")["attempts"] == 1
    assert len(city.main.of(city.case["slow"])) == 1


# --- what fails for good ---------------------------------------------------------------------

def test_gone_receiver_is_given_up_at_once(city):
    f = city.end("gone")
    assert (f["type"], f["attempts"], f["reason"]) == ("notice_dead", 1, "receiver_refused")
    assert "410" in f["text"]
    assert len(city.main.of(city.case["gone"])) == 1
    entry, = dead(city.daemon, city.case["gone"])
    assert entry["notice"] == f["notice"] and entry["receiver"] == "gone"
    assert entry["attempts"] == "1" and "410" in entry["detail"]
    assert json.loads(entry["body"])["id"] == f["notice"]


def test_receiver_that_is_down_gets_it_when_it_comes_up(city):
    until(lambda: city.daemon.metrics()["shixian_notices_retried_total"] >= 3, what="retries")
    assert not city.facts("later", "later")
    city.later = Receiver(city.directory, port=city.later_port)
    f = city.end("later")
    assert f["type"] == "notice_accepted" and f["attempts"] > 1
    same_message(city.later.of(city.case["later"]))


def test_failing_receiver_gets_the_same_message_again(city):
    first = until(lambda: city.failing.of(city.case["failing"]), what="first attempt")
    until(lambda: len(city.failing.of(city.case["failing"])) == 2, what="second attempt")
    city.failing.behave("ok")
    f = city.end("failing")
    assert f["type"] == "notice_accepted" and f["attempts"] == 3
    requests = city.failing.of(city.case["failing"])
    assert requests[0] == first[0] and len(requests) == 3
    same_message(requests)
    assert len({r["headers"]["webhook-timestamp"] for r in requests}) == 3
    assert not dead(city.daemon, city.case["failing"])


def test_hanging_receiver_is_tried_again_after_its_time(city):
    until(lambda: len(city.hanging.of(city.case["hanging"])) == 2, 40, "second attempt")
    city.hanging.behave("ok")
    assert city.end("hanging")["attempts"] >= 2
    same_message(city.hanging.of(city.case["hanging"]))


def test_answer_that_breaks_off_is_no_answer(city):
    until(lambda: len(city.main.of(city.case["cut"])) >= 2, 40, "second attempt")
    assert not city.facts("cut", "cut")
    same_message(city.main.of(city.case["cut"]))


def test_long_answer_is_cut_off_and_does_no_harm(city):
    assert city.end("chatty")["type"] == "notice_accepted"  # its first line said 200
    assert city.daemon.get("/readyz").status == 200


def test_retry_after_is_respected(city):
    requests = until(lambda: (r := city.main.of(city.case["busy"])) and len(r) >= 2 and r, 60,
                     "second attempt")
    assert requests[1]["t"] - requests[0]["t"] >= 8  # asked for; the schedule alone says 5
    same_message(requests)
    assert not city.facts("busy", "busy")


@pytest.mark.parametrize("unit, said", [("missing", "404"), ("moved", "302")])
def test_wrong_address_is_dead_after_three_tries_and_redirects_are_not_followed(city, unit, said):
    f = city.end(unit)
    assert (f["type"], f["attempts"], f["reason"]) == ("notice_dead", 3, "receiver_refused")
    assert said in f["text"]
    requests = city.main.of(city.case[unit])
    assert [r["path"] for r in requests] == [HABITS[unit]] * 3
    same_message(requests)
    entry, = dead(city.daemon, city.case[unit])
    assert entry["attempts"] == "3" and said in entry["detail"]
    assert city.daemon.metrics()["shixian_notices_dead_total"] >= 1


def test_a_hundred_receivers_of_one_case_are_told_and_recorded_once_each(tmp_path):
    """All answer at the same moment: each answer is a fact of the same case."""
    receiver = Receiver(tmp_path)
    names = [f"r{i}" for i in range(100)]
    daemon = Daemon(tmp_path, dict.fromkeys(names, receiver.url))
    text = daemon.config.read_text().partition("targets:")[0]
    daemon.config.write_text(f"{text}targets: {{office: [{', '.join(names)}]}}\n")
    daemon.start()
    try:
        case = report(daemon, "crowd", "yingji")
        until(lambda: daemon.metrics()["shixian_notices_accepted_total"] == 100, what="all of them")
        accepted = [f["receiver"] for f in daemon.facts(case) if f["type"] == "notice_accepted"]
        assert sorted(accepted) == sorted(names)
        assert len({r["headers"]["webhook-id"] for r in receiver.of(case)}) == 100
        assert len(receiver.of(case)) == 100
        metrics = daemon.metrics()
        assert metrics["shixian_store_errors_total"] == 0
        assert metrics["shixian_commit_conflicts_total"] == 0
    finally:
        daemon.stop()
        receiver.stop()


# --- the daemon itself fails -----------------------------------------------------------------

@pytest.mark.parametrize("end", ["kill", "stop"])
def test_delivery_cut_off_by_the_daemons_end_is_made_again_with_the_same_id(tmp_path, end):
    receiver = Receiver(tmp_path, behaviour="slow:60")
    daemon = Daemon(tmp_path, {"duty": receiver.url}).start()
    try:
        case = report(daemon, "cut", "yingji")
        until(lambda: receiver.of(case), what="an attempt under way")
        daemon.kill() if end == "kill" else daemon.stop()
        receiver.behave("ok")
        daemon.start()
        until(lambda: any(f["type"] == "notice_accepted" for f in daemon.facts(case)), 30,
              "acceptance")
        requests = receiver.of(case)
        assert len(requests) == 2
        same_message(requests)
        facts = [f["type"] for f in daemon.facts(case)]
        assert facts.count("notice_accepted") == 1 and "notice_dead" not in facts
        assert facts.count("rung_fired") == 2  # one a duty, of one message
    finally:
        daemon.stop()
        receiver.stop()


def test_receiver_taken_out_of_the_configuration_is_given_up(tmp_path):
    first, second = Receiver(tmp_path, behaviour="500"), Receiver(tmp_path)
    daemon = Daemon(tmp_path, {"office": second.url, "unit": first.url}).start()
    try:
        case = report(daemon, "out", "yingji")
        until(lambda: first.of(case) and second.of(case), what="both attempts")
        text = daemon.config.read_text()
        text = "".join(line for line in text.splitlines(True) if "id: unit," not in line)
        daemon.config.write_text(text.replace("[unit]", "[office]"))
        daemon.process.send_signal(signal.SIGHUP)
        ends = until(lambda: [f for f in daemon.facts(case) if f["type"] == "notice_dead"], 30,
                     "given up")
        assert [f["receiver"] for f in ends] == ["unit"] and "configuration" in ends[0]["text"]
    finally:
        daemon.stop()
        first.stop()
        second.stop()
