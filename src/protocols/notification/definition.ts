import { union } from "../../wire/codec.ts";
import type { Definition } from "../definition.ts";
import { type NotificationSpeech, notificationFraming } from "./message.ts";
import { Notification } from "./notification.ts";

/** What a peer uses unless told otherwise; who it is, its life and its clock are each peer's own. */
export const NOTIFICATION_DEFAULTS: Omit<NotificationSpeech["options"], "peer" | "life" | "lamport"> = {
  isGateway: false,
  degree: 4,
  cacheSize: 16_384,
  cacheBytes: 32 * 1024 * 1024,
  strict: false,
  validationTimeoutMs: 5000,
  queueSize: 16_384,
  queueBytes: 16 * 1024 * 1024,
  digestIntervalMs: 40,
  idleDigestIntervalMs: 4000,
  pullTimeoutMs: 1000,
  windowBytes: 1024 * 1024,
  programRate: { perSecond: 200_000, burst: 200_000 },
  peerRate: { perSecond: 200_000, burst: 200_000 },
};

/** Notification as the registry holds it. It keeps nothing on disk: what is told is told to who is there. */
export const notification: Definition<NotificationSpeech> = {
  framing: notificationFraming,
  record: union({}),
  routine: new Set(["notices-announced", "notices-received", "notices-accepted", "notice-rejected"]),
  start: (options, _saved, random) => new Notification(options, random),
};
