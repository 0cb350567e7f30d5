const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there",
  EADDRNOTAVAIL: "this machine does not have that address: --vip-driver ip adds it",
  EACCES: "this user may not use that port: choose one above 1023",
};

/** Why the virtual address cannot be listened on, by the system's error code. */
export function refusal(code: string): string {
  return ADVICE[code] ?? `it cannot be listened on: ${code}`;
}
