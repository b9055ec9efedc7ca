/** Loads the images of each data set once for both pages. */

import { loadData } from './data.js';

const loading = new Map();

/** Like `loadData`, but cached; a failure is not cached. */
export function sharedData(url) {
  if (!loading.has(url)) {
    const data = loadData(url);
    loading.set(url, data);
    data.catch(() => loading.delete(url));
  }
  return loading.get(url);
}
