"""A run on its screen: how its numbers add up, what may be asked of it, and why it gave what it gave."""

import html
import re

import pytest

from moisson_shared.contracts.run import CrawlRun, RunOrder, RunState
from moisson_viz_gateway.studio.run_choices import RunChoices, run_choices
from moisson_viz_gateway.studio.run_report_view import field_fills, report_sums
from moisson_viz_gateway.studio.run_sums import sums_of
from moisson_viz_gateway.wording.catalogue import load_wordings
from tests.viz_gateway.running_gateway import Running
from tests.viz_gateway.sample_runs import FOUND, START, a_quarantined_run, a_report, a_run, a_trial

RUN = "/studio/runs/r1"
FRENCH = load_wordings()["fr"]


def shown(text: str) -> str:
    """What is read: without markup, on one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def buttons(page: str) -> set[str]:
    return set(re.findall(r'<form method="post" action="/studio/(?:runs/r1|spiders/ronce-annuaire)/(\w+)"', page))


async def test_a_run_is_watched_live_as_fragments_of_its_page(gateway: Running) -> None:
    await gateway.sign_in("partner")
    page = (await gateway.get(RUN)).text
    assert f'data-events="{RUN}/events"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    async with gateway.http.stream("GET", f"{RUN}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        text = "".join([chunk async for chunk in response.aiter_text()])
    events = re.findall(r"^event: (\w+)", text, re.MULTILINE)
    assert events == ["run", "run", "run", "end"]
    assert "terminée" in text
    assert "<script>alert" not in text
    page = (await gateway.get(RUN)).text
    assert "data-events" not in page
    assert "Le site a répondu par le code 404." in page


async def test_pace_and_time_left_stand_in_the_page_and_in_its_fragments(gateway: Running) -> None:
    await gateway.sign_in("partner")
    page = shown((await gateway.get(RUN)).text)
    assert "Pages par seconde 2,1 " in page, "21 pages in 10 seconds"
    assert "Temps restant ≈ 18,6" in page, "39 of 60 pages are left"
    async with gateway.http.stream("GET", f"{RUN}/events") as response:
        text = shown("".join([chunk async for chunk in response.aiter_text()]))
    assert "Pages par seconde 3,6" in text
    assert "Temps restant" not in shown((await gateway.get(RUN)).text)


async def test_a_run_that_failed_says_why_in_french(gateway: Running) -> None:
    error = "The listing cannot be read: The page (text/html) is not JSON: no value."
    failed = a_run(state=RunState.FAILED).model_copy(update={"error": error, "code": "listing-lost"})
    gateway.scraper.states[:] = [failed]
    await gateway.sign_in("partner")
    page = (await gateway.get(RUN)).text
    assert "La liste n’a pas pu être lue ; les fiches connues sont restées comme elles étaient." in page
    assert f'<span lang="en">{error}</span>' in page


async def test_events_need_a_session(gateway: Running) -> None:
    response = await gateway.get(f"{RUN}/events", Accept="text/event-stream")
    assert response.status_code == 401


async def test_a_scheduled_run_says_so_on_every_page(gateway: Running) -> None:
    gateway.scraper.states[:] = [a_run().model_copy(update={"trigger": "schedule"})]
    await gateway.sign_in("partner")
    assert "Lancée par le calendrier" in (await gateway.get(RUN)).text
    assert "Lancée par le calendrier" in (await gateway.get(f"{RUN}/report")).text
    assert "par le calendrier" in (await gateway.get("/studio/spiders/ronce-annuaire")).text


OTHER = a_run("r2").model_copy(update={"queued_at": START.replace(hour=23)})
RETRY = RunChoices(retry=True, again=True)


@pytest.mark.parametrize(
    ("run", "newest", "choices"),
    [
        (a_run(state=RunState.QUEUED), None, RunChoices(pause=True, cancel=True)),
        (a_run(state=RunState.RUNNING), None, RunChoices(pause=True, cancel=True)),
        (a_run(state=RunState.RESUMING), None, RunChoices(pause=True, cancel=True)),
        (a_run(state=RunState.PAUSED), None, RunChoices(resume=True, cancel=True)),
        (a_run(state=RunState.RUNNING).model_copy(update={"pause_requested": True}), None, RunChoices(cancel=True)),
        (a_run(state=RunState.RUNNING).model_copy(update={"cancel_requested": True}), None, RunChoices()),
        (a_run(state=RunState.RESUMING).model_copy(update={"accepted_by": "a1"}), None, RunChoices()),
        (a_run(), None, RETRY),
        (a_run(state=RunState.FAILED), None, RETRY),
        (a_run(pages_failed=0, pages_fetched=32), None, RunChoices(again=True)),
        (a_run(), [OTHER, a_run()], RunChoices(again=True)),
        (a_run(), [a_run("r2", RunState.RUNNING), a_run()], RunChoices()),
        (a_trial(), None, RunChoices(again=True)),
        (a_quarantined_run(), None, RunChoices(retry=True, accept=True, again=True)),
        (a_quarantined_run(), [a_trial("r2"), a_quarantined_run()], RunChoices(retry=True, accept=True, again=True)),
        (a_quarantined_run(), [OTHER, a_quarantined_run()], RunChoices(again=True)),
        (a_quarantined_run(), [OTHER], RunChoices(again=True)),
    ],
)
def test_what_may_be_asked_of_a_run(run: CrawlRun, newest: list[CrawlRun] | None, choices: RunChoices) -> None:
    assert run_choices(run, [run] if newest is None else newest) == choices


@pytest.mark.parametrize(
    ("run", "offered"),
    [
        (a_run(state=RunState.RUNNING), {"pause", "cancel"}),
        (a_run(state=RunState.PAUSED), {"resume", "cancel"}),
        (a_run(), {"retry", "runs"}),
        (a_quarantined_run(), {"accept", "retry", "runs"}),
    ],
)
async def test_members_find_a_button_for_each_and_others_none(
    gateway: Running, run: CrawlRun, offered: set[str]
) -> None:
    gateway.scraper.states[:] = [run]
    await gateway.sign_in("partner")
    page = (await gateway.get(RUN)).text
    assert buttons(page) == offered
    assert page.count('name="form_token"') == len(offered) + 1, "one in each form, and in that to sign out"
    await gateway.post("/studio/logout", RUN)
    await gateway.sign_in("steward", partners=())
    assert buttons((await gateway.get(RUN)).text) == set()


@pytest.mark.parametrize(
    ("action", "run"),
    [
        ("pause", a_run(state=RunState.RUNNING)),
        ("resume", a_run(state=RunState.PAUSED)),
        ("cancel", a_run(state=RunState.PAUSED)),
        ("accept", a_quarantined_run()),
    ],
)
async def test_what_is_asked_goes_to_the_scraper_and_leads_back_to_the_run(
    gateway: Running, action: str, run: CrawlRun
) -> None:
    gateway.scraper.states[:] = [run]
    await gateway.sign_in("admin", partners=())
    response = await gateway.post(f"{RUN}/{action}", RUN)
    assert (response.status_code, response.headers["location"]) == (303, RUN)
    assert gateway.scraper.asked == [(action, "r1")]


@pytest.mark.parametrize("action", ["pause", "resume", "cancel", "accept", "retry"])
async def test_nobody_else_and_no_other_site_may_ask(gateway: Running, action: str) -> None:
    await gateway.sign_in("partner")
    assert (await gateway.http.post(f"{RUN}/{action}", data={"form_token": "made up"})).status_code == 403
    await gateway.post("/studio/logout", RUN)
    await gateway.sign_in("steward", partners=())
    assert (await gateway.post(f"{RUN}/{action}", RUN)).status_code == 403
    assert (gateway.scraper.asked, gateway.scraper.orders) == ([], [])


async def test_what_is_not_possible_any_more_is_told(gateway: Running) -> None:
    await gateway.sign_in("partner")
    response = await gateway.post(f"{RUN}/resume", RUN)
    assert response.status_code == 409
    assert "Pas maintenant." in response.text


async def test_pages_that_failed_are_asked_for_again_in_a_run_of_their_own(gateway: Running) -> None:
    gateway.scraper.states[:] = [a_run()]
    await gateway.sign_in("partner")
    assert "Réessayer les 2 pages en échec" in (await gateway.get(RUN)).text
    assert (await gateway.post(f"{RUN}/retry", RUN)).headers["location"] == RUN
    assert gateway.scraper.orders == [RunOrder(retry_of="r1")]


async def test_a_paused_run_says_that_it_waits_and_is_looked_at_less_often(gateway: Running) -> None:
    await gateway.sign_in("partner")
    await gateway.post(f"{RUN}/pause", RUN)
    page = (await gateway.get(RUN)).text
    assert '<span class="state with-icon paused">' in page
    assert "Elle reprendra où elle en était." in page
    assert 'http-equiv="refresh" content="20"' in page


async def test_a_quarantined_run_says_what_broke_and_shows_what_it_holds(gateway: Running) -> None:
    gateway.scraper.states[:] = [a_quarantined_run()]
    await gateway.sign_in("partner")
    page = (await gateway.get(RUN)).text
    assert "Fiches trouvées : 12 ; les dernières bonnes récoltes en avaient trouvé environ 40." in page
    assert (
        "«\u202fthèmes\u202f» est rempli dans 25\u202f% des fiches ; il devrait l’être dans au moins 90\u202f%." in page
    )
    assert 'lang="en">The moon was full.' in page
    assert "12 records were found" not in page
    assert f'href="{RUN}/items"' in page
    items = (await gateway.get(f"{RUN}/items")).text
    assert "Rien n’en est enregistré, sauf si un membre l’accepte" in items
    assert "Un atelier vélo" in items


async def test_a_quarantine_without_codes_is_told_in_the_words_of_the_scraper(gateway: Running) -> None:
    gateway.scraper.states[:] = [a_quarantined_run().model_copy(update={"broken": ()})]
    await gateway.sign_in("partner")
    assert 'lang="en">12 records were found; the last good runs found about 40.' in (await gateway.get(RUN)).text


async def test_a_trial_shows_what_it_found_and_that_nothing_is_kept(gateway: Running) -> None:
    gateway.scraper.states[:] = [a_trial()]
    await gateway.sign_in("partner")
    for page in ((await gateway.get(RUN)).text, (await gateway.get(f"{RUN}/items")).text):
        assert "Essai sur 10 pages" in page
        assert "Rien n’en est gardé" in page
        assert "Un atelier vélo" in page
        assert "mobilité · emploi" in page
        assert "<script>alert" not in page


async def test_found_items_are_shown_some_at_a_time(gateway: Running) -> None:
    gateway.scraper.states[:] = [a_trial()]
    gateway.scraper.found = tuple(FOUND[0].model_copy(update={"key": f"cle-{number}"}) for number in range(70))
    await gateway.sign_in("partner")
    first = (await gateway.get(f"{RUN}/items")).text
    assert ("cle-49" in first, "cle-50" in first) == (True, False)
    assert "?part=0&amp;at=50" in first
    second = (await gateway.get(f"{RUN}/items?part=0&at=50")).text
    assert ("cle-50" in second, "cle-69" in second, "Page suivante" in second) == (True, True, False)


async def test_items_that_are_not_kept_any_more_are_said_to_be_gone(gateway: Running) -> None:
    gateway.scraper.states[:], gateway.scraper.found = [a_trial()], ()
    await gateway.sign_in("partner")
    for page in (RUN, f"{RUN}/items"):
        assert "Ces fiches ne peuvent plus être lues" in (await gateway.get(page)).text


async def test_the_report_leads_from_start_addresses_to_records_in_numbers_that_add_up(gateway: Running) -> None:
    gateway.scraper.states[:], gateway.scraper.themes_filled = [a_run()], 20
    await gateway.sign_in("partner")
    assert f'href="{RUN}/report"' in (await gateway.get(RUN)).text
    page = (await gateway.get(f"{RUN}/report")).text
    text = shown(page)
    assert "1 adresse de départ" in text
    assert "42 pages trouvées" in text
    assert "30 + 4 + 2 + 1 + 2 + 1 + 2 = 42" in text
    assert "5 + 3 + 31 + 1 = 40" in text
    assert "épargnées, car déjà connues 2 · 4,8 %" in text
    assert "Le fichier robots.txt demande de ne pas lire ces pages." in text
    assert "https://x.example/prive" in text
    assert "20 sur 40 · 50\u202f%".replace("\u202f", " ") in text
    assert "trop vide : attendu, au moins 90 %" in text
    assert "rien n’est considéré comme disparu" in text
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("run", "path", "said"),
    [
        (a_run(), f"{RUN}/report", ["Why these numbers", "42 pages found", "30 + 4 + 2 + 1 + 2 + 1 + 2 = 42"]),
        (a_quarantined_run(), RUN, ["What is not as expected", "Take this harvest", "See the records set aside"]),
        (a_trial(), f"{RUN}/items", ["Trial over 10 pages.", "Nothing of it is kept", "mobilité · emploi"]),
        (a_run(state=RunState.PAUSED), RUN, ["Go on", "not stored yet 39"]),
    ],
)
async def test_all_of_it_is_said_in_english_too(gateway: Running, run: CrawlRun, path: str, said: list[str]) -> None:
    gateway.scraper.states[:] = [run]
    await gateway.sign_in("partner")
    await gateway.get("/studio/language/en?next=/studio")
    page = shown((await gateway.get(path)).text)
    assert [one for one in said if one not in page] == []


def test_fields_that_are_too_empty_come_first() -> None:
    fills = field_fills(a_report(a_run(), filled=20))
    assert [(fill.name, fill.short) for fill in fills] == [("thèmes", True), ("titre", False), ("téléphone", False)]


@pytest.mark.parametrize("state", list(RunState))
def test_the_parts_of_a_run_add_up_on_its_screen_and_in_its_report(state: RunState) -> None:
    run = a_run(state=state) if state.final else a_run(state=state, pages_fetched=10, pages_over_limit=0)
    for sums in (sums_of(run), report_sums(a_report(run))):
        for whole in sums:
            assert sum(part.number for part in whole.parts) == whole.whole
            assert sum(part.percent for part in whole.parts) == pytest.approx(100)
