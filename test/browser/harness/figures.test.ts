import { describe, expect, it } from 'vitest'
import { withinBudget } from './figures.ts'

const measure = (values: readonly number[]) => async (pass: number) => [
  { of: 'paint', value: values[pass - 1] ?? Number.NaN, most: 10 },
  { of: 'heap', value: 1, most: 1 },
]

describe('a budget', () => {
  it('is kept by the first pass within it, and no more are made', async () => {
    let passes = 0
    await withinBudget(3, (pass) => {
      passes = pass
      return measure([12, 10, 9])(pass)
    })
    expect(passes).toBe(2)
  })

  it('is exceeded by what is over it in every pass', async () => {
    await expect(withinBudget(3, measure([12, 10.5, 11]))).rejects.toThrow('at best paint: 10.5 (budget 10)')
    await expect(withinBudget(1, measure([9, Number.NaN]))).resolves.toBeUndefined()
  })

  it('is not kept by what is no number', async () => {
    await expect(withinBudget(2, measure([Number.NaN, Number.NaN]))).rejects.toThrow('over budget in each of 2 passes')
  })
})
