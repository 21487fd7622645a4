/** A list of allowed origins: their pages work, other pages neither read nor write. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { launch, open, serveFiles } from './support/browser.mjs';

const [allowed, other] = [await serveFiles(), await serveFiles()];
const pail = await serve({ environment: { PAIL_ALLOWED_ORIGIN: `https://app.example,${allowed.origin}` } });
const browser = await launch();
after(() => Promise.all([pail.stop(), allowed.stop(), other.stop(), browser.close()]));
const token = pail.token('--user', 'alice');

/** Creates an object from a page of this origin. Returns its status, or the error that the page gets. */
async function createFrom(origin) {
  const { page, close } = await open(browser, origin, pail.api);
  const outcome = await page.evaluate(async token => {
    const headers = { 'Content-Type': 'application/json' };
    return request('POST', 'buckets/notes/objects', { token, headers, body: '{}' }).then(({ status }) => status, error => error.name);
  }, token);
  await close();
  return outcome;
}

test('a page of an allowed origin creates an object', async () => {
  assert.equal(await createFrom(allowed.origin), 201);
});

test("the browser refuses another origin's page, and nothing is written", async () => {
  const before = await pail.contents();
  assert.equal(await createFrom(other.origin), 'TypeError');
  assert.deepEqual(await pail.contents(), before);
});

test('a 503 and its Retry-After are readable', async () => {
  const storage = await serve();
  const server = await serve({ storage });
  const { page, close } = await open(browser, allowed.origin, server.api);
  await storage.stop();
  const { status, headers, body } = await page.evaluate(() => request('GET', 'buckets/news/objects', { headers: { 'X-Kii-AppID': 'demo', 'X-Kii-AppKey': 'demo-key' } }));
  assert.deepEqual([status, body.errorCode], [503, 'TEMPORARY_UNAVAILABLE_ERROR']);
  assert.match(headers['retry-after'], /^\d+$/);
  await Promise.all([close(), server.stop()]);
});
