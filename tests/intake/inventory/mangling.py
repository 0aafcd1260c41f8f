"""Mangles inventories: cuts, shuffles, inserts, corrupts, mixes encodings. The same seed mangles the same way."""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from xml.sax.saxutils import escape

from tests.intake.inventory.exports import EXPORTS, Files

NASTY = [
    "", " ", "-1", "0", "1e999", "nan", "-5", "16,384", "1,5", "1.234,5", "999999999999999999999999", "'=1+1", "=cmd()",
    '"', '""', "a\"b", "\0", "\n", "\r\n", "\u202e", "\ud83d\ude00", "x" * 300, "x" * 140_000, "True", "n/a", "NULL",
    "System.String[]", "/Date(1)/", "1e5", "٣", "½", "--", ";", "\t", "hv1.contoso.example", "poweredOn", "Off", "{}",
]  # fmt: skip


def mangled(seed: int) -> tuple[str, Files]:
    """An inventory and what it was made from."""
    draw = random.Random(seed)
    name = draw.choice(list(EXPORTS))
    files = dict(EXPORTS[name])
    for _ in range(draw.randint(1, 3)):
        file = draw.choice(list(files))
        inside = [_in_a_sheet] if file.endswith(".xlsx") else _TEXT_ACTS
        act = draw.choice(inside if draw.random() < 0.8 else _ACTS)
        files[file] = act(files[file], draw)
        if draw.random() < 0.05 and len(files) > 1:
            del files[draw.choice(list(files))]
    return name, files


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randint(0, len(content))]


def _flip(content: bytes, draw: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(draw.choice([1, 3, 20])):
        if found:
            found[draw.randrange(len(found))] = draw.randrange(256)
    return bytes(found)


def _insert(content: bytes, draw: random.Random) -> bytes:
    at = draw.randint(0, len(content))
    return content[:at] + draw.choice([b'"', b",", b"\n", b"\xff", b"\0", draw.randbytes(9)]) + content[at:]


def _half_a_character(content: bytes, draw: random.Random) -> bytes:
    """What JSON may name and no file can hold; nothing special elsewhere."""
    at = content.find(b'"', draw.randrange(len(content) + 1)) + 1
    return content[:at] + b"\\ud800" + content[at:]


def _random(content: bytes, draw: random.Random) -> bytes:
    del content
    return draw.choice([b"", b"\xef\xbb\xbf", b"PK\x03\x04", b"PAR1", b"\xff\xfe", b"["]) + draw.randbytes(
        draw.randint(0, 400)
    )


def _twice(content: bytes, draw: random.Random) -> bytes:
    at = draw.randint(0, len(content))
    return content[:at] + content[draw.randint(0, at) :]


def _lines(change: Callable[[list[str], random.Random], list[str]]) -> Callable[[bytes, random.Random], bytes]:
    def act(content: bytes, draw: random.Random) -> bytes:
        text = content.decode("utf-16" if content[:2] == b"\xff\xfe" else "utf-8", "replace")
        return "\r\n".join(change(text.split("\r\n"), draw)).encode("utf-8", "surrogatepass")

    return act


def _shuffled(lines: list[str], draw: random.Random) -> list[str]:
    body = lines[1:]
    draw.shuffle(body)
    return [*lines[:1], *body]


def _with_column(lines: list[str], draw: random.Random) -> list[str]:
    at = draw.randint(0, lines[0].count(","))
    found = []
    for number, line in enumerate(lines):
        cells = line.split(",")
        cells.insert(at, "Custom attribute" if number == 0 else draw.choice(NASTY[:20]))
        found.append(",".join(cells))
    return found


def _with_cell(lines: list[str], draw: random.Random) -> list[str]:
    found = list(lines)
    for _ in range(draw.choice([1, 1, 4])):
        at = draw.randrange(len(found))
        cells = found[at].split(",")
        cells[draw.randrange(len(cells))] = draw.choice(NASTY)
        found[at] = ",".join(cells)
    return found


def _without_column(lines: list[str], draw: random.Random) -> list[str]:
    at = draw.randint(0, lines[0].count(","))
    return [",".join(cell for number, cell in enumerate(line.split(",")) if number != at) for line in lines]


def _repeated(lines: list[str], draw: random.Random) -> list[str]:
    return [*lines, *[draw.choice(lines) for _ in range(draw.randint(1, 9))]]


def _broken_quotes(lines: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(lines))
    return [line.replace('"', "", 1) if number == at else line for number, line in enumerate(lines)]


def _in_a_sheet(content: bytes, draw: random.Random) -> bytes:
    """Change what stands in a sheet, and pack the workbook again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError):
        return content
    name = draw.choice(sorted(part for part in parts if "sheet" in part) or list(parts))
    text = parts[name].decode("utf-8", "replace")
    for _ in range(draw.choice([1, 3])):
        places = [match.span() for match in re.finditer(draw.choice(_PIECES), text, re.DOTALL)]
        if places:
            begins, ends = draw.choice(places)
            nasty = escape("".join(filter(str.isprintable, draw.choice(NASTY))))
            new = draw.choice(["", text[begins:ends] * 2, f"<v>{nasty}</v>", f"<is><t>{nasty}</t></is>", nasty])
            text = text[:begins] + new + text[ends:]
    parts[name] = text.encode("utf-8", "replace")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    return stream.getvalue()


def _encoded(content: bytes, draw: random.Random) -> bytes:
    text = content.decode("utf-8", "replace") + "Müller,Größe"
    return text.encode(draw.choice(["cp1252", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp037"]), "replace")


_PIECES = ("<row .*?</row>", "<c .*?</c>", "<v>.*?</v>", "<is>.*?</is>", 't="[a-zA-Z]*"', 'r="[A-Z]*[0-9]+"')
_ACTS = [_cut, _flip, _insert, _random, _twice]
_TEXT_ACTS = [
    *map(_lines, (_shuffled, _with_column, _with_cell, _with_cell, _without_column, _repeated, _broken_quotes)),
    _encoded,
    _half_a_character,
]
