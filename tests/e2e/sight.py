"""What can be seen of a page, and by whom: what is cut off, and what axe-core finds against WCAG 2.1 AA."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.visiting import at_rest

BACKGROUNDS: Final = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 28)"}
_RULES: Final = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}

KNOWN: Final = {
    # The scroller around st.table has no tabindex. Chromium and Firefox let the keyboard into a scroller without one.
    ("scrollable-region-focusable", "stTable"),
}
"""Faults of Streamlit's own widgets: the rule of axe, and the widget."""

_CUT_OFF: Final = """() => {
    const wide = document.documentElement.clientWidth, found = []
    const seen = one => one.checkVisibility({visibilityProperty: true}) && one.getBoundingClientRect().width > 1
    const scrolls = one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)
    for (const one of document.querySelectorAll('[data-testid=stMain] *')) {
        const text = [...one.childNodes].some(child => child.nodeType === 3 && child.textContent.trim())
        if (!text || !seen(one) || one.closest('[data-testid=stDataFrame], svg')) continue
        let inside = one.parentElement
        while (inside && !scrolls(inside)) inside = inside.parentElement
        if (inside?.dataset.testid !== 'stMain' && inside?.closest('[data-testid=stMain]')) continue
        const place = one.getBoundingClientRect()
        if (place.left < -1 || place.right > wide + 1) found.push(`beside the page: ${one.innerText}`)
    }
    const named = 'button *, label *, h1, h2, h3, [data-testid=stMetricValue] *, [role=tab] *'
    for (const one of document.querySelectorAll(named))
        if (seen(one) && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
            found.push(`cut off: ${one.innerText}`)
    if (document.documentElement.scrollWidth > wide) found.push('the page scrolls sideways')
    return found
}"""


def in_scheme(page: Page, scheme: str) -> Page:
    """The page once it has the colours of a scheme."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", BACKGROUNDS[scheme])
    return at_rest(page)


def cut_off(page: Page) -> list[str]:
    """What stands beside the page, or is too long for its place."""
    found: list[str] = page.evaluate(_CUT_OFF)
    return found


def barriers(page: Page) -> list[str]:
    """What keeps somebody from reading or working the page, by rule, but for faults of Streamlit's own widgets."""
    response = Axe().run(page, options=_RULES).response
    return [
        f"{violation['id']}: {node['html'][:300]} {node['failureSummary']}"
        for violation in response["violations"]
        for node in violation["nodes"]
        if not any(rule == violation["id"] and _is_of(page, node, widget) for rule, widget in KNOWN)
    ]


def _is_of(page: Page, node: dict[str, Any], widget: str) -> bool:
    return bool(page.locator(node["target"][-1]).first.evaluate(f"one => !!one.closest('[data-testid={widget}]')"))


def at_390(page: Page) -> list[str]:
    """What is cut off or a barrier where the window is 390 px wide."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.documentElement.clientWidth <= 390")
    at_rest(page)
    page.wait_for_function("document.getAnimations().length === 0")  # the side closes by and by
    return [*cut_off(page), *barriers(page)]
