import type { RunConfig, VerticalSettings } from '@tributary/protocol'
import type { WordId } from '../../../words/words.ts'

export const viewers = ['you', 'others', 'coordinator', 'key-service', 'admin', 'researcher'] as const
export type Viewer = (typeof viewers)[number]
export const verdicts = ['no', 'yes', 'pseudonym', 'sum', 'masked', 'encrypted', 'absent'] as const
export type Verdict = (typeof verdicts)[number]

export interface Sight {
  readonly verdict: Verdict
  /** What makes it true. */
  readonly why: WordId
}
export interface SightRow {
  readonly what: WordId
  readonly cells: Readonly<Record<Viewer, Sight>>
}

const sight = (verdict: Verdict, why: WordId): Sight => ({ verdict, why })
const owner = sight('yes', 'why.own')
const away = sight('absent', 'why.no-key-service')
const unsent = sight('no', 'why.unsent')
const withheld = sight('no', 'why.withheld')

/**
 * A horizontal run as it is set: plain federated averaging. No setting of such a run hides a single update from the coordinator, and
 * the table says so.
 */
export function horizontalSights({ strategy }: Pick<RunConfig, 'strategy'>): SightRow[] {
  const local = (what: WordId): SightRow => ({
    what,
    cells: { you: owner, others: unsent, coordinator: unsent, 'key-service': away, admin: unsent, researcher: unsent },
  })
  const reported = (what: WordId, coordinator: WordId): SightRow => ({
    what,
    cells: {
      you: owner,
      others: withheld,
      coordinator: sight('yes', coordinator),
      'key-service': away,
      admin: sight('yes', 'why.reported'),
      researcher: sight('pseudonym', 'why.pseudonym'),
    },
  })
  const update = (what: WordId, why: WordId): SightRow => ({
    what,
    cells: {
      you: owner,
      others: sight('no', 'why.no-route'),
      coordinator: sight('yes', why),
      'key-service': away,
      admin: sight('no', 'why.no-route'),
      researcher: sight('no', 'why.no-route'),
    },
  })
  const all = sight('yes', 'why.aggregate')
  return [
    local('what.rows'),
    local('what.labels'),
    reported('what.samples', strategy.weighting === 'samples' ? 'why.weighs' : 'why.reported'),
    update('what.update', 'why.folds'),
    update('what.gradient', strategy.form === 'gradients' ? 'why.is-the-update' : 'why.difference'),
    {
      what: 'what.aggregate',
      cells: { you: all, others: all, coordinator: all, 'key-service': away, admin: all, researcher: all },
    },
    reported('what.loss', 'why.reported'),
  ]
}

/** A vertical run: sets are masked on a curve, sums are encrypted, the key service opens masked numbers only. */
export function verticalSights({ rowWeights }: Pick<VerticalSettings, 'rowWeights'>): SightRow[] {
  const none = (why: WordId, others: Sight): SightRow['cells'] => ({
    you: owner,
    others,
    coordinator: sight('no', why),
    'key-service': sight('no', why),
    admin: sight('no', why),
    researcher: sight('no', why),
  })
  const total = sight('sum', 'why.published')
  return [
    { what: 'what.rows', cells: none('why.unsent', unsent) },
    {
      what: 'what.ids',
      cells: { ...none('why.sealed', sight('masked', 'why.psi')), 'key-service': sight('no', 'why.psi-parties') },
    },
    {
      what: 'what.labels',
      cells: { ...none('why.sealed', sight('encrypted', 'why.residuals')), 'key-service': sight('no', 'why.opens-masked') },
    },
    {
      what: 'what.gradient',
      cells: { ...none('why.sealed', sight('no', 'why.returned')), 'key-service': sight('masked', 'why.opens-masked') },
    },
    {
      what: 'what.weights',
      cells: { ...none('why.own-block', sight('no', 'why.own-block')) },
    },
    {
      what: 'what.loss',
      cells: {
        you: owner,
        others: total,
        coordinator: total,
        'key-service': sight('sum', 'why.zero-sum'),
        admin: total,
        researcher: total,
      },
    },
    {
      what: 'what.row-count',
      cells: {
        you: owner,
        others: sight('yes', rowWeights ? 'why.aligned-weights' : 'why.aligned'),
        coordinator: sight('yes', 'why.published'),
        'key-service': sight('yes', 'why.aligned'),
        admin: sight('yes', 'why.published'),
        researcher: sight('yes', 'why.published'),
      },
    },
  ]
}
