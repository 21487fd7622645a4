/** Data types of objects: `createObjectWithType`. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { asUser, create, refused } from './support/sdk.mjs';
import { stored } from '../support/http.mjs';

const pail = await serve();
after(() => pail.stop());
const { Kii, KiiQuery, KiiClause, KiiObject } = await asUser(pail, 'alice');
const bucket = Kii.bucketWithName('people');

async function person(name) {
  const object = bucket.createObjectWithType('person');
  object.set('name', name);
  return object.save();
}

/** The data type is stored, and GET names it in its content type. */
async function isPerson(object, etag) {
  const now = await stored(pail, object);
  assert.deepEqual([now.reserved._dataType, now.type, now.etag], ['person', 'application/vnd.demo.person+json;charset=UTF-8', etag]);
}

test('a data type is stored, and read again', async () => {
  const ann = await person('Ann');
  assert.equal(ann.getObjectType(), 'person');
  await isPerson(ann, '"1"');
  const same = await KiiObject.objectWithURI(ann.objectURI()).refresh();
  assert.equal(same.getObjectType(), 'person');
});

test('a data type stays with save, saveAllFields and refresh', async () => {
  const ben = await person('Ben');
  ben.set('age', 30);
  await ben.save();
  await isPerson(ben, '"2"');
  await ben.saveAllFields();
  await isPerson(ben, '"3"');
  await ben.refresh();
  await ben.saveAllFields(null, false);
  await isPerson(ben, '"4"');
  assert.equal(ben.getObjectType(), 'person');
});

test('an object without a data type has none', async () => {
  const plain = await create(bucket, { name: 'Carol' });
  await plain.refresh();
  assert.equal(plain.getObjectType(), null);
  const { type, reserved } = await stored(pail, plain);
  assert.deepEqual([type, reserved._dataType], ['application/json;charset=UTF-8', undefined]);
});

test('objects are found by their data type', async () => {
  const animals = Kii.bucketWithName('animals');
  for (const type of ['cat', 'dog', 'cat']) await animals.createObjectWithType(type).save();
  const query = KiiQuery.queryWithClause(KiiClause.equals('_dataType', 'cat'));
  const [, found] = await animals.executeQuery(query);
  assert.deepEqual(found.map(object => object.getObjectType()), ['cat', 'cat']);
});

test('every character of a data type that is allowed goes through', async () => {
  const object = await bucket.createObjectWithType('A-z.0_9').save();
  assert.equal((await stored(pail, object)).reserved._dataType, 'A-z.0_9');
});

test('a data type that is not allowed is refused', async () => {
  for (const type of ['two words', 'a/b', 'x'.repeat(101)]) {
    const error = await refused(pail, () => bucket.createObjectWithType(type).save(), 'INVALID_DATA_TYPE', 400);
    assert.match(error.message, /^INVALID_DATA_TYPE: \w/);
  }
});
