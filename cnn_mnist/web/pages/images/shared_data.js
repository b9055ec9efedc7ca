/** Loads the images of each data set once for both pages, and few for the page that shows few. */

import { loadData, loadSamples } from './data.js';

const loading = new Map();
const loadingSamples = new Map();

/** Like `loadData`, but cached; a failure is not cached. */
export function sharedData(url) {
  return cached(loading, url, loadData);
}

/**
 * Like `loadSamples`, but cached, as all data are whose samples have no file of their own.
 *
 * @param {string} url Of data.json.
 */
export function sharedSamples(url) {
  if (loading.has(url)) return loading.get(url);
  return cached(loadingSamples, url, async () => (await loadSamples(url)) ?? sharedData(url));
}

function cached(kept, url, load) {
  if (!kept.has(url)) {
    const data = load(url);
    kept.set(url, data);
    data.catch(() => kept.delete(url));
  }
  return kept.get(url);
}
