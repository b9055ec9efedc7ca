"""A line through points, with tf.contrib.learn as the first guides had it."""
import numpy as np
import tensorflow as tf

# Declare list of features, we only have one real-valued feature
def model(features, labels, mode):
  # Build a linear model and predict values
  W = tf.get_variable("W", [1], dtype=tf.float64)
  b = tf.get_variable("b", [1], dtype=tf.float64)
  y = W * features['x'] + b
  # Loss sub-graph
  loss = tf.reduce_sum(tf.square(y - labels))
  # Training sub-graph
  global_step = tf.train.get_global_step()
  optimizer = tf.train.GradientDescentOptimizer(0.01)
  train = tf.group(optimizer.minimize(loss),
                   tf.assign_add(global_step, 1))
  # ModelFnOps connects subgraphs we built to the appropriate functionality.
  return tf.contrib.learn.ModelFnOps(
      mode=mode, predictions=y, loss=loss, train_op=train)

estimator = tf.contrib.learn.Estimator(model_fn=model)
# define our data sets
x_train = np.array([1., 2., 3., 4.])
y_train = np.array([0., -1., -2., -3.])
x_eval = np.array([2., 5., 8., 1.])
y_eval = np.array([-1.01, -4.1, -7, 0.])
input_fn = tf.contrib.learn.io.numpy_input_fn({"x": x_train}, y_train, 4, num_epochs=1000)
eval_input_fn = tf.contrib.learn.io.numpy_input_fn(
    {"x": x_eval}, y_eval, batch_size=4, num_epochs=1)

# train
estimator.fit(input_fn=input_fn, steps=500)
# Here we evaluate how well our model did.
train_loss = estimator.evaluate(input_fn=tf.contrib.learn.io.numpy_input_fn(
    {"x": x_train}, y_train, batch_size=4, num_epochs=1))
eval_loss = estimator.evaluate(input_fn=eval_input_fn)
print("train loss: %r" % train_loss)
print("eval loss: %r" % eval_loss)

# the same by a premade estimator
features = [tf.contrib.layers.real_valued_column("x", dimension=1)]
premade = tf.contrib.learn.LinearRegressor(
    feature_columns=features, optimizer=tf.train.FtrlOptimizer(0.5))
premade.fit(input_fn=input_fn, steps=800)
print("weight %.2f" % premade.get_variable_value("linear/x/weight")[0, 0])
print("bias %.2f" % premade.get_variable_value("linear/bias_weight")[0])
