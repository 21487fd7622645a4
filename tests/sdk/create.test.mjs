/** Creating objects: in every scope, as every caller, with every kind of value. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { anonymous, asAdministrator, asThing, asUser, create } from './support/sdk.mjs';
import { get, ids, stored } from '../support/http.mjs';

const pail = await serve();
after(() => pail.stop());
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Everything that the SDK knows of a new object is what is stored. */
async function isStored(object, expected, owner) {
  const { etag, fields, reserved } = await stored(pail, object);
  assert.deepEqual(fields, expected);
  assert.equal(etag, '"1"');
  assert.deepEqual(reserved, {
    _id: object.getUUID(),
    _created: object.getCreated(),
    _modified: object.getModified(),
    ...(owner && { _owner: owner }),
    _version: '1',
  });
}

for (const call of ['save', 'saveAllFields']) {
  test(`a new object is stored by ${call}`, async () => {
    const { Kii } = await asUser(pail, 'alice');
    const before = Date.now();
    const object = Kii.bucketWithName('news').createObject();
    object.set('text', 'Hello');
    assert.equal(object.getUUID(), undefined);
    assert.equal(await object[call](), object);
    assert.match(object.getUUID(), uuid);
    assert.equal(object.objectURI(), `kiicloud://buckets/news/objects/${object.getUUID()}`);
    assert.ok(before <= object.getCreated() && object.getCreated() <= Date.now(), object.getCreated());
    assert.equal(object.getModified(), object.getCreated());
    await isStored(object, { text: 'Hello' }, 'alice');
  });
}

test('callbacks are called as well as promises', async () => {
  const { Kii } = await asUser(pail, 'alice');
  const object = Kii.bucketWithName('callbacks').createObject();
  const saved = await new Promise((success, failure) => {
    object.save({ success, failure: (_, message) => failure(new Error(message)) });
  });
  assert.equal(saved, object);
  await isStored(object, {}, 'alice');
});

test('an object without fields is stored', async () => {
  const { Kii } = await asUser(pail, 'alice');
  await isStored(await create(Kii.bucketWithName('empty'), {}), {}, 'alice');
});

test('every kind of value is stored as it is', async () => {
  const { Kii } = await asUser(pail, 'alice');
  const values = {
    text: 'Grüße, 世界, \u{1f600}, "quotes", \\, 50 % and \u0000',
    whole: 9007199254740991,
    negative: -0.5,
    small: 1e-7,
    large: 1e300,
    yes: true,
    no: false,
    nothing: null,
    list: [1, 'two', [3], {}],
    nested: { _kept: 1, 'a.b': { c: null } },
    'name with spaces': '',
    errorCode: 'a field like any other',
  };
  await isStored(await create(Kii.bucketWithName('values'), values), values, 'alice');
});

test('fields that begin with an underscore stay with the SDK', async () => {
  const { Kii } = await asUser(pail, 'alice');
  await isStored(await create(Kii.bucketWithName('reserved'), { _id: 'x', _owner: 'bob', _mine: 1, text: 'a' }), { text: 'a' }, 'alice');
});

test('a user creates in the scopes of the app, of themselves and of their group', async () => {
  const { Kii, KiiUser, KiiGroup } = await asUser(pail, 'alice', 'crew');
  const buckets = {
    'buckets/scopes': Kii.bucketWithName('scopes'),
    'users/alice/buckets/scopes': KiiUser.getCurrentUser().bucketWithName('scopes'),
    'groups/crew/buckets/scopes': KiiGroup.groupWithID('crew').bucketWithName('scopes'),
  };
  for (const [path, bucket] of Object.entries(buckets)) {
    const object = await create(bucket, { path });
    assert.equal(object.objectURI(), `kiicloud://${path}/objects/${object.getUUID()}`);
    await isStored(object, { path }, 'alice');
    assert.deepEqual(await ids(pail, path), [object.getUUID()]);
  }
});

test('a thing creates in its own scope and in that of the app', async () => {
  const thing = await asThing(pail, 'lamp');
  await isStored(await create(thing.getAuthenticatedThing().bucketWithName('states'), { on: true }), { on: true }, 'lamp');
  await isStored(await create(thing.bucketWithName('states'), { on: false }), { on: false }, 'lamp');
  assert.equal((await ids(pail, 'things/lamp/buckets/states')).length, 1);
});

test('the administrator creates in every scope, and owns nothing', async () => {
  const administrator = asAdministrator(pail);
  const scopes = {
    'buckets/admin': administrator,
    'users/bob/buckets/admin': administrator.userWithID('bob'),
    'groups/bobs/buckets/admin': administrator.groupWithID('bobs'),
    'things/door/buckets/admin': administrator.thingWithID('door'),
  };
  for (const [path, scope] of Object.entries(scopes)) {
    const object = await create(scope.bucketWithName('admin'), { path });
    await isStored(object, { path });
    assert.deepEqual(await ids(pail, path), [object.getUUID()]);
  }
});

test('an anonymous caller creates where an ACL lets them, and owns nothing', async () => {
  pail.run('acl', 'grant', '--app', 'demo', '--bucket', 'guestbook', 'CREATE_OBJECTS_IN_BUCKET', 'UserID:ANONYMOUS_USER');
  await isStored(await create(anonymous(pail).Kii.bucketWithName('guestbook'), { text: 'Nice place' }), { text: 'Nice place' });
});

test('an object with an ID of its own is created by saveAllFields', async () => {
  const { Kii } = await asUser(pail, 'alice');
  const object = Kii.bucketWithName('named').createObjectWithID('first-object_1.0');
  object.set('text', 'Hello');
  await object.saveAllFields();
  assert.equal(object.getUUID(), 'first-object_1.0');
  assert.equal(object.getModified(), object.getCreated());
  await isStored(object, { text: 'Hello' }, 'alice');
});

test('an idempotency key, as an additional header, makes one object of two creates', async () => {
  const { Kii } = await asUser(pail, 'alice');
  Kii.setAdditionalHeaders({ 'Idempotency-Key': '8e03978e-40d5-43e8-bc93-6894a57f9324' });
  const [first, second] = [await create(Kii.bucketWithName('once'), { n: 1 }), await create(Kii.bucketWithName('once'), { n: 1 })];
  assert.equal(first.getUUID(), second.getUUID());
  assert.deepEqual(await ids(pail, 'buckets/once'), [first.getUUID()]);
});

test('the bucket appears with its first object', async () => {
  const { Kii } = await asUser(pail, 'alice');
  assert.equal((await get(pail, 'buckets/fresh')).status, 404);
  await create(Kii.bucketWithName('fresh'), {});
  assert.deepEqual((await get(pail, 'buckets/fresh')).body, { bucketType: 'rw', size: 1 });
});
