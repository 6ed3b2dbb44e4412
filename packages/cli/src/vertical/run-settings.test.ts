import { verticalSettingsSchema } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { verticalSettings } from './run-settings.ts'

describe('the settings of a vertical run', () => {
  it("are the protocol's where nothing is said", () => {
    expect(verticalSettings({})).toEqual(verticalSettingsSchema.parse({}))
  })

  it('come from flags', () => {
    const flags = { task: 'logistic', lambda: 0.5, optimiser: 'gd', learningRate: 0.1, fx: 20, idRule: ['case-fold'] } as const
    expect(verticalSettings({ ...flags, maxSteps: 12, receiver: 'bank-a', rowWeights: true, minimumRows: 30 })).toMatchObject({
      task: 'logistic',
      lambda: 0.5,
      optimiser: { name: 'gd', learningRate: 0.1 },
      fixedPoint: { fx: 20, fu: 14 },
      idRule: { trim: false, caseFold: true, removeSpaces: false },
      maxSteps: 12,
      predictionReceiver: 'bank-a',
      rowWeights: true,
      minimumRows: 30,
    })
    expect(verticalSettings({ optimiser: 'nesterov' }).optimiser).toEqual({ name: 'nesterov', step: null })
    expect(verticalSettings({ optimiser: 'nesterov', learningRate: 0.25 }).optimiser).toEqual({ name: 'nesterov', step: 0.25 })
  })

  it('names the reason why so few digits are too few', () => {
    expect(verticalSettings({ fx: 9 }).fixedPoint).toEqual({ fx: 9, fu: 14 })
    const thrown = expect.objectContaining({
      details: { setting: 'run', reason: expect.stringMatching(/9 binary digits the rounding of the columns/) },
    })
    expect(() => verticalSettings({ fx: 8 })).toThrow(thrown)
  })

  it.each([
    [{ optimiser: 'gd' } as const, 'learningRate'],
    [{ learningRate: 0.1 }, 'learningRate'],
    [{ optimiser: 'pcg', learningRate: 0.1 } as const, 'learningRate'],
    [{ fx: 60 }, 'run'],
    [{ fx: 8 }, 'run'],
  ])('refuses %j', (flags, setting) => {
    expect(() => verticalSettings(flags)).toThrow(
      expect.objectContaining({ code: 'config_invalid', details: expect.objectContaining({ setting }) }),
    )
  })
})
