"""GET /v1/cases/{id}/explain: why each deadline is what it is."""

import datetime

import pytest

from harness import PUBLIC, ago, done, problem


def explain(service, case, query="", **headers):
    return service.get(f"/v1/cases/{case}/explain{query}", headers=headers)


def test_hours_are_told_in_lines_without_days(service):
    case = service.event("hours").json["case"]
    answer = explain(service, case)
    assert answer.status == 200, answer
    whole, known = answer.json, service.case(case)
    assert (whole["case"], whole["title"], whole["lang"]) == (case, known["title"], "zh")
    assert whole["policy_version"] == known["policy_version"]
    assert (whole["status"], whole["merged_into"]) == ("open", None)
    assert [o["key"] for o in whole["obligations"]] == [o["key"] for o in known["obligations"]]
    for said, o in zip(whole["obligations"], known["obligations"], strict=True):
        for key in ("rule", "kind", "state", "start_at", "due_at", "reference_due_at", "flags"):
            assert (key, datetime_of(said[key])) == (key, datetime_of(o[key]))
        assert said["lines"] and said["days"] == [] and said["title"]
    assert "48" in "".join(whole["obligations"][0]["lines"])


def datetime_of(value):
    """An instant whatever its fraction; other values as they are."""
    try:
        return datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def test_working_days_are_counted_one_by_one(service):
    case = service.event("days", case_type="foi", received_at=ago(days=12)).json["case"]
    key = f"foi_answer.{case}"
    (duty,) = explain(service, case, f"?obligation={key}").json["obligations"]
    days = duty["days"]
    assert [d["counted"] for d in days if d["counted"]] == list(range(1, 21))
    assert days[0]["day"] == duty["start_at"][:10] and days[0]["counted"] is None
    assert days[-1]["day"] == duty["due_at"][:10] and days[-1]["counted"] == 20
    dates = [datetime.date.fromisoformat(d["day"]) for d in days]
    assert dates == [dates[0] + datetime.timedelta(n) for n in range(len(dates))]
    for day in days[1:]:
        assert (day["counted"] is not None) == (day["kind"] in ("workday", "makeup"))
        assert day["text"].startswith(day["day"]) and day["excluded"] is False

    done(service, case, "exclude", kind="third_party", reason="征求意见", to=ago(days=3),
         **{"from": ago(days=9)})
    (after,) = explain(service, case, f"?obligation={key}").json["obligations"]
    excluded = [d for d in after["days"] if d["excluded"]]
    assert len(excluded) == 6 and not any(d["counted"] for d in excluded)
    assert [d["counted"] for d in after["days"] if d["counted"]] == list(range(1, 21))
    assert after["days"][-1]["day"] == service.obligation(case, key)["due_at"][:10] > \
        days[-1]["day"]


def test_both_languages_and_plain_text(service):
    case = service.event("languages", case_type="foi").json["case"]
    zh, en = (explain(service, case, f"?lang={lang}").json for lang in ("zh", "en"))
    assert (zh["lang"], en["lang"]) == ("zh", "en")
    assert any("起算" in line for line in zh["obligations"][0]["lines"])
    assert not any("起算" in line for line in en["obligations"][0]["lines"])
    text = explain(service, case, "?lang=en", Accept="text/plain")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    blocks = text.body.decode().split("\n\n")
    assert len(blocks) == len(en["obligations"])
    # "Left" goes on; all else is the same text.
    lines = en["obligations"][0]["lines"]
    assert [x for x, y in zip(blocks[0].splitlines(), lines) if x == y] and \
        len(blocks[0].splitlines()) == len(lines)
    assert explain(service, case, Accept="text/html, */*").json["case"] == case


def test_it_writes_and_counts_nothing(service):
    case = service.event("nothing").json["case"]
    facts, before = service.facts(case), service.metrics()
    assert explain(service, case).status == 200
    after = service.metrics()
    assert service.facts(case) == facts
    for name in ("actions_accepted", "actions_refused", "facts", "reports_accepted"):
        assert before[f"shixian_{name}_total"] == after[f"shixian_{name}_total"], name


def test_a_merged_case_tells_its_own_story_and_where_it_went(service):
    one, two = (service.event(f"merged{n}", case_type="foi").json["case"] for n in (1, 2))
    done(service, two, "merge", into=one)
    answer = explain(service, two)
    assert answer.status == 200
    assert (answer.json["case"], answer.json["status"]) == (two, "merged")
    assert answer.json["merged_into"] == one
    keys = [o["key"] for o in explain(service, one).json["obligations"]]
    assert f"foi_answer.{two}" in keys


def test_closed_cases_are_explained_as_well(service):
    case = service.event("closed").json["case"]
    done(service, case, "fulfil", kind="public_response", **PUBLIC)
    assert done(service, case, "close", text="完")["status"] == "closed"
    states = [o["state"] for o in explain(service, case).json["obligations"]]
    assert "met" in states and "cancelled" in states


def test_a_rule_stands_for_all_its_duties(service):
    case = service.event("rule", case_type="foi", channel="foi_application").json["case"]
    (answer,) = explain(service, case, "?obligation=foi_answer").json["obligations"]
    assert answer["rule"] == "foi_answer" and answer["key"] == f"foi_answer.{case}"


def test_what_is_not_there(service):
    case = service.event("bad").json["case"]
    doc = problem(explain(service, case, "?obligation=foi_answer"), 404, "obligation",
                  "public_response", "first_judgement")
    assert doc["type"].endswith(":not-found")
    problem(explain(service, "0123456789ABCDEF"), 404, None, "no such case")
    problem(explain(service, "nonsense"), 404, "id")
    nobody = service.event("nobody", case_type="unheard_of").json["case"]
    answer = explain(service, nobody)
    assert answer.status == 200 and answer.json["obligations"] == []
    problem(explain(service, nobody, "?obligation=x"), 404, "obligation", "no obligations")


@pytest.mark.parametrize("query, field, words", [
    ("lang=fr", "lang", "zh, en"), ("lang=", "lang", "zh"), ("lang=zh&lang=en", "lang", "once"),
    ("obligation=", "obligation", ""), ("obligatoin=x", "obligatoin", "obligation"),
    ("obligation=" + "x" * 257, "obligation", "256"),
])
def test_bad_parameters_are_named(service, query, field, words):
    case = service.event("parameters").json["case"]
    problem(explain(service, case, "?" + query), 400, field, words)
