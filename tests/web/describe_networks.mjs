/**
 * Reads networks as the page does. Standard input: JSON, a list of lines. Standard output: JSON, for
 * each line either {"rows": [[name, notation, shape, parameters], …]} or {"refused": the key}.
 */
import fs from 'node:fs';

import { check, rowsOf } from '../../cnn_mnist/web/pages/networks/architecture.js';
import { describeLayer, parse } from '../../cnn_mnist/web/pages/networks/notation.js';

function described(line) {
  try {
    const layers = parse(line);
    check(layers);
    const rows = rowsOf(layers).map(({ name, layer, shape, parameters }, at) => {
      const notation = describeLayer(layer, at === layers.length - 1);
      return [name, notation, shape, parameters];
    });
    return { rows };
  } catch (error) {
    if (error.name !== 'PageError') {
      throw error;
    }
    return { refused: error.key };
  }
}

console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(described)));
