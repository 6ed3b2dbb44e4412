import { handshakeSchema, PROTOCOL_VERSION, TributaryError } from '@tributary/protocol'
import type { Namespace, Socket } from 'socket.io'
import type { AccountRecord } from '../storage/store.ts'

/** Finds the account of a token. @throws TributaryError unauthenticated */
export type Authenticate = (token: string) => Promise<AccountRecord>

/** Refuses a connection before it is one; the refusal is in connect_error's `data`. */
export function requireHandshake<N extends Namespace>(
  namespace: N,
  authenticate: Authenticate,
  admit: (account: AccountRecord, socket: Socket) => Promise<void> | void,
): void {
  namespace.use((socket, next) => {
    check(socket as unknown as Socket).then(
      () => next(),
      (error) => next(asConnectError(error)),
    )
  })

  async function check(socket: Socket): Promise<void> {
    const parsed = handshakeSchema.safeParse(socket.handshake.auth)
    if (!parsed.success) {
      const { protocol } = socket.handshake.auth as { protocol?: unknown }
      // A client of another version may not know how to present itself: say the version first.
      if (protocol !== PROTOCOL_VERSION) throw wrongVersion(protocol)
      throw new TributaryError('unauthenticated')
    }
    if (parsed.data.protocol !== PROTOCOL_VERSION) throw wrongVersion(parsed.data.protocol)
    const account = await authenticate(parsed.data.token)
    await admit(account, socket)
    socket.data = { account }
  }
}

const wrongVersion = (offered: unknown): TributaryError =>
  new TributaryError('protocol_version_unsupported', { supported: PROTOCOL_VERSION, offered: String(offered ?? 'none') })

function asConnectError(error: unknown): Error {
  const known = error instanceof TributaryError ? error : new TributaryError('unavailable')
  return Object.assign(new Error(known.code), { data: known.toBody() })
}

export const accountOf = (socket: { data: unknown }): AccountRecord => (socket.data as { account: AccountRecord }).account
