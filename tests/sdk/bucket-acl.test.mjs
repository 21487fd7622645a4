/** ACLs of buckets: their defaults, granting, revoking, and what each entry allows. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { anonymous, asAdministrator, asThing, asUser, create, refused } from './support/sdk.mjs';
import { get, ids } from '../support/http.mjs';
import { entries, grant, revoke } from './support/acl.mjs';

const pail = await serve();
after(() => pail.stop());
const alice = await asUser(pail, 'alice');
const bob = await asUser(pail, 'bob');
const mine = name => alice.KiiUser.getCurrentUser().bucketWithName(name);
const asSeenBy = (sdk, name) => sdk.KiiUser.userWithID('alice').bucketWithName(name);

const ALL = ['CREATE_OBJECTS_IN_BUCKET', 'DROP_BUCKET_WITH_ALL_CONTENT', 'QUERY_OBJECTS_IN_BUCKET', 'READ_OBJECTS_IN_BUCKET'];

test('a bucket of a user lists its owner on each of four actions', async () => {
  await create(mine('defaults'), {});
  const acl = await entries(mine('defaults').acl());
  assert.deepEqual(acl, ALL.map(action => `${action} UserID:alice`));
});

test('a bucket of the app lists everybody who may use it', async () => {
  const bucket = alice.Kii.bucketWithName('defaults');
  await create(bucket, {});
  const acl = await entries(asAdministrator(pail).bucketWithName('defaults').acl());
  assert.deepEqual(acl, [
    'CREATE_OBJECTS_IN_BUCKET UserID:ANY_AUTHENTICATED_USER',
    'DROP_BUCKET_WITH_ALL_CONTENT UserID:ANY_AUTHENTICATED_USER',
    'QUERY_OBJECTS_IN_BUCKET UserID:ANONYMOUS_USER',
    'QUERY_OBJECTS_IN_BUCKET UserID:ANY_AUTHENTICATED_USER',
    'READ_OBJECTS_IN_BUCKET UserID:ANONYMOUS_USER',
    'READ_OBJECTS_IN_BUCKET UserID:ANY_AUTHENTICATED_USER',
  ]);
});

test('every kind of subject is granted, listed by its class, and revoked', async () => {
  const { KiiUser, KiiGroup, KiiThing, KiiAnyAuthenticatedUser, KiiAnonymousUser } = alice;
  await create(mine('subjects'), {});
  const subjects = {
    'UserID:bob': KiiUser.userWithID('bob'),
    'GroupID:crew': KiiGroup.groupWithID('crew'),
    'ThingID:lamp': KiiThing.thingWithID('lamp'),
    'UserID:ANY_AUTHENTICATED_USER': new KiiAnyAuthenticatedUser(),
    'UserID:ANONYMOUS_USER': new KiiAnonymousUser(),
  };
  const names = { userID: 'UserID', groupID: 'GroupID', thingID: 'ThingID' };
  for (const [subject, value] of Object.entries(subjects)) {
    await grant(alice, mine('subjects').acl(), value, 'KiiACLBucketActionReadObjects');
    const [, list] = await mine('subjects').acl().listACLEntries();
    assert.ok(list.some(entry => entry.getEntityString() === subject && entry.getSubject().constructor === value.constructor), subject);
    const { body } = await get(pail, 'users/alice/buckets/subjects/acl');
    const stored = body.READ_OBJECTS_IN_BUCKET.flatMap(entry => Object.entries(entry).map(([name, id]) => `${names[name]}:${id}`));
    assert.deepEqual(stored.toSorted(), [subject, 'UserID:alice'].toSorted());
    await revoke(alice, mine('subjects').acl(), value, 'KiiACLBucketActionReadObjects');
    assert.deepEqual(await entries(mine('subjects').acl()), ALL.map(action => `${action} UserID:alice`));
  }
});

/** What each action lets another user do that they could not do before. */
const actions = {
  KiiACLBucketActionCreateObjects: bucket => create(bucket, { by: 'bob' }),
  KiiACLBucketActionQueryObjects: bucket => bucket.executeQuery(null),
  KiiACLBucketActionReadObjects: bucket => bucket.createObjectWithID('first').refresh(),
  KiiACLBucketActionDropBucket: bucket => bucket.delete(),
};

for (const [action, attempt] of Object.entries(actions)) {
  test(`${action} gives its right, from the next request to the revocation`, async () => {
    const fresh = async () => {
      await mine('granted').createObjectWithID('first').saveAllFields();
    };
    await fresh();
    await refused(pail, () => attempt(asSeenBy(bob, 'granted')), 'UNAUTHORIZED', 401);
    await grant(alice, mine('granted').acl(), alice.KiiUser.userWithID('bob'), action);
    await attempt(asSeenBy(bob, 'granted'));
    for (const [other, forbidden] of Object.entries(actions)) {
      if (other !== action) await refused(pail, () => forbidden(asSeenBy(bob, 'granted')), 'UNAUTHORIZED', 401);
    }
    if (action === 'KiiACLBucketActionDropBucket') {
      assert.equal((await get(pail, 'users/alice/buckets/granted')).status, 404);
      return;
    }
    await revoke(alice, mine('granted').acl(), alice.KiiUser.userWithID('bob'), action);
    await refused(pail, () => attempt(asSeenBy(bob, 'granted')), 'UNAUTHORIZED', 401);
    await mine('granted').delete();
  });
}

test('who may query but not read finds what they may read', async () => {
  const bucket = mine('mixed');
  for (const id of ['open', 'closed']) await bucket.createObjectWithID(id).saveAllFields();
  await grant(alice, bucket.acl(), alice.KiiUser.userWithID('bob'), 'KiiACLBucketActionQueryObjects');
  await grant(alice, bucket.createObjectWithID('open').objectACL(), alice.KiiUser.userWithID('bob'), 'KiiACLObjectActionRead');
  const [, found] = await asSeenBy(bob, 'mixed').executeQuery(null);
  assert.deepEqual(found.map(object => object.getUUID()), ['open']);
  assert.equal((await asSeenBy(bob, 'mixed').count())[2], 1);
});

test('groups and things have what they are granted', async () => {
  const [member, lamp] = [await asUser(pail, 'carol', 'crew'), await asThing(pail, 'lamp')];
  const object = await create(mine('others'), { text: 'Hello' });
  const byMember = member.KiiObject.objectWithURI(object.objectURI());
  const byLamp = lamp.objectWithURI(object.objectURI());
  for (const reader of [byMember, byLamp]) await refused(pail, () => reader.refresh(), 'UNAUTHORIZED', 401);
  await grant(alice, mine('others').acl(), alice.KiiGroup.groupWithID('crew'), 'KiiACLBucketActionReadObjects');
  await grant(alice, mine('others').acl(), alice.KiiThing.thingWithID('lamp'), 'KiiACLBucketActionReadObjects');
  for (const reader of [byMember, byLamp]) assert.equal((await reader.refresh()).get('text'), 'Hello');
});

test('several entries are saved in one call', async () => {
  const bucket = mine('several');
  await create(bucket, {});
  const acl = bucket.acl();
  const { KiiACLEntry, KiiACLAction } = alice;
  for (const id of ['bob', 'carol']) {
    acl.putACLEntry(KiiACLEntry.entryWithSubject(alice.KiiUser.userWithID(id), KiiACLAction.KiiACLBucketActionQueryObjects));
  }
  const removed = KiiACLEntry.entryWithSubject(alice.KiiUser.userWithID('dave'), KiiACLAction.KiiACLBucketActionQueryObjects);
  acl.putACLEntry(removed);
  acl.removeACLEntry(removed);
  assert.equal(await acl.save(), acl);
  const queries = (await entries(bucket.acl())).filter(entry => entry.startsWith('QUERY'));
  assert.deepEqual(queries, ['alice', 'bob', 'carol'].map(id => `QUERY_OBJECTS_IN_BUCKET UserID:${id}`));
});

test('a grant on a bucket without objects creates it', async () => {
  await grant(alice, mine('created').acl(), alice.KiiUser.userWithID('bob'), 'KiiACLBucketActionCreateObjects');
  assert.deepEqual((await get(pail, 'users/alice/buckets/created')).body, { bucketType: 'rw', size: 0 });
  const object = await create(asSeenBy(bob, 'created'), {});
  assert.deepEqual(await ids(pail, 'users/alice/buckets/created'), [object.getUUID()]);
});

test('an anonymous caller may do what they are granted', async () => {
  const nobody = anonymous(pail).KiiUser.userWithID('alice').bucketWithName('inbox');
  await create(mine('inbox'), {});
  await refused(pail, () => create(nobody, {}), 'UNAUTHORIZED', 401);
  await grant(alice, mine('inbox').acl(), new alice.KiiAnonymousUser(), 'KiiACLBucketActionCreateObjects');
  const object = await create(nobody, { text: 'Psst' });
  assert.ok((await ids(pail, 'users/alice/buckets/inbox')).includes(object.getUUID()));
  await refused(pail, () => object.refresh(), 'UNAUTHORIZED', 401);
});

test('an entry that is there, or is not there, is refused', async () => {
  await create(mine('twice'), {});
  const change = (call, id) => () => call(alice, mine('twice').acl(), alice.KiiUser.userWithID(id), 'KiiACLBucketActionReadObjects');
  await refused(pail, change(revoke, 'bob'), 'ACL_NOT_FOUND', 404);
  await change(grant, 'bob')();
  await refused(pail, change(grant, 'bob'), 'ACL_ALREADY_EXISTS', 409);
  await refused(pail, change(revoke, 'alice'), 'OPERATION_NOT_ALLOWED', 409);
});

test('another user neither sees nor changes an ACL', async () => {
  await create(mine('private'), {});
  const acl = () => asSeenBy(bob, 'private').acl();
  await refused(pail, () => acl().listACLEntries(), 'UNAUTHORIZED', 401);
  await refused(pail, () => grant(bob, acl(), bob.KiiUser.userWithID('bob'), 'KiiACLBucketActionReadObjects'), 'UNAUTHORIZED', 401);
  await refused(pail, () => revoke(bob, acl(), bob.KiiUser.userWithID('alice'), 'KiiACLBucketActionReadObjects'), 'UNAUTHORIZED', 401);
});

test('the administrator sees and changes every ACL', async () => {
  await create(mine('governed'), {});
  const sdk = anonymous(pail);
  const administrator = asAdministrator(pail, sdk);
  const acl = () => administrator.userWithID('alice').bucketWithName('governed').acl();
  await grant(sdk, acl(), administrator.userWithID('bob'), 'KiiACLBucketActionReadObjects');
  await revoke(sdk, acl(), administrator.userWithID('alice'), 'KiiACLBucketActionDropBucket');
  assert.deepEqual(await entries(acl()), [
    'CREATE_OBJECTS_IN_BUCKET UserID:alice',
    'QUERY_OBJECTS_IN_BUCKET UserID:alice',
    'READ_OBJECTS_IN_BUCKET UserID:alice',
    'READ_OBJECTS_IN_BUCKET UserID:bob',
  ]);
});

test('a dropped bucket is gone with everything in it', async () => {
  const object = await create(mine('dropped'), {});
  await mine('dropped').delete();
  assert.equal((await get(pail, 'users/alice/buckets/dropped')).status, 404);
  await refused(pail, () => object.refresh(), 'BUCKET_NOT_FOUND', 404);
  await refused(pail, () => mine('dropped').delete(), 'BUCKET_NOT_FOUND', 404);
  await refused(pail, () => mine('dropped').acl().listACLEntries(), 'BUCKET_NOT_FOUND', 404);
});
