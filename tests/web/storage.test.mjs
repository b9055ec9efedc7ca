// Node has no IndexedDB. This double accepts all records, and ends the transaction as each test
// wants. The tests in a browser use the real one.
import assert from 'node:assert/strict';
import { afterEach } from 'node:test';

import { test, tf, useBackend } from './load_tf.mjs';

useBackend('wasm');

// tf.js does this in browsers only.
const browser = {};
globalThis.tf = tf && {
  ...tf,
  io: {
    ...tf.io,
    listModels: () => browser.listModels(),
    removeModel: (url) => browser.removeModel(url),
  },
  loadLayersModel: (url) => browser.loadLayersModel(url),
};
const { list, load, remove, save } = await import('../../cnn_mnist/web/pages/models/storage.js');
const { newModel } = await import('../../cnn_mnist/web/pages/models/model.js');

afterEach(() => {
  delete globalThis.indexedDB;
});

/** Returns the records of each store; calls `end` with the transaction once all are put. */
function useDatabase(end) {
  const stores = {};
  const transaction = {
    objectStore: (name) => ({
      put: (record) => {
        stores[name].push(record);
      },
    }),
  };
  const database = {
    createObjectStore: (name, { keyPath }) => {
      assert.equal(keyPath, 'modelPath');
      stores[name] = [];
    },
    transaction: (names, mode) => {
      assert.deepEqual([[...names].sort(), mode], [Object.keys(stores).sort(), 'readwrite']);
      setImmediate(end, transaction);
      return transaction;
    },
    close: () => {
      stores.closed = true;
    },
  };
  globalThis.indexedDB = {
    open: (name, version) => {
      assert.deepEqual([name, version], ['tensorflowjs', 1]);
      const request = { result: database };
      setImmediate(() => {
        request.onupgradeneeded();
        request.onsuccess();
      });
      return request;
    },
  };
  return stores;
}

function aborted(name) {
  return (transaction) => {
    transaction.error = new DOMException('no room', name);
    transaction.onabort();
  };
}

test('a model is written with its metadata, so that tf.js can read it', async () => {
  const stores = useDatabase((transaction) => transaction.oncomplete());
  const model = newModel({ classes: [...'abcdefghij'], digits: false });
  await save(model, 'mine');
  const [{ modelPath, modelArtifacts, modelArtifactsInfo }] = stores.models_store;
  assert.equal(modelPath, 'mine');
  assert.equal(modelArtifacts.weightData.byteLength, 5994 * 4);
  assert.deepEqual(modelArtifacts.userDefinedMetadata, {
    classes: [...'abcdefghij'],
    digits: false,
  });
  assert.equal(modelArtifactsInfo.weightDataBytes, 5994 * 4);
  assert.deepEqual(stores.model_info_store, [{ modelPath, modelArtifactsInfo }]);
  assert.ok(stores.closed);
  model.dispose();
});

test('a full disk and a browser that refuses are different errors', async () => {
  const model = newModel();
  let stores = useDatabase(aborted('QuotaExceededError'));
  await assert.rejects(save(model, 'mine'), { name: 'PageError', key: 'storage_full' });
  assert.ok(stores.closed);
  stores = useDatabase(aborted('InvalidStateError'));
  await assert.rejects(save(model, 'mine'), {
    name: 'PageError',
    key: 'storage_refused',
    values: { detail: 'no room' },
  });
  assert.ok(stores.closed);
  model.dispose();
});

test('a database that does not open is an error', async () => {
  const model = newModel();
  globalThis.indexedDB = {
    open: () => {
      const request = { error: new DOMException('private', 'SecurityError') };
      setImmediate(() => request.onerror());
      return request;
    },
  };
  await assert.rejects(save(model, 'mine'), {
    key: 'storage_refused',
    values: { detail: 'private' },
  });
  model.dispose();
});

test('without IndexedDB everything is an error', async () => {
  const expected = { name: 'PageError', key: 'storage_refused', values: { detail: 'IndexedDB' } };
  const model = newModel();
  for (const act of [() => list(), () => save(model, 'a'), () => load('a'), () => remove('a')]) {
    await assert.rejects(act, expected);
  }
  model.dispose();
});

test('the list has names, dates and bytes of the models in IndexedDB, newest first', async () => {
  globalThis.indexedDB = {};
  const [old, young] = [new Date(2025, 1, 1), new Date(2025, 1, 2)];
  browser.listModels = async () => ({
    'indexeddb://old': { dateSaved: old, modelTopologyBytes: 100, weightDataBytes: 1000 },
    'indexeddb://a/b c': { dateSaved: young, modelTopologyBytes: 200, weightDataBytes: 2000 },
    'localstorage://other': { dateSaved: young, modelTopologyBytes: 1, weightDataBytes: 1 },
  });
  assert.deepEqual(await list(), [
    { name: 'a/b c', date: young, bytes: 2200 },
    { name: 'old', date: old, bytes: 1100 },
  ]);
});

test('a missing model cannot be loaded or removed', async () => {
  globalThis.indexedDB = {};
  browser.loadLayersModel = browser.removeModel = async (url) => {
    throw new Error(`Cannot find model with path '${url}' in IndexedDB.`);
  };
  for (const act of [() => load('gone'), () => remove('gone')]) {
    await assert.rejects(act, {
      name: 'PageError',
      key: 'storage_missing',
      values: { name: 'gone' },
    });
  }
});

test("another page's model of other images is refused, and freed", async () => {
  globalThis.indexedDB = {};
  const before = tf.memory().numTensors;
  browser.loadLayersModel = async () =>
    tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [5] })] });
  await assert.rejects(load('other'), {
    key: 'model_unfit',
    values: { url: 'other', detail: '[5] -> [3]' },
  });
  assert.equal(tf.memory().numTensors, before);
});

test('a damaged record and a browser that refuses are different errors', async () => {
  globalThis.indexedDB = {};
  browser.loadLayersModel = async () => {
    throw new TypeError('no layers');
  };
  await assert.rejects(load('mine'), {
    name: 'PageError',
    key: 'storage_broken',
    values: { name: 'mine', detail: 'no layers' },
  });
  browser.loadLayersModel = browser.removeModel = async () => {
    throw new DOMException('private', 'SecurityError');
  };
  for (const act of [() => load('mine'), () => remove('mine')]) {
    await assert.rejects(act, { key: 'storage_refused', values: { detail: 'private' } });
  }
});
