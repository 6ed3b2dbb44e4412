import { expect, it } from 'vitest'
import { invitationFrom } from './invitation.ts'

it.each([
  ['#code=trb_x&name=oak', { code: 'trb_x', name: 'oak' }],
  ['#code=a%2Bb', { code: 'a+b', name: null }],
  ['#name=oak', null],
  ['#code=', null],
  ['', null],
])('reads %j', (hash, invitation) => {
  expect(invitationFrom(hash)).toEqual(invitation)
})
