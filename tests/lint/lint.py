#!/usr/bin/python3
"""House rules. Prints file:line: message for each finding, TAP per rule, and a last line
"lint: N rules, N findings"; exits 1 if there is a finding. Run it by `make lint`."""

import argparse
import sys

import object_rules
import text_rules
import tool_rules
from tree import Tree

RULES = text_rules.RULES + object_rules.RULES + tool_rules.RULES


def check(rule, tree):
    """Findings of one rule; a program that is not there is one, too."""
    try:
        return [f"{file}:{line}: {message}" for file, line, message in rule(tree)]
    except FileNotFoundError as error:
        return [f"{error.filename}:1: not installed; run make packages"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=".")
    parser.add_argument("--build", default="build/release")
    options = parser.parse_args()
    tree = Tree(options.root, options.build)
    total = 0
    print(f"1..{len(RULES)}")
    for n, rule in enumerate(RULES, 1):
        findings = check(rule, tree)
        total += len(findings)
        print(*findings, f"{'not ' if findings else ''}ok {n} {rule.__name__}", sep="\n")
    print(f"lint: {len(RULES)} rules, {total} findings")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
