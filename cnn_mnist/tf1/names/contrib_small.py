"""Small families of `tf.contrib` whose names are elsewhere today, and images."""

from __future__ import annotations

from cnn_mnist.tf1.names.row import Name, refused, same

_NEW = "cnn_mnist.tf1.contrib"
_PROJECTOR = "tf.contrib.tensorboard.plugins.projector"
_PROBABILITY = "the package tensorflow-probability"

ROWS = [
    *same(
        "tf.contrib.image",
        f"{_NEW}.image",
        "angles_to_projective_transforms compose_transforms flat_transforms_to_matrices "
        "matrices_to_flat_transforms rotate transform translate "
        "translations_to_projective_transforms",
    ),
    *refused(
        "tf.contrib.image",
        "adjust_hsv_in_yiq bipartite_match connected_components random_hsv_in_yiq "
        "single_image_random_dot_stereograms",
        "TensorFlow 2 removed its op",
        "SciPy, or tf.image",
    ),
    *refused(
        "tf.contrib.image",
        "dense_image_warp interpolate_spline sparse_image_warp",
        "nothing stands in for it",
        "tf.contrib.image.transform",
    ),
    *same(
        "tf.contrib.deprecated",
        f"{_NEW}.before_1_0",
        "audio_summary histogram_summary image_summary scalar_summary",
    ),
    Name("tf.contrib.deprecated.merge_all_summaries", "tf.summary.merge_all"),
    Name("tf.contrib.deprecated.merge_summary", "tf.summary.merge"),
    *same(
        _PROJECTOR, "tensorboard.plugins.projector", "EmbeddingInfo ProjectorConfig SpriteMetadata"
    ),
    Name(f"{_PROJECTOR}.visualize_embeddings", f"{_NEW}.tensorboard:visualize_embeddings"),
    *same(
        "tf.contrib.feature_column",
        "tf.feature_column",
        "sequence_categorical_column_with_hash_bucket sequence_categorical_column_with_identity "
        "sequence_categorical_column_with_vocabulary_file "
        "sequence_categorical_column_with_vocabulary_list sequence_numeric_column",
    ),
    Name(
        "tf.contrib.feature_column.concatenate_context_input",
        "tensorflow.python.feature_column.sequence_feature_column:concatenate_context_input",
    ),
    Name(
        "tf.contrib.feature_column.sequence_input_layer",
        refused="nothing stands in for it",
        instead="tf.keras.experimental.SequenceFeatures",
    ),
    *same(
        "tf.contrib.staging",
        "tensorflow.python.ops.data_flow_ops",
        "StagingArea",
    ),
    *same("tf.contrib.util", "tf", "make_ndarray make_tensor_proto"),
    Name(
        "tf.contrib.util.constant_value", "tensorflow.python.framework.tensor_util:constant_value"
    ),
    *same(
        "tf.contrib.util",
        "tensorflow.python.framework.meta_graph",
        "ops_used_by_graph_def stripped_op_list_for_graph",
    ),
    *same(
        "tf.contrib.stateless",
        "tensorflow.python.ops.stateless_random_ops",
        "stateless_multinomial stateless_random_normal stateless_random_uniform "
        "stateless_truncated_normal",
    ),
    *same(
        "tf.contrib.signal",
        "tf.signal",
        "frame hamming_window hann_window inverse_stft inverse_stft_window_fn "
        "linear_to_mel_weight_matrix mfccs_from_log_mel_spectrograms overlap_and_add stft",
    ),
    *same(
        "tf.contrib.keras",
        "tf.keras",
        "Model Sequential Input activations applications backend callbacks constraints datasets "
        "initializers layers losses metrics models optimizers preprocessing regularizers utils",
    ),
    Name("tf.contrib.keras.wrappers", refused="Keras dropped it", instead="the package scikeras"),
    *same("tf.contrib.lite", "tf.lite", "Interpreter TFLiteConverter TocoConverter toco_convert"),
    *refused(
        "tf.contrib.autograph",
        "AutoGraphError ConversionOptions Feature StackTraceMapper convert converted_call "
        "operators set_element_type stack utils",
        "it was internal to AutoGraph, which has changed",
        "tf.autograph and tf.function",
    ),
    *same(
        "tf.contrib.autograph",
        "tf.autograph",
        "set_verbosity to_code to_graph trace",
    ),
    *same("tf.contrib.autograph", "tf.autograph.experimental", "do_not_convert set_loop_options"),
    *same(
        "tf.contrib.nccl",
        "tensorflow.python.ops.nccl_ops",
        "all_max all_min all_prod all_sum broadcast reduce_sum",
    ),
    *same(
        "tf.contrib.distributions",
        "tf.distributions",
        "Bernoulli Beta Categorical Dirichlet DirichletMultinomial Distribution Exponential "
        "FULLY_REPARAMETERIZED Gamma Laplace Multinomial NOT_REPARAMETERIZED Normal RegisterKL "
        "ReparameterizationType StudentT Uniform kl_divergence",
    ),
    *refused(
        "tf.contrib.distributions",
        "Autoregressive BatchReshape Binomial Cauchy Chi2 Chi2WithAbsDf ConditionalDistribution "
        "ConditionalTransformedDistribution Deterministic ExponentialWithSoftplusRate "
        "ExpRelaxedOneHotCategorical GammaWithSoftplusConcentrationRate Geometric Gumbel "
        "HalfNormal Independent InverseGamma InverseGammaWithSoftplusConcentrationRate Kumaraswamy "
        "LaplaceWithSoftplusScale Logistic Mixture MixtureSameFamily MultivariateNormalDiag "
        "MultivariateNormalDiagPlusLowRank MultivariateNormalDiagWithSoftplusScale "
        "MultivariateNormalFullCovariance MultivariateNormalTriL NegativeBinomial "
        "NormalWithSoftplusScale OneHotCategorical Poisson PoissonLogNormalQuadratureCompound "
        "QuantizedDistribution RelaxedBernoulli RelaxedOneHotCategorical SinhArcsinh "
        "StudentTWithAbsDfSoftplusScale TransformedDistribution VectorDeterministic "
        "VectorDiffeomixture VectorExponentialDiag VectorLaplaceDiag VectorSinhArcsinhDiag "
        "WishartCholesky WishartFull bijectors fill_triangular matrix_diag_transform "
        "moving_mean_variance assign_moving_mean_variance normal_conjugates_known_scale_posterior "
        "normal_conjugates_known_scale_predictive percentile reduce_weighted_logsumexp "
        "softplus_inverse tridiag auto_correlation estimator_head_distribution_regression "
        "BetaWithSoftplusConcentration SeedStream assign_log_moving_mean_exp "
        "fill_triangular_inverse quadrature_scheme_lognormal_gauss_hermite "
        "quadrature_scheme_lognormal_quantiles quadrature_scheme_softmaxnormal_gauss_hermite "
        "quadrature_scheme_softmaxnormal_quantiles",
        "it moved to another package",
        _PROBABILITY,
    ),
]
