/** The images of each data set, loaded once for both pages. */

import { loadData } from './data.js';

const loading = new Map();

/** As `loadData` of data.js; what failed is tried again the next time. */
export function sharedData(url) {
  if (!loading.has(url)) {
    const data = loadData(url);
    loading.set(url, data);
    data.catch(() => loading.delete(url));
  }
  return loading.get(url);
}
