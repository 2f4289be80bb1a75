import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def make_land():
    spec = importlib.util.spec_from_file_location("make_land", ROOT / "scripts/make_land.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def islands():
    """A square at 10°E in two arcs, one of them backwards, and one across the antimeridian."""
    return {
        "transform": {"scale": [1, 1], "translate": [-180, -90]},
        "arcs": [
            [[190, 90], [10, 0], [0, 10]],
            [[190, 90], [0, 10], [10, 0]],
            [[355, 90], [-350, 0], [0, 10], [350, 0], [0, -10]],
            [[100, 5], [10, 0], [0, 10], [-10, -10]],
        ],
        "objects": {
            "land": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "MultiPolygon", "arcs": [[[0, ~1]], [[2]]]},
                    {"type": "Polygon", "arcs": [[3]]},
                ],
            }
        },
    }


def test_arcs_become_rings(make_land, islands):
    assert next(make_land.list_rings(islands)) == [(10, 0), (20, 0), (20, 10), (10, 10)]


def test_ring_across_the_antimeridian_is_continuous(make_land, islands):
    assert list(make_land.list_rings(islands))[1] == [(175, 0), (185, 0), (185, 10), (175, 10)]


def test_antarctica_is_left_out(make_land, islands):
    assert len(list(make_land.list_rings(islands))) == 2


def test_the_same_land_makes_the_same_file(make_land, islands):
    once = make_land.format_data(make_land.make_data(islands, islands))
    assert once == make_land.format_data(make_land.make_data(islands, islands))
    assert json.loads(once)["fine"] == {
        "grid": 100,
        "rings": [
            [1000, 0, 1000, 0, 0, 1000, -1000, 0],
            [17500, 0, 1000, 0, 0, 1000, -1000, 0],
        ],
    }


def test_the_committed_file_is_in_the_form_that_the_script_writes(make_land):
    text = make_land.TARGET.read_text(encoding="utf-8")
    assert make_land.format_data(json.loads(text)) == text
    assert len(text.encode()) < 300_000


def test_script_writes_its_input(make_land, islands, tmp_path, monkeypatch, capsys):
    source, target = tmp_path / "land.json", tmp_path / "made.json"
    source.write_text(json.dumps(islands))
    monkeypatch.setattr(make_land, "TARGET", target)
    monkeypatch.setattr("sys.argv", ["make_land.py", str(source), str(source)])
    make_land.main()
    assert target.read_text() == make_land.format_data(make_land.make_data(islands, islands))
    assert "made.json" in capsys.readouterr().out
