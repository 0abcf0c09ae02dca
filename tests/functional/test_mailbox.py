"""1,402 real messages to a city's leader mailbox through the real daemon and a real Redis.

The expected figures are an independent count of the same file for the 48 h rule: 147 answered in
time (the due instant is inclusive), 1,255 late; with the answers withheld all 1,402 overdue."""

import datetime
import json
import os
from pathlib import Path

import pytest

from harness import ROOT, Daemon, cloudevent, until

DATA = Path(os.environ.get("SHIXIAN_SHARED", ROOT.parent / "shared")) / "data" / "mailbox.jsonl"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared data are not here")
BATCH = "application/cloudevents-batch+json"


def messages():
    with DATA.open(encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def independent_count(rows):
    parse = datetime.datetime.fromisoformat
    limit = datetime.timedelta(hours=48)
    in_time = sum(parse(r["答复时间"]) - parse(r["留言时间"]) <= limit for r in rows)
    return in_time, len(rows) - in_time


def send(daemon, events):
    for i in range(0, len(events), 200):
        answer = daemon.post("/v1/events", events[i:i + 200], BATCH, timeout=60)
        assert answer.status == 200, answer
        for r in answer.json["results"]:
            assert r["status"] in (200, 201), r


def reports(rows):
    return [cloudevent(r["留言编号"], source="mailbox", title=r["留言主题"],
                       summary=r["留言详情"][:4000], channel="leader_mailbox",
                       received_at=r["留言时间"], discovered_at=r["留言时间"],
                       petitioner=r["留言用户"]) for r in rows]


def answers(rows):
    return [cloudevent(f"answer-{r['留言编号']}", type="shixian.case.fulfil", source="mailbox",
                       report={"source": "mailbox", "id": str(r["留言编号"])},
                       kind="public_response", happened_at=r["答复时间"]) for r in rows]


def states(daemon):
    """The 48 h response of every case, read through the list with its cursor."""
    out, cursor = {}, None
    while True:
        page = daemon.get("/v1/cases?status=all&limit=200" +
                          (f"&cursor={cursor}" if cursor else "")).json
        for c in page["cases"]:
            assert c["id"] not in out
            out[c["id"]], = (o for o in c["obligations"] if o["rule"] == "public_response")
        cursor = page["next"]
        if not cursor:
            return out


@pytest.fixture
def quiet(tmp_path):
    d = Daemon(tmp_path).start()
    yield d
    d.stop()


def test_mailbox(quiet):
    rows = messages()
    assert len(rows) == 1402
    assert independent_count(rows) == (147, 1255)
    send(quiet, reports(rows))

    withheld = until(lambda: (s := states(quiet)) and len(s) == 1402 and s, what="1,402 cases")
    assert [o["state"] for o in withheld.values()] == ["overdue"] * 1402

    send(quiet, answers(rows))
    answered = list(states(quiet).values())
    assert sum(o["state"] == "met" for o in answered) == 147
    assert sum(o["state"] == "met_late" for o in answered) == 1255

    # The whole batch again is harmless.
    send(quiet, reports(rows) + answers(rows))
    assert list(states(quiet).values()) == answered
