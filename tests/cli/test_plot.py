"""`lqdsl plot`: files of finished, interrupted and damaged runs, their bytes, and what they show."""

import json
import re
import shutil
import sys
from math import pi
from pathlib import Path

import numpy as np
import pytest
from cli.command import ROOT, TINY

from lqdsl.cli.main import main

pytest.importorskip("matplotlib")

PAGE = (ROOT / "docs" / "plots.md").read_text()
ANGLES = """theory angles
lattice [1]
field t : angle
action = -sum[x]( 2 * cos(t(x) - 1) )
observable c = mean[x]( cos(t(x)) )
observable x[k] = mean[x]( cos(k*t(x)) )
observable y[k] = mean[x]( sin(k*t(x)) )
index k = 1..3
sample hmc { chains = 4  draws = 1000  warmup = 50  save = 1 }
"""


FAMILIES = """index k = 1..2
observable x[k] = mean[x]( phi(x)^k )
observable y[k] = mean[x]( phi(x + e[0])^k * phi(x) )
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plot")


def made(place: Path, name: str, text: str) -> Path:
    """The directory of a run of a theory."""
    file = place / f"{name}.lqt"
    file.write_text(text)
    assert main(["run", str(file), "--out", str(place / name)]) == 0
    return place / name


@pytest.fixture(scope="module")
def trained(place: Path) -> Path:
    text = TINY.replace("steps = 300", "steps = 60").replace("draws = 3000", "draws = 500")
    return made(place, "tiny", text + FAMILIES)


@pytest.fixture(scope="module")
def angles(place: Path) -> Path:
    return made(place, "angles", ANGLES)


def pictures(capsys: pytest.CaptureFixture[str], run: Path, *arguments: str) -> tuple[list[str], list[str]]:
    """(names of the files, notes) that the command writes; it must succeed."""
    capsys.readouterr()
    code = main(["plot", str(run), "--output-format", "json", *arguments])
    out, err = capsys.readouterr()
    assert code == 0, err
    found = json.loads(out)
    assert all(Path(path).stat().st_size > 100 for path in found["written"])
    return [Path(path).name for path in found["written"]], found["notes"]


def test_all_pictures_and_the_page(capsys: pytest.CaptureFixture[str], trained: Path, tmp_path: Path) -> None:
    names, notes = pictures(capsys, trained, "--html", "--out", str(tmp_path))
    kinds = ("training", "weights", "densities-phi", "histograms", "correlators-C", "histories", "autocorrelation")
    assert names == [f"{kind}.png" for kind in (*kinds, "autocorrelation-times", "paths-x-y", "configurations-phi")] + [
        "index.html"
    ]
    assert notes == []
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in names[:-1])
    page = (tmp_path / "index.html").read_text()
    assert page.count("data:image/png;base64,") == len(names) - 1
    assert "phi2" in page and "flow: ESS" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)


def test_bytes_are_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, trained: Path, tmp_path: Path
) -> None:
    import matplotlib

    arguments = ("--only", "densities-phi", "--only", "correlators", "--format", "svg", "--html", "--out")
    names, _ = pictures(capsys, trained, *arguments, str(tmp_path / "a"))
    assert names == ["densities-phi.svg", "correlators-C.svg", "index.html"]
    monkeypatch.setitem(matplotlib.rcParams, "lines.linewidth", 7.0)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12345")
    pictures(capsys, trained, *arguments, str(tmp_path / "b"))
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert b"<dc:date>" not in (tmp_path / "a" / names[0]).read_bytes()


def test_the_curve_is_the_density(angles: Path) -> None:
    from lqdsl.plot import Run
    from lqdsl.plot.coordinates import chart
    from lqdsl.plot.densities import draw_curve

    run = Run(angles)
    coordinates = chart(run.model, 2)
    assert coordinates is not None
    axis = draw_curve(run, coordinates[0]).axes[0]
    exact = np.exp(2 * np.cos(axis.lines[0].get_xdata() - 1)) / (2 * pi * np.i0(2.0))
    assert np.allclose(axis.lines[0].get_ydata(), exact, rtol=1e-3)
    heights, edges, _ = axis.patches[0].get_data()
    assert np.sum(heights * np.diff(edges)) == pytest.approx(1, abs=1e-12)
    middles = 0.5 * (edges[1:] + edges[:-1])
    binned = np.exp(2 * np.cos(middles - 1)) / (2 * pi * np.i0(2.0)) * np.diff(edges)
    spread = np.sqrt(binned * (1 - binned) / 1600)  # 4000 draws with tau_int up to 1.25 (observables: 1.05(8))
    assert np.all(np.abs(heights * np.diff(edges) - binned) < 4 * spread)  # 31 bins: false alarms below 0.2%


def test_paths_of_families(capsys: pytest.CaptureFixture[str], angles: Path) -> None:
    from lqdsl.plot import Run
    from lqdsl.plot.paths import pairs, points

    names, _ = pictures(capsys, angles)
    assert "paths-x-y.png" in names and "densities.png" in names and "configurations-t.png" not in names
    found = points(Run(angles).series["hmc"], [(f"x_{k}", f"y_{k}") for k in (1, 2, 3)], True)
    assert found.shape == (2, 4, 4000) and np.all(found[:, 0] == 0)
    assert np.allclose(np.hypot(*found[:, 1:]), 1, atol=1e-5)
    members = {1: "", 2: ""}
    families = {"px": members, "py": members, "x_1": members, "y_1": members, "max": members, "x": {0: "", 1: ""}}
    assert list(pairs(families)) == [("px", "py"), ("x_1", "y_1")]


def test_paths_of_the_flow_and_the_samplers(trained: Path) -> None:
    from lqdsl.plot import Run, all_pictures

    run = Run(trained)
    (picture,) = all_pictures(run, ["paths"])
    assert [axes.get_title() for axes in picture.draw().axes] == ["flow", "flow_mh", "hmc"]
    assert run.flow is not None
    phi = run.flow[0]["phi"].astype(np.float64)
    assert np.allclose(run.flow_series["x_2"][0], np.mean(phi**2, axis=(0, 1)), rtol=1e-4)


def test_connected_correlator_and_fit(trained: Path) -> None:
    from lqdsl.plot import Run
    from lqdsl.plot.correlators import draw

    left, right = draw(Run(trained), "C").axes
    results = json.loads((trained / "results.json").read_text())["observables"]
    shown = {label.split(":")[0]: bars for bars, label in zip(*left.get_legend_handles_labels(), strict=True)}
    assert np.allclose(shown["hmc"].lines[0].get_ydata(), results["C"]["hmc"]["mean"])
    mass = results["m_p"]["hmc"]["mean"]
    assert any(np.allclose(line.get_ydata(), mass) for line in right.lines)


def test_an_interrupted_run(capsys: pytest.CaptureFixture[str], trained: Path, tmp_path: Path) -> None:
    run = copied(trained, tmp_path)
    for gone in ("results.json", "training.json", "series/hmc/manifest.json", "configurations/hmc/manifest.json"):
        (run / gone).unlink()
    with (run / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 1')
    names, notes = pictures(capsys, run, "--html")
    assert notes == [] and {"training.png", "weights.png", "histograms.png", "configurations-phi.png"} <= set(names)
    shutil.rmtree(run / "checkpoints")
    shutil.rmtree(run / "series")
    assert pictures(capsys, run) == (["training.png"], [])
    (run / "metrics.jsonl").unlink()
    assert main(["plot", str(run)]) == 0
    assert "nothing to draw" in capsys.readouterr().err


def test_pending_draws_are_shown(trained: Path, tmp_path: Path) -> None:
    """Draws that wait for their shard lie beside the checkpoint of their number."""
    from lqdsl.plot import Run
    from lqdsl.runtime.storage import read_arrays, write_arrays

    run = copied(trained, tmp_path)
    whole = Run(run).series["hmc"]["phi2"]
    shard = read_arrays(run / "series" / "hmc" / "series-000000.npz")
    (run / "series" / "hmc" / "manifest.json").unlink()
    folder = run / "checkpoints" / "sample-hmc"
    (state,) = folder.glob("checkpoint-*.npz")
    write_arrays(folder / state.name.replace("checkpoint", "pending"), {f"series/{k}": v for k, v in shard.items()})
    assert np.array_equal(Run(run).series["hmc"]["phi2"], whole)


def test_a_damaged_run(capsys: pytest.CaptureFixture[str], trained: Path, tmp_path: Path) -> None:
    run = copied(trained, tmp_path)
    damaged = ["series/hmc/series-000000.npz", "training.json", "results.json", "configurations/hmc/manifest.json"]
    for name in damaged:
        (run / name).write_bytes(b"[1, 2" if name.endswith("json") else b"nothing")
    (checkpoint,) = (run / "checkpoints" / "train").glob("checkpoint-*.npz")
    checkpoint.write_bytes(b"nothing")
    names, notes = pictures(capsys, run, "--html")
    assert names == ["training.png", "weights.png", "histograms.png", "correlators-C.png", "histories.png"] + [
        "autocorrelation.png",
        "autocorrelation-times.png",
        "paths-x-y.png",
        "index.html",
    ]
    for name in [*damaged, f"checkpoints/train/{checkpoint.name}"]:
        assert any(name in text for text in notes), (name, notes)
    (run / "metrics.jsonl").write_text('no\n{"step": 1}\n')
    assert "training.png" not in pictures(capsys, run)[0]
    (run / "tiny.py").write_text("def (")
    assert main(["plot", str(run)]) == 2
    assert "tiny.py is damaged" in capsys.readouterr().err


def test_numbers_that_are_not_finite(capsys: pytest.CaptureFixture[str], angles: Path, tmp_path: Path) -> None:
    from lqdsl.runtime.campaign.shards import Shards

    run = copied(angles, tmp_path)
    series = Shards(run / "series" / "hmc", "series").read()
    series["c"][7] = np.nan
    shutil.rmtree(run / "series")
    Shards(run / "series" / "hmc", "series").append(0, len(series["c"]), series)
    names, notes = pictures(capsys, run)
    assert "histograms.png" in names and notes == ["c of hmc holds numbers that are not finite: no picture of it"]


def test_wrong_usage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, angles: Path) -> None:
    assert main(["plot", str(angles), "--only", "nonsense"]) == 2
    assert "densities" in capsys.readouterr().err
    assert main(["plot", str(angles), "--format", "gif"]) == 2
    assert main(["plot", str(angles), "--out", str(angles / "config.json")]) == 2
    capsys.readouterr()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["plot", str(angles)]) == 2
    assert "pip install matplotlib" in capsys.readouterr().err


@pytest.mark.parametrize("text", re.findall(r"```\n(theory .+?)```", PAGE, re.DOTALL), ids=lambda text: text.split()[1])
def test_theories_of_the_page_compile(text: str) -> None:
    from lqdsl.diagnostics import SourceFile
    from lqdsl.driver import compile_text

    assert compile_text(SourceFile("plots.lqt", text)).compiled.theory.samplers


def copied(run: Path, place: Path) -> Path:
    return Path(shutil.copytree(run, place / "run", ignore=shutil.ignore_patterns("plots")))
