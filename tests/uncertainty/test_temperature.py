"""Temperature scaling finds the temperature that logits were multiplied by."""

import numpy as np
import pytest

from cnn_mnist.uncertainty import temperature


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def drawn():
    """Logits, and labels drawn by the probabilities that they mean."""
    chance = np.random.default_rng(1)
    logits = chance.normal(0, 2, (4000, 10))
    labels = [chance.choice(10, p=one) for one in softmax(logits)]
    return logits, np.array(labels)


@pytest.mark.parametrize("factor", [0.5, 1, 3])
def test_fit_finds_by_how_much_the_logits_are_too_large(drawn, factor):
    logits, labels = drawn
    found = temperature.fit(softmax(logits * factor), labels)
    assert found == pytest.approx(factor, rel=0.1)


def test_tempered_probabilities_are_those_of_the_divided_logits(drawn):
    logits = drawn[0][:50]
    np.testing.assert_allclose(
        temperature.tempered(softmax(logits), 2.5), softmax(logits / 2.5), atol=1e-12
    )


def test_a_probability_of_zero_stays_a_number():
    found = temperature.tempered(np.array([[1, 0, 0]], np.float32), 2)
    assert np.isfinite(found).all() and found.sum() == pytest.approx(1)
    assert temperature.fit(np.eye(3, dtype=np.float32), np.array([1, 2, 0])) == pytest.approx(8)
