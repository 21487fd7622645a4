/** Changes of ACLs, by the SDK's own classes. */

/** The entries of an ACL as texts, in order: `READ_OBJECTS_IN_BUCKET UserID:alice`. */
export async function entries(acl) {
  const [, list] = await acl.listACLEntries();
  return list.map(entry => `${entry.getActionString()} ${entry.getEntityString()}`).sort();
}

/** Grants an action, such as `KiiACLObjectActionRead`, to a subject. */
export function grant(sdk, acl, subject, action) {
  return change(sdk, acl, subject, action, true);
}

/** Revokes it. */
export function revoke(sdk, acl, subject, action) {
  return change(sdk, acl, subject, action, false);
}

function change(sdk, acl, subject, action, granted) {
  const entry = sdk.KiiACLEntry.entryWithSubject(subject, sdk.KiiACLAction[action]);
  entry.setGrant(granted);
  acl.putACLEntry(entry);
  return acl.save();
}
