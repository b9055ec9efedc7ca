"""`auto` follows the processor; a choice is a choice."""

import io

import pytest

from cnn_mnist.config import choices, precision
from cnn_mnist.support import processor

FLAGS = "processor\t: 0\nflags\t\t: fpu avx512f {} lm\nbugs\t\t: amx_bf16\n"


@pytest.fixture
def cpuinfo(monkeypatch):
    """Sets what /proc/cpuinfo holds; `open` is a double, so that every processor is at hand."""

    def hold(content):
        def read(path, **options):
            assert path == "/proc/cpuinfo"
            if content is None:
                raise FileNotFoundError(path)
            return io.StringIO(content)

        monkeypatch.setattr(processor, "open", read, raising=False)
        processor._described.cache_clear()

    yield hold
    processor._described.cache_clear()


@pytest.mark.parametrize(
    "content, native",
    [
        (FLAGS.format("avx512_bf16"), True),
        (FLAGS.format("amx_bf16 amx_tile"), True),
        (FLAGS.format("avx512_vnni"), False),
        (FLAGS.format("avx512_bf16x"), False),
        ("Features\t: fp asimd bf16\n", False),
        ("", False),
        (None, False),
    ],
    ids=["avx512_bf16", "amx_bf16", "neither", "longer word", "arm", "empty", "no file"],
)
def test_auto_is_bfloat16_just_where_the_processor_multiplies_it(cpuinfo, content, native):
    cpuinfo(content)
    assert precision.processor_has_bfloat16() is native
    assert precision.resolve("auto") == ("bfloat16" if native else "float32")


@pytest.mark.parametrize("flag", ["avx512_bf16", "sse2"])
def test_a_choice_other_than_auto_is_kept_on_any_processor(cpuinfo, flag):
    cpuinfo(FLAGS.format(flag))
    assert precision.resolve("float32") == "float32"
    assert precision.resolve("bfloat16") == "bfloat16"


def test_every_choice_resolves_on_this_machine():
    assert {precision.resolve(choice) for choice in choices.PRECISIONS} == {
        "float32",
        "bfloat16",
    }
