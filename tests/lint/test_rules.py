"""Each rule finds the fault it is there for, at its place, and nothing in a clean tree."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import lint  # noqa: E402
from tree import Tree  # noqa: E402

CLANG_FORMAT = (Path(__file__).parents[2] / ".clang-format").read_text()
CLEAN = {
    ".clang-format": CLANG_FORMAT,
    "include/base/b.h": "int base_b(const char *s);\n",
    "include/core/c.h": "int core_c(const char *s);\n",
    "daemon/base/b.c": '#include <stdlib.h>\n#include "base/b.h"\n\n'
                       "int base_b(const char *s)\n{\n    return abs((int)s[0]);\n}\n",
    "daemon/core/c.c": '#include <string.h>\n#include "core/c.h"\n\n'
                       '/* atoi("1"), if it were a call */\n'
                       'static const char *const names[] = {"a", "system(1)"};\n\n'
                       "int core_c(const char *s)\n{\n"
                       "    return strcmp(s, names[s[0] & 1]);\n}\n",
    "daemon/main.c": '#include "base/b.h"\n#include "core/c.h"\n\n'
                     "int main(int n, char **v)\n{\n"
                     "    return base_b(v[n - 1]) + core_c(v[0]);\n}\n",
    "daemon/redis/lua/x.lua": "return 1\n",
    "tests/support/x.sh": '#!/bin/sh\necho "$1"\n',
}
LONG = "int long_one(int a)\n{\n" + "    a++;\n" * 70 + "    return a;\n}\n"
BRANCHES = "int branches(int a)\n{\n" + "    if (a)\n        a++;\n" * 15 + "    return a;\n}\n"

# rule, file, its text, line of the finding, words of the message
FAULTS = [
    ("layers", "daemon/core/x.c", '#include "app/app.h"\n', 1, "core may not include app"),
    ("layers", "daemon/redis/x.c", '#include "http/server.h"\n', 1, "redis may not include http"),
    ("layers", "daemon/app/x.c", '\n#include "redis/store.h"\n', 2, "app may not include redis"),
    ("layers", "include/base/x.h", '#include "core/c.h"\n', 1, "base may not include core"),
    ("layers", "daemon/app/x.c", '#include "app.h"\n', 1, "does not begin with a layer"),
    ("layers", "daemon/app/x.c", '#include "core/work.h"\n', 1, "private to core"),
    ("libraries", "daemon/app/x.c", "#include <hiredis/hiredis.h>\n", 1, "belongs to redis"),
    ("libraries", "include/port/x.h", "#include <event2/event.h>\n", 1, "belongs to http"),
    *[("banned_calls", "daemon/sys/x.c", f"\n    {call}(x);\n", 2, f"{call}() is not used")
      for call in ("sprintf strcpy strcat strtok gets localtime gmtime atoi sscanf strptime alloca"
                   " system popen usleep sleep").split()],
    ("banned_calls", "tests/unit/x.c", "x = atoi (y);\n", 1, "atoi() is not used"),
    ("file_length", "daemon/web/x.js", "\n" * 601, 601, "601 lines"),
    ("columns", "daemon/web/x.js", "// " + "时" * 98 + "\n", 1, "101 columns"),
    ("unfinished", "docs/X.md", "a\nTO" "DO: write\n", 2, "unfinished"),
    ("unfinished", "daemon/sys/x.c", "/* FIX" "ME */\n", 1, "unfinished"),
    ("machine", "docs/X.md", "see /wo" "rk/x\n", 1, "this machine's"),
    ("machine", ".ci/x", "curl https://npm.regis" "try.example/\n", 1, "this machine's"),
    ("functions", "daemon/sys/x.c", LONG, 1, "long_one: 74 lines"),
    ("functions", "tests/unit/x.c", BRANCHES, 1, "branches: complexity 16"),
    ("functions", "daemon/sys/x.c", "int f(int a)\n{\n    return X(a {);\n}\n\nint g(int a)\n"
     "{\n    return a;\n}\n", 1, "sees 1 of 2"),
    ("formatting", "daemon/sys/x.c", "int  x;\n", 1, "clang-formatted"),
    ("shell", "tests/support/x.sh", "#!/bin/sh\nrm $1\n", 2, "SC2086"),
    ("shell", ".ci/run", "#!/bin/bash\nx=1\n", 2, "SC2034"),
    ("lua", "daemon/redis/lua/y.lua", "\nlocal x = = 1\n", 2, "user_script"),
    ("built", "daemon/sys/unbuilt.c", "\n", 1, "no object"),
    ("core_symbols", "daemon/core/x.c", "#include <time.h>\n\nlong core_x(void);\n\n"
     "long core_x(void)\n{\n    return time(0);\n}\n", 7, "core may not use time"),
    ("core_symbols", "daemon/core/x.c", "#include <stdlib.h>\n\nvoid *core_x(void);\n\n"
     "void *core_x(void)\n{\n    return malloc(1);\n}\n", 7, "core may not use malloc"),
    ("core_symbols", "daemon/core/x.c", "#include <string.h>\n\nchar *core_x(char *s);\n\n"
     "char *core_x(char *s)\n{\n    return strdup(s);\n}\n", 7, "core may not use strdup"),
    ("static_state", "daemon/sys/x.c", "int next(void);\n\nint next(void)\n{\n"
     "    static int calls;\n    return ++calls;\n}\n", 5, "calls is mutable"),
    ("static_state", "daemon/sys/x.c", "\nint level = 3;\n", 2, "level is mutable"),
    ("static_state", "daemon/sys/x.c", "const char *name = \"x\";\n", 1, "name is mutable"),
    ("unused", "daemon/sys/x.c", "\nvoid nobody(void)\n{\n}\n", 2, "nobody is used by no other"),
]


def plant(root, files):
    """Writes the files and compiles their C, as far as it compiles."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.suffix == ".c" and path.stem != "unbuilt":
            target = root / "build" / Path(name).with_suffix(".o")
            target.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["gcc", "-O2", "-fPIE", f"-I{root}/include", "-c", "-o", target, path],
                           stderr=subprocess.DEVNULL, check=False)
    return Tree(root, "build")


def find(rule, tree):
    return lint.check(next(r for r in lint.RULES if r.__name__ == rule), tree)


@pytest.mark.parametrize("rule", [r.__name__ for r in lint.RULES])
def test_clean_tree(rule, tmp_path):
    assert find(rule, plant(tmp_path, CLEAN)) == []


@pytest.mark.parametrize("rule,file,text,line,message", FAULTS,
                         ids=[f"{fault[0]}: {fault[4]}" for fault in FAULTS])
def test_fault(rule, file, text, line, message, tmp_path):
    findings = find(rule, plant(tmp_path, {**CLEAN, file: text}))
    assert len(findings) == 1
    assert findings[0].startswith(f"{file}:{line}: ")
    assert message in findings[0]


def test_every_rule_has_a_fault():
    assert {r.__name__ for r in lint.RULES} == {fault[0] for fault in FAULTS}


def test_missing_program(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "daemon").mkdir()
    (tmp_path / "daemon/x.c").write_text("int x;\n")
    assert find("formatting", Tree(tmp_path, "build")) == [
        "clang-format:1: not installed; run make packages"]
