import type { VerticalEngine } from '../vertical/vertical-engine.ts'
import { accountOf } from './authentication.ts'
import { type ParticipantNamespace, participantRoom } from './participants.ts'

/** Tells parties that are connected what is new for them in vertical runs, and each of its runs to one who has just connected. */
export function serveVerticalNotices(
  namespace: ParticipantNamespace,
  { vertical, onError }: { vertical: VerticalEngine; onError: (error: unknown) => void },
): void {
  vertical.gateway = {
    notice: (participant, notice) => namespace.to(participantRoom(participant)).emit('vertical', notice),
  }
  namespace.on('connection', (socket) => {
    const { federation, participant } = accountOf(socket)
    if (federation === null || participant === null) return
    vertical
      .noticesFor(federation, participant)
      .then((notices) => {
        for (const notice of notices) socket.emit('vertical', notice)
      })
      .catch(onError)
  })
}
