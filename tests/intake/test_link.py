"""A scenario in a link: it comes back as it was, and what is no link of ours is refused in words, at no great cost."""

from __future__ import annotations

import base64
import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import ScenarioError
from advisor.intake.document import read_document
from advisor.intake.link import LONGEST_LINK, MOST_UNPACKED, content_of, link_of
from advisor.shipped import shipped_path

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
CONTENT = st.dictionaries(TEXT, TEXT | st.lists(st.dictionaries(TEXT, TEXT, max_size=3), max_size=3), min_size=1)


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


@given(CONTENT)
def test_what_goes_in_comes_out(content):
    link = link_of(content)
    assert set(link) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert content_of(link).content == content


@pytest.mark.parametrize("file", sorted(shipped_path("data", "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_fits_a_link(file):
    content = read_document(file).content
    link = link_of(content)
    assert content_of(link).content == content
    assert len(link) < 1000


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("", "was cut short"),
        ("x", "holds no scenario"),
        ("%%%", "holds no scenario"),
        ("ü" * 8, "holds no scenario"),
        (packed('{"a": "b"}')[:-6], "was cut short"),
        (packed("not JSON"), "is not JSON"),
        (packed('["a", "list"]'), "holds no keys and values"),
        (packed(json.dumps({"a": "0" * MOST_UNPACKED})), "holds too much"),
        ("A" * (LONGEST_LINK + 1), "is too long"),
        (packed('{"a":' * 50 + "1" + "}" * 50), "nested deeper"),
    ],
)
def test_what_is_no_link_is_refused_in_words(link, words):
    with pytest.raises(ScenarioError, match=words):
        content_of(link)


def test_a_scenario_too_large_is_told_with_what_to_do():
    draw = random.Random(1)
    content = {"vms": [{"name": draw.randbytes(20).hex(), "memory_gib": "1"} for _ in range(3000)]}
    with pytest.raises(ScenarioError, match=r"too large for a link.*download it as YAML"):
        link_of(content)
