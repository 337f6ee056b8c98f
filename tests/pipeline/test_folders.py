"""Folders for texts, looked at before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaam_cli.core.errors import OutputError
from gigaam_cli.pipeline.folders import check_folders
from gigaam_cli.pipeline.jobs import Job
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.store.values import Fingerprint
from tests.fakes.users import readable_folder, run_as_nobody


def plan(*outputs: Path) -> Plan:
    """A plan of one recording with these texts."""
    file = Fingerprint(Path("/in/talk.mp3"), 1, 1)
    return Plan((Job(0, file, {str(number): path for number, path in enumerate(outputs)}),), ())


def test_folders_that_can_be_made_are_accepted(tmp_path: Path) -> None:
    check_folders(plan(tmp_path / "new" / "deep" / "talk.txt"))
    check_folders(plan(tmp_path / "talk.txt"))
    check_folders(plan())
    assert not (tmp_path / "new").exists()


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError) as caught:
        check_folders(plan(tmp_path / "file" / "out" / "talk.txt"))
    assert str(tmp_path / "file") in str(caught.value)


CHECK = """
import sys
from pathlib import Path
from gigaam_cli.media.discover import Found
from gigaam_cli.pipeline.folders import check_folders
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.plan import Wish, make_plan
from gigaam_cli.store.store import Store
path, output = Path(sys.argv[1]), Path(sys.argv[2])
plan = make_plan([Found(path, path.parent, 1, 1)], Wish(Recipe(), "d", output), Store.in_memory())
try:
    check_folders(plan)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.root
@pytest.mark.parametrize("below", ["locked", "locked/new/deep"])
def test_a_folder_that_may_not_be_written_to_is_refused(below: str) -> None:
    with readable_folder() as folder:
        (folder / "locked").mkdir(mode=0o755)
        said = run_as_nobody(CHECK, str(folder / "talk.mp3"), str(folder / below))
        assert said.startswith("OutputError")
        assert "no permission" in said
