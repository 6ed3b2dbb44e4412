/** A connection with what waits for its other end; engine.io's types do not show all of it. */
export interface Line {
  readonly readyState: string
  /** Messages that the transport has not taken yet, oldest first. */
  readonly writeBuffer: readonly { readonly data?: unknown }[]
  readonly transport: Listenable & {
    /** False from a message until the network has taken it. */
    readonly writable: boolean
    readonly socket: { readonly bufferedAmount: number; terminate(): void }
  }
  on(event: 'packet' | 'close', listener: () => void): unknown
  off(event: 'packet' | 'close', listener: () => void): unknown
}

interface Listenable {
  on(event: 'ready', listener: () => void): unknown
  off(event: 'ready', listener: () => void): unknown
}

export const lineOf = (socket: { readonly conn: unknown }): Line => socket.conn as Line

/** Has the network taken everything that was told? */
export const isDrained = ({ transport, writeBuffer }: Line): boolean => transport.writable && writeBuffer.length === 0

/** Resolves once the network has taken everything that was told: to true, or to false when the connection has ended. */
export function drained(line: Line): Promise<boolean> {
  const { transport } = line
  return new Promise((resolve) => {
    const look = (): void => {
      const isOpen = line.readyState === 'open'
      if (isOpen && !isDrained(line)) return
      transport.off('ready', look)
      line.off('close', look)
      resolve(isOpen)
    }
    transport.on('ready', look)
    line.on('close', look)
    look()
  })
}

export interface UnreadLimits {
  readonly unreadBytes: number
  readonly unreadMessages: number
}

const LOOK_MS = 1_000

/** Cuts connections whose other end does not read what it is told. Who is cut comes back and catches up. */
export function cutUnread(
  engine: { on(event: 'connection', listener: (line: unknown) => void): unknown },
  { unreadBytes, unreadMessages }: UnreadLimits,
): { close: () => void } {
  const lines = new Set<Line>()
  // A close that waits for what was told to be read would never come.
  const cut = (line: Line): void => line.transport.socket.terminate()
  engine.on('connection', (connected) => {
    const line = connected as Line
    lines.add(line)
    line.on('close', () => lines.delete(line))
    // Each message may have its answer: those who only ask must not have to wait for the timer.
    line.on('packet', () => {
      if (line.writeBuffer.length > unreadMessages) cut(line)
    })
  })
  const timer = setInterval(() => {
    for (const line of lines) if (line.writeBuffer.length > unreadMessages || bytesOf(line) > unreadBytes) cut(line)
  }, LOOK_MS)
  return { close: () => clearInterval(timer) }
}

const bytesOf = ({ writeBuffer, transport }: Line): number =>
  writeBuffer.reduce((sum, { data }) => sum + lengthOf(data), transport.socket.bufferedAmount)

const lengthOf = (data: unknown): number =>
  typeof data === 'string' ? data.length : ArrayBuffer.isView(data) ? data.byteLength : 0
