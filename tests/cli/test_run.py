"""Runs: results, table, stages, interruption, failures."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cli.command import ROOT, TINY, environment, files, lqdsl, without_seconds

from lqdsl.runtime.campaign.directory import RunDirectory
from lqdsl.runtime.campaign.sampling import read_last


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the theory, and programs that were compiled once kept for all runs."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "tiny.lqt").write_text(TINY)
    kept = {"JAX_COMPILATION_CACHE_DIR": str(folder / "xla"), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.05"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in kept.items():
            patch.setenv(name, value)
        yield folder


@pytest.fixture(scope="module")
def finished(workplace: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """An uninterrupted run."""
    result = lqdsl("run", "tiny.lqt", "--out", "whole", "--seed", 3, cwd=workplace)
    assert result.returncode == 0, result.stderr
    return workplace / "whole", result


def results(folder: Path) -> dict:  # type: ignore[type-arg]
    return json.loads((folder / "results.json").read_text())  # type: ignore[no-any-return]


def test_results(finished: tuple[Path, object]) -> None:
    found = results(finished[0])
    assert set(found) == {"observables", "samplers", "flow"}
    assert set(found["observables"]) == {"phi2", "C", "m_p"}
    for estimates in found["observables"].values():
        assert set(estimates) == {"flow_mh", "hmc"}
        for estimate in estimates.values():
            assert set(estimate) == {"mean", "error", "tau_int", "tau_int_error", "n"}
    assert len(found["observables"]["C"]["hmc"]["mean"]) == 4
    assert {"acceptance", "seconds"} <= set(found["samplers"]["hmc"])
    wanted = {"ess", "acceptance", "log_z", "log_z_error", "longest_rejection", "train_seconds"}
    assert wanted <= set(found["flow"]) and found["flow"]["steps"] == 300


def test_series_are_those_of_the_results(finished: tuple[Path, object]) -> None:
    manifest = json.loads((finished[0] / "series" / "hmc" / "manifest.json").read_text())
    shards = [np.load(finished[0] / "series" / "hmc" / entry["file"]) for entry in manifest["shards"]]
    phi2 = np.concatenate([shard["phi2"] for shard in shards])
    assert phi2.shape == (400, 4)
    assert phi2.mean(dtype=np.float64) == pytest.approx(
        results(finished[0])["observables"]["phi2"]["hmc"]["mean"], rel=1e-6
    )


def test_configurations_are_kept(finished: tuple[Path, object]) -> None:
    shard = np.load(finished[0] / "configurations" / "hmc" / "cfg-000000.npz")
    assert shard["phi"].shape == (4, 4, 4, 4) and list(shard["draw"]) == [99, 199, 299, 399]
    last = read_last(RunDirectory(finished[0]), "hmc")
    assert set(last) == {"phi"} and np.array_equal(last["phi"], shard["phi"][-1])


def test_table(finished: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, err = finished[1].stdout, finished[1].stderr
    for word in (
        "observable",
        "tau_int",
        "n_eff",
        "cost",
        "pull",
        "flow_mh",
        "hmc",
        "m_p",
        "ESS",
        "log Z",
        "longest rejection",
    ):
        assert word in out, word
    assert "train: step 300 of 300" in err and "acceptance" in err
    assert "\x1b" not in out + err


def test_info(finished: tuple[Path, object]) -> None:
    facts = json.loads(lqdsl("info", finished[0], "--output-format", "json").stdout)
    assert facts["theory"] == "tiny" and facts["seed"] == 3
    assert facts["samplers"] == {"flow_mh": "3000 of 3000 draws", "hmc": "400 of 400 draws"}


def test_a_run_directory_is_not_overwritten(finished: tuple[Path, object], workplace: Path) -> None:
    again = lqdsl("run", "tiny.lqt", "--out", "whole", cwd=workplace)
    assert again.returncode == 2 and "resume" in again.stderr
    source = (workplace / "tiny.lqt").read_text()
    (workplace / "other.lqt").write_text(source.replace("theory tiny", "theory other"))
    other = lqdsl("run", "other.lqt", "--out", "whole", cwd=workplace)
    assert other.returncode == 2 and "another theory, `tiny`" in other.stderr and "resume" not in other.stderr
    (workplace / "other.lqt").write_text(source + "# mended\n")
    assert "another text" in lqdsl("run", "other.lqt", "--out", "whole", cwd=workplace).stderr
    changed = lqdsl("run", "whole", "--seed", 4, cwd=workplace)
    assert changed.returncode == 2 and "--seed" in changed.stderr


def test_resuming_a_finished_run_changes_nothing(finished: tuple[Path, object], workplace: Path) -> None:
    before = {path: path.read_bytes() for path in finished[0].rglob("*") if path.is_file()}
    again = lqdsl("resume", "whole", "--output-format", "json", cwd=workplace)
    assert again.returncode == 0 and json.loads(again.stdout) == results(finished[0])
    after = {path: path.read_bytes() for path in finished[0].rglob("*") if path.is_file()}
    assert {path for path in before if "__pycache__" not in str(path) and before[path] != after[path]} == set()


def started(workplace: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lqdsl", *arguments],
        cwd=workplace,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stop_when(process: subprocess.Popen[str], path: Path, number: signal.Signals, lines: int = 1) -> str:
    """Send a signal as soon as a file has so many lines, and give standard error."""
    limit = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < limit:
        if path.exists() and path.read_bytes().count(b"\n") >= lines:
            break
        time.sleep(0.005)
    process.send_signal(number)
    return process.communicate(timeout=120)[1]


def test_killed_runs_end_with_the_same_bytes(finished: tuple[Path, object], workplace: Path) -> None:
    run = workplace / "killed"
    process = started(workplace, "run", "tiny.lqt", "--out", "killed", "--seed", "3")
    stop_when(process, run / "metrics.jsonl", signal.SIGKILL, lines=4)
    assert process.returncode == -signal.SIGKILL and not (run / "training.json").exists()
    process = started(workplace, "resume", "killed")
    stop_when(process, run / "series" / "flow_mh" / "manifest.json", signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL and not (run / "results.json").exists()
    assert lqdsl("resume", "killed", cwd=workplace).returncode == 0
    assert files(run) == files(finished[0])
    assert without_seconds(results(run)) == without_seconds(results(finished[0]))


def test_interrupt_saves(finished: tuple[Path, object], workplace: Path) -> None:
    run = workplace / "interrupted"
    process = started(workplace, "run", "tiny.lqt", "--out", "interrupted", "--seed", "3")
    err = stop_when(process, run / "metrics.jsonl", signal.SIGINT, lines=3)
    assert process.returncode == 130, err
    assert "lqdsl resume interrupted" in err and "Traceback" not in err
    step = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["step"]
    assert [path.name for path in (run / "checkpoints" / "train").iterdir()] == [f"checkpoint-{step:09d}.npz"]
    resumed = lqdsl("resume", "interrupted", cwd=workplace)
    assert resumed.returncode == 0 and f"goes on from step {step}" in resumed.stderr
    assert files(run) == files(finished[0])


COMPILING = """
import hashlib, time
from lqdsl.cli.signals import asked_to_stop
with asked_to_stop() as asked:
    print(asked(), flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", {rounds})
    print(asked(), flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_stops_at_once(number: signal.Signals) -> None:
    """Also where Python runs no handler, as inside a compiler; the first one is answered there too."""
    command = [sys.executable, "-c", COMPILING.format(rounds=2**31 - 1)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == "False\n"
    process.send_signal(number)
    assert "again: at once" in process.stderr.readline()
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")


def test_a_signal_inside_a_compiler_is_noted() -> None:
    command = [sys.executable, "-c", COMPILING.format(rounds=4_000_000)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "False\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "True\n"


def test_what_is_not_finite_is_null_and_no_field_hides_the_numbers_of_draws(workplace: Path) -> None:
    (workplace / "undefined.lqt").write_text(
        """
        lattice [2]
        field draw : real
        action = sum[x]( draw(x)^2 )
        observable root = mean[x]( log(draw(x)) )
        observable rare = mean[x]( step(draw(x) - 100) )
        observable C    = correlator(log(draw(x)), axis = 0)
        observable d2   = mean[x]( draw(x)^2 )
        derived    a    = exp(root) + d2
        derived    b    = d2 / rare
        derived    m    = pole_mass(C)
        sample hmc { chains = 2  draws = 20  warmup = 5  save = 10 }
        """
    )
    result = lqdsl("run", "undefined.lqt", "--out", "undefined", cwd=workplace)
    assert result.returncode == 0, result.stderr
    means = {name: found["hmc"]["mean"] for name, found in results(workplace / "undefined")["observables"].items()}
    assert [means[name] for name in ("root", "a", "b", "m")] == [None] * 4 and means["C"] == [None] * 2
    assert means["rare"] == 0 and means["d2"] > 0
    with np.load(workplace / "undefined" / "configurations" / "hmc" / "cfg-000000.npz") as shard:
        assert list(shard["draw"]) == [9, 19] and shard["draw_"].shape == (2, 2, 2)


def test_two_processes_in_one_directory(finished: tuple[Path, object], workplace: Path) -> None:
    import fcntl

    with open(finished[0] / ".lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = lqdsl("measure", "whole", cwd=workplace)
    assert second.returncode == 2 and "another process" in second.stderr


def test_stages_one_by_one(workplace: Path) -> None:
    early = lqdsl("sample", "tiny.lqt", "--out", "stages", "--seed", "3", cwd=workplace)
    assert early.returncode == 2 and "train it first" in early.stderr
    trained = lqdsl("train", "stages", cwd=workplace)
    assert trained.returncode == 0 and "log Z" in trained.stdout and "hmc" not in trained.stdout
    sampled = lqdsl("sample", "stages", "--output-format", "json", cwd=workplace)
    assert set(json.loads(sampled.stdout)["samplers"]) == {"flow_mh", "hmc"}


def test_starting_from_other_weights(finished: tuple[Path, object], workplace: Path) -> None:
    short = TINY.replace("steps = 300", "steps = 20")
    (workplace / "short.lqt").write_text(short)
    arguments = ("train", "short.lqt", "--output-format", "json")
    fresh = json.loads(lqdsl(*arguments, "--out", "fresh", cwd=workplace).stdout)
    warm = json.loads(lqdsl(*arguments, "--out", "warm", "--init", "whole", cwd=workplace).stdout)
    assert warm["flow"]["reverse_kl"] < 0.5 * fresh["flow"]["reverse_kl"]


MISFITS = {
    "net": ("[8]", "[9]", "the net (`even` is float32[2, 1, 8, 8] there, float32[2, 1, 8, 9] here)"),
    "net of other extents": (
        "[4, 4]",
        "[4, 6]",
        "the net (`even` is float32[2, 1, 8, 8] there, float32[2, 1, 12, 8] here)",
    ),
    "deeper net": ("[8]", "[8, 8]", "the net (`hidden1` is absent there, float32[2, 8, 8] here)"),
    "kernel": ("affine", "spline(bins = 4)", "the kernel (`even` is float32[2, 1, 8, 8] there, float32[2, "),
    "layers": ("layers = 2", "layers = 4", "the number of layers (2 there, 4 here)"),
    "blocks": (
        "couple phi {",
        "couple phi {}\n    couple phi {",
        "the number of coupling blocks differs (1 there, 2 here)",
    ),
    "prior": ("normal(0, 1)", "free(learn = true)", "the prior differs (`phi.log_amplitude` is absent there"),
}


@pytest.mark.parametrize("part", MISFITS)
def test_weights_that_do_not_fit(
    finished: tuple[Path, object],
    workplace: Path,
    part: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is left behind, so that the corrected file can be run under the same name."""
    from lqdsl.cli.main import main

    monkeypatch.chdir(workplace)
    old, new, words = MISFITS[part]
    Path("misfit.lqt").write_text(TINY.replace(old, new).replace("theory tiny", "theory misfit"))
    assert main(["train", "misfit.lqt", "--out", "misfit", "--init", "whole"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("lqdsl: the weights of whole do not fit the flow of misfit: ") and words in told
    assert "take the fields and the `flow` block of whole" in told
    if part not in ("blocks", "prior"):
        assert "in coupling block 1, of `phi`, they differ in " in told
    assert not Path("misfit").exists()


def test_weights_of_another_precision(finished: tuple[Path, object], workplace: Path) -> None:
    result = lqdsl("train", "tiny.lqt", "--dtype", "float64", "--out", "double", "--init", "whole", cwd=workplace)
    assert result.returncode == 2 and "float32, not float64; take the same --dtype" in result.stderr
    assert not (workplace / "double").exists()


def test_directories_without_weights(
    finished: tuple[Path, object],
    workplace: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lqdsl.cli.main import main

    monkeypatch.chdir(workplace)

    def told(init: str) -> str:
        assert main(["train", "tiny.lqt", "--out", "never", "--init", init]) == 2
        assert not Path("never").exists()
        return capsys.readouterr().err

    assert "nowhere is not a run directory" in told("nowhere")
    assert "tiny.lqt is not a run directory" in told("tiny.lqt")
    shutil.copytree("whole", "damaged")
    (checkpoint,) = Path("damaged/checkpoints/train").iterdir()
    checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    with pytest.warns(UserWarning, match="skipped"):
        assert f"{checkpoint} is damaged" in told("damaged")
    shutil.rmtree("damaged/checkpoints")
    assert "damaged has no weights yet: train its flow first" in told("damaged")
    Path("damaged/tiny.py").write_text("def (\n")
    assert "damaged/tiny.py is damaged" in told("damaged")
    Path("damaged/tiny.py").write_text("one = 1\nraise LookupError('edited')\n")
    assert "damaged/tiny.py stops with LookupError in line 2: edited" in told("damaged")
    Path("damaged/config.json").write_text("{")
    assert "damaged/config.json is damaged" in told("damaged")


def test_training_on_samples(finished: tuple[Path, object], workplace: Path) -> None:
    (workplace / "forward.lqt").write_text(TINY.replace("train { batch", "train { loss = forward_kl  batch"))
    without = lqdsl("train", "forward.lqt", "--out", "without", cwd=workplace)
    assert without.returncode == 2 and "--samples" in without.stderr
    samples = finished[0] / "configurations" / "hmc"
    arguments = ("--samples", samples, "--output-format", "json")
    trained = lqdsl("train", "forward.lqt", "--out", "forward", *arguments, cwd=workplace)
    assert trained.returncode == 0, trained.stderr
    assert json.loads(trained.stdout)["flow"]["ess"] > 1e-4
    assert np.load(workplace / "forward" / "samples.npz")["phi"].shape == (4, 4, 16)
    larger = TINY.replace("[4, 4]", "[6, 6]").replace("train { batch", "train { loss = forward_kl  batch")
    (workplace / "larger.lqt").write_text(larger)
    other = lqdsl("train", "larger.lqt", "--out", "larger", *arguments, cwd=workplace)
    assert other.returncode == 2 and "samples of phi must be [6, 6, n]" in other.stderr
    assert not (workplace / "larger").exists()


def test_minutes_bound_the_training(workplace: Path) -> None:
    (workplace / "long.lqt").write_text(TINY.replace("steps = 300", "steps = 100000000"))
    result = lqdsl("train", "long.lqt", "--out", "long", "--minutes", "0.02", "--output-format", "json", cwd=workplace)
    flow = json.loads(result.stdout)["flow"]
    assert "minutes" in flow["stop"] and 0 < flow["steps"] < 100000000


def test_divergence(workplace: Path) -> None:
    (workplace / "diverging.lqt").write_text(TINY.replace("batch = 64", "optimizer = adam(1e18)  batch = 64"))
    result = lqdsl("run", "diverging.lqt", "--out", "diverging", cwd=workplace)
    assert result.returncode == 3, result.stderr
    assert "not finite at step" in result.stderr and "checkpoints/train" in result.stderr
    assert list((workplace / "diverging" / "checkpoints" / "train").glob("checkpoint-*.npz"))


def test_numbers_that_overflow_are_told_of_once(workplace: Path) -> None:
    (workplace / "large.lqt").write_text(
        "lattice [4]\nfield phi : real\naction = 1e60 * sum[x]( phi(x)^2 )\nsample hmc { chains = 2  draws = 2 }\n"
    )
    result = lqdsl("run", "large.lqt", "--out", "large", cwd=workplace)
    assert result.returncode == 3
    assert "not finite" in result.stderr and "Warning" not in result.stderr


def test_no_file_runs_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lqdsl.cli.main import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "phi4-007").mkdir(parents=True)
    begun: list[str] = []
    monkeypatch.setattr("lqdsl.cli.running._work_in", lambda directory, *_: begun.append(directory))
    assert main(["run"]) == 0
    assert begun == [str(Path("runs") / "phi4-008")]
    config = json.loads((tmp_path / begun[0] / "config.json").read_text())
    assert config["minutes"] == 1.0 and config["name"] == "phi4"


def test_a_full_disk(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lqdsl.cli.main import main

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    assert main(["run", str(ROOT / "examples" / "phi4.lqt"), "--out", str(tmp_path / "run")]) == 3
    assert "disk is full" in capsys.readouterr().err
    assert not (tmp_path / "run" / "config.json").exists()
