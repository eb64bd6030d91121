"""A limit for the server's memory: told in a sentence when it is reached, and lived through."""

import json
import subprocess
import sys

import pytest

from medmeta_core.errors import MedMetaError, OutOfMemoryError
from medmeta_core.memory_limit import LEAST_MB, MEMORY_LIMIT, lacks_memory, limit_memory

LIMITED = """
import json, os, resource
os.environ["MEDMETA_SERVER_MEMORY_MB"] = "2048"
import numpy as np, torch
from medmeta_core.memory_limit import limit_memory
limit_memory()

from medmeta_core.imaging.guard.guard import CHILDREN, Guard
from medmeta_core.jobs import find_job, start

def filled():
    return [bytes(64 << 20) for _ in range(64)]  # bit by bit, 4 GB

works = {
    "bytes": lambda progress: bytearray(8 << 30),
    "many": lambda progress: filled(),
    "numpy": lambda progress: np.ones(2 << 30),
    "torch": lambda progress: torch.ones(2 << 30),
}
told = {}
for key, work in works.items():
    job = start("Too much", work, key=key)
    job.wait(60)
    told[key] = [job.state, job.error.rule, str(job.error)]
after = start("Small", lambda progress: int(np.ones(10).sum()), key="small")
after.wait(60)
told["small"] = [after.state, after.result]
with Guard() as guard:
    (answer,) = guard.ask("list-tensors", b"no tensors")
told["child"] = answer[0]["fault"]
limits = open(f"/proc/{CHILDREN._process.pid}/limits").read().splitlines()
told["limit"] = resource.getrlimit(resource.RLIMIT_DATA)
told["child-limit"] = next(line.split()[3:5] for line in limits if line.startswith("Max data"))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def output() -> dict[str, list[object]]:
    """What a process with the least limit had to say."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("way", ["bytes", "many", "numpy", "torch"])
def test_a_job_that_asks_for_too_much_says_so_in_one_sentence(output, way):
    assert output[way] == ["failed", "server-memory", str(OutOfMemoryError())]


def test_the_process_lives_on_and_does_further_work(output):
    assert output["small"] == ["done", 10]


def test_children_have_limits_of_their_own(output):
    assert output["limit"][0] == LEAST_MB << 20
    soft, hard = output["child-limit"]
    assert soft == hard
    assert output["child"]


@pytest.mark.parametrize("value", ["", " ", "x", "0", "-1", "1e4", "2047", "4096 MB", "4096.5"])
def test_a_bad_value_is_reported_with_the_name_of_the_variable(monkeypatch, value):
    monkeypatch.setenv(MEMORY_LIMIT, value)
    with pytest.raises(MedMetaError, match=f"{MEMORY_LIMIT} must be a whole number of at least"):
        limit_memory()


def test_a_memory_limit_is_refused_on_another_system(monkeypatch):
    monkeypatch.setenv(MEMORY_LIMIT, "4096")
    monkeypatch.setattr("medmeta_core.memory_limit.HAS_MEMORY_LIMIT", False)
    with pytest.raises(MedMetaError, match="available on Linux only"):
        limit_memory()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(12, "Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
        (OSError(28, "No space left on device"), False),
    ],
)
def test_what_libraries_raise_without_memory_is_known(error, expected):
    assert lacks_memory(error) is expected
    outer = ValueError("outer")
    outer.__cause__ = error
    assert lacks_memory(outer) is expected
