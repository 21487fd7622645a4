/** Plain HTTP beside the SDK, to read what is stored. */

import assert from 'node:assert/strict';

/** An answer to GET, as the administrator: `get(pail, 'users/alice/buckets/notes/objects/first')`. */
export async function get(pail, path) {
  const headers = { Authorization: `Bearer ${pail.token('--admin')}` };
  const answer = await fetch(`${pail.api}/apps/demo/${path}`, { headers });
  return { status: answer.status, etag: answer.headers.get('etag'), type: answer.headers.get('content-type'), body: await answer.json() };
}

/** The path of an object below its app, from the SDK's URI of it. */
export function pathOf(object) {
  return encodeURI(object.objectURI().replace('kiicloud://', ''));
}

/** An object as it is stored: its version, and its members by the side they belong to. */
export async function stored(pail, object) {
  const { status, etag, type, body } = await get(pail, pathOf(object));
  assert.equal(status, 200, JSON.stringify(body));
  const of = wanted => Object.fromEntries(Object.entries(body).filter(([name]) => name.startsWith('_') === wanted));
  return { etag, type, fields: of(false), reserved: of(true) };
}

/** The IDs of the objects in a bucket, as the server lists them: `ids(pail, 'buckets/notes')`. */
export async function ids(pail, bucket) {
  const { status, body } = await get(pail, `${bucket}/objects`);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.nextPaginationKey, undefined, 'one page has all of them');
  return body.results.map(object => object._id);
}
