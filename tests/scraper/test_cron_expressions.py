"""What cron expressions mean, and which of them no schedule may have."""

from typing import Any

import pytest

from moisson_scraper.check_configuration import faults_in
from moisson_scraper.scheduling.cron_expression import CronRefused, parse_cron
from moisson_shared.contracts.spider import SpiderDraft


@pytest.mark.parametrize(
    ("expression", "meant", "least_minutes"),
    [
        ("0 3 * * *", {"minutes": {0}, "hours": {3}}, 1440),
        ("0 3 * * 1", {"weekdays": {1}}, 1440),
        ("0 3 * * 7", {"weekdays": {0}}, 1440),
        ("0 3 * * sun,WED", {"weekdays": {0, 3}}, 1440),
        ("0 3 * * fri-sun", {"weekdays": {5, 6, 0}}, 1440),
        ("0 3 * * 5-7", {"weekdays": {5, 6, 0}}, 1440),
        ("0 3 * * */2", {"weekdays": {0, 2, 4, 6}}, 1440),
        ("*/15 * * * *", {"minutes": {0, 15, 30, 45}}, 15),
        ("0 */7 * * *", {"hours": {0, 7, 14, 21}}, 180),
        ("5 4 1-9/4 jan-mar *", {"days": {1, 5, 9}, "months": {1, 2, 3}}, 1440),
        ("0 3 29 2 *", {"days": {29}, "months": {2}}, 1440),
        ("55,5 0,23 1 * *", {"minutes": {5, 55}}, 50),
    ],
)
def test_the_fields_of_an_expression(expression: str, meant: dict[str, set[int]], least_minutes: int) -> None:
    cron = parse_cron(expression)
    assert {name: set(getattr(cron, name)) for name in meant} == meant
    assert cron.least_minutes == least_minutes


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("0 3 * *", "five fields"),
        ("0 3 * * * *", "five fields"),
        ("60 3 * * *", "'60' is no minute (0 to 59)"),
        ("0 24 * * *", "no hour"),
        ("0 3 0 * *", "no day of month"),
        ("0 3 * 13 *", "no month"),
        ("0 3 * mon *", "no month"),
        ("0 3 * * 8", "no day of week"),
        ("0 3-1 * * *", "ends before it begins"),
        ("*/0 3 * * *", "step of '*/0' is 0"),
        ("5/15 3 * * *", "nothing that a minute can be"),
        ("0 3 L * *", "nothing that a day of month can be"),
        ("٣ 3 * * *", "nothing that a minute can be"),
        ("0 3 1 * 1", "not both"),
        ("0 3 31 2,4,6 *", "never fires"),
        ("* 3 * * *", "after 1 minutes"),
        ("0,14 3 * * *", "after 14 minutes"),
        ("55,5 0,23 * * *", "after 10 minutes"),
        ("55,5 0,23 31,1 * *", "after 10 minutes"),
        ("55,5 0,23 28,1 2,3 *", "after 10 minutes"),
        ("55,5 0,23 * * 6,0", "after 10 minutes"),
    ],
)
def test_what_is_refused(expression: str, why: str) -> None:
    with pytest.raises(CronRefused, match="^.*" + why.translate({ord(c): f"\\{c}" for c in "()*/"})):
        parse_cron(expression)


def draft(schedule: dict[str, Any]) -> SpiderDraft:
    source = {"kind": "file", "url": "https://s.example/f.csv"}
    named = {"id": "s", "partner": "p", "name": "S", "source": source, "identity": {"kind": "content"}}
    return SpiderDraft.model_validate(named | {"schedule": schedule})


@pytest.mark.parametrize(
    ("schedule", "pointers"),
    [
        ({"expression": "0 3 * * *"}, []),
        ({"expression": "0 3 * * *", "jitter_seconds": 43200}, []),
        ({"expression": "*/15 * * * *", "jitter_seconds": 450}, []),
        ({"expression": "*/15 * * * *", "jitter_seconds": 451}, ["/schedule/jitter_seconds"]),
        ({"expression": "*/5 * * * *"}, ["/schedule/expression"]),
        ({"expression": "0 3 * * *", "time_zone": "Europe/Lutèce"}, ["/schedule/time_zone"]),
        ({"expression": "0 3 * * *", "time_zone": "../../etc/passwd"}, ["/schedule/time_zone"]),
        ({"expression": "0 3 * * *", "time_zone": "Europe"}, ["/schedule/time_zone"]),
        ({"expression": "0 3 * * *", "time_zone": "localtime"}, ["/schedule/time_zone"]),
        ({"expression": "0 3 * * *", "time_zone": "right/Europe/Paris"}, ["/schedule/time_zone"]),
        ({"expression": "0 3 * * *", "time_zone": "UTC\0"}, ["/schedule/time_zone"]),
        ({"expression": "0 3 * * x", "time_zone": "Mars/Base"}, ["/schedule/expression", "/schedule/time_zone"]),
        ({"kind": "adaptive"}, []),
    ],
)
def test_a_schedule_is_refused_with_its_place(schedule: dict[str, Any], pointers: list[str]) -> None:
    found = faults_in(draft({"kind": "cron"} | schedule))
    assert [fault.pointer for fault in found] == pointers
