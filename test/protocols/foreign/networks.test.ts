import { describe, expect, it } from "vitest";
import { ForeignNetwork } from "./network.ts";
import { accepted, place } from "./scene.ts";

const SECOND = 1000;

function textsAt(network: ForeignNetwork, n: number): string[] {
  return network.told(n).map(({ data }) => Buffer.from(data).toString());
}

describe("a network of peers of another make", () => {
  it("of twelve is joined through one, and a notice reaches everybody once", () => {
    const network = new ForeignNetwork();
    network.add(0, null);
    for (let n = 1; n < 12; n++) network.add(n, 0);
    network.run(30 * SECOND);
    for (let n = 0; n < 12; n++) expect(network.neighbours(n).length).toBeGreaterThanOrEqual(2);
    network.spread(5, accepted("note"));
    network.run(SECOND);
    for (let n = 0; n < 12; n++) expect(textsAt(network, n)).toEqual(n === 5 ? [] : ["note"]);
    // Four connections that each has dialled carry at most one copy each way.
    expect(network.sends).toBeLessThanOrEqual(2 * 12 * 4);
  });

  it.each([
    [0, [0, 0, 0, 0, 0]],
    [1, [1]],
    [3, [3, 2, 1]],
  ])("in a line carries a notice of TTL %i as far as it says", (ttl, reached) => {
    const network = new ForeignNetwork();
    network.add(0, null, { degree: 0 });
    // Of degree 1, each knows the one before it and has no place for others.
    for (let n = 1; n < 6; n++) network.add(n, n - 1, { degree: 1 });
    network.run(10 * SECOND);
    expect(network.neighbours(5)).toEqual([place(4)]);
    network.spread(5, accepted("note", ttl));
    network.run(SECOND);
    const ttls = [4, 3, 2, 1, 0].flatMap((n) => network.told(n).map((notice) => notice.ttl));
    expect(ttls).toEqual(reached);
  });

  it("has a bootstrapper that is silent, and one that comes later: both are waited for", () => {
    const network = new ForeignNetwork();
    network.add(0, null, {}, "silent");
    network.add(1, 0);
    network.add(2, 3);
    network.run(60 * SECOND);
    expect(network.neighbours(1)).toEqual([]);
    expect(network.neighbours(2)).toEqual([]);
    network.add(3, null);
    network.run(31 * SECOND);
    expect(network.neighbours(2)).toEqual([place(3)]);
  });

  it("has one that answers with garbage: it is nobody's neighbour, and the others are", () => {
    const network = new ForeignNetwork();
    network.add(0, null);
    network.add(1, 0, {}, "garbage");
    network.add(2, 0);
    network.run(60 * SECOND);
    expect(network.neighbours(0)).toEqual([place(2)]);
    expect(network.neighbours(2)).toEqual([place(0)]);
  });
});

describe("two networks with two peers that belong to both", () => {
  it("hand every notice over once, and nothing circles", () => {
    const network = new ForeignNetwork();
    network.add(0, null);
    for (const n of [1, 2, 3]) network.add(n, 0);
    // The third and the fourth are the gateways. What one of them accepts the other gets over our own network, with one
    // hop less where there is a limit, and has not had before.
    const gateways = [2, 3];
    const had = new Map(gateways.map((n) => [n, new Set<string>()]));
    const accept = (n: number, notice: ReturnType<typeof accepted>): void => {
      const text = Buffer.from(notice.data).toString();
      if (had.get(n)?.has(text) !== false) return;
      had.get(n)?.add(text);
      network.spread(n, notice);
      if (notice.received && notice.ttl === 1) return;
      const ttl = notice.received && notice.ttl > 1 ? notice.ttl - 1 : notice.ttl;
      const [other = 0] = gateways.filter((each) => each !== n);
      network.later(() => accept(other, { ...notice, ttl, received: true }));
    };
    network.onNotice = (n, notice) => {
      if (gateways.includes(n)) accept(n, { ...notice, received: true });
      else network.spread(n, { ...notice, received: true });
    };
    network.run(20 * SECOND);

    network.spread(0, accepted("theirs"));
    accept(2, accepted("ours"));
    network.run(SECOND);
    const after = network.sends;
    network.run(30 * SECOND);
    expect(network.sends).toBe(after);
    for (const n of [0, 1]) expect(textsAt(network, n).filter((text) => text === "ours")).toHaveLength(1);
    for (const n of [1, 2, 3]) expect(textsAt(network, n).filter((text) => text === "theirs").length).toBeLessThan(2);
    for (const n of gateways) expect([...(had.get(n) ?? [])].toSorted()).toEqual(["ours", "theirs"]);
  });
});
