import { decodeContent, encodeContent, type MessageBody, TributaryError } from '@tributary/protocol'
import { describe, expect, it } from 'vitest'
import type { PsiTransition } from './state.ts'
import { manifestOf } from './testing/cast.ts'
import type { Letter } from './testing/party.ts'
import { toyWork } from './testing/work.ts'
import { inOrder, PsiWorld } from './testing/world.ts'

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `p${from + index}`)
const tables = { bank: ids(0, 4_200), clinic: ids(100, 4_300), school: ids(50, 4_250) }
const LABEL = 'school'

const worldOf = (its: Readonly<Record<string, readonly string[]>> = tables, settings: Parameters<typeof manifestOf>[2] = {}) =>
  new PsiWorld({
    manifest: manifestOf(Object.keys(its), LABEL, settings),
    tables: its,
    work: toyWork,
    scalarOf: (index) => ['1d5e8f3a7b', '2b9c04d6e1', '3fa7115c09'][index] ?? '7',
  })

/** Goes on until a letter like this is under way, and takes it off. */
function until(world: PsiWorld, wanted: Partial<Letter> & { owner?: string; hops?: number; index?: number }): Letter {
  const { owner, hops, index, ...its } = wanted
  const fits = (letter: Letter) => {
    const body = decodeContent(letter.kind, letter.bytes).body as Partial<MessageBody<'psi-set'>>
    const inBody = {
      ...(owner === undefined ? {} : { owner }),
      ...(hops === undefined ? {} : { hops }),
      ...(index === undefined ? {} : { index }),
    }
    return Object.entries({ ...its, ...inBody }).every(([key, value]) => ({ ...letter, ...body })[key as keyof Letter] === value)
  }
  for (let left = 1_000; left > 0; left -= 1) {
    const letter = world.underWay.find(fits)
    if (letter !== undefined) {
      world.underWay.splice(world.underWay.indexOf(letter), 1)
      return letter
    }
    const [action] = world.possible
    if (action === undefined) break
    world.perform(action)
  }
  throw new Error('there is no such letter')
}

/** Everybody has begun, and no further. */
function begun(world: PsiWorld): PsiWorld {
  for (const action of world.possible) if (action.do === 'begin') world.perform(action)
  return world
}

function altered(
  letter: Letter,
  body: Record<string, unknown>,
  parts?: (parts: readonly Uint8Array[]) => readonly Uint8Array[],
): Letter {
  const content = decodeContent(letter.kind, letter.bytes)
  const bytes = encodeContent({ ...content, body: { ...content.body, ...body }, parts: parts?.(content.parts) ?? content.parts })
  return { ...letter, bytes, ref: 'f'.repeat(64) }
}
const told = ({ refusal, failure }: PsiTransition) =>
  refusal?.code ?? (failure === undefined ? 'taken' : `failed ${failure.error.code}`)

describe('a chunk on the ring is refused', () => {
  const first = () => {
    const world = begun(worldOf())
    const letter = until(world, { kind: 'psi-set', owner: 'bank', hops: 0, index: 0 })
    return { world, letter }
  }
  const part = (length: number) => new Uint8Array(length).fill(2)

  it.each<[string, (letter: Letter) => Letter, string]>([
    ['from who is not before me', (l) => ({ ...l, from: 'school' }), 'slr_state'],
    ['of a step', (l) => ({ ...l, step: 1 }), 'slr_state'],
    ['with a hop too many', (l) => altered(l, { hops: 1 }), 'slr_state'],
    ['of the key service', (l) => altered(l, { owner: 'keys' }), 'slr_state'],
    ['of nobody', (l) => altered(l, { owner: 'nobody' }), 'slr_state'],
    ['of mine that I have not sent', (l) => altered(l, { owner: 'clinic', hops: 2 }), 'slr_state'],
    ['with more chunks than its points fill', (l) => altered(l, { chunks: 3 }), 'message_malformed'],
    ['with fewer chunks than its points fill', (l) => altered(l, { chunks: 1 }), 'message_malformed'],
    ['beyond the last chunk', (l) => altered(l, { index: 2 }), 'message_malformed'],
    ['with another length than its place has', (l) => altered(l, { index: 1 }), 'message_malformed'],
    ['a byte too long', (l) => altered(l, {}, () => [part(132_001)]), 'message_malformed'],
    ['a byte too short', (l) => altered(l, {}, () => [part(131_999)]), 'message_malformed'],
    ['a point too long', (l) => altered(l, {}, () => [part(132_033)]), 'message_malformed'],
    ['without a part', (l) => altered(l, {}, () => []), 'message_malformed'],
    ['with two parts', (l) => altered(l, {}, () => [part(132_000), part(132_000)]), 'message_malformed'],
    ['as it is (it is taken)', (l) => l, 'taken'],
  ])('%s', (_, change, expected) => {
    const { world, letter } = first()
    const before = world.party('clinic').state
    const step = world.deliver(change(letter))
    expect(told(step)).toBe(expected)
    if (expected !== 'taken') expect(world.party('clinic').state).toEqual(before)
  })

  it('with another total than the chunk before it', () => {
    const { world, letter } = first()
    world.deliver(letter)
    const second = until(world, { kind: 'psi-set', owner: 'bank', hops: 0, index: 1 })
    expect(told(world.deliver(altered(second, { total: 7_999, chunks: 2 }, () => [part(3_999 * 33)])))).toBe('message_malformed')
    expect(told(world.deliver(second))).toBe('taken')
  })

  it('for the second time; with other bytes it is an equivocation', () => {
    const { world, letter } = first()
    expect(told(world.deliver(letter))).toBe('taken')
    expect(told(world.deliver(letter))).toBe('slr_state')
    const other = world.deliver(altered(letter, {}))
    expect(other.refusal).toMatchObject({ code: 'slr_equivocation', details: { from: 'bank', place: 'psi-set bank 0' } })
  })

  it('for the second time when it is home', () => {
    const world = begun(worldOf())
    const home = until(world, { kind: 'psi-set', owner: 'bank', hops: 2, index: 0 })
    expect(told(world.deliver(home))).toBe('taken')
    expect(told(world.deliver(home))).toBe('slr_state')
    expect(told(world.deliver(altered(home, {})))).toBe('slr_equivocation')
    expect(told(world.deliver(altered(home, { total: 4_100, index: 1 }, () => [part(3_300)])))).toBe('message_malformed')
  })

  it('before the manifest is agreed', () => {
    const { letter } = first()
    const world = worldOf()
    expect(told(world.deliver(letter))).toBe('slr_state')
    expect(world.party('clinic').state.phase).toBe('idle')
  })
})

describe('a final set is refused', () => {
  const final = () => {
    const world = begun(worldOf())
    return { world, letter: until(world, { kind: 'psi-final', owner: 'bank', index: 0 }) }
  }

  it.each<[string, (letter: Letter) => Letter, string]>([
    ['from who is not its owner', (l) => ({ ...l, from: 'clinic' }), 'slr_state'],
    ['at who has not the label', (l) => ({ ...l, to: 'clinic' }), 'slr_state'],
    ['of a step', (l) => ({ ...l, step: 2 }), 'slr_state'],
    ['of nobody', (l) => altered({ ...l, from: 'nobody' }, { owner: 'nobody' }), 'slr_state'],
    ['of the label party', (l) => altered({ ...l, from: LABEL }, { owner: LABEL }), 'slr_state'],
    ['of another size than went through', (l) => altered(l, { total: 4_000, chunks: 1 }), 'message_malformed'],
    ['of another length', (l) => altered(l, { index: 1 }), 'message_malformed'],
    ['as it is (it is taken)', (l) => l, 'taken'],
  ])('%s', (_, change, expected) => {
    const { world, letter } = final()
    expect(told(world.deliver(change(letter)))).toBe(expected)
  })

  it('before its set went through here', () => {
    const { letter } = final()
    expect(told(begun(worldOf()).deliver(letter))).toBe('slr_state')
  })

  it('for the second time', () => {
    const { world, letter } = final()
    world.deliver(letter)
    expect(told(world.deliver(letter))).toBe('slr_state')
    expect(told(world.deliver(altered(letter, {})))).toBe('slr_equivocation')
  })
})

describe('common values are refused', () => {
  const common = () => {
    const world = begun(worldOf())
    return { world, letter: until(world, { kind: 'psi-common', to: 'bank', index: 0 }) }
  }

  it.each<[string, (letter: Letter) => Letter, string]>([
    ['from who has not the label', (l) => ({ ...l, from: 'clinic' }), 'slr_state'],
    ['in another’s name', (l) => altered(l, { owner: 'clinic' }), 'slr_state'],
    ['at the label party', (l) => ({ ...l, to: LABEL }), 'slr_state'],
    ['of a step', (l) => ({ ...l, step: 1 }), 'slr_state'],
    ['when they are more than the smallest set', (l) => altered(l, { total: 4_201, chunks: 2 }), 'message_malformed'],
    ['of another length', (l) => altered(l, { index: 1 }), 'message_malformed'],
    ['when they are none, but a part comes with them', (l) => altered(l, { total: 0, chunks: 0 }), 'message_malformed'],
    ['when they are none, but the second', (l) => altered(l, { total: 0, chunks: 0, index: 1 }, () => []), 'message_malformed'],
    ['as they are (they are taken)', (l) => l, 'taken'],
  ])('%s', (_, change, expected) => {
    const { world, letter } = common()
    expect(told(world.deliver(change(letter)))).toBe(expected)
  })

  it('before every set went through here', () => {
    const { letter } = common()
    const world = begun(worldOf())
    // The bank's own set is home, the clinic's has not passed it yet.
    const held = new Set<Letter>()
    for (let left = 200; left > 0; left -= 1) {
      const action = world.possible.find((each) => each.do !== 'deliver' || !isFrom(each.letter, 'clinic', 'bank'))
      if (action === undefined) break
      if (action.do === 'deliver') held.add(action.letter)
      world.perform(action)
    }
    expect(held.size).toBeGreaterThan(0)
    expect(world.party('bank').state.phase).toBe('gathering')
    expect(told(world.deliver(letter))).toBe('slr_state')
  })
})

const isFrom = (letter: Letter, owner: string, to: string) =>
  letter.kind === 'psi-set' && letter.to === to && decodeContent(letter.kind, letter.bytes).body.owner === owner

describe('the alignment fails, and keeps nothing', () => {
  const failed = (world: PsiWorld, name: string) => {
    const { state, mail, blobs, failure, jobs } = world.party(name)
    expect(state.phase).toBe('failed')
    expect([mail.size, blobs.size]).toEqual([0, 0])
    const code = state.phase === 'failed' ? state.code : ''
    expect(failure?.error.code).toBe(code)
    // Whatever still runs or comes later changes nothing.
    const error = new TributaryError('internal').toBody()
    for (const job of [...jobs.keys()])
      expect(world.party(name).handle({ type: 'jobFailed', job, error }).step.state).toEqual(state)
    jobs.clear()
    world.run(inOrder)
    expect(world.party(name).state).toEqual(state)
    return { code, details: failure?.error.details, announced: failure?.announced.details }
  }

  it('when a neighbour has another rule', () => {
    const world = begun(worldOf())
    const letter = until(world, { kind: 'psi-set', owner: 'bank', hops: 0, index: 0 })
    expect(told(world.deliver(altered(letter, { ruleSha256: '0'.repeat(64) })))).toBe('failed psi_rule_mismatch')
    expect(failed(world, 'clinic')).toMatchObject({ details: { name: 'bank' }, announced: { name: 'bank' } })
  })

  it('when the manifests of two parties differ in the rule', () => {
    const other = begun(worldOf(tables, { idRule: { trim: true, caseFold: true, removeSpaces: false } }))
    const letter = until(other, { kind: 'psi-set', owner: 'bank', hops: 0, index: 0 })
    expect(told(begun(worldOf()).deliver(letter))).toBe('failed psi_rule_mismatch')
  })

  it('when a party brings too many ids, here and at its neighbour', () => {
    const world = begun(worldOf(tables, { maximumIds: 4_100 }))
    const own = world.party('bank').finishJob('psi-own')
    expect(told(own.step)).toBe('failed psi_too_many_ids')
    expect(own.sent).toEqual([])
    expect(failed(world, 'bank')).toMatchObject({ details: { name: 'bank', actual: 4_200, limit: 4_100 } })
    const letter = until(begun(worldOf()), { kind: 'psi-set', owner: 'bank', hops: 0, index: 0 })
    expect(told(begun(worldOf(tables, { maximumIds: 4_100 })).deliver(letter))).toBe('failed psi_too_many_ids')
  })

  it('when a point is none: who sent it is named', () => {
    const world = begun(worldOf())
    const letter = until(world, { kind: 'psi-set', owner: 'bank', hops: 1, index: 0 })
    world.deliver(altered(letter, {}, ([points]) => [(points ?? new Uint8Array()).map((byte, at) => (at < 33 ? 0xff : byte))]))
    world.party('school').finishJob('psi-mask:bank:0')
    expect(failed(world, 'school')).toEqual({ code: 'psi_bad_point', details: { name: 'clinic' }, announced: { name: 'clinic' } })
  })

  it('when a final set is none: its owner is named', () => {
    const world = begun(worldOf())
    world.run((count) => (world.party(LABEL).jobs.has('psi-intersect') ? count : 0))
    const { state } = world.party(LABEL)
    const owners = state.phase === 'intersecting' ? state.finals.map(({ owner }) => owner) : []
    const error = new TributaryError('psi_bad_point', { set: 1 }).toBody()
    world.party(LABEL).handle({ type: 'jobFailed', job: 'psi-intersect', error })
    expect(failed(world, LABEL)).toMatchObject({ code: 'psi_bad_point', details: { name: owners[1] } })
  })

  it('when ids are doubled: lines are told to nobody else', () => {
    const world = begun(worldOf({ ...tables, bank: ['a', 'b', 'a'] }))
    expect(told(world.party('bank').finishJob('psi-own').step)).toBe('failed psi_duplicate_id')
    expect(failed(world, 'bank')).toEqual({ code: 'psi_duplicate_id', details: { count: 1, lines: ['2', '3'] }, announced: {} })
  })

  it('when what was stored is gone', () => {
    const world = begun(worldOf())
    world.party('bank').finishJob('psi-own')
    expect(told(world.party('bank').handle({ type: 'lost', blob: 'psi-order' }).step)).toBe('failed slr_aborted')
    expect(failed(world, 'bank').details).toMatchObject({ name: 'bank' })
    expect(told(world.party('clinic').handle({ type: 'lost', blob: 'secret-key' }).step)).toBe('taken')
  })
})
