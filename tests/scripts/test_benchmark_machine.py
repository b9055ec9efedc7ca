"""Other work on the machine is seen; with a double of Linux's file, so that every kind is there."""

import os
import subprocess
import sys

import pytest
from benchmarks import machine

from cnn_mnist.support import processor

SECOND = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def stat(tmp_path, monkeypatch):
    """Sets the processors' time: seconds of users, system, idle and stolen."""
    path = tmp_path / "stat"
    monkeypatch.setattr(machine, "_STAT", str(path))

    def hold(user=0, system=0, idle=0, stolen=0):
        counts = [user, 0, system, idle, 0, 0, 0, stolen, user, 0]
        path.write_text("cpu  " + " ".join(str(int(c * SECOND)) for c in counts) + "\ncpu0 1 2\n")

    return hold


def test_the_time_of_other_processes_and_stolen_time_are_shares_of_all(stat):
    stat(user=100, system=10, idle=1000)
    watch = machine.Watch()
    stat(user=110, system=20, idle=1070, stolen=10)
    work = watch.other_work()
    assert work.others == pytest.approx(0.2, abs=0.01) and work.stolen == 0.1
    assert work.disturbs
    assert str(work) == "other processes took 20% of the processors, 10% stolen"


def test_time_of_the_benchmarks_own_processes_is_not_other_work(stat):
    stat(idle=10)
    watch = machine.Watch()
    before = os.times()
    # More than what is asserted: times are counted in hundredths of a second.
    code = "import time\nwhile time.process_time() < 0.6: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    own = sum(after[:4]) - sum(before[:4])
    assert own >= 0.5
    stat(user=own, idle=10)
    assert watch.other_work().others < 0.05


@pytest.mark.parametrize("content", [None, "", "cpu 1 2\n", "cpu a b c d e f g h\n"])
def test_where_the_system_counts_nothing_there_is_no_other_work(tmp_path, monkeypatch, content):
    if content is not None:
        (tmp_path / "stat").write_text(content)
    monkeypatch.setattr(machine, "_STAT", str(tmp_path / "stat"))
    work = machine.Watch().other_work()
    assert work == machine.OtherWork(0.0, 0.0) and not work.disturbs


@pytest.mark.skipif(not os.path.exists("/proc/stat"), reason="this system has no /proc/stat")
def test_a_busy_process_beside_is_seen_in_the_real_file():
    watch = machine.Watch()
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            # Not waited for yet, so it counts as another's.
            subprocess.run([sys.executable, "-c", "import time; time.sleep(1.5)"], check=True)
            work = watch.other_work()
        finally:
            busy.kill()
    assert work.others + work.stolen > 0.2 / machine.cores()


@pytest.mark.parametrize(("load", "busy"), [(0.5, False), (1.0, False), (1.1, True)])
def test_a_load_of_half_the_cores_is_busy(monkeypatch, load, busy):
    monkeypatch.setattr(machine, "cores", lambda: 2)
    assert machine.is_busy(load) is busy


def test_facts_name_the_processor_and_what_decides_about_its_speed():
    facts = machine.facts()
    assert facts["cpu"] and facts["cores"] >= 1 and facts["load_before"] >= 0
    assert set(facts["instruction_sets"]) <= set(processor.DECISIVE_SETS)


@pytest.mark.slow
def test_kernels_are_those_that_tensorflow_really_uses(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert machine.kernels() == "Eigen, chosen by TF_ENABLE_ONEDNN_OPTS=0"
