"""The pictures: there, whole, in both languages, and of nothing that is this machine's own."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.docs.pages import DOCS, ROOT, blocks, english_pages, inline, name_of, russian
from tests.docs.understood import understand
from tools.screenshot import LANGUAGES, PICTURES

IMAGES = sorted((DOCS / "images").glob("*.svg"))
PAGES = [each for page in english_pages() for each in (page, russian(page))]


def shown(page: Path) -> list[Path]:
    sources = [str(token.attrs["src"]) for token in inline(page) if token.type == "image"]
    return [(page.parent / source).resolve() for source in sources]


def test_every_picture_that_a_page_shows_is_there_and_every_one_is_shown() -> None:
    assert {picture for page in PAGES for picture in shown(page)} == set(IMAGES)


def test_each_page_shows_the_pictures_of_its_language() -> None:
    made = {f"{picture.name}.svg" for picture in PICTURES}
    for page in english_pages():
        names = [picture.name for picture in shown(page)]
        russian_names = [name.replace(".svg", ".ru.svg") if name in made else name for name in names]
        assert [picture.name for picture in shown(russian(page))] == russian_names, name_of(page)


def test_the_script_makes_what_is_there() -> None:
    made = {f"{picture.name}{ending}.svg" for picture in PICTURES for ending in LANGUAGES.values()}
    assert made | {"performance.svg"} == {picture.name for picture in IMAGES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_the_command_of_a_picture_is_understood(picture: object) -> None:
    words = str(getattr(picture, "command")).split()  # noqa: B009 - pytest hands it over untyped
    assert words[0] == "gigaam"
    understand(words[1:])


@pytest.mark.parametrize("picture", IMAGES, ids=lambda picture: picture.name)
def test_a_picture_is_whole_and_tells_nothing_of_the_machine(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = "".join(root.itertext()).replace("\N{NO-BREAK SPACE}", " ")
    if picture.name != "performance.svg":  # its words are drawn
        assert len(words.split()) > 20, "there is next to nothing on it"
    assert not re.search(r"/(tmp|root|work|var|home/(?!anna))\b", words)
    assert not re.search(r"Traceback|command not found|No such", words)
    assert not re.search(r"(?:href|src|url)\W{1,3}https?:", text), "it would fetch something"
    assert socket.gethostname() not in words


def test_no_page_shows_paths_of_a_machine() -> None:
    for page in PAGES:
        for block in blocks(page):
            assert not re.search(r"/(tmp|root|work)/", block.content), block.place
            assert str(ROOT) not in block.content, block.place
