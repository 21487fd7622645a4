/** A page on another origin: preflights, the headers that it can read, versions, and refusals. */

import assert from 'node:assert/strict';
import { after, beforeEach, afterEach, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { get } from '../support/http.mjs';
import { launch, open, serveFiles } from './support/browser.mjs';

const [pail, files, browser] = await Promise.all([serve(), serveFiles(), launch()]);
after(() => Promise.all([pail.stop(), files.stop(), browser.close()]));
const alice = pail.token('--user', 'alice');
const notes = 'users/me/buckets/notes/objects';

let opened;
beforeEach(async () => { opened = await open(browser, files.origin, pail.api); });
afterEach(async () => {
  assert.deepEqual(opened.errors, []);
  await opened.close();
});

/** Sends a request from the page. */
function request(method, path, options) {
  return opened.page.evaluate(([method, path, options]) => globalThis.request(method, path, options), [method, path, options]);
}

const json = text => ({ token: alice, headers: { 'Content-Type': 'application/json' }, body: text });

/** The preflights that the browser sent since the page was opened. The page itself sends no OPTIONS. */
async function preflights() {
  return (await opened.sent()).filter(one => one.method === 'OPTIONS');
}

test('the browser asks once before it sends a token', async () => {
  assert.equal((await request('POST', notes, json('{"n":1}'))).status, 201);
  assert.equal((await request('POST', notes, json('{"n":2}'))).status, 201);
  const sent = await opened.sent();
  assert.deepEqual(sent.map(one => [one.method, one.status]).toSorted(), [['OPTIONS', 204], ['POST', 201], ['POST', 201]]);
  const [{ headers }] = await preflights();
  assert.deepEqual([headers['access-control-allow-origin'], headers['access-control-max-age']], ['*', '86400']);
});

test('every method of an object passes its preflight', async () => {
  const object = 'users/me/buckets/methods/objects/one';
  const bodies = [['PUT', '{"n":1}', 201], ['PATCH', '{"n":2}', 200], ['GET', undefined, 200], ['DELETE', undefined, 204]];
  for (const [method, body, status] of bodies) {
    assert.equal((await request(method, object, body ? json(body) : { token: alice })).status, status, method);
  }
  assert.equal((await get(pail, 'users/alice/buckets/methods/objects/one')).status, 404);
  const override = { ...json('{"n":3}'), headers: { 'Content-Type': 'application/json', 'X-HTTP-Method-Override': 'PUT' } };
  assert.equal((await request('POST', object, override)).status, 201);
  assert.deepEqual((await get(pail, 'users/alice/buckets/methods/objects/one')).body.n, 3);
  const statuses = (await preflights()).map(one => one.status);
  assert.ok(statuses.length > 0 && statuses.every(status => status === 204), `${statuses}`);
});

test('headers of tracing tools pass the preflight', async () => {
  const headers = { 'Content-Type': 'application/json', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'sentry-trace': '1', baggage: 'a=b' };
  assert.equal((await request('POST', notes, { token: alice, headers, body: '{}' })).status, 201);
});

test('the page reads the headers that it needs, and no others', async () => {
  const key = { 'Content-Type': 'application/json', 'Idempotency-Key': '0c9b5a54-8f3c-4d0a-9a58-3f1cf3a1d1d6' };
  const created = await request('POST', notes, { token: alice, headers: key, body: '{}' });
  assert.equal(created.headers.etag, '"1"');
  assert.equal(created.headers.location, `${pail.api}/apps/demo/users/alice/buckets/notes/objects/${created.body.objectID}`);
  assert.equal(created.headers['content-type'], 'application/vnd.kii.ObjectCreationResponse+json;charset=UTF-8');
  assert.match(created.headers['x-request-id'], /^\S+$/);
  const replayed = await request('POST', notes, { token: alice, headers: key, body: '{}' });
  assert.deepEqual([replayed.headers['idempotent-replayed'], replayed.body], ['true', created.body]);
  const safelisted = ['cache-control', 'content-length', 'content-type', 'last-modified'];
  const exposed = ['etag', 'location', 'x-request-id', 'retry-after', 'idempotent-replayed'];
  for (const name of Object.keys({ ...created.headers, ...replayed.headers })) assert.ok([...safelisted, ...exposed].includes(name), name);
});

test('a version goes from the page to a condition, and a stale one is refused', async () => {
  const object = 'users/me/buckets/versions/objects/one';
  const { headers: { etag } } = await request('PUT', object, json('{"n":1}'));
  const change = { ...json('{"n":2}'), headers: { 'Content-Type': 'application/json', 'If-Match': etag } };
  const changed = await request('PATCH', object, change);
  assert.deepEqual([changed.status, changed.headers.etag], [200, '"2"']);
  const stale = await request('PATCH', object, { ...change, body: '{"n":3}' });
  assert.deepEqual([stale.status, stale.body.errorCode], [409, 'OBJECT_VERSION_IS_STALE']);
  assert.equal((await get(pail, 'users/alice/buckets/versions/objects/one')).body.n, 2);
});

test('the page sees 304 for a condition of its own', async () => {
  const object = 'users/me/buckets/conditions/objects/one';
  await request('PUT', object, json('{"n":1}'));
  const unmodified = await request('GET', object, { token: alice, headers: { 'If-None-Match': '"1"' } });
  assert.deepEqual([unmodified.status, unmodified.headers.etag, unmodified.body], [304, '"1"', '']);
});

test("the browser's cache is validated with each read, and is not shown to another user", async () => {
  const object = 'users/alice/buckets/cached/objects/one';
  await request('PUT', object, json('{"n":1}'));
  const read = async token => {
    const { status, body } = await request('GET', object, { token });
    const reads = (await opened.sent()).filter(one => one.method === 'GET');
    return [status, body.n, reads.at(-1).status];
  };
  assert.deepEqual(await read(alice), [200, 1, 200]);
  assert.deepEqual(await read(alice), [200, 1, 304], 'the page gets the cached object, after the server said that it is the newest');
  await request('PATCH', object, json('{"n":2}'));
  assert.deepEqual(await read(alice), [200, 2, 200]);
  assert.deepEqual(await read(pail.token('--user', 'bob')), [401, undefined, 401]);
});

test('refusals are readable, and open no dialogue', async () => {
  const basic = key => ({ headers: { Authorization: `Basic ${btoa(`demo:${key}`)}` } });
  const refusals = [
    ['GET', 'buckets/news/objects/one', {}, 401, 'UNAUTHORIZED'],
    ['GET', 'buckets/news/objects/one', basic('wrong'), 401, 'UNAUTHORIZED'],
    ['POST', 'buckets/news/objects', { ...basic('demo-key'), body: '{}' }, 400, 'INVALID_DATA_TYPE'],
    ['GET', 'users/bob/buckets/news/objects/one', { token: alice }, 401, 'UNAUTHORIZED'],
    ['GET', 'users/me', { token: 'x' }, 403, 'WRONG_TOKEN'],
    ['GET', 'users/me/buckets/news', { token: alice }, 404, 'BUCKET_NOT_FOUND'],
    ['POST', 'users/me', { token: alice }, 405, 'METHOD_NOT_ALLOWED'],
    ['POST', notes, json('{'), 400, 'INVALID_JSON'],
    ['POST', notes, json(JSON.stringify({ text: 'x'.repeat(65_534) })), 413, 'INVALID_INPUT_DATA'],
    ['POST', 'users/me/buckets/news/query', json('{"bucketQuery":{"clause":{"type":"none"}}}'), 400, 'QUERY_NOT_SUPPORTED'],
  ];
  const before = await pail.contents();
  for (const [method, path, options, status, code] of refusals) {
    const refused = await request(method, path, options);
    assert.deepEqual([refused.status, refused.body.errorCode], [status, code], `${method} ${path}`);
    assert.match(refused.headers['content-type'], /^application\/vnd\.kii\.\w+Exception\+json;charset=UTF-8$/);
  }
  assert.deepEqual(await pail.contents(), before);
});

test('the browser does not send a method that the resource does not have', async () => {
  await assert.rejects(request('PUT', 'users/me/buckets/news/objects', { token: alice }), /TypeError: Failed to fetch/);
  const sent = await opened.sent();
  assert.deepEqual(sent.map(one => [one.method, one.status]).toSorted(), [['OPTIONS', 204], ['PUT', 'failed']]);
  const [{ headers }] = await preflights();
  assert.equal(headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS, POST');
});

test('a request without a token, a key or a content type needs no preflight', async () => {
  assert.equal((await request('GET', 'buckets/news/objects')).status, 401);
  assert.deepEqual((await opened.sent()).map(one => one.method), ['GET']);
});
