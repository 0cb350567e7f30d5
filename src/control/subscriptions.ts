import type { PeerView } from "../peer/peer-view.ts";

/** Whether the person at a peer subscribes a data type. */
export function isSubscribedByPerson({ notifications }: PeerView, dataType: number): boolean {
  return notifications.subscribers.some(({ session, dataTypes }) => session === null && dataTypes.includes(dataType));
}
