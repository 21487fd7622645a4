/** Kii's SDK in a browser, beside plain fetch. */

import assert from 'node:assert/strict';
import { after, beforeEach, afterEach, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { get } from '../support/http.mjs';
import { launch, open, serveFiles } from './support/browser.mjs';

const [pail, files, browser] = await Promise.all([serve(), serveFiles(), launch()]);
after(() => Promise.all([pail.stop(), files.stop(), browser.close()]));
pail.run('acl', 'grant', '--app', 'demo', '--bucket', 'guestbook', 'CREATE_OBJECTS_IN_BUCKET', 'UserID:ANONYMOUS_USER');

let page;
let opened;
beforeEach(async () => {
  opened = await open(browser, files.origin, pail.api);
  page = opened.page;
});
afterEach(async () => {
  assert.deepEqual(opened.errors, []);
  await opened.close();
});

const tokenOf = id => pail.token('--user', id);

test('an object goes through its whole life, and fetch sees the same', async () => {
  const seen = await page.evaluate(async token => {
    const user = await session(token);
    const object = user.bucketWithName('life').createObjectWithType('todo');
    object.set('title', 'Milk');
    await call('save a new object', () => object.save());
    const path = `users/me/buckets/life/objects/${object.getUUID()}`;
    const states = [await request('GET', path, { token })];
    object.set('done', true);
    await call('save its changes', () => object.save());
    states.push(await request('GET', path, { token }));
    object.remove('title');
    await call('saveAllFields', () => object.saveAllFields());
    states.push(await request('GET', path, { token }));
    await call('delete', () => object.delete());
    states.push(await request('GET', path, { token }));
    return states.map(({ status, headers, body }) => [status, headers.etag, body.title, body.done, body._dataType]);
  }, tokenOf('alice'));
  assert.deepEqual(seen, [
    [200, '"1"', 'Milk', undefined, 'todo'],
    [200, '"2"', 'Milk', true, 'todo'],
    [200, '"3"', undefined, true, 'todo'],
    [404, undefined, undefined, undefined, undefined],
  ]);
});

test('the SDK knows the version of a new object, because the page can read its ETag', async () => {
  const errors = await page.evaluate(async token => {
    const user = await session(token);
    const object = user.bucketWithName('versions').createObject();
    object.set('n', 1);
    await object.save();
    object.set('n', 2);
    const first = await call('saveAllFields without overwriting', () => object.saveAllFields(null, false));
    const path = `users/me/buckets/versions/objects/${object.getUUID()}`;
    await request('PATCH', path, { token, headers: { 'Content-Type': 'application/json' }, body: '{"n":3}' });
    return [first, await call('save of a stale version', () => object.save(null, false))];
  }, tokenOf('alice'));
  assert.equal(errors[0], undefined);
  assert.match(errors[1], /^OBJECT_VERSION_IS_STALE: /);
  const { body } = await get(pail, 'users/alice/buckets/versions/objects');
  assert.deepEqual(body.results.map(object => object.n), [3]);
});

test('queries, pages and counts work', async () => {
  const found = await page.evaluate(async token => {
    const bucket = (await session(token)).bucketWithName('numbers');
    for (const n of [3, 1, 2]) {
      const object = bucket.createObject();
      object.set('n', n);
      await object.save();
    }
    const query = KiiQuery.queryWithClause(KiiClause.greaterThan('n', 0));
    query.sortByAsc('n');
    query.setLimit(2);
    const [, first, next] = await bucket.executeQuery(query);
    const [, second, none] = await bucket.executeQuery(next);
    return [first.map(object => object.get('n')), second.map(object => object.get('n')), none, (await bucket.count())[2]];
  }, tokenOf('alice'));
  assert.deepEqual(found, [[1, 2], [3], null, 3]);
});

test('an anonymous caller writes into the guest book only', async () => {
  const errors = await page.evaluate(async () => {
    await session();
    return [
      await call('sign the guest book', () => Kii.bucketWithName('guestbook').createObject().save()),
      await call('write elsewhere', () => Kii.bucketWithName('news').createObject().save()),
    ];
  });
  assert.equal(errors[0], undefined);
  assert.match(errors[1], /^UNAUTHORIZED: /);
  assert.equal((await get(pail, 'buckets/guestbook')).body.size, 1);
  assert.equal((await get(pail, 'buckets/news')).status, 404);
});

test('an object is shared by its ACL', async () => {
  const read = await page.evaluate(async ([alice, bob]) => {
    const object = (await session(alice)).bucketWithName('shared').createObject();
    object.set('text', 'Hello');
    await object.save();
    const acl = object.objectACL();
    acl.putACLEntry(KiiACLEntry.entryWithSubject(KiiUser.userWithID('bob'), KiiACLAction.KiiACLObjectActionRead));
    await acl.save();
    const [, entries] = await object.objectACL().listACLEntries();
    await session(bob);
    const theirs = await KiiObject.objectWithURI(object.objectURI()).refresh();
    const error = await call("change another user's object", () => theirs.save());
    return [theirs.get('text'), entries.map(entry => entry.getEntityString()).sort(), error];
  }, [tokenOf('alice'), tokenOf('bob')]);
  assert.deepEqual(read.slice(0, 2), ['Hello', ['UserID:alice', 'UserID:alice', 'UserID:bob']]);
  assert.match(read[2], /^UNAUTHORIZED: /);
});

test('IDs of users as log-ins give them work in the URLs that a browser sends', async () => {
  for (const id of ['auth0|64a1f2c3d4e5', 'kakao:1234567', 'f:9c1d7a80-1:jdoe', 'did:key:z6Mk', 'Xk3b2@clients', 'cn=jdoe,ou=people']) {
    const [uri, found] = await page.evaluate(async token => {
      const bucket = (await session(token)).bucketWithName('notes');
      const object = await bucket.createObject().save();
      return [object.objectURI(), (await bucket.count())[2]];
    }, tokenOf(id));
    assert.ok(uri.startsWith(`kiicloud://users/${id}/buckets/notes/objects/`), uri);
    assert.equal(found, 1);
    assert.equal((await get(pail, `users/${encodeURIComponent(id)}/buckets/notes`)).body.size, 1, id);
  }
});

test('things and administrators work', async () => {
  const { client_id: client, client_secret: secret } = JSON.parse(pail.run('app', 'add-client', '--app', 'demo', '--output', 'json'));
  await page.evaluate(async ([token, client, secret]) => {
    await session();
    const lamp = await Kii.authenticateAsThingWithToken('lamp', token);
    await lamp.getAuthenticatedThing().bucketWithName('states').createObject().save();
    const administrator = await Kii.authenticateAsAppAdmin(client, secret);
    await administrator.userWithID('carol').bucketWithName('welcome').createObject().save();
  }, [pail.token('--thing', 'lamp'), client, secret]);
  assert.equal((await get(pail, 'things/lamp/buckets/states')).body.size, 1);
  assert.equal((await get(pail, 'users/carol/buckets/welcome')).body.size, 1);
});

test('a token that is refused logs nobody in', async () => {
  const message = await page.evaluate(() => call('log in with a wrong token', () => session('x')));
  assert.match(message, /^WRONG_TOKEN: /);
});
