import assert from 'node:assert/strict';
import { crc32, deflateRawSync } from 'node:zlib';

import { test, useBackend } from './load_tf.mjs';
import { stored } from './stored_models.mjs';
import { newModel } from '../../cnn_mnist/web/pages/models/model.js';
import { areOfModel, openModelFiles } from '../../cnn_mnist/web/pages/models/model_files.js';

useBackend('cpu');

/** Returns the two files of a download, and the model's first weights. */
async function download(name = 'my-digits') {
  const model = newModel();
  const { description, weights } = await stored(model);
  description.weightsManifest[0].paths = [`./${name}.weights.bin`];
  const first = await model.getWeights()[0].data();
  model.dispose();
  return {
    json: new File([JSON.stringify(description)], `${name}.json`),
    bin: new File([weights], `${name}.weights.bin`),
    first,
  };
}

async function assertOpens(files, { name = 'my-digits', first }) {
  const opened = await openModelFiles(files);
  assert.equal(opened.name, name);
  assert.deepEqual(await opened.model.getWeights()[0].data(), first);
  opened.model.dispose();
}

async function assertRefused(files, key, detail = /^/) {
  await assert.rejects(openModelFiles(files), (error) => {
    assert.deepEqual([error.name, error.key], ['PageError', key]);
    assert.match(JSON.stringify(error.values), detail);
    return true;
  });
}

/** Returns a zip file as an operating system makes it, each file [path, content, method]. */
function zipOf(files, { flags = 0 } = {}) {
  const [parts, entries] = [[], []];
  let at = 0;
  for (const [path, content, method = 8] of files) {
    const name = Buffer.from(path);
    const packed = method === 8 ? deflateRawSync(content) : content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc32?.(content) ?? 0, 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    entries.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, place, name);
    at += 30 + name.length + packed.length;
  }
  const listed = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

const bytesOf = async (file) => Buffer.from(await file.arrayBuffer());

test('the two files of a download are a model, in any order', async () => {
  const files = await download();
  await assertOpens([files.json, files.bin], files);
  await assertOpens([files.bin, files.json], files);
});

test('files that a browser has renamed are a model too', async () => {
  const { json, bin, first } = await download();
  const renamed = [
    new File([await bytesOf(json)], 'my-digits (1).json'),
    new File([await bytesOf(bin)], 'my-digits.weights (1).bin'),
  ];
  await assertOpens(renamed, { name: 'my-digits  1', first });
});

for (const method of [0, 8]) {
  test(`a zip file of both is a model, method ${method}`, async () => {
    const { json, bin, first } = await download('세 자리');
    const zip = zipOf([
      ['digits/', Buffer.alloc(0), 0],
      [`digits/${json.name}`, await bytesOf(json), method],
      ['__MACOSX/digits/._x.json', Buffer.from('{}'), method],
      [`digits/${bin.name}`, await bytesOf(bin), method],
    ]);
    await assertOpens([new File([zip], 'class.zip')], { name: '세 자리', first });
  });
}

test('a half download, or several, are refused with the names that were given', async () => {
  const { json, bin } = await download();
  const other = await download('other');
  await assertRefused([json], 'files_missing', /my-digits\.json/);
  await assertRefused([bin], 'files_missing', /my-digits\.weights\.bin/);
  await assertRefused([json, bin, other.json, other.bin], 'files_missing', /other\.json/);
});

test('weights of another model are refused', async () => {
  const { json } = await download();
  const short = new File([new Uint8Array(40)], 'my-digits.weights.bin');
  await assertRefused([json, short], 'files_length', /my-digits\.weights\.bin.*"actual":40/);
});

test('damaged files are refused', async () => {
  const { json, bin } = await download();
  const zip = zipOf([[json.name, await bytesOf(json)]]);
  const wrongSize = Buffer.from(zip);
  wrongSize.writeUInt32LE(12, zip.length - 22 - 46 - json.name.length + 24);
  for (const [content, detail] of [
    [Buffer.from('no zip'), /not a ZIP file/],
    [zip.subarray(40), /detail/],
    [wrongSize, /is damaged/],
    [zipOf([['a.json', Buffer.from('{}')]], { flags: 1 }), /encrypted/],
    [zipOf([['a.json', Buffer.from('{}'), 12]]), /method 12/],
  ]) {
    await assertRefused([new File([content], 'x.zip')], 'zip_broken', detail);
  }
  await assertRefused([new File(['{'], 'my-digits.json'), bin], 'files_broken', /my-digits\.json/);
  await assertRefused([new File(['{}'], 'my-digits.json'), bin], 'files_broken', /no .*format/);
});

test('files are a model by their endings', () => {
  const named = (...names) => names.map((name) => ({ name }));
  assert.ok(areOfModel(named('a.json', 'a.weights.bin')));
  assert.ok(areOfModel(named('A.ZIP')));
  assert.ok(!areOfModel(named('a.json', 'a.png')));
  assert.ok(!areOfModel([]));
});
