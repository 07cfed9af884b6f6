"""functions/console/README.md uses the console's own words."""

from pages import wording
from terminal.client import Exit
from tests.lab.stack.paths import ROOT
from tests.unit.readme.page import CONSOLE, section, text

BUTTONS = (
    *("Replay now", "Edit and replay", "Discard message", "Show personal data"),
    *("Pause replay", "Resume replay", "Access denials"),
)
TEMPLATES = ROOT / "functions" / "console" / "templates"


def test_every_kind_of_failure_has_its_row() -> None:
    """The table of a call has the title of each explanation; a rule has a title of its own."""
    explanations = {each for each in vars(wording).values() if isinstance(each, wording.Explanation)}
    page = section(CONSOLE, "When you are called")
    assert {each.title for each in explanations - {wording.RULE} if each.title not in page} == set()


def test_every_button_that_the_page_names_exists() -> None:
    """A text in bold is on one of the console's pages."""
    shown = "\n".join(file.read_text(encoding="utf-8") for file in TEMPLATES.glob("*.html"))
    for button in BUTTONS:
        assert f"**{button}**" in text(CONSOLE)
        assert button in shown


def test_every_exit_status_has_its_row() -> None:
    """Scripts find each exit status of `failed` in the page."""
    rows = {line.split(" ")[1] for line in section(CONSOLE, "In the terminal").splitlines() if "|" in line}
    assert rows >= {str(each.value) for each in Exit}
