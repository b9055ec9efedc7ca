/**
 * The one-line notation of networks, the same as Python's flag `--architecture`
 * (cnn_mnist/networks/notation.py): it accepts and refuses the same lines. A test compares the two.
 */

import { PageError } from '../base/page_error.js';

/**
 * @typedef {object} Layer
 * @property {'conv' | 'pool' | 'avgpool' | 'batch_norm' | 'relu' | 'flatten' | 'dense' | 'dropout'} kind
 * @property {number} [filters] of `conv`
 * @property {number} [size] rows, and columns, of the window of `conv`, `pool` and `avgpool`
 * @property {number} [stride]
 * @property {'same' | 'valid'} [padding]
 * @property {number} [units] of `dense`
 * @property {boolean} [relu] of `conv` and `dense`: whether a ReLU follows
 * @property {number} [rate] of `dropout`
 */

const MOST_LAYERS = 100;
const MOST_NUMBER = 65536;
const OPTION_TEXTS = { padding: 'same, valid', stride: 'stride N', linear: 'linear' };
const PLAIN = ['batch_norm', 'relu', 'flatten'];
const OPTIONS = '((?: (?:same|valid|linear|stride [0-9]+))*)';
const CONV = new RegExp(`^conv ([0-9]+)x([0-9]+)x([0-9]+)${OPTIONS}$`);
const POOL = new RegExp(`^(pool|avgpool)(?: ([0-9]+))?${OPTIONS}$`);
const DENSE = new RegExp(`^dense ([0-9]+)${OPTIONS}$`);
const DROPOUT = /^dropout ((?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:e-[0-9]+)?)$/;
// What Python's `str.strip` removes; `trim` differs in a few characters.
const SPACE = '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, 'g');

/**
 * Reads a network from its line. The last dense layer gives the logits, so it has no ReLU.
 *
 * @param {string} line such as 'conv 5x5x8 valid, pool 2, flatten, dense 10'
 * @returns {Layer[]}
 * @throws {PageError} layer_unknown, layer_kernel, layer_options, layer_number, layer_rate,
 *   layers_many
 */
export function parse(line) {
  const parts = line
    .split(',')
    .map((part) => part.replace(ENDS, ''))
    .filter(Boolean);
  if (parts.length > MOST_LAYERS) {
    throw new PageError('layers_many', { count: parts.length, most: MOST_LAYERS });
  }
  const layers = parts.map(parseLayer);
  const last = layers.at(-1);
  if (last?.kind === 'dense') {
    last.relu = false;
  }
  return layers;
}

/**
 * @param {Layer[]} layers
 * @returns {string} the line, which `parse` reads back to equal layers
 */
export function describe(layers) {
  return layers.map((layer, at) => describeLayer(layer, at === layers.length - 1)).join(', ');
}

/**
 * @param {Layer} layer
 * @param {boolean} isLast whether it is the last of its network, which is linear without saying so
 * @returns {string}
 */
export function describeLayer(layer, isLast = false) {
  switch (layer.kind) {
    case 'conv':
      return `conv ${layer.size}x${layer.size}x${layer.filters}${optionsOf(layer, 'same', 1)}`;
    case 'pool':
    case 'avgpool':
      return `${layer.kind} ${layer.size}${optionsOf(layer, 'valid', layer.size)}`;
    case 'dense':
      return `dense ${layer.units}${layer.relu || isLast ? '' : ' linear'}`;
    case 'dropout':
      return `dropout ${layer.rate}`;
    default:
      return layer.kind;
  }
}

function optionsOf({ padding, stride, relu = true }, usualPadding, usualStride) {
  return [
    padding === usualPadding ? '' : ` ${padding}`,
    stride === usualStride ? '' : ` stride ${stride}`,
    relu ? '' : ' linear',
  ].join('');
}

function parseLayer(layer) {
  if (PLAIN.includes(layer)) {
    return { kind: layer };
  }
  const [conv, pool, dense, dropout] = [CONV, POOL, DENSE, DROPOUT].map((one) => one.exec(layer));
  if (conv) {
    return parseConv(conv);
  }
  if (pool) {
    return parsePool(pool);
  }
  if (dense) {
    const options = parseOptions(dense[2], layer, ['linear']);
    return { kind: 'dense', units: positive(dense[1], layer), relu: !options.linear };
  }
  if (dropout) {
    const rate = Number(dropout[1]);
    if (!(rate < 1)) {
      throw new PageError('layer_rate', { layer });
    }
    return { kind: 'dropout', rate };
  }
  throw new PageError('layer_unknown', { layer });
}

function parseConv([layer, height, width, filters, written]) {
  if (height !== width) {
    throw new PageError('layer_kernel', { layer });
  }
  const options = parseOptions(written, layer, ['padding', 'stride', 'linear']);
  return {
    kind: 'conv',
    filters: positive(filters, layer),
    size: positive(height, layer),
    stride: positive(options.stride ?? '1', layer),
    padding: options.padding ?? 'same',
    relu: !options.linear,
  };
}

function parsePool([layer, kind, written = '2', more]) {
  const options = parseOptions(more, layer, ['padding', 'stride']);
  const size = positive(written, layer);
  const stride = positive(options.stride ?? String(size), layer);
  return { kind, size, stride, padding: options.padding ?? 'valid' };
}

/** Returns the options of a layer by name; the stride's value is its digits. */
function parseOptions(written, layer, allowed) {
  const options = {};
  for (const [, word, digits] of written.matchAll(/ ([a-z]+)(?: ([0-9]+))?/g)) {
    const name = ['same', 'valid'].includes(word) ? 'padding' : word;
    if (!allowed.includes(name) || name in options) {
      const shown = allowed.map((option) => OPTION_TEXTS[option]).join(', ');
      throw new PageError('layer_options', { layer, options: shown });
    }
    options[name] = digits ?? word;
  }
  return options;
}

function positive(digits, layer) {
  const value = Number(digits);
  if (!(value >= 1 && value <= MOST_NUMBER)) {
    throw new PageError('layer_number', { layer, most: MOST_NUMBER });
  }
  return value;
}
