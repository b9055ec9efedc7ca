/**
 * Drives MiniBrowser of WebKitGTK by W3C WebDriver, with the part of playwright's interface that the
 * tests of every browser need: playwright itself drives only a WebKit of its own.
 *
 * It needs WebKitWebDriver and MiniBrowser (Debian's webkit2gtk-driver and what it needs) and, without a display, Xvfb.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'; // W3C WebDriver, section 12.1
// The same, section 17.4.2: keys that are not characters.
const KEYS = { ArrowLeft: '\ue012', ArrowUp: '\ue013', ArrowRight: '\ue014', ArrowDown: '\ue015' };
const OTHER_KEYS = { Space: ' ', Tab: '\ue004', Enter: '\ue007' };
const SESSION = { capabilities: { alwaysMatch: { pageLoadStrategy: 'none' } } };
const INTERVAL = 50; // milliseconds between two looks at a page
const UNTIL_ASKED_AGAIN = 10_000; // milliseconds for the first answer of the web server
const LONGEST = 60_000; // milliseconds that a command may take

/**
 * Starts a display if there is none.
 * @param {string} program the path of WebKitWebDriver
 * @returns {Promise<object>} a browser, as playwright's: newContext, close
 */
export async function launch(program) {
  const display = process.env.DISPLAY ? null : await startedDisplay();
  // The first sets the language of the pages.
  const env = { ...process.env, LANGUAGE: 'en', LANG: 'C.UTF-8', ...display?.env };
  const contexts = [];
  return {
    async newContext() {
      contexts.push(await newContext(program, env));
      return contexts.at(-1);
    },
    async close() {
      contexts.forEach((context) => context.end());
      display?.server.kill();
    },
  };
}

async function startedDisplay() {
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x1024x24'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [number] = await once(server.stdout, 'data');
  return { server, env: { DISPLAY: `:${String(number).trim()}` } };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a driver and a session, a second time if the first does not answer.
 *
 * Each session has a driver of its own: one that was asked for a second session, right after the
 * first had ended, once never answered.
 */
async function startedSession(program, env) {
  for (let attempt = 1; ; attempt += 1) {
    const driver = await startedDriver(program, env);
    try {
      const { sessionId } = await command(`${driver.address}/session`, 'POST', SESSION, 60_000);
      return { session: `${driver.address}/session/${sessionId}`, end: driver.end };
    } catch (error) {
      driver.end();
      if (attempt === 2) {
        throw error;
      }
    }
  }
}

async function startedDriver(program, env) {
  const port = await freePort();
  // In a process group of its own, so that MiniBrowser ends with it.
  const driver = spawn(program, [`--port=${port}`], { env, stdio: 'ignore', detached: true });
  const address = `http://127.0.0.1:${port}`;
  await ready(address);
  let hasEnded = false;
  const end = () => {
    if (!hasEnded) {
      process.kill(-driver.pid, 'SIGKILL');
    }
    hasEnded = true;
  };
  return { address, end };
}

async function ready(address) {
  for (let look = 0; look < 200; look += 1) {
    if (await fetch(`${address}/status`).catch(() => null)) {
      return;
    }
    await pause();
  }
  throw new Error(`WebKitWebDriver does not answer at ${address}`);
}

function pause(milliseconds = INTERVAL) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function command(url, method, body, patience = LONGEST) {
  const content = method === 'POST' ? JSON.stringify(body ?? {}) : undefined;
  const signal = AbortSignal.timeout(patience);
  const { ok, value } = await fetch(url, { method, body: content, signal })
    .then(async (answer) => ({ ok: answer.ok, ...(await answer.json()) }))
    .catch((error) => {
      const { pathname } = new URL(url);
      // test_browser.py knows it by these words.
      throw signal.aborted
        ? new Error(`WebKitWebDriver did not answer ${method} ${pathname} in ${patience} ms`)
        : error;
    });
  assert.ok(ok, `WebDriver, ${method} ${url}: ${value?.error}: ${value?.message}`);
  return value;
}

/** Begins a session, which has a window of its own and an empty storage. */
async function newContext(program, env) {
  const { session, end } = await startedSession(program, env);
  let last = Promise.resolve();
  // One after the other, since WebDriver does not say what two at a time would do.
  const send = (method, path, body, patience) => {
    last = last.catch(() => {}).then(() => command(session + path, method, body, patience));
    return last;
  };
  await send('POST', '/timeouts', { script: 50_000, pageLoad: 50_000 });
  await send('POST', '/window/rect', { width: 1200, height: 1000 });
  const context = {
    newPage: async () => new Page(context, send),
    close: () => send('DELETE', '').finally(end),
    end,
  };
  return context;
}

class Page {
  #context;
  #send;
  #listeners = [];
  #patience = 60_000;
  mouse = {
    move: (...place) => this.#point({ type: 'pointerMove', duration: 0, ...at(place) }),
    down: () => this.#point({ type: 'pointerDown', button: 0 }),
    up: () => this.#point({ type: 'pointerUp', button: 0 }),
    click: async (...place) => {
      await this.mouse.move(...place);
      await this.mouse.down();
      await this.mouse.up();
    },
  };
  keyboard = { press: (key) => this.#press(key) };

  constructor(context, send) {
    [this.#context, this.#send] = [context, send];
  }

  context() {
    return this.#context;
  }

  setDefaultTimeout(milliseconds) {
    this.#patience = milliseconds;
  }

  /** The console has uncaught errors too; requests are not reported. */
  on(event, listener) {
    if (event === 'console') {
      this.#listeners.push(listener);
    }
  }

  /** Asks again where nothing has come, since MiniBrowser once stayed on its empty page for ever. */
  async goto(url) {
    const end = Date.now() + this.#patience;
    let askedAt = 0;
    // WebDriver does not report the console, so the page itself is listened to, from its beginning.
    while (!(await this.#listensAt(url).catch(() => false))) {
      assert.ok(Date.now() < end, `after ${this.#patience} ms still not at ${url}`);
      if (Date.now() - askedAt > UNTIL_ASKED_AGAIN) {
        await this.#send('POST', '/url', { url });
        askedAt = Date.now();
      } else {
        await pause(5);
      }
    }
  }

  /** A script that runs while the page is left may never be answered. */
  #listensAt(url) {
    const script = `return (${listenToConsole})(...arguments);`;
    return this.#send('POST', '/execute/sync', { script, args: [url] }, 3_000);
  }

  async evaluate(act, argument) {
    const script = `const [argument, done] = arguments;
      const heard = () => (window.heardComplaints ?? []).splice(0);
      (async () => (${act})(argument))().then(
        (value) => done({ value, heard: heard() }),
        (error) => done({ error: String(error?.stack ?? error), heard: heard() }));`;
    const args = [argument ?? null];
    const { value, error, heard } = await this.#send('POST', '/execute/async', { script, args });
    for (const [type, text] of heard) {
      this.#listeners.forEach((listener) => listener({ type: () => type, text: () => text }));
    }
    if (error) {
      throw new Error(error);
    }
    return value;
  }

  async waitForFunction(act, argument) {
    const end = Date.now() + this.#patience;
    while (!(await this.evaluate(act, argument))) {
      assert.ok(Date.now() < end, `after ${this.#patience} ms still not: ${act}`);
      await pause();
    }
  }

  waitForSelector(selector) {
    return this.waitForFunction((wanted) => document.querySelector(wanted) !== null, selector);
  }

  textContent(selector) {
    return this.evaluate((wanted) => document.querySelector(wanted).textContent, selector);
  }

  inputValue(selector) {
    return this.evaluate((wanted) => document.querySelector(wanted).value, selector);
  }

  async click(selector) {
    await this.waitForFunction((wanted) => {
      const found = document.querySelector(wanted);
      return found?.checkVisibility() && !found.disabled && !found.closest('[inert]');
    }, selector);
    const { x, y, width, height } = await this.#boxInView(selector);
    await this.mouse.click(x + width / 2, y + height / 2);
  }

  check(selector) {
    return this.click(selector);
  }

  locator(selector) {
    return {
      scrollIntoViewIfNeeded: () => this.#boxInView(selector),
      boundingBox: () => this.#boxInView(selector),
    };
  }

  async fill(selector, text) {
    const element = `/element/${await this.#element(selector)}`;
    await this.#send('POST', `${element}/clear`);
    await this.#send('POST', `${element}/value`, { text });
  }

  selectOption(selector, option) {
    const argument = { selector, option };
    return this.evaluate(({ selector: wanted, option: { index, ...value } }) => {
      const select = document.querySelector(wanted);
      index === undefined ? (select.value = value.value) : (select.selectedIndex = index);
      for (const name of ['input', 'change']) {
        select.dispatchEvent(new Event(name, { bubbles: true }));
      }
    }, argument);
  }

  async setInputFiles(selector, paths) {
    const element = await this.#element(selector);
    await this.#send('POST', `/element/${element}/value`, { text: paths.join('\n') });
  }

  async #element(value) {
    return (await this.#send('POST', '/element', { using: 'css selector', value }))[ELEMENT];
  }

  #boxInView(selector) {
    return this.evaluate((wanted) => {
      const found = document.querySelector(wanted);
      found.scrollIntoView({ block: 'center', behavior: 'instant' });
      const { x, y, width, height } = found.getBoundingClientRect();
      return { x, y, width, height };
    }, selector);
  }

  #point(action) {
    const actions = [action];
    const mouse = { type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions };
    return this.#send('POST', '/actions', { actions: [mouse] });
  }

  #press(key) {
    const value = KEYS[key] ?? OTHER_KEYS[key] ?? key;
    const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value }));
    return this.#send('POST', '/actions', { actions: [{ type: 'key', id: 'keys', actions }] });
  }
}

/** WebDriver takes only whole pixels in some versions. */
function at([x, y]) {
  return { x: Math.round(x), y: Math.round(y) };
}

/** Runs in the page: keeps what it complains of; returns whether it is the page at this address. */
function listenToConsole(url) {
  if (location.href !== url) {
    return false;
  }
  const heard = (window.heardComplaints = []);
  for (const [method, type] of [
    ['error', 'error'],
    ['warn', 'warning'],
  ]) {
    const { [method]: say } = console;
    console[method] = (...all) => {
      heard.push([type, all.join(' ')]);
      say.apply(console, all);
    };
  }
  addEventListener('error', ({ message }) => heard.push(['error', message]));
  addEventListener('unhandledrejection', ({ reason }) => heard.push(['error', String(reason)]));
  return true;
}
