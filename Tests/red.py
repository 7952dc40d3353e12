#!/usr/bin/env python3
"""Says once more, behind thousands of lines, which tests of a run were red and why: red.py out/tests-swift-testing.xml"""

import sys
import xml.etree.ElementTree


def main(path):
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError) as problem:
        sys.exit(f"the tests ended before they could report ({problem}): the last test that was begun is in the lines above")
    red = [case for case in root.iter("testcase") if case.find("failure") is not None or case.find("error") is not None]
    for case in red:
        print(f"\nred: {case.get('classname')}.{case.get('name')}")
        for why in (*case.iter("failure"), *case.iter("error")):
            print(f"  {why.get('message') or (why.text or '').strip()}")
    if not red:
        print("\nno test is red in the report: what failed has no test of its own, and stands in the lines above")


main(sys.argv[1])
