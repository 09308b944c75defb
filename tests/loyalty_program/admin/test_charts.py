"""Charts put bars, dots and lines where the values say."""

import pytest

from loyalty_program.admin.charts import Series, chart


def test_bars_stand_on_the_bottom_as_high_as_their_values():
    drawn = chart("Sales", labels=["Jan", "Feb"], bars=[Series("first", "Sales", [50, 100])])

    low, high = drawn.bars
    assert (low.y + low.height, high.y + high.height) == (drawn.bottom, drawn.bottom)
    assert high.height == 2 * low.height
    assert (low.label, high.label) == ("Jan", "Feb")


def test_bars_of_one_label_stand_side_by_side():
    series = [Series("a", "A", [1]), Series("b", "B", [2])]

    left, right = chart("Both", labels=["Jan"], bars=series).bars

    assert left.x + left.width == right.x
    assert (left.x + right.x + right.width) / 2 == 258


def test_a_line_joins_its_dots():
    drawn = chart("Total", labels=["Jan", "Feb"], line=Series("t", "Total", [10, 20]))

    assert drawn.path == " ".join(f"{dot.x},{dot.y}" for dot in drawn.dots)
    assert drawn.dots[0].y > drawn.dots[1].y


@pytest.mark.parametrize(
    ("highest", "levels"),
    [
        (0, [0, 1]),
        (3, [0, 1, 2, 3]),
        (2056, [0, 500, 1000, 1500, 2000, 2500]),
        (551_629, [0, 200_000, 400_000, 600_000]),
        (0.4, [0, 1]),
    ],
)
def test_levels_are_round_and_few(highest, levels):
    drawn = chart("Any", labels=["Jan"], bars=[Series("a", "A", [highest])])

    assert [level.text for level in drawn.levels] == levels


def test_a_chart_of_nothing_has_nothing():
    assert chart("Empty", labels=[]).bars == []


def test_what_is_below_zero_is_drawn_at_zero():
    (bar,) = chart("Debt", labels=["Jan"], bars=[Series("a", "A", [-5])]).bars

    assert (bar.value, bar.height) == (-5, 0)
