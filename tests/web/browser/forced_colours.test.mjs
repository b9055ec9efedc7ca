/** The pages in forced colours, as of Windows' contrast themes: a sign must not be only a colour. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, draw, openPage, SEVEN, useBrowser } from './browser.mjs';

const TRANSPARENT = /, 0\)$/;

useBrowser();

const styleOf = (page, selector, name) =>
  page.$eval(selector, (one, wanted) => getComputedStyle(one)[wanted], name);

for (const colorScheme of ['light', 'dark']) {
  test(`in ${colorScheme} what is chosen looks otherwise than what is not`, async () => {
    const page = await openPage('#draw', { forcedColors: 'active', colorScheme });
    await page.click('#test-images button >> nth=2');
    await answered(page);
    for (const [chosen, other, name] of [
      ['nav a[href="#draw"]', 'nav a[href="#train"]', 'backgroundColor'],
      ['#test-images button:nth-child(3)', '#test-images button:nth-child(4)', 'borderColor'],
    ]) {
      const ground = await styleOf(page, 'body', 'backgroundColor');
      assert.notEqual(await styleOf(page, chosen, name), ground, name);
      const plain = await styleOf(page, other, name);
      assert.ok(plain === ground || TRANSPARENT.test(plain), `${name}: ${plain}`);
    }
    const bar = await styleOf(page, '#bars .top-answer .bar', 'backgroundColor');
    assert.equal(bar, await styleOf(page, '#answer', 'color'));
    assert.equal(await styleOf(page, '#bars .track', 'outlineStyle'), 'solid');
  });

  test(`in ${colorScheme} what lies on paper and maps is seen on them`, async () => {
    const page = await openPage('#draw', { forcedColors: 'active', colorScheme });
    assert.equal(await styleOf(page, '#canvas-hint', 'color'), 'rgb(90, 100, 112)');
    await draw(page, SEVEN);
    await answered(page);
    await page.focus('#canvas');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await styleOf(page, '#pen', 'borderTopColor'), 'rgb(180, 83, 9)');
    await page.selectOption('#explain-layer', { index: 1 });
    await page.waitForSelector('#explain-steps > *');
    assert.equal(await styleOf(page, '#explain-mark', 'outlineColor'), 'rgb(47, 125, 225)');
    const ground = await styleOf(page, 'body', 'backgroundColor');
    assert.notEqual(await styleOf(page, '#maps canvas', 'backgroundColor'), ground);
  });
}

test('the number of the matrix whose images are shown has a frame', async () => {
  const page = await openPage('#train', { forcedColors: 'active' });
  await page.waitForFunction(() => !document.getElementById('test').disabled);
  await page.click('#test');
  await page.waitForSelector('#test-tables:not([hidden])');
  const number = page.locator('#confusion button').first();
  await number.click();
  assert.equal(await number.getAttribute('aria-pressed'), 'true');
  assert.equal(await number.evaluate((one) => getComputedStyle(one).outlineStyle), 'solid');
});
