/** Queries: every builder of KiiClause, alone and within others. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { asUser, fields, refused } from './support/sdk.mjs';
import { stored } from '../support/http.mjs';

const pail = await serve();
after(() => pail.stop());
const { Kii, KiiClause, KiiQuery } = await asUser(pail, 'alice');
const bucket = Kii.bucketWithName('items');

const items = {
  one: { n: 1, s: 'item1', done: true },
  two: { n: 2, s: 'item2', done: false },
  three: { n: 3, s: 'item20', done: true },
  half: { n: 2.5, s: 'Item3', done: false },
  text: { n: '2', s: 'other', done: 'true' },
  bare: { other: null },
};
for (const [id, values] of Object.entries(items)) {
  const object = bucket.createObjectWithID(id);
  for (const [name, value] of Object.entries(values)) object.set(name, value);
  await object.saveAllFields();
}

const { and, or, not, equals, notEquals, greaterThan, greaterThanOrEqual, lessThan, lessThanOrEqual, inClause, startsWith, hasField } = KiiClause;
const everything = Object.keys(items);
const cases = {
  'equals a number': [equals('n', 2), ['two']],
  'equals a fraction': [equals('n', 2.5), ['half']],
  'equals a string': [equals('s', 'item2'), ['two']],
  'equals a boolean': [equals('done', true), ['one', 'three']],
  'equals a number that no object has': [equals('n', 4), []],
  'equals an ID': [equals('_id', 'bare'), ['bare']],
  'equals an owner': [equals('_owner', 'alice'), everything],
  'notEquals': [notEquals('n', 2), ['one', 'three', 'half']],
  'not of equals': [not(equals('n', 2)), ['one', 'three', 'half']],
  'greaterThan': [greaterThan('n', 2), ['three', 'half']],
  'greaterThanOrEqual': [greaterThanOrEqual('n', 2), ['two', 'three', 'half']],
  'lessThan': [lessThan('n', 2), ['one']],
  'lessThanOrEqual': [lessThanOrEqual('n', 2), ['one', 'two']],
  'greaterThan of strings': [greaterThan('s', 'item2'), ['three', 'text']],
  'lessThan of strings': [lessThan('s', 'item1'), ['half']],
  'greaterThanOrEqual of times': [greaterThanOrEqual('_created', 0), everything],
  'inClause of numbers': [inClause('n', [1, 3, 7]), ['one', 'three']],
  'inClause of several types': [inClause('n', [1, '2']), ['one', 'text']],
  'the clause named in': [KiiClause.in('s', ['item1', 'other']), ['one', 'text']],
  'startsWith': [startsWith('s', 'item2'), ['two', 'three']],
  'startsWith of an empty text': [startsWith('s', ''), ['one', 'two', 'three', 'half', 'text']],
  'hasField INTEGER': [hasField('n', 'INTEGER'), ['one', 'two', 'three']],
  'hasField DECIMAL': [hasField('n', 'DECIMAL'), ['half']],
  'hasField STRING': [hasField('n', 'STRING'), ['text']],
  'hasField BOOLEAN': [hasField('done', 'BOOLEAN'), ['one', 'two', 'three', 'half']],
  'not of hasField': [not(hasField('s', 'STRING')), ['bare']],
  'and': [and(equals('done', true), greaterThan('n', 1)), ['three']],
  'and of one clause': [and(equals('n', 1)), ['one']],
  'and of three clauses': [and(startsWith('s', 'item'), lessThan('n', 3), equals('done', false)), ['two']],
  'or': [or(equals('n', 1), equals('s', 'other')), ['one', 'text']],
  'or of one clause': [or(equals('n', 1)), ['one']],
  'not of and': [not(and(equals('done', true), greaterThan('n', 1))), ['one', 'two', 'half']],
  'not of or': [not(or(equals('n', 1), equals('n', 2))), ['three', 'half']],
  'not of not': [not(not(equals('n', 2))), ['two']],
  'clauses within clauses': [or(and(equals('done', true), not(equals('n', 1))), inClause('s', ['item1'])), ['one', 'three']],
};

for (const [name, [clause, expected]] of Object.entries(cases)) {
  test(`${name} finds ${expected.join(', ') || 'no object'}`, async () => {
    const query = KiiQuery.queryWithClause(clause);
    const [performed, found, next] = await bucket.executeQuery(query);
    assert.deepEqual(found.map(object => object.getUUID()), expected, 'in the order of creation');
    assert.deepEqual([performed, next], [query, null]);
    for (const object of found) assert.deepEqual(fields(object), items[object.getUUID()]);
    assert.equal((await bucket.countWithQuery(KiiQuery.queryWithClause(clause)))[2], expected.length, 'the count is of the same objects');
  });
}

test('a query without a clause finds every object', async () => {
  for (const query of [null, KiiQuery.queryWithClause(), KiiQuery.queryWithClause(null)]) {
    const [, found] = await bucket.executeQuery(query);
    assert.deepEqual(found.map(object => object.getUUID()), everything);
  }
});

test('what a query finds is known as after a refresh', async () => {
  const [, [found]] = await bucket.executeQuery(KiiQuery.queryWithClause(equals('_id', 'two')));
  const { reserved, fields: now } = await stored(pail, found);
  assert.deepEqual(
    [found.getUUID(), found.getCreated(), found.getModified(), found.objectURI(), fields(found)],
    ['two', reserved._created, reserved._modified, 'kiicloud://buckets/items/objects/two', now],
  );
});

test('a query finds a write that was answered before', async () => {
  const fresh = Kii.bucketWithName('fresh');
  const object = await fresh.createObjectWithID('first').saveAllFields();
  const ids = async () => (await fresh.executeQuery(null))[1].map(found => found.getUUID());
  assert.deepEqual(await ids(), ['first']);
  await object.delete();
  assert.deepEqual(await ids(), []);
});

test('a bucket that does not exist has no objects', async () => {
  const [, found, next] = await Kii.bucketWithName('nowhere').executeQuery(null);
  assert.deepEqual([found, next], [[], null]);
  assert.equal((await Kii.bucketWithName('nowhere').count())[2], 0);
});

test('a query with a mistake is refused, and the message names its place', async () => {
  const mistakes = {
    'clause.value': equals('n', [1]),
    'clause.upperLimit': lessThan('n', true),
    'clause.values': inClause('n', []),
    'clause.clauses[1].prefix': and(equals('n', 1), startsWith('s', 7)),
  };
  for (const [place, clause] of Object.entries(mistakes)) {
    const error = await refused(pail, () => bucket.executeQuery(KiiQuery.queryWithClause(clause)), 'QUERY_NOT_SUPPORTED', 400);
    assert.ok(error.message.startsWith(`QUERY_NOT_SUPPORTED: The query is not valid at ${place}: `), error.message);
  }
});
