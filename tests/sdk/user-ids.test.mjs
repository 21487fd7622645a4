/** IDs of users as log-ins give them: each works in paths, as an owner, in ACLs and in queries. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { asAdministrator, asUser, create, fields, refused } from './support/sdk.mjs';
import { ids, stored } from '../support/http.mjs';
import { entries, grant, revoke } from './support/acl.mjs';

const pail = await serve();
after(() => pail.stop());
const administrator = asAdministrator(pail);
const owner = await asUser(pail, 'owner');

const users = [
  'alice',
  'auth0|64a1f2c3d4e5',
  'google-oauth2|1035479915',
  'Xk3b2@clients',
  'kakao:1234567',
  'f:9c1d7a80-1:jdoe',
  'did:key:z6Mk',
  'eu-west-1:1cbd8f0e-7d5c-4a4d-9f5e-0a1b2c3d4e5f',
  'cn=jdoe,ou=people',
  'a+b~c.d_e=',
  '8eaef023-2b34-4da1-9baa-8bc8c9d6a490',
  'x'.repeat(128),
];

for (const id of users) {
  test(`${id} is a user like any other`, async () => {
    const sdk = await asUser(pail, id);
    const me = sdk.KiiUser.getCurrentUser();
    assert.equal(me.getID(), id);

    const bucket = me.bucketWithName('notes');
    const object = await create(bucket, { n: 1 });
    assert.equal(object.objectURI(), `kiicloud://users/${id}/buckets/notes/objects/${object.getUUID()}`);
    assert.equal((await stored(pail, object)).reserved._owner, id);

    object.set('n', 2);
    await object.save();
    await object.saveAllFields(null, false);
    const [, found] = await bucket.executeQuery(sdk.KiiQuery.queryWithClause(sdk.KiiClause.equals('_owner', id)));
    assert.deepEqual(found.map(fields), [{ n: 2 }]);
    assert.deepEqual(fields(await sdk.KiiObject.objectWithURI(object.objectURI()).refresh()), { n: 2 });

    const byAdministrator = administrator.userWithID(id).bucketWithName('notes');
    assert.equal((await byAdministrator.count())[2], 1);

    await object.delete();
    assert.deepEqual(await ids(pail, `users/${encodeURIComponent(id)}/buckets/notes`), []);
  });

  test(`${id} can be granted a right, and lose it`, async () => {
    const other = await asUser(pail, id);
    const object = await create(owner.KiiUser.getCurrentUser().bucketWithName('shared'), {});
    const theirs = other.KiiObject.objectWithURI(object.objectURI());
    await refused(pail, () => theirs.refresh(), 'UNAUTHORIZED', 401);
    await grant(owner, object.objectACL(), owner.KiiUser.userWithID(id), 'KiiACLObjectActionRead');
    assert.ok((await entries(object.objectACL())).includes(`READ_EXISTING_OBJECT UserID:${id}`));
    await theirs.refresh();
    await revoke(owner, object.objectACL(), owner.KiiUser.userWithID(id), 'KiiACLObjectActionRead');
    await refused(pail, () => theirs.refresh(), 'UNAUTHORIZED', 401);
  });
}

test("Kii's selectors of users are refused", async () => {
  for (const selector of ['EMAIL:alice@acme.example', 'PHONE:+15550100', 'LOGIN_NAME:alice']) {
    await refused(pail, () => create(administrator.userWithID(selector).bucketWithName('notes'), {}), 'INVALID_INPUT_DATA', 400);
  }
});
