"""The feature columns of `tf.contrib.layers`."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, same

_OLD = "tf.contrib.layers"
_NEW = "cnn_mnist.tf1.contrib.columns"
_HASH = (
    "without hash_key, a combination of values gets another bucket than in TensorFlow 1, "
    "whose weights for such a column do not fit"
)

ROWS = [
    *same(
        _OLD,
        f"{_NEW}.sparse",
        "sparse_column_with_hash_bucket sparse_column_with_integerized_feature "
        "sparse_column_with_keys sparse_column_with_vocabulary_file weighted_sparse_column",
    ),
    *same(
        _OLD,
        f"{_NEW}.dense",
        "bucketized_column one_hot_column real_valued_column",
    ),
    *same(_OLD, f"{_NEW}.embeddings", "embedding_column shared_embedding_columns"),
    Name(f"{_OLD}.crossed_column", f"{_NEW}.crossed:crossed_column", differs=_HASH),
    Name(f"{_OLD}.SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY", f"{_NEW}.crossed:DEFAULT_HASH_KEY"),
    *same(
        _OLD,
        f"{_NEW}.inputs",
        "check_feature_columns input_from_feature_columns joint_weighted_sum_from_feature_columns "
        "sequence_input_from_feature_columns weighted_sum_from_feature_columns",
    ),
    *same(
        _OLD,
        f"{_NEW}.parsing",
        "create_feature_spec_for_parsing infer_real_valued_columns "
        "make_place_holder_tensors_for_base_features parse_feature_columns_from_examples "
        "parse_feature_columns_from_sequence_examples transform_features",
    ),
    *(
        Name(f"{_OLD}.{name}", refused=refused, instead=instead)
        for name, refused, instead in [
            (
                "scattered_embedding_column",
                "TensorFlow 2 removed its ops",
                "embedding_column(sparse_column_with_hash_bucket(...))",
            ),
            (
                "sparse_feature_cross",
                "TensorFlow 2 removed its op",
                "crossed_column or tf.sparse.cross_hashed",
            ),
            ("DataFrameColumn", "it was removed in TensorFlow 1.4", "real_valued_column"),
            ("regression_target", "it became a head", "tf.contrib.learn.regression_head"),
            ("multi_class_target", "it became a head", "tf.contrib.learn.multi_class_head"),
            ("binary_svm_target", "it became a head", "tf.contrib.learn.binary_svm_head"),
        ]
    ),
]
