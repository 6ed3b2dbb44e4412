import { type Participant, TributaryError, type User } from '@tributary/protocol'

/** The account with this id or name. @throws TributaryError `not_found` */
export function findUser(users: readonly User[], wanted: string): User {
  const name = wanted.normalize('NFKC').toLowerCase()
  const found = users.find((user) => user.account === wanted) ?? users.find((user) => user.name === name)
  if (found === undefined) throw new TributaryError('not_found', { what: 'account', id: wanted })
  return found
}

/** The participant with this id, or the one that holds this name now. @throws TributaryError `not_found` */
export function findParticipant(participants: readonly Participant[], wanted: string): Participant {
  const found =
    participants.find(({ id }) => id === wanted) ?? participants.find(({ name, state }) => name === wanted && state === 'active')
  if (found === undefined) throw new TributaryError('not_found', { what: 'participant', id: wanted })
  return found
}
