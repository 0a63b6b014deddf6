"""Files: atomic, deterministic, with clear errors; a run that is killed anywhere goes on to the same bytes."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lqdsl.runtime.errors import RuntimeInputError
from lqdsl.runtime.storage import (
    Checkpoints,
    append_line,
    file_digest,
    load_tree,
    read_arrays,
    read_json,
    read_lines,
    save_tree,
    write_arrays,
    write_bytes,
    write_json,
    write_lines,
)


class State(NamedTuple):
    weights: dict
    count: jax.Array
    key: jax.Array


def state(step: int = 3) -> State:
    weights = {"w": jnp.full((2, 3), step, jnp.float32), "b": jnp.arange(4, dtype=jnp.bfloat16)}
    return State(weights, jnp.asarray(step, jnp.int32), jax.random.key(step))


def equal(first, second) -> bool:
    def raw(leaf):
        return jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf

    pairs = list(zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True))
    return all(a.dtype == b.dtype and np.array_equal(raw(a), raw(b)) for a, b in pairs)


def test_arrays_have_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    arrays = {"a/b": np.arange(6.0).reshape(2, 3).T, "z": np.array(3 + 4j), "empty": np.zeros((0, 2), np.int8)}
    write_arrays(tmp_path / "one.npz", arrays)
    time.sleep(2.1)  # zip files keep times to two seconds
    write_arrays(tmp_path / "two.npz", arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert file_digest(tmp_path / "one.npz") == file_digest(tmp_path / "two.npz")
    found = read_arrays(tmp_path / "one.npz")
    assert list(found) == list(arrays)
    assert all(np.array_equal(found[name], arrays[name]) and found[name].dtype == arrays[name].dtype for name in arrays)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.npz", "two.npz"]


def test_objects_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(RuntimeInputError, match="only arrays of numbers"):
        write_arrays(tmp_path / "a.npz", {"a": np.array([{}], dtype=object)})
    np.savez(tmp_path / "b.npz", a=np.array([{}], dtype=object))
    with pytest.raises(RuntimeInputError, match="b.npz is damaged or of another kind"):
        read_arrays(tmp_path / "b.npz")


@pytest.mark.parametrize("cut", [0, 10, 200, -30, -1])
def test_cut_files_are_reported(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"a": np.arange(100.0)})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(RuntimeInputError, match="a.npz is damaged"):
        read_arrays(path)


def test_changed_bytes_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"a": np.arange(100.0)})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(RuntimeInputError, match="damaged"):
        read_arrays(path)
    with pytest.raises(RuntimeInputError, match="there is no file"):
        read_arrays(tmp_path / "missing.npz")


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RuntimeInputError, match="No space left on device; what was there before is kept"):
        write_json(path, {"a": 2})
    monkeypatch.undo()
    assert read_json(path) == {"a": 1} and [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
    with pytest.raises(RuntimeInputError, match="cannot write"):
        write_bytes(tmp_path / "missing" / "a", b"")


def test_json_says_what_it_can(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": np.float64("nan"), "b": np.arange(2), "c": (1, float("inf"))})
    assert read_json(path) == {"a": None, "b": [0, 1], "c": [1, None]}
    path.write_text('{"a": ')
    with pytest.raises(RuntimeInputError, match="a.json is damaged"):
        read_json(path)


def test_checkpoints_round_trip_and_keep_the_last(tmp_path: Path) -> None:
    """float32, bfloat16, int32 and a typed key come back with their types; three files stay."""
    store = Checkpoints(tmp_path / "new")
    assert store.latest(state()) is None
    for step in range(1, 6):
        store.save(step, state(step))
    assert [step for step, _ in store.stored()] == [3, 4, 5]
    loaded = store.latest(state(0))
    assert equal(loaded, state(5))
    assert store.save(5, loaded).read_bytes() == store.save(5, state(5)).read_bytes()
    store.save(4, state(4))
    assert [step for step, _ in store.stored()] == [3, 4]
    store.keep_only(3)
    assert [step for step, _ in store.stored()] == [3]


def test_a_damaged_checkpoint_is_skipped_with_a_warning(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path)
    first, second = store.save(1, state(1)), store.save(2, state(2))
    second.write_bytes(second.read_bytes()[:-100])
    with pytest.warns(UserWarning, match="skipped: .*000002.npz is damaged"):
        assert equal(store.latest(state(0)), state(1))
    first.write_bytes(b"")
    with pytest.warns(UserWarning), pytest.raises(RuntimeInputError, match="000002.npz is damaged"):
        store.latest(state(0))


def test_trees_that_do_not_fit_name_the_leaf(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    save_tree(path, state(1))
    assert equal(load_tree(path, state(2)), state(1))
    weights = state(1).weights
    with pytest.raises(RuntimeInputError, match=r"\.weights\['w'\] is float32\[2, 3\], expected float32\[2, 4\]"):
        load_tree(path, state(1)._replace(weights={**weights, "w": jnp.zeros((2, 4), jnp.float32)}))
    with pytest.raises(RuntimeInputError, match=r"\.count is int32\[\], expected float32\[\]"):
        load_tree(path, state(1)._replace(count=jnp.zeros((), jnp.float32)))
    with pytest.raises(RuntimeInputError, match=r"only the program has \.weights\['c'\]"):
        load_tree(path, state(1)._replace(weights={**weights, "c": jnp.zeros(1)}))
    with pytest.raises(RuntimeInputError, match=r"only the file has \.weights\['b'\]"):
        load_tree(path, state(1)._replace(weights={"w": weights["w"]}))
    write_arrays(path, {"a": np.ones(2)})
    with pytest.raises(RuntimeInputError, match="holds no tree of arrays"):
        load_tree(path, state(1))


def test_lines_drop_what_a_kill_left(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert read_lines(path) == []
    for step in (1, 2, 3):
        append_line(path, {"step": step, "loss": float("nan") if step == 2 else 0.5})
    with open(path, "ab") as file:
        file.write(b'{"step": 4, "lo')
    records = read_lines(path)
    assert records == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": None}, {"step": 3, "loss": 0.5}]
    write_lines(path, records[:2])
    append_line(path, {"step": 3})
    assert [record["step"] for record in read_lines(path)] == [1, 2, 3]
    path.write_bytes(b"nonsense\n" + path.read_bytes())
    with pytest.raises(RuntimeInputError, match="damaged at line 1"):
        read_lines(path)


WORKER = """
import sys, time
from pathlib import Path
import numpy as np
import jax
jax.config.update("jax_enable_x64", True)
from lqdsl.runtime.storage import *

folder, total = Path(sys.argv[1]), int(sys.argv[2])
store, metrics = Checkpoints(folder / "checkpoints"), folder / "metrics.jsonl"
state = store.latest({"x": np.zeros(2000), "step": np.int64(0)}) or {"x": np.zeros(2000), "step": np.int64(0)}
x, step = np.asarray(state["x"]), int(state["step"])
write_lines(metrics, [record for record in read_lines(metrics) if record["step"] <= step])
print("ready", flush=True)
while step < total:
    time.sleep(0.005)
    step += 1
    x = np.cos(x + step)
    append_line(metrics, {"step": step, "x": float(x[0])})
    write_arrays(folder / f"cfg-{step:06d}.npz", {"x": x[:100]})
    store.save(step, {"x": x, "step": np.int64(step)})
parts = [read_arrays(folder / f"cfg-{n:06d}.npz")["x"] for n in range(1, total + 1)]
write_json(folder / "results.json", {"x": float(x[0]), "sum": float(np.sum(parts))})
"""


def start_worker(script: Path, folder: Path, total: int) -> subprocess.Popen:
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, str(script), str(folder), str(total)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_killed_anywhere_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL at four random moments; the folder is readable each time, the end equals an undisturbed run."""
    script, total = tmp_path / "worker.py", 120
    script.write_text(WORKER)
    for name in ("straight", "killed"):
        (tmp_path / name).mkdir()
    straight = start_worker(script, tmp_path / "straight", total)
    generator = np.random.default_rng(1)
    folder = tmp_path / "killed"
    reached = []
    for goal in (5, 25, 45, 65):
        worker = start_worker(script, folder, total)
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
        while len(read_lines(folder / "metrics.jsonl")) < goal:
            assert worker.poll() is None
        time.sleep(generator.uniform(0, 0.01))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        read_lines(folder / "metrics.jsonl")
        for path in folder.rglob("*.npz"):
            read_arrays(path)
        stored = Checkpoints(folder / "checkpoints").stored()
        reached.append(stored[-1][0] if stored else 0)
    assert reached == sorted(reached) and 0 < reached[-1] < total, reached
    assert start_worker(script, folder, total).wait() == 0 and straight.wait() == 0
    for path in folder.rglob("*.partial"):
        path.unlink()
    assert contents(folder) == contents(tmp_path / "straight")
