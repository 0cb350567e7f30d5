import { expect } from "vitest";
import { connectStore, type StoreClient, type StoreOptions } from "../../src/client/store-client.ts";
import { StoreError } from "../../src/client/store-error.ts";
import type { Answer, Request } from "../../src/core/request.ts";
import { type FakeConnection, FakeState, FakeStore } from "../support/fake-store.ts";

const peers: FakeStore[] = [];
const clients: StoreClient[] = [];

/** Ends all that was begun here. */
export async function endAll(): Promise<void> {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(peers.splice(0).map((peer) => peer.kill()));
}

/** A fake peer. */
export async function onePeer(state = new FakeState()): Promise<FakeStore> {
  const peer = await FakeStore.listen(state);
  peers.push(peer);
  return peer;
}

/** Two fake peers of one cluster. */
export async function twoPeers(): Promise<readonly [FakeStore, FakeStore]> {
  const state = new FakeState();
  return [await onePeer(state), await onePeer(state)];
}

/** A client of some peers, the first of which it is connected to. */
export async function clientOf(some: readonly FakeStore[], options: StoreOptions = {}): Promise<StoreClient> {
  const client = await connectStore(
    some.map(({ address }) => address),
    options,
  );
  clients.push(client);
  return client;
}

/** The error with which a promise rejects, as its parts. */
export async function failure(promise: Promise<unknown>): Promise<Pick<StoreError, "code" | "definite" | "message">> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) return expect.fail(`no StoreError: ${String(error)}`);
  const { code, definite, message } = error;
  return { code, definite, message };
}

/** Lets a peer answer as `first` does, and where that says nothing as it did before. */
export function answerFirst(
  peer: FakeStore,
  first: (request: Request, connection: FakeConnection) => Answer | undefined,
): void {
  const usual = peer.manner;
  peer.manner = (request, connection) => first(request, connection) ?? usual(request, connection);
}
