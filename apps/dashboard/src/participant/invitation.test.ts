import { participantNameSchema } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { invitationFrom, isParticipantName } from './invitation.ts'

it.each([
  ['#code=trb_x&name=oak', { code: 'trb_x', name: 'oak' }],
  ['#code=a%2Bb', { code: 'a+b', name: null }],
  ['#name=oak', null],
  ['#code=', null],
  ['', null],
])('reads %j', (hash, invitation) => {
  expect(invitationFrom(hash)).toEqual(invitation)
})

it.each(['oak', 'a', '0-1', '-oak', 'Oak', 'oak tree', '', 'a'.repeat(63), 'a'.repeat(64), 'constructor'])(
  'allows %j as a name where the protocol does',
  (name) => {
    expect(isParticipantName(name)).toBe(participantNameSchema.safeParse(name).success)
  },
)
