"""The twelve worked samples of the domain, told to the real daemon as they happened.

Its clock, and that of its Redis, is set to the moment of each event: a shim shifts the wall clock
of both, and between two events they are stopped, the shift is moved, and they start again, as a
machine would that was switched off in between. So every reminder and breach of the year happens on
its day, and each sample also runs through some twelve restarts.
"""

import json
from pathlib import Path

import pytest

from yesteryear import Yesteryear, instant

TESTS = Path(__file__).resolve().parents[1]
SAMPLES = TESTS / "replay" / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text("utf-8"))


@pytest.fixture
def world(tmp_path, monkeypatch):
    world = Yesteryear(tmp_path, monkeypatch)
    yield world
    world.stop()


def rows(daemon):
    """Every obligation of every case, as replay prints them."""
    out = []
    for case in daemon.get("/v1/cases?status=all&limit=200").json["cases"]:
        whole = daemon.case(case["id"])
        reports = {r["key"]: r["id"] for r in whole["reports"]}
        for o in whole["obligations"]:
            out.append({"case": case["id"], "report": reports[o["report"] or case["id"]],
                        "obligation": o["rule"], "start": o["start_at"], "due": o["due_at"],
                        "state": o["state"], "happened_at": o["met_at"], "flags": o["flags"],
                        "late_s": o["late_s"] or 0, "reference": o["reference_due_at"]})
    return out


def matches(row, want):
    keys = set(want) & {"report", "obligation", "start", "due", "state", "happened_at", "late_s"}
    return all(row[k] == want[k] for k in keys) and (
        "flags" not in want or sorted(row["flags"]) == sorted(want["flags"]))


@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_sample(sample, world):
    events = [json.loads(line) for line in (SAMPLES / f"{sample}.jsonl").read_text().splitlines()]
    for n, event in enumerate(events, 1):
        world.at(instant(event["time"]) + 1)
        answer = world.daemon.post("/v1/events", event, "application/cloudevents+json")
        assert answer.status in (200, 201), (event, answer)
        have = rows(world.daemon)
        for want in EXPECTED[sample].get("history", []):
            if want["event"] == n:
                assert any(matches(row, want) for row in have), (want, have)
    for want in EXPECTED[sample]["rows"]:
        found = [row for row in have if row["obligation"] == want["obligation"]]
        assert any(matches(row, want) for row in found), (want, found)
        if "reference" in want:
            row = next(row for row in have if matches(row, want))
            assert row["reference"] == want["reference"]["due"]
    for flag in EXPECTED[sample].get("case_flags", []):
        assert any(flag in world.daemon.case(row["case"])["flags"] for row in have)
