import { describe, expect, test } from "vitest";
import { USUAL_MODES } from "../../src/core/modes.ts";
import type { Surroundings } from "../../src/peer/surroundings.ts";
import { wiring } from "../../src/peer/wiring.ts";
import type { ForeignSpeech } from "../../src/protocols/foreign/message.ts";
import type { Notice } from "../../src/protocols/notification/notice.ts";
import { addressOf, idOf } from "./peer-bench.ts";

const data = Buffer.from("note");

function around(active: boolean, neighbours: ForeignSpeech["view"]["neighbours"] = []): Surroundings {
  const counts = { sent: 0, received: 0, duplicates: 0, overRate: 0, unexpected: 0, refused: 0 };
  const foreign: ForeignSpeech["view"] = { active, bootstrapper: null, neighbours, callers: 0, known: 0, counts };
  return {
    self: idOf(1),
    modes: USUAL_MODES,
    incarnation: 1,
    addressOf: () => undefined,
    isLinked: () => false,
    isAdmitted: () => true,
    memberAddresses: () => [],
    // Only what foreign shows is looked at here.
    view: () => foreign as never,
  };
}

function notice(ttl: number, hops: number): Notice {
  return { origin: idOf(2), life: 1, dataType: 1337, sequence: 1, ttl, hops, lamport: 7, data };
}

describe("where our network meets another", () => {
  const accepted = wiring.notification["notices-accepted"];
  const event = { kind: "notices-accepted", count: 2, notices: [notice(4, 0), notice(3, 1)] } as const;

  test("what is accepted here goes there in one go, and it is said what has crossed a link", () => {
    expect(accepted?.(event, around(true))).toEqual([
      {
        protocol: "foreign",
        command: {
          kind: "spread",
          notices: [
            { dataType: 1337, ttl: 4, data, received: false },
            { dataType: 1337, ttl: 3, data, received: true },
          ],
        },
      },
    ]);
  });

  test("nothing goes where there is no other network", () => {
    expect(accepted?.(event, around(false))).toEqual([]);
  });

  test("what comes from there is imported as it came", () => {
    const told = { kind: "foreign-notice", dataType: 1337, ttl: 4, data } as const;
    expect(wiring.foreign["foreign-notice"]?.(told, around(true))).toEqual([
      { protocol: "notification", command: { kind: "import", dataType: 1337, ttl: 4, data } },
    ]);
  });

  test("gossip tells programs of those who have answered there", () => {
    const neighbours = [
      { address: addressOf(3), state: "neighbour" },
      { address: addressOf(4), state: "asked" },
    ] as const;
    const verified = { kind: "neighbour-verified", address: addressOf(3) } as const;
    expect(wiring.foreign["neighbour-verified"]?.(verified, around(true, neighbours))).toEqual([
      { protocol: "gossip", command: { kind: "neighbours", addresses: [addressOf(3)] } },
    ]);
  });

  test("who is named by a program may be a peer of either make, and who pulls is one of the other", () => {
    const heard = (from: ReturnType<typeof idOf> | null) =>
      wiring.gossip["id-heard"]?.({ kind: "id-heard", address: addressOf(5), from }, around(true));
    const consider = (protocol: "discovery" | "foreign") => ({
      protocol,
      command: { kind: "consider", address: addressOf(5) },
    });
    expect(heard(null)).toEqual([consider("discovery"), consider("foreign")]);
    expect(heard(idOf(2))).toEqual([consider("discovery")]);
    const pulled = { kind: "program-pulled", session: 4, address: addressOf(5) } as const;
    expect(wiring.gossip["program-pulled"]?.(pulled, around(true))).toEqual([
      { protocol: "foreign", command: { kind: "welcome", session: 4, address: addressOf(5) } },
    ]);
  });
});
