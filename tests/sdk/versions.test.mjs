/** Saving without overwriting: `save(callbacks, false)` and `saveAllFields(callbacks, false)`. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { asUser, create, refused, rejected } from './support/sdk.mjs';
import { stored } from '../support/http.mjs';

const pail = await serve();
after(() => pail.stop());
const { Kii } = await asUser(pail, 'alice');
const bucket = Kii.bucketWithName('versions');
const calls = ['save', 'saveAllFields'];

/** Another instance of the same object, as it is stored now. */
function reload(object) {
  return bucket.createObjectWithID(object.getUUID()).refresh();
}

/** The ways by which an object comes to know its version. */
const sources = {
  'a create': object => object,
  'a replacement': object => object.saveAllFields(),
  'a change': object => object.save(),
  'a refresh': object => object.refresh(),
  'a refresh of another instance': reload,
  'a query': async object => {
    const { KiiQuery, KiiClause } = await asUser(pail, 'alice');
    const [, [found]] = await bucket.executeQuery(KiiQuery.queryWithClause(KiiClause.equals('_id', object.getUUID())));
    return found;
  },
};

for (const call of calls) {
  for (const [source, from] of Object.entries(sources)) {
    test(`after ${source}, ${call} saves the newest version and refuses an older one`, async () => {
      const object = await from(await create(bucket, { n: 0 }));
      object.set('n', 1);
      await object[call](null, false);
      object.set('n', 2);
      await object[call](null, false);
      assert.equal((await stored(pail, object)).fields.n, 2);

      const other = await reload(object);
      other.set('n', 3);
      await other.saveAllFields();
      object.set('n', 4);
      await refused(pail, () => object[call](null, false), 'OBJECT_VERSION_IS_STALE', 409);
      assert.equal((await stored(pail, object)).fields.n, 3);

      await object.refresh();
      object.set('n', 5);
      await object[call](null, false);
      assert.equal((await stored(pail, object)).fields.n, 5);
    });
  }

  test(`${call} of a version refuses an object that was deleted`, async () => {
    const object = await create(bucket, {});
    await (await reload(object)).delete();
    await refused(pail, () => object[call](null, false), 'OBJECT_NOT_FOUND', 404);
  });

  test(`${call} of a version refuses an object that was deleted and made anew`, async () => {
    const object = await create(bucket, {});
    const other = await reload(object);
    await other.delete();
    await other.saveAllFields();
    await refused(pail, () => object[call](null, false), 'OBJECT_VERSION_IS_STALE', 409);
  });
}

test('an object with an ID of its own is created once', async () => {
  const first = bucket.createObjectWithID('only-once');
  first.set('by', 'first');
  await first.saveAllFields(null, false);
  const second = bucket.createObjectWithID('only-once');
  second.set('by', 'second');
  await refused(pail, () => second.saveAllFields(null, false), 'OBJECT_ALREADY_EXISTS', 409);
  const { etag, fields } = await stored(pail, first);
  assert.deepEqual([etag, fields], ['"1"', { by: 'first' }]);
});

test('of several creates of one ID at the same time, one succeeds', async () => {
  const attempts = Array.from({ length: 8 }, (_, n) => {
    const object = bucket.createObjectWithID('race');
    object.set('by', n);
    return object.saveAllFields(null, false);
  });
  const ended = await Promise.allSettled(attempts);
  const winners = ended.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
  assert.equal(winners.length, 1);
  for (const [n, attempt] of attempts.entries()) {
    if (n !== winners[0]) await rejected(() => attempt, 'OBJECT_ALREADY_EXISTS', 409);
  }
  const { etag, fields } = await stored(pail, await bucket.createObjectWithID('race').refresh());
  assert.deepEqual([etag, fields], ['"1"', { by: winners[0] }]);
});

test('no update is lost between sessions that save their own version', async () => {
  const object = await create(bucket, { n: 0 });
  const add = async () => {
    for (;;) {
      const mine = await reload(object);
      mine.set('n', mine.get('n') + 1);
      try {
        return await mine.save(null, false);
      } catch (error) {
        assert.match(error.message, /^OBJECT_VERSION_IS_STALE: /);
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, add));
  const { etag, fields } = await stored(pail, object);
  assert.deepEqual([etag, fields], ['"7"', { n: 6 }]);
});

test('save without overwriting sends nothing where the SDK knows no version', async () => {
  const before = await pail.contents();
  const error = await rejected(() => bucket.createObjectWithID('unknown').save(null, false), null, -1);
  assert.match(error.message, /^IllegalState! Call KiiObject#refresh\(\)/);
  assert.deepEqual(await pail.contents(), before);
});
