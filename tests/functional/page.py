"""Reading a page of docs, its tables and marked examples, for tests that hold it to the code."""

import os
import re
import subprocess

from harness import ROOT

EXAMPLE = re.compile(r"<!-- (?P<mark>[^>]*?) -->\n```(?P<kind>\w+)\n(?P<text>.*?)```", re.S)
NAME = re.compile(r"`([^`]+)`")


class Page:
    def __init__(self, name):
        self.text = (ROOT / "docs" / name).read_text()

    def examples(self, mark):
        """(words after the mark, language, text) of each block marked so, in order."""
        return [(m["mark"].split()[1:], m["kind"], m["text"]) for m in EXAMPLE.finditer(self.text)
                if m["mark"].split()[0].rstrip(":") == mark]

    def table(self, *head):
        """Rows of the table whose head begins with these cells, as lists of cells."""
        lines = self.text.splitlines()
        wanted = "| " + " | ".join(head) + " |"
        at = [n for n, line in enumerate(lines) if line.startswith(wanted)]
        assert len(at) == 1, f"{len(at)} tables begin with {wanted}"
        rows = []
        for line in lines[at[0] + 2:]:
            if not line.startswith("|"):
                break
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
        return rows

    def names(self, *head, column=0):
        """The `names` in one column of a table."""
        return [name for row in self.table(*head) for name in NAME.findall(row[column])]


def row_names(row, column=0):
    return NAME.findall(row[column])


def shell(text, env, prelude=""):
    """Runs a block as a reader would paste it."""
    return subprocess.run(["bash", "-euc", prelude + text], env={**os.environ, **env},
                          capture_output=True, text=True, timeout=60)


def enumerated(macro):
    """Outward names of an X macro of core/names.h."""
    text = (ROOT / "include/core/names.h").read_text()
    body = re.search(rf"#define {macro}\(X\)(.*?)(?<!\\)\n", text, re.S)[1]
    return {n for n in re.findall(r'X\(\w+,[^"]*"([^"]*)"', body) if n}


def same(said, live, path="$"):
    """That a documented answer is the live one; instants, hashes and the like may differ."""
    if isinstance(said, str) and isinstance(live, str):
        said, live = told(said), told(live)
    if isinstance(said, dict):
        assert isinstance(live, dict) and set(said) == set(live), (path, set(said) ^ set(live))
        for key in said:
            same(said[key], live[key], f"{path}.{key}")
    elif isinstance(said, list):
        assert isinstance(live, list) and len(said) == len(live), (path, live)
        for i, (a, b) in enumerate(zip(said, live)):
            same(a, b, f"{path}[{i}]")
    elif not (varies(said) and varies(live)) and not path.endswith("_ms"):
        assert said == live, (path, said, live)


def told(text):
    """Without instants and what is left until then, where they stand in a sentence."""
    if varies(text):
        return text
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(?:[+-]\d\d:\d\d|Z)", "INSTANT", text)
    return re.sub(r"(\d+(?:天|小时|分|秒))+", "SPAN", text) if "剩余" in text else text


def varies(value):
    return isinstance(value, str) and bool(re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.\d{3}(?:[+-]\d\d:\d\d|Z)|[0-9a-f]{64}|[0-9a-f]{8}|"
        r"\d{4}-\d\d-\d\d\+[0-9a-f]{8}", value))
