import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PAGES = fileURLToPath(new URL('../../cnn_mnist/web/pages/', import.meta.url));

// Lines from the top, main.js; a module imports from its own folder and from lower lines.
const LINES = [
  [''],
  ['draw', 'train'],
  ['ui'],
  ['models'],
  ['images', 'kernels', 'networks'],
  ['base', 'texts'],
];
const IMPORT = /\b(?:from |import ?\(?)'(\.[^']+)'/g;

const lineOf = (folder) => LINES.findIndex((folders) => folders.includes(folder));

/** Returns the modules and the imports of each, as paths below the pages. */
async function modules() {
  const found = new Map();
  for (const folder of LINES.flat()) {
    for (const name of await readdir(path.join(PAGES, folder))) {
      if (name.endsWith('.js')) {
        const source = await readFile(path.join(PAGES, folder, name), 'utf8');
        const imported = [...source.matchAll(IMPORT)].map(([, to]) => path.join(folder, to));
        found.set(path.join(folder, name), imported);
      }
    }
  }
  return found;
}

const folderOf = (module) => (path.dirname(module) === '.' ? '' : path.dirname(module));

test('every folder of the pages has a line', async () => {
  const entries = await readdir(PAGES, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  assert.deepEqual(folders.sort(), LINES.flat().filter(Boolean).sort());
});

test('every import names an existing module', async () => {
  const found = await modules();
  const imported = [...found.values()].flat();
  assert.ok(imported.length > 90);
  assert.deepEqual(
    imported.filter((module) => !found.has(module)),
    [],
  );
});

test('no module imports from another folder on its line or above', async () => {
  const upwards = [];
  for (const [module, imported] of await modules()) {
    for (const other of imported) {
      const [from, to] = [folderOf(module), folderOf(other)];
      if (from !== to && lineOf(to) <= lineOf(from)) {
        upwards.push(`${module} imports ${other}`);
      }
    }
  }
  assert.deepEqual(upwards, []);
});
