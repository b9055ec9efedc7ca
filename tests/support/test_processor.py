"""The processor as Linux describes it; a double of its file, so that every kind is at hand."""

import platform

import pytest

from cnn_mnist.support import processor

TWO_CORES = """\
processor\t: 0
model name\t: AMD EPYC 7763 64-Core Processor
flags\t\t: fpu sse2 avx avx2 fma
bugs\t\t: avx512f

processor\t: 1
flags\t\t: fpu avx512f
"""


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    def hold(content):
        (tmp_path / "cpuinfo").write_text(content)
        monkeypatch.setattr(processor, "_CPUINFO", str(tmp_path / "cpuinfo"))
        processor._described.cache_clear()

    yield hold
    processor._described.cache_clear()


def test_name_and_instruction_sets_are_those_of_the_first_processor(cpuinfo):
    cpuinfo(TWO_CORES)
    assert processor.name() == "AMD EPYC 7763 64-Core Processor"
    assert processor.instruction_sets() == {"fpu", "sse2", "avx", "avx2", "fma"}


def test_arm_has_a_name_from_python_and_no_x86_flags(cpuinfo, monkeypatch):
    cpuinfo("processor\t: 0\nFeatures\t: fp asimd bf16\n")
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert (processor.name(), processor.instruction_sets()) == ("aarch64", frozenset())


def test_without_the_file_nothing_is_known_but_what_python_says(monkeypatch):
    monkeypatch.setattr(processor, "_CPUINFO", "/no/such/file")
    processor._described.cache_clear()
    assert processor.instruction_sets() == frozenset() and processor.name()
    processor._described.cache_clear()


def test_instruction_sets_in_words():
    assert processor.in_words(["avx2", "fma"]) == "AVX2, FMA"
    assert processor.in_words([]) == "no known instruction set"
