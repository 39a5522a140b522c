"""Which processes of a browser are ended for the memory that they take."""

import pytest

from moisson_scraper.rendering.renderer_watch import too_large


@pytest.mark.parametrize(
    ("sizes", "ended"),
    [
        ([], []),
        ([(1, 100), (2, 100), (3, 100)], []),
        ([(1, 101), (2, 5)], [1]),
        ([(1, 101), (2, 300), (3, 99)], [1, 2]),
        ([(1, 70), (2, 90), (3, 80), (4, 61)], [2]),  # frames of other sites, each within bounds
    ],
)
def test_what_takes_too_much_alone_or_together(sizes: list[tuple[int, int]], ended: list[int]) -> None:
    assert [pid for pid, _ in too_large(sizes, 100)] == ended
