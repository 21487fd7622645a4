/** Errors as the SDK shows them: the code, the status that it derives from the code, and the message. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { anonymous, asAdministrator, asUser, create, refused } from './support/sdk.mjs';

const pail = await serve();
after(() => pail.stop());
const alice = await asUser(pail, 'alice');
const notes = alice.KiiUser.getCurrentUser().bucketWithName('notes');
await notes.createObjectWithID('first').saveAllFields();

/** Saves an object with one field. */
const save = (bucket, value) => create(bucket, { value });
const nested = levels => (levels === 0 ? 1 : [nested(levels - 1)]);

/** What is refused, with which code, and the status that the SDK knows it by. */
const cases = {
  'a bucket ID that is not allowed': ['INVALID_BUCKET', 400, () => save(alice.Kii.bucketWithName('_private'), 1)],
  'an encrypted bucket': ['BUCKET_TYPE_NOT_SUPPORTED', 400, () => save(alice.Kii.encryptedBucketWithName('secret'), 1)],
  'an object ID that is not allowed': ['INVALID_OBJECT_ID', 400, () => alice.KiiObject.objectWithURI('kiicloud://buckets/notes/objects/x').refresh()],
  'an object that is too large': ['INVALID_INPUT_DATA', 400, () => save(notes, 'x'.repeat(65_534))],
  'too many levels': ['INVALID_JSON', 400, () => save(notes, nested(32))],
  'half of a surrogate pair': ['INVALID_JSON', 400, () => save(notes, '\ud83d')],
  'a data type that is not allowed': ['INVALID_DATA_TYPE', 400, () => notes.createObjectWithType('two words').save()],
  'an object that does not exist': ['OBJECT_NOT_FOUND', 404, () => notes.createObjectWithID('missing').refresh()],
  'a bucket that does not exist': ['BUCKET_NOT_FOUND', 404, () => alice.KiiUser.getCurrentUser().bucketWithName('missing').delete()],
  'a wrong app key': ['UNAUTHORIZED', 401, () => anonymous(pail, 'demo', 'wrong').Kii.bucketWithName('news').executeQuery(null)],
  'an app that does not exist': ['APP_NOT_FOUND', 404, () => anonymous(pail, 'nowhere').Kii.bucketWithName('news').executeQuery(null)],
  'a malformed token': ['WRONG_TOKEN', 403, () => save(alice.Kii.authenticateAsAdminWithToken('x').bucketWithName('news'), 1)],
  'no right to create': ['UNAUTHORIZED', 401, () => save(anonymous(pail).Kii.bucketWithName('news'), 1)],
};

for (const [what, [code, status, call]] of Object.entries(cases)) {
  test(`${what} is ${code}`, async () => {
    const error = await refused(pail, call, code, status);
    assert.match(error.message, new RegExp(`^${code}: [A-Z].*[.]$`), 'the code, and a sentence');
    assert.ok(error instanceof Error);
  });
}

test('an object of the largest size and depth is stored', async () => {
  const largest = await save(notes, 'x'.repeat(65_534 - '{"value":""}'.length));
  const deepest = await save(notes, nested(31));
  for (const object of [largest, deepest]) {
    const value = object.get('value');
    await object.refresh();
    assert.deepEqual(object.get('value'), value);
    await object.delete();
  }
});

test('callbacks get the object and the message', async () => {
  const object = notes.createObjectWithID('missing');
  const [target, message] = await new Promise(resolve => {
    const failure = (...given) => resolve(given);
    object.refresh({ success: () => failure(), failure }).catch(() => {});
  });
  assert.equal(target, object);
  assert.match(message, /^OBJECT_NOT_FOUND: /);
});

test('an error names the object that it is about', async () => {
  const object = notes.createObjectWithID('missing');
  assert.equal((await refused(pail, () => object.refresh(), 'OBJECT_NOT_FOUND', 404)).target, object);
});

test('a percent sign that was sent does not hide the error', async () => {
  const sent = {
    'a user': [() => asAdministrator(pail).userWithID('100%25').bucketWithName('notes').count(), 'INVALID_INPUT_DATA'],
    'a bucket': [() => alice.Kii.bucketWithName('50%25').executeQuery(null), 'INVALID_BUCKET'],
    'a field': [() => notes.executeQuery(alice.KiiQuery.queryWithClause(alice.KiiClause.equals('50 %', []))), 'QUERY_NOT_SUPPORTED'],
    'a data type': [() => notes.createObjectWithType('50%').save(), 'INVALID_DATA_TYPE'],
  };
  for (const [call, code] of Object.values(sent)) await refused(pail, call, code, 400);
});

test('an idempotency key of another request is refused', async () => {
  const sdk = await asUser(pail, 'alice');
  const bucket = sdk.KiiUser.getCurrentUser().bucketWithName('notes');
  sdk.Kii.setAdditionalHeaders({ 'Idempotency-Key': 'b1946ac9-2492-4d23-8a07-13f0f1a6f5d8' });
  await save(bucket, 1);
  // The SDK does not know this code: -2.
  await refused(pail, () => save(bucket, 2), 'IDEMPOTENCY_KEY_REUSED', -2);
});

test('calls that Pail has no counterpart for are refused', async () => {
  const object = await notes.createObjectWithID('first').refresh();
  const calls = {
    'a body is published': () => object.publishBody(),
    'a body is moved': () => object.moveBody('kiicloud://users/alice/buckets/notes/objects/second'),
    'a body is deleted': () => object.deleteBody(),
    'a user registers': () => alice.KiiUser.userWithUsername('carol', '123456').register(),
    'a user is found by name': () => alice.KiiUser.findUserByUsername('bob'),
    'a group is saved': () => alice.KiiGroup.groupWithName('crew').save(),
    'a thing is registered': () => alice.KiiThing.register({ _vendorThingID: 'lamp', _password: '123456' }),
    'topics are listed': () => alice.Kii.listTopics(),
    'server code is run': () => alice.Kii.serverCodeEntry('main').execute({ a: 1 }),
  };
  const before = await pail.contents();
  for (const [what, call] of Object.entries(calls)) await assert.rejects(call, /\bNOT_FOUND\b/, what);
  assert.deepEqual(await pail.contents(), before);
});
