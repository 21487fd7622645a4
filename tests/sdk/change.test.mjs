/** Changing objects: save() sends the changed fields only, saveAllFields() replaces the object. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { asUser, create, fields, refused, rejected } from './support/sdk.mjs';
import { ids, stored } from '../support/http.mjs';

const pail = await serve();
after(() => pail.stop());

/** An object of alice, saved once, and the same object as another session of hers loaded it. */
async function twice(bucket) {
  const [first, second] = [await asUser(pail, 'alice'), await asUser(pail, 'alice')];
  const object = await create(first.Kii.bucketWithName(bucket), { text: 'Hello', count: 1 });
  const same = second.KiiObject.objectWithURI(object.objectURI());
  await same.refresh();
  return [object, same];
}

test('save changes the fields that were set, and leaves those of others', async () => {
  const [mine, theirs] = await twice('merge');
  theirs.set('count', 2);
  await theirs.save();
  mine.set('done', true);
  await mine.save();
  const { etag, fields: now, reserved } = await stored(pail, mine);
  assert.deepEqual([etag, now], ['"3"', { text: 'Hello', count: 2, done: true }]);
  assert.deepEqual(fields(mine), now, 'the answer brings the whole object');
  assert.deepEqual([mine.getCreated(), mine.getModified()], [reserved._created, reserved._modified]);
  assert.ok(mine.getModified() > mine.getCreated());
});

test('save without changes makes a version with the same fields', async () => {
  const [object] = await twice('unchanged');
  await object.save();
  const { etag, fields: now } = await stored(pail, object);
  assert.deepEqual([etag, now], ['"2"', { text: 'Hello', count: 1 }]);
});

test('objects within fields are merged by save', async () => {
  const { Kii } = await asUser(pail, 'alice');
  const object = await create(Kii.bucketWithName('deep'), { size: { width: 1, height: 2 } });
  object.set('size', { height: 3 });
  await object.save();
  assert.deepEqual((await stored(pail, object)).fields, { size: { width: 1, height: 3 } });
  assert.deepEqual(object.get('size'), { width: 1, height: 3 });
});

test('a field that was removed stays with save, and goes with saveAllFields', async () => {
  const [object] = await twice('removal');
  object.remove('count');
  await object.save();
  assert.deepEqual((await stored(pail, object)).fields, { text: 'Hello', count: 1 });
  object.remove('count');
  await object.saveAllFields();
  assert.deepEqual((await stored(pail, object)).fields, { text: 'Hello' });
});

test('saveAllFields replaces what others have changed', async () => {
  const [mine, theirs] = await twice('replacement');
  theirs.set('more', true);
  await theirs.save();
  mine.set('count', 5);
  await mine.saveAllFields();
  const { etag, fields: now, reserved } = await stored(pail, mine);
  assert.deepEqual([etag, now], ['"3"', { text: 'Hello', count: 5 }]);
  assert.deepEqual([mine.getCreated(), mine.getModified()], [reserved._created, reserved._modified]);
  assert.ok(mine.getModified() > mine.getCreated());
});

test('an object that was read is saved without members of the server', async () => {
  const [, object] = await twice('round-trip');
  await object.saveAllFields();
  await object.save();
  await object.refresh();
  await object.saveAllFields();
  assert.deepEqual((await stored(pail, object)).fields, { text: 'Hello', count: 1 });
});

test('save with an ID of its own changes an object, and creates none', async () => {
  const { Kii } = await asUser(pail, 'alice');
  const bucket = Kii.bucketWithName('by-id');
  await create(bucket, {});
  const missing = bucket.createObjectWithID('missing');
  missing.set('text', 'Hello');
  await refused(pail, () => missing.save(), 'OBJECT_NOT_FOUND', 404);

  const there = bucket.createObjectWithID('there');
  there.set('text', 'Hello');
  await there.saveAllFields();
  const again = bucket.createObjectWithID('there');
  again.set('done', true);
  await again.save();
  assert.deepEqual((await stored(pail, again)).fields, { text: 'Hello', done: true });
  assert.equal(again.getCreated(), there.getCreated());
});

test('refresh brings what others have changed', async () => {
  const [mine, theirs] = await twice('refresh');
  theirs.set('text', 'Hi');
  theirs.remove('count');
  await theirs.saveAllFields();
  mine.set('local', 'not saved');
  assert.equal(await mine.refresh(), mine);
  assert.deepEqual(fields(mine), { text: 'Hi' });
  assert.equal(mine.getModified(), theirs.getModified());
  assert.equal(mine.getCreated(), theirs.getCreated());
});

test('a deleted object is gone for everybody', async () => {
  const [mine, theirs] = await twice('deletion');
  const kept = await create(mine.getBucket(), { text: 'Kept' });
  assert.equal(await mine.delete(), mine);
  assert.deepEqual(await ids(pail, 'buckets/deletion'), [kept.getUUID()]);
  await refused(pail, () => theirs.refresh(), 'OBJECT_NOT_FOUND', 404);
  await refused(pail, () => theirs.save(), 'OBJECT_NOT_FOUND', 404);
  await refused(pail, () => theirs.delete(), 'OBJECT_NOT_FOUND', 404);
});

test('saveAllFields creates a deleted object anew, with a greater version', async () => {
  const [mine, theirs] = await twice('again');
  await mine.delete();
  await theirs.saveAllFields();
  const { etag, fields: now, reserved } = await stored(pail, theirs);
  assert.deepEqual(now, { text: 'Hello', count: 1 });
  assert.ok(Number(JSON.parse(etag)) > 1, etag);
  assert.equal(theirs.getCreated(), reserved._created);
});

test('a field named errorCode is saved and queried, but the SDK takes the object for an error', async () => {
  const { Kii } = await asUser(pail, 'alice');
  const object = await create(Kii.bucketWithName('codes'), { errorCode: 'E1', message: 'mine' });
  const error = await rejected(() => object.refresh(), null, -1);
  assert.equal(error.message, 'E1: mine');
  const [, [found]] = await Kii.bucketWithName('codes').executeQuery(null);
  assert.deepEqual(fields(found), { errorCode: 'E1', message: 'mine' });
});
