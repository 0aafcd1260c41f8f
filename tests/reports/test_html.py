"""The page: whole in itself, safe, and said in words too."""

import re
from html.parser import HTMLParser

import pytest

from advisor.domain.answers import Verdict
from advisor.reports import render
from advisor.reports.palette import DARK_PALETTE, PALETTE
from tests.reports import samples


class Elements(HTMLParser):
    """Collects every element with its attributes, and all text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text, self.open = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        self.text.append((self.open[-1] if self.open else "", data))

    def of(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


ANSWERS = [
    samples.seed_lab,
    samples.cluster,
    samples.nothing_allowed,
    samples.blackout_unknown,
    samples.hashed_team,
    samples.rdma_fallback,
    samples.hostile,
    samples.estimate,
    samples.estimate_batch,
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_nothing_is_fetched_from_anywhere(answer):
    page = render(answer(), "html")
    elements = Elements(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "use", "image", "form"} & {
        tag for tag, _ in elements.found
    }
    for tag, attrs in elements.found:
        for name, value in attrs.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "srcset", "href", "xlink:href", "style", "fill", "stroke", "filter", "clip-path"}:
                assert tag == "a" or not re.search(r"//|url\((?!#)", value or ""), (tag, name, value)
    styles = "".join(text for tag, text in elements.text if tag == "style")
    assert "@import" not in styles
    assert "url(" not in styles
    policy = next(a["content"] for a in elements.of("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_links_are_citations_only():
    links = [attrs["href"] for attrs in Elements(render(samples.seed_lab(), "html")).of("a")]
    assert links == [
        "https://blog.workinghardinit.work/tag/jumbo-frames/",
        "https://learn.microsoft.com/smb/multichannel",
    ]


@pytest.mark.parametrize(
    "citation",
    [
        "javascript:alert(1)",
        'https://x.org/"onclick="alert(1)',
        "https://x.org/<script>alert(1)</script>",
        "data:text/html,x",
    ],
)
def test_a_citation_cannot_carry_code(citation):
    finding = samples.MTU_ON_SWITCH.model_copy(update={"source": citation})
    option = samples.MULTICHANNEL.model_copy(update={"findings": (finding,)})
    elements = Elements(render(samples.seed_lab(recommended=option), "html"))
    assert not elements.of("script")
    for link in elements.of("a"):
        assert set(link) == {"href", "rel"}
        assert link["href"].startswith("https://x.org/")


def test_a_file_of_a_public_repository_is_a_link():
    source = "official: MicrosoftDocs/windowsserverdocs WindowsServerDocs/storage/file-server/smb-direct.md@01c32484"
    finding = samples.MTU_ON_SWITCH.model_copy(update={"source": source})
    option = samples.MULTICHANNEL.model_copy(update={"findings": (finding,)})
    links = Elements(render(samples.seed_lab(recommended=option), "html")).of("a")
    begins = "https://github.com/MicrosoftDocs/windowsserverdocs/blob/01c32484/WindowsServerDocs/"
    assert [link["href"] for link in links] == [f"{begins}storage/file-server/smb-direct.md"]


@pytest.mark.parametrize("verdict", [Verdict.NOT_RECOMMENDED, Verdict.UNKNOWN])
def test_what_is_not_recommended_is_not_called_so(verdict):
    option = samples.MULTICHANNEL.model_copy(update={"verdict": verdict})
    page = render(samples.seed_lab(recommended=option, options=(option,)), "html")
    assert f"<strong>best found</strong>, {verdict.value}" in page
    assert "<strong>recommended</strong>" not in page


def test_hostile_names_come_out_as_text_in_page_and_charts():
    page = render(samples.hostile(), "html")
    elements = Elements(page)
    assert not elements.of("script")
    assert "<script" not in page.lower()
    assert "</svg>[" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    drawn = [text for tag, text in elements.text if tag == "text"]
    assert any("<script>alert(1)</script>" in text for text in drawn)
    assert any(text.startswith("<script>alert(1)</script></svg>") for tag, text in elements.text if tag == "td")
    assert page.count("<svg") == page.count("</svg>") == 5


@pytest.mark.parametrize(
    ("answer", "charts"),
    [(samples.seed_lab, 5), (samples.nothing_allowed, 3), (samples.estimate, 2), (samples.estimate_batch, 2)],
)
def test_every_figure_says_its_finding_where_it_cannot_be_seen(answer, charts):
    elements = Elements(render(answer(), "html"))
    images = [attrs for attrs in elements.of("div") if attrs.get("role") == "img"]
    assert len(images) == len(elements.of("svg")) == len(elements.of("figure")) == charts
    for image in images:
        assert re.search(r"\d", image["aria-label"])


def test_the_recommendation_is_the_headline():
    page = render(samples.seed_lab(), "html")
    headline = re.search(r"<h1>([^<]*)</h1>", page)[1]
    assert headline.replace("\N{NO-BREAK SPACE}", " ") == samples.seed_lab().summary
    assert "in 28\N{NO-BREAK SPACE}s [25-31\N{NO-BREAK SPACE}s]" in headline
    assert page.index("<h1>") < page.index("Do this") < page.index("<svg")


def test_charts_scale_and_follow_the_scheme():
    page = render(samples.seed_lab(), "html")
    assert all("viewbox" in attrs for attrs in Elements(page).of("svg"))
    assert "prefers-color-scheme: dark" in page
    assert f'svg [fill="{PALETTE.ink}"] {{ fill: var(--ink); }}' in page
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{3,6})"', page))
    themed = {getattr(PALETTE, name) for name in PALETTE.__slots__}
    assert colours
    assert colours <= themed, "a colour that no scheme swaps"


def luminance(colour):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("palette", [PALETTE, DARK_PALETTE])
@pytest.mark.parametrize("name", ["ink", "muted", "accent", "second", "allowed", "forbidden"])
def test_colours_reach_the_contrast_of_wcag_aa(palette, name):
    bright, dark = sorted((luminance(getattr(palette, name)), luminance(palette.page)), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_long_lists_are_cut_and_say_so():
    page = render(samples.cluster(120), "html")
    assert "20 more in the JSON report." in page
    page = render(samples.estimate_batch(80), "html")
    assert "40 more in the JSON report." in page
    many = tuple(samples.option(f"TCP/IP {i}", 50.0 + i) for i in range(12))
    assert "first 10 options" in render(samples.seed_lab(options=(samples.MULTICHANNEL, *many)), "html")
