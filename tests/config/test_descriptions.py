"""What the documents say of a setting."""

from cnn_mnist.config import descriptions, fields


def test_the_modes_of_a_flag_are_named_or_those_it_does_nothing_in():
    assert descriptions.modes_of(fields.FLAGS["help"]) == "all"
    assert descriptions.modes_of(fields.FLAGS["variant"]) == "all but summary"
    assert descriptions.modes_of(fields.FLAGS["split"]) == "evaluate"
    assert descriptions.modes_of(fields.FLAGS["batch_size"]) == "train_and_evaluate, train"
