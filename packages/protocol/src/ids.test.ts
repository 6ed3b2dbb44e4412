import { describe, expect, it } from 'vitest'
import { participantNameSchema } from './ids.ts'

describe('participantNameSchema', () => {
  it.each(['bank-b', '7', 'a'.repeat(63)])('takes %s', (name) => {
    expect(participantNameSchema.parse(name)).toBe(name)
  })

  it.each(['constructor', '', '-a', 'Bank', 'a_b', 'a'.repeat(64)])('refuses %s', (name) => {
    expect(participantNameSchema.safeParse(name).success).toBe(false)
  })
})
