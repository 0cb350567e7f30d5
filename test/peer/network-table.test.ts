import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { networkTable, parseTable } from "../../src/peer/network-table.ts";
import { at, id, picture, row } from "../ui/pictures.ts";

describe("the network table", () => {
  test("names this peer first, then the others; who has left is not in it", () => {
    const view = picture({
      rows: [row(2, { name: "two" }), row(3, { status: "left" }), row(4, { status: "unhealthy" })],
    });
    const { cluster, peers } = networkTable(view);
    expect(cluster).toBe(view.self.clusterId);
    expect(peers.map((peer) => [peer.id, peer.address, peer.status])).toEqual([
      [id(1), at(1), "healthy"],
      [id(2), at(2), "healthy"],
      [id(4), at(4), "unhealthy"],
    ]);
  });

  test("is read back as the addresses in it", () => {
    const text = JSON.stringify(networkTable(picture({ peers: 4 })));
    expect(parseTable(text)).toEqual([1, 2, 3, 4].map((n) => ({ address: at(n) })));
  });

  test("of more than 1,024 entries is cut", () => {
    const peers = Array.from({ length: 5000 }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}:7001` }));
    expect(parseTable(JSON.stringify({ peers }))).toHaveLength(1024);
  });

  test("of names and hidden keys changes nothing here", () => {
    const text =
      '{"__proto__":{"polluted":1},"peers":[{"__proto__":{"address":"127.0.0.1:1"}},{"address":"127.0.0.1:7001"}]}';
    expect(parseTable(text)).toEqual([{ address: "127.0.0.1:7001" }]);
    expect({}).not.toHaveProperty("polluted");
  });

  test("never throws, and gives nothing but addresses", () => {
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((json) => `{"peers":[${json},{"address":${json}}]}`),
    );
    fc.assert(
      fc.property(text, (hostile) => {
        for (const { address } of parseTable(hostile) ?? []) expect(address).toMatch(/^[\d.[\]a-f:]+$/);
      }),
    );
  });
});
