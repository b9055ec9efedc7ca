/** Pages that are answered wrongly, and what they say about it. */

import { openPage } from './browser.mjs';

/** The browser itself logs every response with an error status. */
export const MISSING = /Failed to load resource/;

export async function faultOf(page) {
  await page.waitForSelector('#fault:not([hidden])');
  return page.textContent('#fault p');
}

/** Opens the page with another response for one file. */
export function openWith(pattern, answer, where = '#draw', mayComplain = /^$/) {
  return openPage(where, { before: (page) => page.route(pattern, answer), mayComplain });
}

export const missing = (route) => route.fulfill({ status: 404, body: 'gone' });

export function cutOff(bytes) {
  return async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.body()).subarray(0, bytes) });
  };
}
