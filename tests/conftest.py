"""Fixtures that every test may use."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from seedbed.home import Home

ROOT = Path(__file__).parents[1]

# Where tests are started in the background Ctrl-C is ignored, and what they start would inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What torch and its like load is some million objects, and none of them garbage: to look through
# them as often as Python does by default takes a tenth of the run.
gc.set_threshold(100_000, 20, 100)

# CI tries the same examples every time: what it refuses must be the change that was made, not the
# luck of the draw. A person's run looks for new ones, and bench/readers.py for a minute.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("person", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "person")


def _beside(variable: str, default: str, name: str) -> Path:
    folder = Path(os.environ.get(variable) or ROOT.parent / default) / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not in {folder.parent}; set {variable}")
    return folder


def pytest_collection_finish() -> None:
    """Leave what was loaded with the tests out of every collection to come."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Give the folder of a published set; skip where it is absent."""
    return lambda name: _beside("SEEDBED_DATA", "shared/data", name)


@pytest.fixture(scope="session")
def shared_models() -> Callable[[str], Path]:
    """Give the folder of a shared model; skip where it is absent."""
    return lambda name: _beside("SEEDBED_MODELS", "shared/models", name)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Give what fills a folder once a run, by whichever worker asks first. Do not change it."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"

    def filled(name: str, fill: Callable[[Path], None]) -> Path:
        folder, ready = shared / name, shared / f"{name}.ready"
        shared.mkdir(exist_ok=True)
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ready.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that could not fill it
                folder.mkdir()
                fill(folder)
                ready.touch()
        return folder

    return filled


@pytest.fixture(scope="session")
def writer(
    once: Callable[[str, Callable[[Path], None]], Path], pytestconfig: pytest.Config
) -> Path:
    """Give two layers of SmolLM2; kept between runs, for to unpack the whole takes long."""
    import writer_sample

    assert pytestconfig.cache is not None
    kept = pytestconfig.cache.mkdir("writer") / "base"

    def fill(folder: Path) -> None:
        if not (kept / "model.safetensors").is_file():
            writer_sample.cut(folder, kept)

    once("writer", fill)
    return kept


@pytest.fixture(scope="session")
def written(
    once: Callable[[str, Callable[[Path], None]], Path],
    shared_data: Callable[[str], Path],
    writer: Path,
) -> Home:
    """Give a home with a release that writes, `style`, tuned on a few rows. Do not change it."""
    import writer_sample

    def fill(folder: Path) -> None:
        writer_sample.release(folder, shared_data("medquad"), writer)

    return Home(once("written", fill) / "home")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with room for two megabytes; only root may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of two megabytes cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Give an empty home, which is also what `SEEDBED_HOME` names."""
    root = tmp_path / "home"
    monkeypatch.setenv("SEEDBED_HOME", str(root))
    return Home()
