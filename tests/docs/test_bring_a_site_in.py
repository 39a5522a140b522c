"""The tutorial for partners: its commands are run in their order, on the demo's sample site, and print what it says."""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from moisson_shared.adapters.peer_http import peer_client
from moisson_standalone.demo.accounts import ACCOUNTS
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from moisson_viz_gateway.wording.catalogue import load_wordings
from tests.docs.command_steps import command_steps, run_steps
from tests.docs.fenced_blocks import read_page
from tests.flow.loopback_sites import sample_sites
from tests.flow.suite import Form, Suite, started_suite

PAGE = read_page("bring-a-site-in.md")
STEPS = command_steps(PAGE, leave_out="make ")
PARTNER = "tilleul"


def test_what_the_tutorial_says_of_the_studio_stands_in_the_studio() -> None:
    shown = set(load_wordings()["en"].texts.values())
    told = [part for part in PAGE.split("\n\n") if part.startswith("**In the studio:**")]
    named = {word for part in told for word in re.findall(r"“([^”]+)”", part.replace("\n", " "))}
    assert named - shown == set()
    steps = PAGE.split("\n## ")[1:]
    assert [step.partition("\n")[0] for step in steps if "**In the studio:**" not in step] == ["2. Look at the site"]


def test_the_tutorial_signs_in_with_an_account_of_the_demo() -> None:
    (account,) = [account for account in ACCOUNTS if account.partners == (PARTNER,)]
    assert PAGE.count(account.email) == PAGE.count(account.password) == 2


def test_the_commands_of_the_tutorial_print_what_it_says(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    with sample_sites() as sites:
        may_fetch = [urlsplit(address).netloc for address in sites.values()]
        with started_suite(Form.ONE_PROCESS, tmp_path / "suite", may_fetch) as suite:
            asyncio.run(prepared(suite, sites[PARTNER]))
            told = {
                "http://127.0.0.1:8100": suite.addresses.api,
                "http://127.0.0.1:8101": suite.addresses.scraper,
                "http://127.0.0.1:8111": sites[PARTNER],
            }
            printed = run_steps([commands for commands, _ in STEPS], tmp_path, 100, told)
    said = {commands: text for commands, text in STEPS if text is not None}
    assert len(said) > 12
    assert {step: text for (step, _), text in zip(STEPS, printed, strict=True) if step in said} == said


async def prepared(suite: Suite, site: str) -> None:
    """The partner with the spider that the demo gives it, and its account."""
    (account,) = [account for account in ACCOUNTS if account.partners == (PARTNER,)]
    (partner,) = [partner for partner in SAMPLE_PARTNERS if partner.id == PARTNER]
    async with peer_client("") as http:
        admin = suite.admin(http)
        await admin.send("api", "POST", "/v1/accounts", document=account.document())
        documents: Mapping[str, str] = {"partner": "/v1/partners", "spider": "/v1/spiders"}
        for name, path in documents.items():
            await admin.settle("scraper", path, partner.document(name, site))
