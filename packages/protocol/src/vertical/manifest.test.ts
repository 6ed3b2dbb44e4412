import { describe, expect, it } from 'vitest'
import { verticalSettingsSchema } from './manifest.ts'

describe('binary digits of a vertical run', () => {
  const parse = (fx: number, fu: number) => verticalSettingsSchema.safeParse({ fixedPoint: { fx, fu } })

  it('are at least nine, of entries and of predictions', () => {
    expect(parse(9, 9).success).toBe(true)
    expect(parse(8, 14).error?.issues[0]).toMatchObject({
      path: ['fixedPoint', 'fx'],
      message: expect.stringMatching(/rounding of the columns/),
    })
    expect(parse(14, 8).error?.issues[0]).toMatchObject({
      path: ['fixedPoint', 'fu'],
      message: expect.stringMatching(/rounding of the label/),
    })
  })

  it('have a largest number', () => {
    expect(parse(24, 26).success).toBe(true)
    expect(parse(25, 26).success).toBe(false)
    expect(parse(24, 27).success).toBe(false)
  })
})
