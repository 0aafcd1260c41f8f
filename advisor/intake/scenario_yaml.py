"""Writes a scenario as the YAML that `advisor recommend` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# A number or a truth value is written bare, as people write it; the reader takes either for the text it is.
_BARE: Final = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool"))
_WIDTH: Final = 110


def yaml_of(content: Mapping[str, Any], heading: str = "") -> str:
    """A scenario's keys and values as YAML.

    Parameters
    ----------
    content : text, lists and mappings, as `advisor.intake.document` reads them.
    heading : said in comments above them.

    Examples
    --------
    >>> print(yaml_of({"source": {"os": "2022", "title": "yes: no"}}, "A what-if."), end="")
    # A what-if.
    source:
      os: 2022
      title: 'yes: no'
    """
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def written(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        meant = dumper.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
        return dumper.represent_scalar(meant if meant in _BARE else "tag:yaml.org,2002:str", text)

    Plain.add_representer(str, written)
    comments = "".join(f"# {line}\n" for line in heading.splitlines())
    body: str = yaml.dump(
        dict(content), Dumper=Plain, sort_keys=False, allow_unicode=True, default_flow_style=False, width=_WIDTH
    )
    return comments + body
