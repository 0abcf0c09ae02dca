"""What the rules look at: the files of a source tree and the objects built from it."""

import os
import re
import subprocess
from pathlib import Path

SKIPPED_FOLDERS = {".git", "build", "__pycache__", ".pytest_cache", "node_modules"}
CODE = {".c", ".h", ".py", ".sh", ".lua", ".js", ".mjs", ".css", ".html"}


class Tree:
    def __init__(self, root, build):
        self.root, self.build = Path(root), Path(build)
        self.files = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            self.files += [Path(folder, name).relative_to(self.root) for name in sorted(names)]

    def under(self, *folders, suffixes=(".c", ".h")):
        return [f for f in self.files if f.parts[0] in folders and f.suffix in suffixes]

    def code(self):
        return [f for f in self.files if f.suffix in CODE or f.name == "Makefile"]

    def text(self, file):
        return (self.root / file).read_bytes().decode(errors="replace")

    def lines(self, file):
        return enumerate(self.text(file).splitlines(), 1)

    def line_of(self, file, word):
        """First line of code that has the word: the place of a finding in an object."""
        pattern = re.compile(rf"^(?!\s*#).*\b{re.escape(word)}\b")
        code = without_comments(self.text(file), strings=True)
        return next((n for n, line in enumerate(code.splitlines(), 1) if pattern.search(line)), 1)

    def objects(self, *folders):
        """(source, object) of each C file in the folders, as far as it was built."""
        sources = self.under(*folders, suffixes=(".c",))
        pairs = [(source, self.build / source.with_suffix(".o")) for source in sources]
        return [(source, o) for source, o in pairs if (self.root / o).exists()]

    def output(self, *command):
        """(exit status, all it printed); run in the root of the tree."""
        done = subprocess.run(
            [str(word) for word in command], cwd=self.root, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode(errors="replace")


def layer(file):
    """include/core/case.h and daemon/core/case.c are core; daemon/main.c is main."""
    return file.parts[1] if len(file.parts) > 2 else "main"


def without_comments(text, strings=False):
    """C with comments (and, if asked, the contents of strings) blanked, line numbers kept."""
    def blank(match):
        token = match[0]
        if token[0] == "/" or strings:
            return re.sub(r"[^\n]", " ", token)
        return token
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)
