import { afterEach, describe, expect, test, vi } from "vitest";
import { Counters } from "../../src/runtime/counters.ts";
import { FrontDoor } from "../../src/runtime/front-door.ts";
import { bindOnePort, type OnePort } from "../../src/runtime/port.ts";
import { UdpPort } from "../../src/runtime/udp.ts";
import { freePorts } from "../support/free-ports.ts";

const bound: OnePort[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const { door, udp } of bound.splice(0)) {
    door.close();
    udp.close();
  }
});

async function bind(port: number | null, host = "127.0.0.1"): Promise<OnePort> {
  const taken = await bindOnePort(host, port, new Counters());
  bound.push(taken);
  return taken;
}

function busy(code = "EADDRINUSE"): Error {
  return Object.assign(new Error(`bind ${code}`), { code });
}

/** Lets the front door find these ports taken, and any other one free, without touching the machine's ports. */
function takenPorts(isTaken: (port: number) => boolean): number[] {
  const tried: number[] = [];
  const real = FrontDoor.bind.bind(FrontDoor);
  vi.spyOn(FrontDoor, "bind").mockImplementation((host, port, counters) => {
    tried.push(port);
    return isTaken(port) ? Promise.reject(busy()) : real(host, 0, counters);
  });
  return tried;
}

describe("the one port", () => {
  test("is TCP and UDP alike", async () => {
    const [port = 0] = await freePorts(1);
    const taken = await bind(port);
    expect([taken.port, taken.door.port]).toEqual([port, port]);
    await expect(UdpPort.bind("127.0.0.1", port, new Counters())).rejects.toThrow(/EADDRINUSE/);
  });

  test("is the first free one from 7001 where none is named", async () => {
    const tried = takenPorts((port) => port < 7004);
    await bind(null);
    expect(tried).toEqual([7001, 7002, 7003, 7004]);
  });

  test("is none where all sixteen are in use, in one line that says what to do", async () => {
    takenPorts(() => true);
    await expect(bind(null)).rejects.toThrow("ports 7001 to 7016 on 127.0.0.1 are all in use: choose one with --port");
  });

  test("is not looked for any further where the trouble is another one", async () => {
    const tried = takenPorts(() => false);
    vi.spyOn(FrontDoor, "bind").mockRejectedValue(busy("EADDRNOTAVAIL"));
    await expect(bind(null)).rejects.toThrow(
      "TCP port 7001 on 127.0.0.1 cannot be bound: this machine does not have that address; choose another with --host",
    );
    expect(tried).toEqual([]);
  });

  test("that is in use is one line that says what to do, for either half", async () => {
    const { port } = await bind(0);
    await expect(bind(port)).rejects.toThrow(
      `TCP port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another with --port`,
    );
    const [other = 0] = await freePorts(1);
    const udp = await UdpPort.bind("127.0.0.1", other, new Counters());
    await expect(bind(other)).rejects.toThrow(`UDP port ${other} on 127.0.0.1 is in use`);
    udp.close();
    // The half that could be had was let go.
    expect((await bind(other)).port).toBe(other);
  });

  test("that the system chooses is another one where only its TCP half is free", async () => {
    const udp = vi.spyOn(UdpPort, "bind").mockRejectedValueOnce(busy());
    const { port } = await bind(0);
    expect(port).toBeGreaterThan(0);
    expect(udp).toHaveBeenCalledTimes(2);
  });
});
