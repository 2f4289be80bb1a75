from hypothesis import example, given
from hypothesis import strategies as st

from imd_campaign.events.clusters import (
    MAX_CLUSTERS,
    find_cell,
    find_first_zoom,
    find_parent,
    list_cells,
    make_key,
    merge,
    to_row_and_column,
    widen_to_cells,
)
from imd_campaign.events.geography import WORLD, Box, Point
from imd_campaign.events.index.cell_store import merge_events

points = st.builds(
    Point,
    st.integers(-900, 900).map(lambda n: n / 10),
    st.integers(-1800, 1800).map(lambda n: n / 10),
)
zooms = st.integers(0, 12)


def make_row(point: Point, locality: str = "Here", country: str = "MX") -> dict:
    place = {"locality": locality, "country": country}
    return {"event": "evt_a", "cell": find_cell(point), **point._asdict(), **place}


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    one, other = draw(points), draw(points)
    south, north = sorted((one.latitude, other.latitude))
    return Box(one.longitude, south, other.longitude, north)


def holds(box: Box, point: Point) -> bool:
    spans = box.longitude_ranges()
    return box.south <= point.latitude <= box.north and any(
        west <= point.longitude <= east for west, east in spans
    )


@given(placed=st.lists(points), zoom=zooms)
def test_every_event_is_in_one_cell(placed: list[Point], zoom: int) -> None:
    cells = merge_events(map(make_row, placed), zoom)
    assert sum(cell.total for cell in cells) == len(placed)


@given(placed=st.lists(points), zoom=zooms)
def test_point_of_a_cell_is_in_its_box_and_the_box_fits_the_cell(placed, zoom) -> None:
    for cell in merge_events(map(make_row, placed), zoom):
        west, south, east, north = cell.box
        assert max(east - west, north - south) <= 45 / 2**zoom
        assert south - 1e-5 <= cell.point.latitude <= north + 1e-5


@given(placed=st.lists(points), zoom=st.integers(1, 12))
def test_cell_is_the_sum_of_the_cells_in_it(placed: list[Point], zoom: int) -> None:
    children = merge_events(map(make_row, placed), zoom)
    for parent in merge_events(map(make_row, placed), zoom - 1):
        parts = [child for child in children if find_parent(child.key) == parent.key]
        assert merge(parent.key, parts) == parent


def test_cell_names_its_main_locality_and_every_country() -> None:
    here, there = make_row(Point(10.1, 10.1), "Here", "US"), make_row(Point(10.2, 10.2), "There")
    [cell] = merge_events([here, there, there], 0)
    assert (cell.locality, cell.countries, cell.event) == ("There", "MX US", None)


def test_only_a_single_event_is_named() -> None:
    [alone] = merge_events([make_row(Point(10.1, 10.1))], 4)
    [together] = merge_events([make_row(Point(10.1, 10.1)), make_row(Point(10.2, 10.2))], 4)
    assert (alone.event, together.event) == ("evt_a", None)


@given(point=points, zoom=zooms)
def test_number_of_a_cell_has_its_row_and_column(point: Point, zoom: int) -> None:
    row, column = to_row_and_column(find_cell(point, zoom))
    assert row * 45 / 2**zoom - 90 <= point.latitude < (row + 1) * 45 / 2**zoom - 90
    assert column * 45 / 2**zoom - 180 <= point.longitude < (column + 1) * 45 / 2**zoom - 180


@given(box=boxes(), point=points, zoom=zooms)
@example(box=Box(10.0, -90.0, 0.0, 90.0), point=Point(0.0, 5.0), zoom=0)
def test_cells_of_a_box_have_its_points(box: Box, point: Point, zoom: int) -> None:
    first = find_first_zoom(box, zoom)
    cells = list_cells(box, first)
    assert len(cells) <= MAX_CLUSTERS
    assert len(cells) == len(set(cells))
    if holds(box, point):
        assert find_cell(point, first) in cells


@given(box=boxes(), point=points, zoom=zooms)
def test_wide_box_has_all_points_in_the_cells_of_a_box(box: Box, point: Point, zoom: int) -> None:
    first = find_first_zoom(box, zoom)
    if find_cell(point, first) in list_cells(box, first):
        assert holds(widen_to_cells(box, first), point)


def test_world_can_be_listed_at_a_few_zooms_only() -> None:
    assert find_first_zoom(WORLD, 12) == 2


@given(point=points, zoom=st.integers(1, 12))
def test_cell_around_a_cell_is_that_of_the_zoom_before(point: Point, zoom: int) -> None:
    key = make_key(zoom, find_cell(point, zoom))
    assert find_parent(key) == make_key(zoom - 1, find_cell(point, zoom - 1))
