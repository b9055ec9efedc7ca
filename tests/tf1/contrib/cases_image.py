"""Cases of `tf.contrib.image`. See tests/helpers/tf1_recorded.py."""

from __future__ import annotations

from tf1_recorded import inputs_of, record


def rotations(tf):
    images = tf.constant(inputs_of(2, 4, 5, 1))
    nearest = tf.contrib.image.rotate(images, [0.5, -1.0])
    smooth = tf.contrib.image.rotate(images[0], 0.7, interpolation="bilinear")
    return [
        nearest,
        smooth,
        tf.contrib.image.rotate(images[0, :, :, 0], 1.6),
        tf.gradients(smooth, images),
    ]


def translations(tf):
    images = tf.constant(inputs_of(2, 4, 5, 1))
    return [
        tf.contrib.image.translate(images, [1.0, -2.0]),
        tf.contrib.image.translate(images, [[0.5, 0.0], [-1.0, 1.5]], "BILINEAR"),
    ]


def transforms(tf):
    image = tf.constant(inputs_of(3, 4))
    turned = tf.contrib.image.angles_to_projective_transforms([0.2, 0.4], 3.0, 4.0)
    moved = tf.contrib.image.translations_to_projective_transforms([1.0, 2.0])
    both = tf.contrib.image.compose_transforms(turned, tf.tile(moved, [2, 1]))
    skewed = [1.0, 0.2, 0.0, 0.1, 1.0, -0.5, 0.01, 0.02]
    return [
        turned,
        moved,
        both,
        tf.contrib.image.flat_transforms_to_matrices(skewed),
        tf.contrib.image.transform(image, skewed, "BILINEAR"),
        tf.contrib.image.transform(tf.reshape(image, [1, 3, 4, 1]), skewed, output_shape=[2, 2]),
    ]


CASES = [rotations, translations, transforms]

if __name__ == "__main__":
    record(__file__, CASES)
