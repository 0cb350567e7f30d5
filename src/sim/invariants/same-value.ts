/** Whether two values are the same, field by field: plain objects, arrays and bytes of anything that has a codec. */
export function isSameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Uint8Array) return other instanceof Uint8Array && isSameInOrder(one, other);
  if (Array.isArray(one)) return Array.isArray(other) && isSameInOrder(one, other);
  return hasSameFields(one, other);
}

function isSameInOrder(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (!isSameValue(one[at], other[at])) return false;
  return true;
}

/** Loops over names as they are: a list of them for each of thousands of messages would cost more than the comparison. */
function hasSameFields(one: object, other: object): boolean {
  let more = 0;
  for (const name in one) {
    more += 1;
    if (!isSameValue(Reflect.get(one, name), Reflect.get(other, name))) return false;
  }
  for (const _ in other) more -= 1;
  return more === 0;
}
