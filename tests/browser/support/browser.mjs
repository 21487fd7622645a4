/** Chromium with a page whose origin is not that of the API, and a record of what the browser sends. */

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { root } from '../../support/pail.mjs';

const packages = createRequire(`${root}target/clients/`);
const files = {
  '/': ['text/html', new URL('page.html', import.meta.url)],
  '/KiiSDK.js': ['text/javascript', packages.resolve('kii-cloud-sdk')],
};

/** Serves the page and the SDK, as the host `localhost`. The API has the host `127.0.0.1`. */
export async function serveFiles() {
  const server = createServer(async (request, response) => {
    const [type, file] = files[new URL(request.url, 'http://localhost').pathname] ?? [];
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': `${type};charset=utf-8` }).end(await readFile(file));
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { origin: `http://localhost:${server.address().port}`, stop: () => server.close() };
}

export async function launch() {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  // CI is root in a container, where Chromium's sandbox cannot start. Only pages of these tests are opened.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return packages('playwright-core').chromium.launch({ executablePath, args });
}

/**
 * Opens the page for an API in a profile of its own. `sent()` is each request to the API since then, preflights included, with the status and
 * headers that came over the network, or `failed`, in
 * about the order of time. They may differ from what the page got: its 200 may be a 304, and a cached body.
 */
export async function open(browser, origin, api) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(error));
  page.on('dialog', dialog => errors.push(new Error(`a dialog: ${dialog.message()}`)));

  const sent = [];
  const protocol = await context.newCDPSession(page);
  // What came over the network may be told before or after the request itself.
  const byId = {};
  const about = requestId => byId[requestId] ??= {};
  protocol.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.startsWith(api)) sent.push(Object.assign(about(requestId), { method: request.method }));
  });
  protocol.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode, headers }) => {
    Object.assign(about(requestId), { status: statusCode, headers });
  });
  protocol.on('Network.responseReceived', ({ requestId, hasExtraInfo, response: { status, headers } }) => {
    if (!hasExtraInfo) Object.assign(about(requestId), { status, headers });
  });
  await protocol.send('Network.enable');

  await page.goto(`${origin}/?api=${encodeURIComponent(api)}`);
  protocol.on('Network.loadingFailed', ({ requestId }) => {
    about(requestId).status ??= 'failed';
  });
  const answered = async () => {
    for (let looks = 0; sent.some(({ status }) => !status); looks += 1) {
      if (looks === 1000) throw new Error(`not answered: ${JSON.stringify(sent)}`);
      await setTimeout(10);
    }
    return sent;
  };
  return { page, sent: answered, errors, close: () => context.close() };
}
