import { type Absence, TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { errorInView } from './masked-text.ts'
import type { View } from './view.ts'

const names = ['alder', 'birch', 'cedar']
/** What `alder` may know: itself whole, of the others a pseudonym. */
const view: View = {
  whole: false,
  name: (name) => (name === 'alder' ? name : `peer-${name.length}`),
  id: (id) => id,
  single: (name) => name === 'alder',
}
const researcher: View = { ...view, name: (name) => `peer-${name.length}`, single: () => true }

const refused = (name: string): Absence => ({
  name,
  why: 'refused',
  error: { code: 'update_not_finite', details: { tensor: `dense_1 of ${name}`, index: 77 } },
})
const seen = (missing: readonly Absence[], as: View) =>
  errorInView(new TributaryError('run_failed_below_minimum', { round: 1, accepted: 0, minimum: 3, missing }).toBody(), names, as)

describe('who is missing, as another participant is told', () => {
  it('says where each is in the round, and nothing of what its update held or what it wrote', () => {
    const body = seen([refused('birch'), { name: 'cedar', why: 'failed', words: 'disk of cedar, says birch' }], view)
    const text = JSON.stringify(body)
    for (const secret of ['birch', 'cedar', 'dense_1', '77', 'disk']) expect(text).not.toContain(secret)
    expect(body.message).toMatch(/Missing: peer-5 \(update refused: .*….*\), peer-5 \(its training failed: …\)/)
  })

  it('keeps its own words, without the names of others in them', () => {
    const body = seen([refused('alder'), { name: 'alder', why: 'excluded', words: 'as birch asked' }], view)
    expect(body.message).toContain('dense_1 of alder')
    expect(body.message).toContain('alder (excluded: as peer-5 asked)')
  })

  it('is told to a researcher with all words, by pseudonym', () => {
    const body = seen([refused('birch'), { name: 'cedar', why: 'left', words: 'cedar goes home' }], researcher)
    expect(body.message).toContain('dense_1 of peer-5')
    expect(body.message).toContain('peer-5 (left: peer-5 goes home)')
    expect(JSON.stringify(body)).not.toMatch(/birch|cedar/)
  })
})
