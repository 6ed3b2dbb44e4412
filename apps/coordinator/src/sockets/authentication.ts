import { handshakeSchema, PROTOCOL_VERSION, TributaryError } from '@tributary/protocol'
import type { Namespace, Socket } from 'socket.io'
import type { Presented } from '../access/authentication.ts'
import type { Caller } from '../access/caller.ts'
import { clientAddress, type IsTrustedProxy } from '../access/trusted-proxies.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Identified } from '../accounts/identified.ts'
import { requireOwnOrigin } from '../accounts/own-origin.ts'
import { sessionCookieOf } from '../accounts/presented.ts'

export interface HandshakeDeps {
  readonly accounts: Pick<Accounts, 'connect' | 'options'>
  readonly isTrustedProxy: IsTrustedProxy | null
}

/** Refuses a connection before it is one; the refusal is in connect_error's `data`. */
export function requireHandshake<N extends Namespace>(
  namespace: N,
  { accounts, isTrustedProxy }: HandshakeDeps,
  admit: (account: Caller, socket: Socket) => Promise<void> | void,
): void {
  namespace.use((socket, next) => {
    check(socket as unknown as Socket).then(
      () => next(),
      (error) => next(asConnectError(error)),
    )
  })

  async function check(socket: Socket): Promise<void> {
    const auth: unknown = socket.handshake.auth
    // A client of another version may not know how to present itself: the version comes first, and is no failed sign-in.
    const { protocol } = auth as { protocol?: unknown }
    if (protocol !== PROTOCOL_VERSION) throw wrongVersion(protocol)
    const { address, headers } = socket.handshake
    const caller = clientAddress(address, headers, isTrustedProxy)
    const identified = await accounts.connect(caller, () => presentedAt(socket, accounts.options.publicUrl))
    if (identified.caller.mustChangePassword) throw new TributaryError('password_change_required')
    await admit(identified.caller, socket)
    socket.data = { identified }
  }
}

/** A token, or with an empty one the session of the cookie. @throws unauthenticated, origin_refused */
function presentedAt({ handshake: { auth, headers } }: Socket, publicUrl: string | null): Presented {
  const parsed = handshakeSchema.safeParse(auth)
  if (!parsed.success) throw new TributaryError('unauthenticated')
  const { token, csrf = '' } = parsed.data
  if (token !== '') return { kind: 'token', token }
  const id = sessionCookieOf(headers)
  if (id === null) throw new TributaryError('unauthenticated')
  // A browser opens sockets to anywhere for any page, and sends cookies along where it may.
  requireOwnOrigin(headers, publicUrl)
  return { kind: 'session', id, csrf }
}

const wrongVersion = (offered: unknown): TributaryError =>
  new TributaryError('protocol_version_unsupported', { supported: PROTOCOL_VERSION, offered: String(offered ?? 'none') })

function asConnectError(error: unknown): Error {
  const known = error instanceof TributaryError ? error : new TributaryError('unavailable')
  return Object.assign(new Error(known.code), { data: known.toBody() })
}

export const identifiedOf = (socket: { data: unknown }): Identified => (socket.data as { identified: Identified }).identified
export const accountOf = (socket: { data: unknown }): Caller => identifiedOf(socket).caller
