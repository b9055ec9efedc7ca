/** Writes models as an export does, and serves them on this machine. */
import http from 'node:http';

import { tf } from './load_tf.mjs';

/**
 * Returns the parsed model.json and the weights.bin of a model.
 *
 * @param {tf.LayersModel} model
 * @param {'float32'|'float16'|'uint8'} storedAs
 * @returns {Promise<{description: Object, weights: Buffer}>}
 */
export async function stored(model, storedAs = 'float32') {
  let artifacts;
  await model.save({
    save: async (given) => {
      artifacts = given;
      return {};
    },
  });
  const { weightData, weightSpecs, ...description } = artifacts;
  const all = new Float32Array(tf.io.CompositeArrayBuffer.join(weightData));
  const specs = [];
  const contents = [];
  let place = 0;
  for (const spec of weightSpecs) {
    const count = tf.util.sizeFromShape(spec.shape);
    const { quantization, content } = quantized(all.slice(place, place + count), storedAs);
    specs.push(quantization ? { ...spec, quantization } : spec);
    contents.push(content);
    place += count;
  }
  description.weightsManifest = [{ paths: ['weights.bin'], weights: specs }];
  return { description, weights: Buffer.concat(contents) };
}

function quantized(values, storedAs) {
  if (storedAs === 'float16') {
    const content = Buffer.alloc(values.length * 2);
    values.forEach((value, i) => content.writeUInt16LE(halfOf(value), i * 2));
    return { quantization: { dtype: 'float16', original_dtype: 'float32' }, content };
  }
  if (storedAs === 'uint8') {
    const min = Math.min(...values);
    const scale = (Math.max(...values) - min) / 255 || 1;
    const content = Buffer.from(values.map((value) => Math.round((value - min) / scale)));
    return { quantization: { dtype: 'uint8', original_dtype: 'float32', scale, min }, content };
  }
  return { content: Buffer.from(values.buffer) };
}

/** Returns the bits of a float16, rounded towards zero; for values below 65504. */
function halfOf(value) {
  const bits = new DataView(new Float32Array([value]).buffer).getUint32(0, true);
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const sign = (bits >>> 16) & 0x8000;
  return exponent <= 0 ? sign : sign | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}

/**
 * Serves files on a free port of this machine.
 *
 * @param {Object<string, string|Buffer>} files contents by path, without a leading slash.
 * @returns {Promise<{url: string, close: function(): void}>} url with a slash at its end.
 */
export function serve(files) {
  const server = http.createServer((request, response) => {
    const content = files[request.url.slice(1)];
    response.writeHead(content === undefined ? 404 : 200, { Connection: 'close' });
    response.end(content ?? 'not found');
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${server.address().port}/`;
      resolve({ url, close: () => server.close() });
    });
  });
}
