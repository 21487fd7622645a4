/** Moving an app from Kii Cloud: what docs/kii.md says and no other test shows. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { anonymous, asAdministrator, asThing, asUser, create, fields, refused } from './support/sdk.mjs';
import { get, pathOf, stored } from '../support/http.mjs';
import { entries, grant } from './support/acl.mjs';

const pail = await serve();
after(() => pail.stop());

/** Sends a request with this token, or without one. */
function send(method, path, token, body, headers = {}) {
  const all = { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json', ...headers };
  return fetch(`${pail.api}/${path}`, { method, headers: all, body: body && JSON.stringify(body) });
}

/** An object as Kii Cloud shows it, with the members that belong to its server. */
const old = { _id: 'd8dc9f29', _owner: 'bob', _created: 1337039114613, _modified: 1337039114613, _version: '7', _dataType: 'song', title: 'Sail at six' };

test('what Kii Cloud has beside objects, buckets and ACLs has no path', async () => {
  await (await asUser(pail, 'alice')).Kii.bucketWithName('news').createObjectWithID('first').saveAllFields();
  const object = 'buckets/news/objects/first';
  const paths = [
    ['PUT', `${object}/body`],
    ['GET', `${object}/body`],
    ['POST', `${object}/body/uploads`],
    ['POST', `${object}/body/publish`],
    ['POST', 'users'],
    ['GET', 'users/alice'],
    ['POST', 'users/query'],
    ['PUT', 'users/me/password'],
    ['POST', 'groups'],
    ['GET', 'groups/crew'],
    ['GET', 'groups/crew/members'],
    ['PUT', 'groups/crew/members/alice'],
    ['POST', 'things'],
    ['GET', 'things/lamp'],
    ['PUT', 'things/lamp/ownership/user:alice'],
    ['GET', 'topics'],
    ['POST', 'users/me/topics/news/push/messages'],
    ['POST', 'buckets/news/filters/all/push/subscriptions/users'],
    ['POST', 'installations'],
    ['POST', 'server-code/versions/current/main'],
    ['POST', 'events'],
  ];
  const before = await pail.contents();
  for (const [method, path] of paths) {
    const answer = await send(method, `apps/demo/${path}`, pail.token('--admin'), method === 'GET' ? undefined : {});
    assert.deepEqual([answer.status, (await answer.json()).errorCode], [404, 'NOT_FOUND'], `${method} ${path}`);
  }
  assert.deepEqual(await pail.contents(), before);
});

test('an ACL has no verbs of topics', async () => {
  const before = await pail.contents();
  const answer = await send('PUT', 'apps/demo/users/alice/acl/CREATE_NEW_TOPIC/UserID:bob', pail.token('--admin'));
  assert.deepEqual([answer.status, (await answer.json()).field], [400, 'verb']);
  assert.deepEqual(await pail.contents(), before);
});

test('the header kii-m changes no answer', async () => {
  const answer = await send('POST', 'apps/demo/buckets/news/objects', pail.token('--user', 'alice'), {}, { 'kii-m': '0' });
  assert.equal(answer.status, 201);
  for (const name of ['etag', 'location', 'access-control-allow-origin']) assert.ok(answer.headers.has(name), name);
});

test('only the administrator sees and changes the ACL of a bucket of the app, whoever made it', async () => {
  const sdk = await asUser(pail, 'alice');
  await create(sdk.Kii.bucketWithName('shared'), {});
  const acl = () => sdk.Kii.bucketWithName('shared').acl();
  await refused(pail, () => acl().listACLEntries(), 'UNAUTHORIZED', 401);
  await refused(pail, () => grant(sdk, acl(), sdk.KiiUser.userWithID('bob'), 'KiiACLBucketActionDropBucket'), 'UNAUTHORIZED', 401);
  const admin = anonymous(pail);
  const bucket = asAdministrator(pail, admin).bucketWithName('shared');
  await grant(admin, bucket.acl(), admin.KiiUser.userWithID('bob'), 'KiiACLBucketActionDropBucket');
  assert.ok((await entries(bucket.acl())).includes('DROP_BUCKET_WITH_ALL_CONTENT UserID:bob'));
});

test('an object that the operator puts keeps its ID, its data type and its own members, and nothing else', async () => {
  const before = Date.now();
  pail.run('object', 'put', '--app', 'demo', '--bucket', 'songs', '--data-type', 'song', old._id, JSON.stringify(old));
  const { fields: own, reserved } = await stored(pail, await (await asUser(pail, 'bob')).Kii.bucketWithName('songs').createObjectWithID(old._id).refresh());
  assert.deepEqual(own, { title: old.title });
  const { _created: created, _modified: modified, ...others } = reserved;
  assert.deepEqual(others, { _id: old._id, _version: '1', _dataType: 'song' }, 'no owner');
  assert.ok(before <= created && created === modified, `${created}`);
});

test('an object that is put with a token of its owner keeps its owner as well', async () => {
  const owners = [
    [['--user', 'bob'], 'buckets/moved', 'bob'],
    [['--user', 'bob', '--group', 'crew'], 'groups/crew/buckets/moved', 'bob'],
    [['--thing', 'th.10e9d740', '--opaque'], 'buckets/moved', 'th.10e9d740'],
  ];
  // Made by the administrator, a bucket has no creator among those whose objects come into it.
  for (const bucket of ['buckets/moved', 'groups/crew/buckets/moved']) {
    assert.equal((await send('PUT', `apps/demo/${bucket}`, pail.token('--admin'))).status, 201);
  }
  for (const [caller, bucket, owner] of owners) {
    const path = `${bucket}/objects/of-${owner}`;
    const type = { 'Content-Type': 'application/vnd.demo.song+json' };
    assert.equal((await send('PUT', `apps/demo/${path}`, pail.token(...caller), old, type)).status, 201);
    const { body } = await get(pail, path);
    assert.deepEqual([body._id, body._owner, body._dataType, body.title], [`of-${owner}`, owner, 'song', old.title]);
  }
  const acl = (await get(pail, 'groups/crew/buckets/moved/acl')).body;
  assert.deepEqual(Object.values(acl).flat(), Array(3).fill({ groupID: 'crew' }), 'only the administrator drops it');
});

test('a token from the back end makes a user without a log-in the current user', async () => {
  const { client_id, client_secret } = JSON.parse(pail.run('app', 'add-client', '--app', 'demo', '--output', 'json'));
  const { access_token: token } = await (await send('POST', 'apps/demo/oauth2/token', undefined, { client_id, client_secret })).json();
  const exchange = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: token, requested_subject: 'UserID:guest-1' };
  const { access_token: ofGuest } = await (await send('POST', 'apps/demo/oauth2/token', undefined, exchange)).json();
  const sdk = anonymous(pail);
  const guest = await sdk.KiiUser.authenticateWithToken(ofGuest);
  const object = await create(guest.bucketWithName('notes'), {});
  assert.equal(pathOf(object), `users/guest-1/buckets/notes/objects/${object.getUUID()}`);
  assert.equal((await stored(pail, object)).reserved._owner, 'guest-1');
});

test('the owner of a group or a thing has in its scope what the administrator grants, and no right to its ACLs', async () => {
  const [owner, lamp] = [await asUser(pail, 'owner'), await asThing(pail, 'lamp')];
  const ofLamp = await create(lamp.getAuthenticatedThing().bucketWithName('states'), { on: true });
  const theirs = [
    ['--thing', 'lamp', owner.KiiThing.thingWithID('lamp')],
    ['--group', 'crew', owner.KiiGroup.groupWithID('crew')],
  ];
  for (const [kind, id, scope] of theirs) {
    await refused(pail, () => create(scope.bucketWithName('orders'), {}), 'UNAUTHORIZED', 401);
    pail.run('acl', 'grant', '--app', 'demo', kind, id, 'CREATE_NEW_BUCKET', 'UserID:owner');
    const order = await create(scope.bucketWithName('orders'), {});
    assert.ok((await entries(order.objectACL())).includes('WRITE_EXISTING_OBJECT UserID:owner'));
    await scope.bucketWithName('orders').delete();
  }
  const same = owner.KiiObject.objectWithURI(ofLamp.objectURI());
  await refused(pail, () => same.refresh(), 'UNAUTHORIZED', 401);
  pail.run('acl', 'grant', '--app', 'demo', '--thing', 'lamp', '--bucket', 'states', 'READ_OBJECTS_IN_BUCKET', 'UserID:owner');
  assert.deepEqual(fields(await same.refresh()), { on: true });
  const acl = owner.KiiThing.thingWithID('lamp').bucketWithName('states').acl();
  await refused(pail, () => acl.listACLEntries(), 'UNAUTHORIZED', 401);
});
