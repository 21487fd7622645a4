/** ACLs of objects: their defaults, granting, revoking, and what each entry allows. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { anonymous, asUser, create, refused } from './support/sdk.mjs';
import { get, stored } from '../support/http.mjs';
import { entries, grant, revoke } from './support/acl.mjs';

const pail = await serve();
after(() => pail.stop());
const alice = await asUser(pail, 'alice');
const bob = await asUser(pail, 'bob');
const drafts = alice.KiiUser.getCurrentUser().bucketWithName('drafts');
const asSeenBy = (sdk, object) => sdk.KiiObject.objectWithURI(object.objectURI());
const toBob = alice.KiiUser.userWithID('bob');

test('an object of a user lists its owner', async () => {
  const object = await create(drafts, {});
  assert.deepEqual(await entries(object.objectACL()), ['READ_EXISTING_OBJECT UserID:alice', 'WRITE_EXISTING_OBJECT UserID:alice']);
});

test('an object of the app may be read by everybody and changed by all users', async () => {
  const object = await create(alice.Kii.bucketWithName('news'), { text: 'Hello' });
  assert.deepEqual(await entries(object.objectACL()), [
    'READ_EXISTING_OBJECT UserID:ANONYMOUS_USER',
    'READ_EXISTING_OBJECT UserID:ANY_AUTHENTICATED_USER',
    'WRITE_EXISTING_OBJECT UserID:ANY_AUTHENTICATED_USER',
  ]);
  const [byNobody, byBob] = [asSeenBy(anonymous(pail), object), asSeenBy(bob, object)];
  assert.equal((await byNobody.refresh()).get('text'), 'Hello');
  await refused(pail, () => byNobody.save(), 'UNAUTHORIZED', 401);
  await refused(pail, () => byNobody.delete(), 'UNAUTHORIZED', 401);
  byBob.set('text', 'Hi');
  await byBob.save();
  assert.equal((await stored(pail, object)).fields.text, 'Hi');
});

test('KiiACLObjectActionRead lets another user read', async () => {
  const object = await create(drafts, { text: 'Hello' });
  const theirs = asSeenBy(bob, object);
  await refused(pail, () => theirs.refresh(), 'UNAUTHORIZED', 401);
  await grant(alice, object.objectACL(), toBob, 'KiiACLObjectActionRead');
  assert.equal((await theirs.refresh()).get('text'), 'Hello');
  for (const change of ['save', 'saveAllFields', 'delete']) await refused(pail, () => theirs[change](), 'UNAUTHORIZED', 401);
  await revoke(alice, object.objectACL(), toBob, 'KiiACLObjectActionRead');
  await refused(pail, () => theirs.refresh(), 'UNAUTHORIZED', 401);
});

test('KiiACLObjectActionWrite lets another user change and delete, but not read', async () => {
  const object = await create(drafts, { text: 'Hello' });
  const theirs = asSeenBy(bob, object);
  await grant(alice, object.objectACL(), toBob, 'KiiACLObjectActionWrite');
  theirs.set('done', true);
  await theirs.save();
  assert.deepEqual((await stored(pail, object)).fields, { text: 'Hello', done: true });
  assert.equal(theirs.get('text'), undefined, 'the answer shows nothing of what they may not read');
  await refused(pail, () => theirs.refresh(), 'UNAUTHORIZED', 401);
  theirs.set('text', 'Hi');
  await theirs.save(null, false);
  await theirs.saveAllFields(null, false);
  assert.deepEqual((await stored(pail, object)).fields, { done: true, text: 'Hi' });
  await theirs.delete();
  await refused(pail, () => object.refresh(), 'OBJECT_NOT_FOUND', 404);
});

test('everybody may be granted the reading of one object', async () => {
  const [open, closed] = [await create(drafts, { text: 'Open' }), await create(drafts, { text: 'Closed' })];
  await grant(alice, open.objectACL(), new alice.KiiAnonymousUser(), 'KiiACLObjectActionRead');
  assert.equal((await asSeenBy(anonymous(pail), open).refresh()).get('text'), 'Open');
  await refused(pail, () => asSeenBy(anonymous(pail), closed).refresh(), 'UNAUTHORIZED', 401);
});

test('a change of an ACL does not change the version of the object', async () => {
  const object = await create(drafts, { n: 1 });
  await grant(alice, object.objectACL(), toBob, 'KiiACLObjectActionRead');
  object.set('n', 2);
  await object.saveAllFields(null, false);
  assert.deepEqual([(await stored(pail, object)).etag, object.get('n')], ['"2"', 2]);
  assert.ok((await entries(object.objectACL())).includes('READ_EXISTING_OBJECT UserID:bob'), 'and saving keeps the ACL');
});

test('the ACL of an object that was not saved is that of its bucket', async () => {
  await create(drafts, {});
  const acl = await entries(drafts.createObject().objectACL());
  assert.deepEqual(acl, await entries(drafts.acl()));
});

test('an entry that is there, or is not there, is refused', async () => {
  const object = await create(drafts, {});
  const change = call => () => call(alice, object.objectACL(), toBob, 'KiiACLObjectActionRead');
  await refused(pail, change(revoke), 'ACL_NOT_FOUND', 404);
  await change(grant)();
  await refused(pail, change(grant), 'ACL_ALREADY_EXISTS', 409);
});

test('another user neither sees nor changes the ACL', async () => {
  const object = await create(drafts, {});
  const acl = () => asSeenBy(bob, object).objectACL();
  await refused(pail, () => acl().listACLEntries(), 'UNAUTHORIZED', 401);
  await refused(pail, () => grant(bob, acl(), bob.KiiUser.userWithID('bob'), 'KiiACLObjectActionRead'), 'UNAUTHORIZED', 401);
});

test('the ACL of a missing object is missing, and goes with its object', async () => {
  const object = await create(drafts, {});
  await grant(alice, object.objectACL(), toBob, 'KiiACLObjectActionRead');
  await object.delete();
  await refused(pail, () => object.objectACL().listACLEntries(), 'OBJECT_NOT_FOUND', 404);
  await refused(pail, () => grant(alice, object.objectACL(), toBob, 'KiiACLObjectActionRead'), 'OBJECT_NOT_FOUND', 404);
  await object.saveAllFields();
  const { body } = await get(pail, `users/alice/buckets/drafts/objects/${object.getUUID()}/acl`);
  assert.deepEqual(body, { READ_EXISTING_OBJECT: [{ userID: 'alice' }], WRITE_EXISTING_OBJECT: [{ userID: 'alice' }] });
});
