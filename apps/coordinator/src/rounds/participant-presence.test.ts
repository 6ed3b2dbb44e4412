import { federationIdSchema, participantIdSchema } from '@tributary/protocol'
import { expect, it } from 'vitest'
import { ParticipantPresence } from './participant-presence.ts'

const federation = federationIdSchema.parse('fed_00000001')
const birch = { id: participantIdSchema.parse('par_00000001'), name: 'birch' }
const cedar = { id: participantIdSchema.parse('par_00000002'), name: 'cedar' }

it('knows since when those are gone that it saw, and forgets it when they are back', () => {
  let now = 1_000
  const presence = new ParticipantPresence(() => now)
  presence.connected(federation, birch)
  presence.connected(federation, cedar)
  expect(presence.lostAt(federation)).toEqual(new Map())
  now = 2_000
  presence.disconnected(federation, birch.id)
  now = 3_000
  // A second word of the same loss does not change when it was.
  presence.disconnected(federation, birch.id)
  presence.disconnected(federation, participantIdSchema.parse('par_00000003'))
  expect(presence.lostAt(federation)).toEqual(new Map([[birch.id, 2_000]]))
  const online = presence.online(federation)
  expect([online.size, online.has(birch.id), online.has(cedar.id)]).toEqual([1, false, true])
  presence.connected(federation, birch)
  expect(presence.lostAt(federation)).toEqual(new Map())
})
