# A generative adversarial network that learns a normal distribution
import argparse
import numpy as np
import tensorflow as tf
import tensorflow.contrib.layers as ly

tf.set_random_seed(42)
np.random.seed(42)


class DataDistribution(object):
    def __init__(self):
        self.mu = 4
        self.sigma = 0.5

    def sample(self, N):
        return np.random.normal(self.mu, self.sigma, [N, 1])


def generator(z, hidden):
    with tf.variable_scope('generator'):
        net = ly.fully_connected(z, hidden, activation_fn=tf.nn.softplus, scope='g0')
        return ly.fully_connected(net, 1, activation_fn=None, scope='g1')


def discriminator(x, hidden, reuse=None):
    with tf.variable_scope('discriminator', reuse=reuse):
        net = ly.stack(x, ly.fully_connected, [hidden, hidden], activation_fn=tf.tanh, scope='d')
        return ly.fully_connected(net, 1, activation_fn=None, scope='logit')


class GAN(object):
    def __init__(self, params):
        self.z = tf.placeholder(tf.float32, [params.batch_size, 1])
        self.x = tf.placeholder(tf.float32, [params.batch_size, 1])
        self.G = generator(self.z, params.hidden_size)
        real = discriminator(self.x, params.hidden_size * 2)
        fake = discriminator(self.G, params.hidden_size * 2, reuse=True)
        self.loss_d = (tf.losses.sigmoid_cross_entropy(tf.ones_like(real), real) +
                       tf.losses.sigmoid_cross_entropy(tf.zeros_like(fake), fake))
        self.loss_g = tf.losses.sigmoid_cross_entropy(tf.ones_like(fake), fake)
        d_vars = tf.contrib.framework.get_variables('discriminator')
        g_vars = tf.contrib.framework.get_variables('generator')
        self.opt_d = tf.train.AdamOptimizer(0.005, beta1=0.5).minimize(self.loss_d, var_list=d_vars)
        self.opt_g = tf.train.AdamOptimizer(0.002, beta1=0.5).minimize(self.loss_g, var_list=g_vars)
        print('variables %d %d' % (len(d_vars), len(g_vars)))


def train(model, data, params):
    means = []
    with tf.Session() as session:
        tf.local_variables_initializer().run()
        tf.global_variables_initializer().run()
        for step in range(params.num_steps + 1):
            x = data.sample(params.batch_size)
            z = np.random.uniform(-5, 5, [params.batch_size, 1])
            loss_d, _, = session.run([model.loss_d, model.opt_d], {model.x: x, model.z: z})
            z = np.random.uniform(-5, 5, [params.batch_size, 1])
            loss_g, _, g = session.run([model.loss_g, model.opt_g, model.G], {model.z: z})
            means.append(g.mean())
            if step % params.log_every == 0:
                print('{}: {:.4f}\t{:.4f}'.format(step, loss_d, loss_g))
    print('first mean {:.3f}'.format(np.mean(means[:10])))
    print('last mean {:.3f}'.format(np.mean(means[-500:])))


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument('--num-steps', type=int, default=2500)
    parser.add_argument('--hidden-size', type=int, default=8)
    parser.add_argument('--batch-size', type=int, default=64)
    parser.add_argument('--log-every', type=int, default=500)
    return parser.parse_args()


if __name__ == '__main__':
    args = parse_args()
    train(GAN(args), DataDistribution(), args)
