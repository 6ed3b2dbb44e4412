import { TributaryError } from '@tributary/protocol'
import type { Socket } from 'socket.io'
import type { Ended, SignInEnds } from '../accounts/sign-in-ends.ts'
import { identifiedOf } from './authentication.ts'
import type { WatchNamespace } from './watchers.ts'

/** How long a connection may outlive a sign-in that ran out, or that another coordinator of the same database ended. */
const RECHECK_MS = 10_000

type WatchSocket = Pick<Socket, 'emit' | 'disconnect' | 'data'>

/** Cuts connections whose sign-in has ended: at once when it was ended here, else within seconds. */
export function endWithSignIn(
  namespace: WatchNamespace,
  ends: SignInEnds,
  onError: (error: unknown) => void,
): { close: () => void } {
  const sockets = (): WatchSocket[] => [...namespace.sockets.values()]
  const cut = (socket: WatchSocket, error: TributaryError): void => {
    socket.emit('signedOut', error.toBody())
    socket.disconnect(true)
  }
  const recheck = async (socket: WatchSocket): Promise<void> => {
    try {
      await identifiedOf(socket).recheck()
    } catch (error) {
      if (error instanceof TributaryError) cut(socket, error)
      else onError(error)
    }
  }
  const unsubscribe = ends.subscribe((ended) => {
    for (const socket of sockets()) if (concerns(ended, socket)) void recheck(socket)
  })
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    const look = async () => {
      for (const socket of sockets()) await recheck(socket)
    }
    look().then(
      () => {
        looking = false
      },
      (error) => {
        looking = false
        onError(error)
      },
    )
  }, RECHECK_MS)
  return {
    close: () => {
      clearInterval(timer)
      unsubscribe()
    },
  }
}

function concerns(ended: Ended, socket: WatchSocket): boolean {
  const { caller, token } = identifiedOf(socket)
  if ('account' in ended) return caller.id === ended.account && (ended.keep === null || caller.session !== ended.keep)
  if ('session' in ended) return caller.session === ended.session
  return token === ended.token
}
