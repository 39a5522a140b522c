"""The demo's table, as people read it."""

from moisson_standalone.demo.summary import Refusal, SourceSummary, summary_table


def test_the_table_lines_up_and_says_why() -> None:
    table = summary_table(
        [
            SourceSummary(
                source="tilleul-annuaire",
                pages=48,
                records=43,
                projects=42,
                seconds=1.24,
                refusals=(
                    Refusal(where="pages", why="http-404", count=1),
                    Refusal(where="site", why="no address", count=2),
                ),
            ),
            SourceSummary(source="moulin", pages=1, records=73, projects=41, seconds=0.3),
        ]
    )
    assert table.splitlines() == [
        "source            pages  records  projects  rejects  seconds",
        "----------------  -----  -------  --------  -------  -------",
        "tilleul-annuaire     48       43        42        3      1.2",
        "moulin                1       73        41        0      0.3",
        "----------------  -----  -------  --------  -------  -------",
        "all                  49      116        83        3",
        "",
        "Not taken from tilleul-annuaire:",
        "  1 x pages: http-404",
        "  2 x site: no address",
    ]
