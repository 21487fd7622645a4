/** Log-ins: users, things and administrators by their tokens, and the calls that ask for a token. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { anonymous, asThing, asUser, create, refused } from './support/sdk.mjs';
import { ids, stored } from '../support/http.mjs';

const pail = await serve();
after(() => pail.stop());
const { client_id: client, client_secret: secret } = JSON.parse(pail.run('app', 'add-client', '--app', 'demo', '--output', 'json'));

test('nobody is logged in at first, and nobody is after a log-out', async () => {
  const sdk = anonymous(pail);
  assert.deepEqual([sdk.Kii.loggedIn(), sdk.KiiUser.getCurrentUser()], [false, null]);
  await sdk.KiiUser.authenticateWithToken(pail.token('--user', 'alice'));
  assert.equal(sdk.Kii.loggedIn(), true);
  await create(sdk.Kii.bucketWithName('logged-in'), {});
  sdk.KiiUser.logOut();
  assert.equal(sdk.Kii.loggedIn(), false);
  await refused(pail, () => create(sdk.Kii.bucketWithName('logged-in'), {}), 'UNAUTHORIZED', 401);
});

test('a user logs in with a token, and is the current user', async () => {
  const sdk = anonymous(pail);
  const token = pail.token('--user', 'alice');
  const user = await sdk.KiiUser.authenticateWithToken(token);
  for (const one of [user, sdk.KiiUser.getCurrentUser()]) {
    assert.deepEqual([one.getID(), one.getAccessToken(), one.isPseudoUser(), one.disabled()], ['alice', token, false, false]);
  }
  const object = await create(user.bucketWithName('notes'), {});
  assert.equal((await stored(pail, object)).reserved._owner, 'alice');
});

test('a short token logs a user in until it is revoked', async () => {
  const token = pail.token('--user', 'alice', '--opaque');
  assert.equal(token.length, 48);
  const sdk = anonymous(pail);
  const user = await sdk.KiiUser.authenticateWithToken(token);
  await create(user.bucketWithName('short'), {});
  pail.run('token', 'revoke', '--app', 'demo', token);
  await refused(pail, () => create(user.bucketWithName('short'), {}), 'WRONG_TOKEN', 403);
});

test('tokens that are no token of a user log nobody in', async () => {
  pail.run('app', 'create', '--app', 'other', '--key', 'other-key');
  const tokens = {
    malformed: 'x',
    'of another app': pail.run('token', '--app', 'other', '--user', 'alice').trim(),
    forged: `${pail.token('--user', 'alice').slice(0, -4)}AAAA`,
  };
  for (const [what, token] of Object.entries(tokens)) {
    const sdk = anonymous(pail);
    const error = await refused(pail, () => sdk.KiiUser.authenticateWithToken(token), 'WRONG_TOKEN', 403);
    assert.ok(!error.message.includes(token), what);
    assert.equal(sdk.Kii.loggedIn(), false, what);
  }
  for (const caller of [['--thing', 'lamp'], ['--admin']]) {
    const sdk = anonymous(pail);
    await refused(pail, () => sdk.KiiUser.authenticateWithToken(pail.token(...caller)), 'UNAUTHORIZED', 401);
    assert.equal(sdk.Kii.loggedIn(), false);
  }
});

test('the administrator gets a token by the ID and secret of a client', async () => {
  const { Kii } = anonymous(pail);
  const administrator = await Kii.authenticateAsAppAdmin(client, secret);
  const object = await create(administrator.userWithID('bob').bucketWithName('by-client'), { text: 'Hello' });
  assert.deepEqual((await stored(pail, object)).fields, { text: 'Hello' });
  const [, found] = await administrator.userWithID('bob').bucketWithName('by-client').executeQuery(null);
  assert.deepEqual(found.map(one => one.getUUID()), [object.getUUID()]);
  await administrator.objectWithURI(object.objectURI()).delete();
  assert.deepEqual(await ids(pail, 'users/bob/buckets/by-client'), []);
});

test('a wrong secret, an unknown client and the app key give no administrator', async () => {
  const wrong = [[client, 'x'.repeat(43)], ['unknown', secret]];
  for (const [id, password] of wrong) {
    await refused(pail, () => anonymous(pail).Kii.authenticateAsAppAdmin(id, password), 'invalid_grant', 400);
  }
});

test('the app ID and key give the token of an anonymous caller', async () => {
  const context = await anonymous(pail).Kii.authenticateAsAppAdmin('demo', 'demo-key');
  await refused(pail, () => create(context.bucketWithName('nobody'), {}), 'UNAUTHORIZED', 401);
});

test("a log-in with a user's password is refused: the app's own log-in makes the tokens", async () => {
  const sdk = anonymous(pail);
  const error = await refused(pail, () => sdk.KiiUser.authenticate('alice', '123456'), null, -1);
  assert.match(error.message, /unsupported_grant_type/);
  assert.equal(sdk.Kii.loggedIn(), false);
});

test('a thing uses its own scope and that of the app', async () => {
  const lamp = await asThing(pail, 'lamp');
  const mine = await create(lamp.getAuthenticatedThing().bucketWithName('states'), { on: true });
  mine.set('on', false);
  await mine.save();
  assert.deepEqual((await stored(pail, mine)).fields, { on: false });
  const [, found] = await lamp.getAuthenticatedThing().bucketWithName('states').executeQuery(null);
  assert.deepEqual(found.map(object => object.get('on')), [false]);
  const shared = await create(lamp.bucketWithName('events'), {});
  assert.equal((await stored(pail, shared)).reserved._owner, 'lamp');
  await lamp.objectWithURI(mine.objectURI()).delete();
  assert.deepEqual(await ids(pail, 'things/lamp/buckets/states'), []);
});

test("users and things do nothing in each other's scopes", async () => {
  const [alice, bob, lamp, door] = [await asUser(pail, 'alice'), await asUser(pail, 'bob'), await asThing(pail, 'lamp'), await asThing(pail, 'door')];
  const ofAlice = await create(alice.KiiUser.getCurrentUser().bucketWithName('own'), {});
  const ofLamp = await create(lamp.getAuthenticatedThing().bucketWithName('own'), {});
  const strangers = [
    [bob.KiiObject.objectWithURI(ofAlice.objectURI()), bob.KiiUser.userWithID('alice')],
    [lamp.objectWithURI(ofAlice.objectURI()), anonymous(pail).KiiUser.userWithID('alice')],
    [door.objectWithURI(ofLamp.objectURI()), anonymous(pail).KiiThing.thingWithID('lamp')],
    [alice.KiiObject.objectWithURI(ofLamp.objectURI()), alice.KiiThing.thingWithID('lamp')],
  ];
  for (const [object, scope] of strangers) {
    const bucket = scope.bucketWithName('own');
    const attempts = [
      () => object.refresh(),
      () => object.save(),
      () => object.saveAllFields(),
      () => object.delete(),
      () => create(bucket, {}),
      () => create(scope.bucketWithName('new'), {}),
      () => bucket.executeQuery(null),
      () => bucket.count(),
      () => bucket.delete(),
      () => bucket.acl().listACLEntries(),
    ];
    for (const attempt of attempts) await refused(pail, attempt, 'UNAUTHORIZED', 401);
  }
});

test('members use the scope of their group, and others do not', async () => {
  const [member, other] = [await asUser(pail, 'alice', 'crew', 'cooks'), await asUser(pail, 'bob', 'guests')];
  const bucket = sdk => sdk.KiiGroup.groupWithID('crew').bucketWithName('log');
  const object = await create(bucket(member), { text: 'Sail at six' });
  const second = await asUser(pail, 'carol', 'crew');
  assert.equal((await second.KiiObject.objectWithURI(object.objectURI()).refresh()).get('text'), 'Sail at six');
  assert.equal((await bucket(second).count())[2], 1);
  await refused(pail, () => bucket(other).executeQuery(null), 'UNAUTHORIZED', 401);
  await refused(pail, () => create(bucket(other), {}), 'UNAUTHORIZED', 401);
});
