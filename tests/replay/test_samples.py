"""shixianctl replay, simulate and diff: the twelve samples, other policies, and odd files."""

import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CTL = str(pathlib.Path(os.environ.get("SHIXIAN_BUILD", ROOT / "build" / "release")) / "shixianctl")
SAMPLES = HERE / "samples"
ALT = HERE / "policies-alt"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
OTHERWISE = json.loads((ALT / "expected.json").read_text())
PRESETS = sorted((ROOT / "config" / "policy").glob("*.yaml"))
CALENDAR_2026 = ["--calendar", str(ROOT / "config" / "calendar" / "cn-2026.csv")]
COLUMNS = ["case", "report", "obligation", "start", "due", "state", "happened_at", "late_s",
           "flags"]
STATES = ["open", "met", "met_late", "overdue", "paused", "waived", "cancelled", "superseded"]
REPORT = {"source": "t", "id": "R1"}


def ctl(*words, stdin=b"", status=0):
    ran = subprocess.run([CTL, *map(str, words)], input=stdin, capture_output=True, timeout=60,
                         check=False)
    assert ran.returncode == status, (words, ran.returncode, ran.stderr.decode())
    return ran.stdout.decode(), ran.stderr.decode()


def replay(text, *options):
    """(rows, totals, what was told) of lines, which may be bytes."""
    data = text if isinstance(text, bytes) else text.encode()
    out, told = ctl("replay", "--json", *options, "-", stdin=data)
    *rows, totals = map(json.loads, out.splitlines())
    assert all(list(row) == COLUMNS for row in rows)
    return rows, totals, told


def event(what, at, number="R1", **data):
    line = {"specversion": "1.0", "type": f"shixian.{what}", "source": "t", "id": number,
            "data": data}
    if at:
        line["time"] = at
    return json.dumps(line, ensure_ascii=False)


def opinion(at, number="R1", **data):
    return event("opinion.reported", at, number, **{"title": "停水", **data})


def fits(row, wanted):
    return all(row[key] == value for key, value in wanted.items() if key in row)


def check_rows(rows, wanted):
    for want in wanted:
        assert any(fits(row, want) for row in rows), (want, rows)


# --- samples -------------------------------------------------------------------------------------

@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_sample(sample):
    expected = EXPECTED[sample]
    rows, totals, told = replay((SAMPLES / f"{sample}.jsonl").read_text(), *CALENDAR_2026)
    assert told == "" and totals["refused"] == 0
    check_rows(rows, expected["rows"])
    for name, count in expected.get("counts", {}).items():
        assert totals[name] == count
    assert totals["obligations"] == len(rows)
    assert sum(totals[state] for state in STATES) == len(rows)


@pytest.mark.parametrize("sample", [s for s in sorted(EXPECTED) if "history" in EXPECTED[s]])
def test_history(sample):
    """The state right after the N-th event, by the first N lines and by all of them with --at."""
    lines = (SAMPLES / f"{sample}.jsonl").read_text().splitlines()
    for step in EXPECTED[sample]["history"]:
        n = step["event"]
        wanted = {key: value for key, value in step.items() if key != "event"}
        first, _, _ = replay("\n".join(lines[:n]), *CALENDAR_2026)
        check_rows(first, [wanted])
        at = json.loads(lines[n - 1])["time"]
        if n < len(lines) and json.loads(lines[n])["time"] > at:
            assert replay("\n".join(lines), "--at", at, *CALENDAR_2026)[0] == first


@pytest.mark.parametrize("other", OTHERWISE, ids=lambda other: other["policy"])
def test_other_policies(other):
    files = [ALT / other["policy"] if p.name == other["instead_of"] else p for p in PRESETS]
    options = [word for file in files for word in ("--policy", file)]
    rows, _, told = replay((SAMPLES / f"{other['sample']}.jsonl").read_text(), *options)
    assert told == ""
    check_rows(rows, other["rows"])


def test_text_has_the_same_rows():
    rows, totals, _ = replay((SAMPLES / "S07.jsonl").read_text())
    out, told = ctl("replay", SAMPLES / "S07.jsonl")
    header, *lines = out.splitlines()
    assert header.split("\t") == COLUMNS and len(lines) == len(rows)
    for line, row in zip(lines, rows):
        cells = dict(zip(COLUMNS, line.split("\t")))
        assert cells["due"] == (row["due"] or "-")
        assert cells["flags"] == (",".join(row["flags"]) or "-")
        assert cells["late_s"] == ("-" if row["late_s"] is None else str(row["late_s"]))
    assert f"events {totals['events']}," in told


def test_a_configuration_gives_policies_and_calendar(tmp_path):
    conf = tmp_path / "shixian.yaml"
    conf.write_text(f"policy: [{ALT / 'mailbox_3wd.yaml'}]\n")
    rows, _, _ = replay((SAMPLES / "S05.jsonl").read_text(), "--config", conf)
    assert [(r["obligation"], r["due"]) for r in rows] == [
        ("individual_reply", "2026-10-10T23:59:59+08:00")]


# --- odd files ------------------------------------------------------------------------------------

def test_times_that_do_not_exist_are_refused_with_their_field():
    for text in ("2026-02-30T10:00:00+08:00", "2026-02-29T10:00:00+08:00",
                 "2026-03-01T24:10:00+08:00", "2026-13-01T10:00:00+08:00",
                 "9999-12-31T23:59:59+08:00"):
        rows, totals, told = replay(opinion("2026-03-02T10:00:00+08:00", discovered_at=text))
        assert (rows, totals["refused"]) == ([], 1)
        assert told.startswith("(standard input):1: data.discovered_at: "), told


def test_a_leap_day_and_a_leap_second_exist():
    rows, _, told = replay(opinion("2028-02-29T10:00:00+08:00"))
    assert rows[0]["due"] == "2028-03-02T10:00:00+08:00" and told == ""
    rows, _, told = replay(opinion("2026-12-31T23:59:60Z"))
    assert rows[0]["due"] == "2027-01-03T07:59:59.999+08:00" and told == ""


def test_a_time_without_offset_is_local():
    rows, _, _ = replay(opinion("2026-03-02T10:00:00"))
    assert rows[0]["start"] == "2026-03-02T10:00:00+08:00"
    rows, _, _ = replay(opinion("2026-03-02T10:00:00"), "--timezone", "+00:00")
    assert rows[0]["start"] == "2026-03-02T10:00:00Z"


def test_a_line_that_is_refused_does_not_move_the_clock():
    """A wrong year must not carry all that follows into it."""
    rows, totals, told = replay("\n".join([
        opinion("9999-12-31T23:59:59+08:00", "R0"), opinion("2026-03-02T10:00:00+08:00")]))
    assert rows[0]["start"] == "2026-03-02T10:00:00+08:00"
    assert totals["refused"] == 1 and ":1: time: " in told


def test_a_time_may_not_lie_ahead_of_the_event():
    _, totals, told = replay(opinion("2026-03-02T10:00:00+08:00",
                                     received_at="2026-03-02T10:06:00+08:00"))
    assert totals["refused"] == 1 and "data.received_at" in told
    assert replay(opinion("2026-03-02T10:00:00+08:00",
                          received_at="2026-03-02T10:04:00+08:00"))[1]["refused"] == 0


def test_without_time_a_line_is_as_late_as_what_it_tells():
    lines = [opinion(None, received_at="2026-03-02T10:00:00+08:00"),
             event("case.fulfil", None, "A1", report=REPORT, kind="public_response",
                   url="http://a.cn", reviewer="甲", author="乙",
                   happened_at="2026-03-03T10:00:00+08:00"),
             event("case.note", None, "A2", report=REPORT, text="无时间")]
    rows, totals, told = replay("\n".join(lines))
    assert told == "" and totals["refused"] == 0
    assert rows[0]["happened_at"] == "2026-03-03T10:00:00+08:00"


def test_a_line_before_its_predecessor_is_recorded_with_it():
    lines = [opinion("2026-03-02T10:00:00+08:00"), opinion("2026-03-01T10:00:00+08:00", "R2")]
    rows, totals, told = replay("\n".join(lines))
    assert totals["refused"] == 0
    assert told == ("(standard input):2: time: is earlier than the line before: recorded at "
                    "2026-03-02T10:00:00+08:00\n")
    assert [r["start"] for r in rows if r["obligation"] == "public_response"] == [
        "2026-03-02T10:00:00+08:00", "2026-03-01T10:00:00+08:00"]


def test_actions_that_can_not_be_are_told_and_counted():
    at = "2026-03-02T10:00:00+08:00"
    unknown = {"source": "t", "id": "nobody"}
    lines = [event("case.close", at, "A0", report=REPORT, text="x"), opinion(at),
             event("case.note", at, "A1", report=unknown, text="x"),
             event("case.fulfil", at, "A2", report=REPORT, kind="smoke_signal"),
             event("case.dance", at, "A3", report=REPORT),
             event("case.close", at, "A4", report=REPORT, text="x")]
    rows, totals, told = replay("\n".join(lines))
    assert (totals["cases"], totals["refused"]) == (1, 5) and rows
    assert [line.split(":")[1] for line in told.splitlines()] == ["1", "3", "4", "5", "6"]
    assert "data.kind" in told and "still owed" in told and "there is no such case" in told


def test_repeats_change_nothing():
    at = "2026-03-02T10:00:00+08:00"
    note = event("case.note", at, "A1", report=REPORT, text="x")
    other = event("case.note", at, "A1", report=REPORT, text="y")
    lines = [opinion(at), opinion(at), opinion(at, title="别的"), note, note, other]
    _, totals, told = replay("\n".join(lines))
    assert (totals["cases"], totals["duplicates"], totals["conflicts"]) == (1, 2, 2)
    assert [line.split(":")[1] for line in told.splitlines()] == ["3", "6"]


@pytest.mark.parametrize("line, what", [
    (b"{", "not JSON"), (b"[1]", ""), (b"7", ""), (b"\xff\xfe", ""), (b"{}", ""),
    (b'{"a":"\0"}', ""), (b"\0", ""), (b"[" * 100000, ""), (b'{"a":"' + b"x" * 300000 + b'"}', ""),
    (b"x" * 5000000, "expected at most 262144 bytes")],
    ids=["object", "list", "number", "utf8", "empty", "nul", "only_nul", "deep", "long", "huge"])
def test_what_is_no_event(line, what):
    good = opinion("2026-03-02T10:00:00+08:00").encode()
    _, totals, told = replay(line + b"\n" + good)
    assert (totals["refused"], totals["cases"]) == (1, 1)
    assert told.startswith("(standard input):1: ") and what in told or what == "not JSON"


def test_line_ends_blank_lines_and_byte_order_mark():
    lines = [opinion("2026-03-02T10:00:00+08:00"), "", "  \t",
             opinion("2026-03-02T10:00:01+08:00", "R2")]
    for text in ("\r\n".join(lines) + "\r\n", "\ufeff" + "\n".join(lines), "\n".join(lines)):
        _, totals, told = replay(text)
        assert (totals["cases"], totals["events"], told) == (2, 2, "")


def test_an_empty_file():
    assert replay("") == ([], {**replay("\n")[1], "cases": 0}, "")


def test_a_batch_is_as_many_events():
    lines = [json.loads(opinion("2026-03-02T10:00:00+08:00", f"R{n}")) for n in range(3)]
    _, totals, _ = replay(opinion("2026-03-02T10:00:00+08:00") + "\n" + json.dumps(lines))
    assert (totals["events"], totals["cases"], totals["duplicates"]) == (4, 3, 1)


def test_what_can_not_be_read_is_the_only_failure(tmp_path):
    assert "cannot be read" in ctl("replay", tmp_path / "none", status=1)[1]
    assert "folder" in ctl("replay", tmp_path, status=1)[1]
    bad = tmp_path / "bad.yaml"
    bad.write_text("policy: x\n")
    assert "bad.yaml:" in ctl("replay", "--policy", bad, "-", status=1)[1]
    assert "--at" in ctl("replay", "--at", "noon", "-", status=2)[1]
    assert "did you mean --json" in ctl("replay", "--josn", "-", status=2)[1]
    assert "operand" in ctl("replay", status=2)[1]


def test_a_merged_case_is_followed_and_split_again():
    at = "2026-03-02T1{}:00:00+08:00"
    lines = [opinion(at.format(0), "R1", channel="leader_mailbox"),
             opinion(at.format(1), "R2", channel="leader_mailbox"),
             event("case.merge", at.format(2), "A1", report={"source": "t", "id": "R2"},
                   into=REPORT),
             event("case.note", at.format(3), "A2", report={"source": "t", "id": "R2"}, text="x")]
    rows, totals, told = replay("\n".join(lines))
    assert (told, totals["cases"], totals["reports"]) == ("", 1, 2)
    replies = [r for r in rows if r["obligation"] == "individual_reply"]
    assert {r["report"] for r in replies} == {"R1", "R2"}
    assert len({r["case"] for r in replies}) == 1 and all(r["flags"] == [] for r in replies)
    lines.append(event("case.split", at.format(4), "A3", report={"source": "t", "id": "R2"}))
    _, totals, told = replay("\n".join(lines))
    assert (told, totals["cases"], totals["reports"]) == ("", 2, 2)


# --- simulate, diff, check, show, calendar --------------------------------------------------------

def simulate(*options, stdin=b""):
    out, _ = ctl("policy", "simulate", "--json", *options, stdin=stdin)
    found = [json.loads(line) for line in out.splitlines()]
    return [o for o in found if "start" in o], [o for o in found if "rung" in o]


def test_simulate_speaks_when_the_sample_says(tmp_path):
    """Until somebody acts, the reminders of the sample are those of its first report."""
    file = tmp_path / "event.json"
    file.write_text((SAMPLES / "S09.jsonl").read_text().splitlines()[0])
    _, notices = simulate(file)
    for rung in EXPECTED["S09"]["rungs"]:
        name = rung.get("with", rung["rung"])
        name = {"due-8h": "due-2h"}.get(name, name)  # told together, the later one speaks
        told = [n for n in notices if n["rung"] == name and n["obligation"] == rung["obligation"]]
        assert told and {n["at"] for n in told} == {rung["sent"]}, rung
        assert {n["act"] for n in told} == {rung.get("act", "remind")}


def test_simulate_tells_what_quiet_hours_held(tmp_path):
    file = tmp_path / "event.json"
    file.write_text((SAMPLES / "S09.jsonl").read_text().splitlines()[0])
    _, notices = simulate(file)
    held = {n["rung"]: n["held_from"] for n in notices if n["held_from"]}
    assert held == {"due-2h": "2026-11-18T06:30:00+08:00"}
    assert {n["missed"] for n in notices if n["held_from"]} == {1}


def test_simulate_of_what_is_late_already_is_one_message(tmp_path):
    file = tmp_path / "event.json"
    file.write_text((SAMPLES / "S04.jsonl").read_text().splitlines()[0])
    _, notices = simulate(file)
    rung = EXPECTED["S04"]["rungs"][0]
    told = [n for n in notices if n["obligation"] == rung["obligation"] and n["at"] == rung["sent"]]
    assert told and len({n["receiver"] for n in told}) == len(told)
    assert all(n["lamp"] == "red" and n["missed"] > 0 for n in told)


def test_simulate_by_options():
    duties, notices = simulate("--level", "2", "--occurred", "2026-11-25T20:00:00+08:00",
                               "--at", "2026-11-25T22:00:00+08:00")
    due = {d["obligation"]: d["due"] for d in duties}
    assert due["authoritative_release"] == "2026-11-26T01:00:00+08:00"
    assert [n["at"] for n in notices] == sorted(n["at"] for n in notices)
    assert all(n["held_from"] is None for n in notices), "levels 1 and 2 are never held"
    _, short = simulate("--level", "2", "--at", "2026-11-25T22:00:00+08:00",
                        "--until", "2026-11-25T23:00:00+08:00")
    assert short and max(n["at"] for n in short) <= "2026-11-25T23:00:00+08:00"
    assert "data.incident.level" in ctl("policy", "simulate", "--level", "7", status=1)[1]


def test_diff_finds_the_lenient_reading():
    out, _ = ctl("policy", "diff", ROOT / "config" / "policy" / "opinion.yaml",
                 ALT / "opinion_lenient.yaml", status=1)
    assert "changed authoritative_release\n" in out
    assert "    on upgrade: (nothing) -> starts when the level was raised\n" in out
    assert "removed rolling_update (滚动发布)\n" in out
    assert "hypothetical cases differ" in out


def test_diff_of_results_by_a_file():
    out, _ = ctl("policy", "diff", ALT / "mailbox_3wd.yaml", ALT / "mailbox_7wd.yaml",
                 SAMPLES / "S05.jsonl", status=1)
    assert "    window: 3 working days -> 7 working days\n" in out
    assert [line[:1] + line.split("\t")[4] for line in out.splitlines() if "\t" in line][1:] == [
        "-2026-10-10T23:59:59+08:00", "+2026-10-15T23:59:59+08:00"]
    assert "results: 1 of 1 cases differ" in out


def test_nothing_differs_from_itself():
    assert "results: 0 of" in ctl("policy", "diff", "builtin", "builtin")[0]
    folder = ROOT / "config" / "policy"
    assert "changed" not in ctl("policy", "diff", folder, folder, SAMPLES / "S05.jsonl")[0]


def test_check_and_show(tmp_path):
    assert "no errors" in ctl("policy", "check", *PRESETS)[0]
    bad = tmp_path / "bad.yaml"
    bad.write_text("policy: x\nversion: 2026-01-01\nobligations:\n  - {id: a, windw: 5h}\n")
    assert f"{bad}:4:" in ctl("policy", "check", bad, status=1)[1]
    out, _ = ctl("policy", "show", "press_conference")
    assert "window                 24 hours" in out and "incident_level" in out
    assert "did you mean" in ctl("policy", "show", "pres_conference", status=1)[1]
    assert json.loads(ctl("policy", "show", "--json", "foi_answer")[0].splitlines()[0])[
        "fields"]["window"] == "20 working days"


def test_calendar_show():
    out, _ = ctl("calendar", "show", "--json", "2026-10")
    days = [json.loads(line) for line in out.splitlines()]
    assert sum(day["workday"] for day in days) == 18 and len(days) == 31
    assert [d["date"] for d in days if d["kind"] == "makeup"] == ["2026-10-10"]
    assert "working days: 18\n" in ctl("calendar", "show", "2026-10")[0]
    assert "provisional" in ctl("calendar", "show", "2031-05")[0]
    assert "2026: " in ctl("calendar", "show", "2026")[0]
    for word in ("2026-13", "26", "2026-1", "abcd", "1969"):
        ctl("calendar", "show", word, status=2)


def test_every_command_has_help():
    out, _ = ctl("--help")
    commands = [line[2:24].split() for line in out.splitlines() if line.startswith("  ")]
    assert len(commands) > 6
    for words in commands:
        assert ctl(*words, "--help")[0].startswith(f"usage: shixianctl {words[0]}")
    assert 'did you mean "replay"' in ctl("repaly", "x", status=2)[1]
    assert ctl("--version")[0].startswith("shixianctl ")
