/** Points: storing them, boxes and distances. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { serve } from '../support/pail.mjs';
import { asUser, refused } from './support/sdk.mjs';
import { stored } from '../support/http.mjs';

const pail = await serve();
after(() => pail.stop());
const { Kii, KiiClause, KiiGeoPoint, KiiQuery } = await asUser(pail, 'alice');
const bucket = Kii.bucketWithName('places');
const point = (lat, lon) => KiiGeoPoint.geoPoint(lat, lon);

const places = { tower: [35.6586, 139.7454], pier: [35.6581, 139.7513], osaka: [34.6937, 135.5023], suva: [-18.1416, 178.4419], apia: [-13.8333, -171.7667] };
for (const [id, [lat, lon]] of Object.entries(places)) {
  const object = bucket.createObjectWithID(id);
  object.setGeoPoint('at', point(lat, lon));
  await object.saveAllFields();
}

/** The IDs of what a clause finds. */
async function find(clause, order) {
  const query = KiiQuery.queryWithClause(clause);
  if (order) query.sortByAsc(order);
  const [, found] = await bucket.executeQuery(query);
  return found.map(object => object.getUUID());
}

test('a point is stored as it is, and read again', async () => {
  const tower = await bucket.createObjectWithID('tower').refresh();
  assert.deepEqual((await stored(pail, tower)).fields, { at: { _type: 'point', lat: 35.6586, lon: 139.7454 } });
  const at = tower.getGeoPoint('at');
  assert.deepEqual([at.getLatitude(), at.getLongitude()], places.tower);
});

test('geoBox finds the points within its corners', async () => {
  assert.deepEqual(await find(KiiClause.geoBox('at', point(36, 140), point(35, 139))), ['tower', 'pier']);
  assert.deepEqual(await find(KiiClause.geoBox('at', point(36, 140), point(34, 135))), ['tower', 'pier', 'osaka']);
  assert.deepEqual(await find(KiiClause.geoBox('at', point(...places.tower), point(...places.tower))), ['tower'], 'edges included');
});

test('geoBox crosses the 180th meridian', async () => {
  assert.deepEqual(await find(KiiClause.geoBox('at', point(0, -170), point(-20, 170))), ['suva', 'apia']);
});

test('geoDistance finds the points within its radius', async () => {
  assert.deepEqual(await find(KiiClause.geoDistance('at', point(...places.tower), 500)), ['tower']);
  assert.deepEqual(await find(KiiClause.geoDistance('at', point(...places.tower), 600)), ['tower', 'pier']);
  assert.deepEqual(await find(KiiClause.geoDistance('at', point(...places.tower), 20_000_000)), Object.keys(places));
});

test('geoDistance puts the distance into its results, which can be ordered by it', async () => {
  const query = KiiQuery.queryWithClause(KiiClause.geoDistance('at', point(...places.pier), 500_000, 'metres'));
  query.sortByAsc('_calculated.metres');
  const [, found] = await bucket.executeQuery(query);
  assert.deepEqual(found.map(object => object.getUUID()), ['pier', 'tower', 'osaka']);
  const metres = found.map(object => object.get('_calculated').metres);
  // By the haversine formula on a sphere with a radius of 6,371,000 m.
  const expected = [0, 535.937, 400_761.661];
  metres.forEach((distance, n) => assert.ok(Math.abs(distance - expected[n]) < 0.01, `${metres}`));
});

test('a distance that came with a query is not stored when the object is saved', async () => {
  const query = KiiQuery.queryWithClause(KiiClause.geoDistance('at', point(...places.apia), 1, 'metres'));
  const [, [apia]] = await bucket.executeQuery(query);
  assert.deepEqual(apia.get('_calculated'), { metres: 0 });
  await apia.saveAllFields();
  assert.deepEqual(Object.keys((await stored(pail, apia)).fields), ['at']);
  assert.equal((await stored(pail, apia)).reserved._calculated, undefined);
});

test('clauses of points can be combined and counted', async () => {
  const near = KiiClause.geoDistance('at', point(...places.tower), 600);
  assert.deepEqual(await find(KiiClause.not(near)), ['osaka', 'suva', 'apia']);
  assert.deepEqual(await find(KiiClause.and(near, KiiClause.equals('_id', 'pier'))), ['pier']);
  assert.equal((await bucket.countWithQuery(KiiQuery.queryWithClause(near)))[2], 2);
});

test('a name for the distance that begins with a digit or has a dot never leaves the SDK, and an order by another name is refused', async () => {
  assert.throws(() => KiiClause.geoDistance('at', point(0, 0), 1, '1st'));
  assert.throws(() => KiiClause.geoDistance('at', point(0, 0), 1, 'a.b'));
  const query = KiiQuery.queryWithClause(KiiClause.geoDistance('at', point(0, 0), 1, 'metres'));
  query.sortByAsc('_calculated.feet');
  await refused(pail, () => bucket.executeQuery(query), 'QUERY_NOT_SUPPORTED', 400);
});
