/** What one coordinator takes from those who call it. */
export interface CoordinatorLimits {
  /** Calls of one token or address in a minute. */
  callsPerMinute: number
  /** Tries to join from one address in a minute. */
  joinsPerMinute: number
  /** Sign-ins with a wrong token or none from one address in a minute, by HTTP and by socket together. */
  failuresPerMinute: number
  /** Open connections. */
  connections: number
  /** For the head of a request, from its first byte. */
  headersSeconds: number
  /** Without a byte in either direction on a connection that is not a WebSocket. A slow upload is not a silent one. */
  idleSeconds: number
  /** For a request with its body. An upload that needs longer goes on where it stopped. */
  requestSeconds: number
  /** Times a minute that one connection may subscribe, and that one participant may say ready. */
  socketCallsPerMinute: number
  /** Bytes that wait for a WebSocket whose other end does not read; beyond them it is cut, and comes back. */
  unreadBytes: number
  /** The same, counted in messages. */
  unreadMessages: number
  /** Bytes of all sealed messages of one vertical run. */
  mailBytesPerRun: number
  /** Sealed messages that one party sends at the same moment. */
  mailAtOnce: number
  /** Days that mail of an ended vertical run waits for a receiver who does not come. */
  mailDays: number
}

export const DEFAULT_LIMITS: CoordinatorLimits = {
  callsPerMinute: 6_000,
  joinsPerMinute: 300,
  failuresPerMinute: 300,
  connections: 5_000,
  headersSeconds: 20,
  idleSeconds: 120,
  requestSeconds: 3_600,
  socketCallsPerMinute: 60,
  unreadBytes: 16 * 2 ** 20,
  unreadMessages: 5_000,
  mailBytesPerRun: 64 * 2 ** 30,
  // One to each of the 33 other parties of the largest run, and some that a dead connection still holds.
  mailAtOnce: 40,
  mailDays: 30,
}
