"""The end of the year: the next one's arrangement is not there, is asked for, and arrives."""

import shutil
import signal
from pathlib import Path

import pytest

from harness import until
from yesteryear import Yesteryear, instant

CONFIG = Path(__file__).resolve().parents[2] / "config"
NEXT = """date,type,name
2027-01-01,off,元旦
2027-01-02,off,元旦
2027-01-03,off,元旦
2027-01-04,off,元旦
2027-01-09,work,元旦
"""


@pytest.fixture
def world(tmp_path, monkeypatch):
    folder = tmp_path / "calendar"
    shutil.copytree(CONFIG / "calendar", folder)
    files = sorted(f"calendar/{p.name}" for p in folder.glob("cn-*.csv"))
    world = Yesteryear(tmp_path, monkeypatch,
                       f"calendar: {{national: [{', '.join(files)}]}}\n")
    yield world
    world.stop()


def letter(daemon, received):
    """A letter to the mayor; its reply has 5 working days."""
    answer = daemon.event("letter", channel="leader_mailbox", received_at=received, time=received)
    assert answer.status == 201, answer
    return answer.json["case"]


def reply(daemon, case):
    return next(o for o in daemon.case(case)["obligations"] if o["rule"] == "individual_reply")


def own_cases(daemon):
    return [c for c in daemon.get("/v1/cases?status=all").json["cases"]
            if c["case_type"] == "calendar"]


def reload(daemon):
    daemon.process.send_signal(signal.SIGHUP)


def test_december(world, tmp_path):
    daemon = world.daemon
    world.at(instant("2026-11-30T12:00:00+08:00"))
    assert daemon.get("/readyz").json["warnings"] == []
    assert 30 <= daemon.metrics()["shixian_calendar_covered_days"] <= 32
    assert own_cases(daemon) == []

    world.at(instant("2026-12-30T16:05:00+08:00"))
    case = letter(daemon, "2026-12-30T16:04:00+08:00")
    assert reply(daemon, case)["due_at"] == "2027-01-07T23:59:59+08:00"
    assert reply(daemon, case)["flags"] == ["calendar_provisional"]
    ready = daemon.get("/readyz")
    assert ready.status == 200, "a warning is no reason to stop"
    assert "2027" in ready.json["warnings"][0]
    own, = until(lambda: own_cases(daemon), what="the daemon's own case")
    assert own["title"].startswith("2027年放假安排尚未导入")
    notice = until(lambda: world.receiver.of(own["id"]), what="the office is told")
    assert "2027年放假安排" in notice[0]["body"]

    # A second start asks for the same once only.
    world.at(instant("2026-12-30T16:20:00+08:00"))
    until(lambda: daemon.metrics()["shixian_reports_duplicate_total"], what="it looked again")
    assert len(own_cases(daemon)) == 1

    # The notice has come: four days off, and a Saturday on which people work.
    (tmp_path / "calendar" / "cn-2027.csv").write_text(NEXT, "utf-8")
    config = daemon.config.read_text("utf-8")
    daemon.config.write_text(config.replace("cn-2026.csv", "cn-2026.csv, calendar/cn-2027.csv"),
                             "utf-8")
    reload(daemon)
    until(lambda: reply(daemon, case)["due_at"] == "2027-01-08T23:59:59+08:00",
          what="the limit is counted again")
    assert reply(daemon, case)["flags"] == []
    changed = [f for f in daemon.facts(case) if f["type"] == "obligation_clock"]
    assert [(f["reason"], f["clock"]["due_before"], f["clock"]["due_at"]) for f in changed] == [
        ("calendar_changed", "2027-01-07T23:59:59+08:00", "2027-01-08T23:59:59+08:00")]
    assert daemon.get("/readyz").json["warnings"] == []
    until(lambda: own_cases(daemon)[0]["status"] == "closed", what="its own case is closed")
    assert any(f["type"] == "obligation_met" for f in daemon.facts(own["id"]))


def test_changed_while_stopped(world, tmp_path):
    """A calendar that changed while nobody was there is found at the start."""
    daemon = world.daemon
    world.at(instant("2026-12-30T16:05:00+08:00"))
    case = letter(daemon, "2026-12-30T16:04:00+08:00")
    daemon.stop()
    (tmp_path / "calendar" / "cn-2026.csv").write_text(
        (CONFIG / "calendar" / "cn-2026.csv").read_text("utf-8") + "2026-12-31,off,本地\n", "utf-8")
    world.at(instant("2026-12-30T16:30:00+08:00"))
    until(lambda: reply(daemon, case)["due_at"] == "2027-01-08T23:59:59+08:00",
          what="the limit is counted again")
