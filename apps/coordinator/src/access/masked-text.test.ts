import { type Absence, TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import { errorInView, textInView } from './masked-text.ts'
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

  it('keeps its numbers and its form, whatever somebody is called', () => {
    const missing: Absence[] = [
      {
        name: '2',
        why: 'refused',
        error: { code: 'update_wrong_shape', details: { tensor: 'dense_2', expected: 1, actual: 2 } },
      },
      { name: 'null', why: 'failed', words: 'null, says 2' },
    ]
    const body = new TributaryError('run_failed_below_minimum', { round: 2, accepted: 1, minimum: 2, missing }).toBody()
    const told = (as: View) => errorInView(body, ['2', '1', 'null'], as)
    expect(told(researcher).details).toEqual({
      round: 2,
      accepted: 1,
      minimum: 2,
      missing: [
        {
          name: 'peer-1',
          why: 'refused',
          error: { code: 'update_wrong_shape', details: { tensor: '…', expected: 1, actual: 2 } },
        },
        { name: 'peer-4', why: 'failed', words: '…' },
      ],
    })
    expect(told(researcher).message).toContain('Round 2 failed: 1 of 2 required updates')
    expect(told(view).details).toMatchObject({ round: 2, accepted: 1, minimum: 2, missing: [{ name: 'peer-1' }, { words: '…' }] })
  })

  it('as it was stored before, as a list of texts, stays one', () => {
    const missing = ['birch (no update: its disk)', 'cedar (left: at birch)', 'nobody']
    const body = new TributaryError('run_failed_below_minimum', { round: 1, accepted: 0, minimum: 3, missing }).toBody()
    expect(errorInView(body, names, view).details.missing).toEqual(['peer-5', 'peer-5, peer-5', '…'])
    expect(errorInView(body, names, researcher).details.missing).toEqual([
      'peer-5 (no update: its disk)',
      'peer-5 (left: at peer-5)',
      'nobody',
    ])
  })
})

describe('a text in which a name stands', () => {
  const told = (text: string, ...all: string[]) => textInView(text, all, researcher)

  it('holds a pseudonym wherever no letter or digit touches it, in upper case too', () => {
    expect(told('Cedar-based, of cedar_2; not cedars', 'cedar')).toBe('peer-5-based, of peer-5_2; not cedars')
    expect(told('cedar-clinic asked cedar', 'cedar', 'cedar-clinic')).toBe('peer-12 asked peer-5')
    // What was told for one name is not read again for the next.
    expect(told('cedar and peer', 'cedar', 'peer')).toBe('peer-5 and peer-4')
  })

  it('is not told where the name is an ordinary word, whether that stands in it or not', () => {
    for (const name of ['1', '2026', 'a', 'round', 'training', 'actual', 'null', 'offline', 'kernel'])
      for (const text of [`round ${name} of training`, 'the disk is full']) expect(told(text, name), name).toBe('…')
  })

  it('is told to whom the name is', () => {
    const own: View = { ...view, name: (name) => (name === '1' ? name : 'peer-0'), single: (name) => name === '1' }
    expect(textInView('round 1 of training', ['1'], own)).toBe('round 1 of training')
  })
})
