import { TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { featureNames, parseTableSchema } from './schema.ts'

const age = { name: 'age', type: 'number' }
const sex = { name: 'sex', type: 'category', categories: ['f', 'm'] }
const good = { task: 'classification', features: [age], label: sex }

describe('tableSchema', () => {
  it('fills in what may be left out, and names the places of the features', () => {
    const schema = parseTableSchema({ ...good, features: [sex, age], label: null })
    expect([schema.id, schema.delimiter]).toEqual([null, ','])
    expect(featureNames(schema)).toEqual(['sex=f', 'sex=m', 'age'])
  })

  it.each([
    ['a column used twice', { ...good, features: [age, age] }, /the column age is named twice/],
    ['a label that is a feature', { ...good, features: [age, sex] }, /the column sex is named twice/],
    ['an id that is a feature', { ...good, id: 'age' }, /the column age is named twice/],
    ['a number for a class', { ...good, features: [sex], label: age }, /classification needs a label of type category/],
    ['a category for a target', { ...good, task: 'regression' }, /regression needs a label of type number/],
    ['no features', { ...good, features: [] }, /features/],
    ['a category twice', { ...good, label: { ...sex, categories: ['f', 'f'] } }, /a category is named twice/],
    ['a single category', { ...good, label: { ...sex, categories: ['f'] } }, /categories/],
    ['a name with outer spaces', { ...good, id: ' id' }, /must not start or end with a space/],
    ['an unknown key', { ...good, labels: sex }, /labels/],
  ])('refuses %s', (_, schema, reason) => {
    expect(() => parseTableSchema(schema)).toThrow(TributaryError)
    expect(() => parseTableSchema(schema)).toThrow(reason)
  })
})
