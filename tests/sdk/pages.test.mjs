/** Queries: order, limits, pages and counts. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { asUser, create, refused } from './support/sdk.mjs';

const pail = await serve();
after(() => pail.stop());
const { Kii, KiiClause, KiiQuery } = await asUser(pail, 'alice');
const bucket = Kii.bucketWithName('numbers');
const numbers = [5, 3, 8, 1, 9, 2, 7, 4, 6];
for (const n of numbers) await create(bucket, { n, odd: n % 2 === 1 });
const upwards = numbers.toSorted();

/** A query by this order and limit. It is made anew for each use, as the SDK shares the pagination key between copies. */
function query({ clause, ascending, descending, limit }) {
  const made = KiiQuery.queryWithClause(clause);
  if (ascending) made.sortByAsc(ascending);
  if (descending) made.sortByDesc(descending);
  if (limit) made.setLimit(limit);
  return made;
}

/** The numbers on each page of a query. */
async function pages(first) {
  const all = [];
  for (let next = first; next; ) {
    const [, found, following] = await bucket.executeQuery(next);
    all.push(found.map(object => object.get('n')));
    next = following;
  }
  return all;
}

test('results are in the order of a field', async () => {
  assert.deepEqual(await pages(query({ ascending: 'n' })), [upwards]);
  assert.deepEqual(await pages(query({ descending: 'n' })), [upwards.toReversed()]);
});

test('results are in the order of creation, or of what the server knows', async () => {
  assert.deepEqual(await pages(query({})), [numbers]);
  assert.deepEqual(await pages(query({ ascending: '_created' })), [numbers]);
  assert.deepEqual(await pages(query({ descending: '_created' })), [numbers.toReversed()]);
});

test('pages follow each other, and the last one has no next query', async () => {
  assert.deepEqual(await pages(query({ ascending: 'n', limit: 4 })), [[1, 2, 3, 4], [5, 6, 7, 8], [9]]);
  assert.deepEqual(await pages(query({ ascending: 'n', limit: 3 })), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
  assert.deepEqual(await pages(query({ ascending: 'n', limit: 9 })), [upwards]);
  assert.deepEqual(await pages(query({ limit: 5 })), [numbers.slice(0, 5), numbers.slice(5)]);
});

test('pages of a clause hold only what it finds', async () => {
  assert.deepEqual(await pages(query({ clause: KiiClause.equals('odd', true), descending: 'n', limit: 2 })), [[9, 7], [5, 3], [1]]);
});

test('a page goes on after objects were deleted and created', async () => {
  const moving = Kii.bucketWithName('moving');
  const objects = [];
  for (const n of [1, 2, 3, 4]) objects.push(await create(moving, { n }));
  const [, first, next] = await moving.executeQuery(query({ ascending: 'n', limit: 2 }));
  await first[1].delete();
  await create(moving, { n: 2.5 });
  const [, second, none] = await moving.executeQuery(next);
  assert.deepEqual([second.map(object => object.get('n')), none.getPaginationKey() !== undefined], [[2.5, 3], true]);
});

test('the limit may change from page to page', async () => {
  const [, , next] = await bucket.executeQuery(query({ ascending: 'n', limit: 2 }));
  next.setLimit(3);
  const [, found] = await bucket.executeQuery(next);
  assert.deepEqual(found.map(object => object.get('n')), [3, 4, 5]);
});

test('a page has at most 200 objects', async () => {
  const large = Kii.bucketWithName('large');
  await Promise.all(Array.from({ length: 201 }, (_, n) => create(large, { n })));
  for (const limit of [undefined, 1000]) {
    const [, found, next] = await large.executeQuery(query({ ascending: 'n', limit }));
    assert.deepEqual([found.length, found[199].get('n')], [200, 199]);
    const [, rest, none] = await large.executeQuery(next);
    assert.deepEqual([rest.map(object => object.get('n')), none], [[200], null]);
  }
  assert.equal((await large.count())[2], 201);
});

test('a pagination key is refused with another query, another bucket, or made up', async () => {
  const key = (await bucket.executeQuery(query({ ascending: 'n', limit: 2 })))[2].getPaginationKey();
  const other = query({ descending: 'n', limit: 2 });
  other.setPaginationKey(key);
  await refused(pail, () => bucket.executeQuery(other), 'INVALID_INPUT_DATA', 400);
  const elsewhere = query({ ascending: 'n', limit: 2 });
  elsewhere.setPaginationKey(key);
  await create(Kii.bucketWithName('elsewhere'), {});
  await refused(pail, () => Kii.bucketWithName('elsewhere').executeQuery(elsewhere), 'INVALID_INPUT_DATA', 400);
  const madeUp = query({ ascending: 'n', limit: 2 });
  madeUp.setPaginationKey('2/2');
  await refused(pail, () => bucket.executeQuery(madeUp), 'INVALID_INPUT_DATA', 400);
});

test('a count is of all objects that a query finds, whatever its limit', async () => {
  assert.equal((await bucket.count())[2], 9);
  const odd = query({ clause: KiiClause.equals('odd', true), ascending: 'n', limit: 2 });
  assert.equal((await bucket.countWithQuery(odd))[2], 5);
});

test('the next page of a query cannot be counted', async () => {
  const [, , next] = await bucket.executeQuery(query({ ascending: 'n', limit: 2 }));
  await refused(pail, () => bucket.countWithQuery(next), 'QUERY_NOT_SUPPORTED', 400);
});
