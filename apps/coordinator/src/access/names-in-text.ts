import { type Absence, catalogue, reasonOfAbsence } from '@tributary/protocol'

/*
 * A name stands in a text wherever no letter or digit touches it, in upper or lower case: `a` is not in `alder`, but it is in
 * `a: no update`, and `cedar` is in `Cedar-based`. Rather one word too many is taken for a name than one too few.
 */

/** Names to be looked for in several texts. */
export class NamesInText {
  readonly #names: readonly string[]
  readonly #pattern: RegExp | null

  constructor(names: readonly string[]) {
    this.#names = names
    // The longest first: where `cedar-clinic` stands, `cedar` is not meant.
    const longest = [...names].sort((a, b) => b.length - a.length).map((name) => name.replace(/[^a-z0-9]/g, '\\$&'))
    this.#pattern = names.length === 0 ? null : new RegExp(`(?<![a-z0-9])(?:${longest.join('|')})(?![a-z0-9])`, 'gi')
  }

  /** Those that stand in the text. */
  in(text: string): string[] {
    if (this.#pattern === null) return []
    const found = new Set([...text.matchAll(this.#pattern)].map(([name]) => name.toLowerCase()))
    return this.#names.filter((name) => found.has(name))
  }

  /** The text with each name as `told` tells it. In one pass: a name that stands in what was told for another stays. */
  replaced(text: string, told: (name: string) => string): string {
    return this.#pattern === null ? text : text.replace(this.#pattern, (found) => told(found.toLowerCase()))
  }
}

/**
 * Whether a name may stand in a text without being meant: `2`, `round`. Whoever can guess what such a text said, as `[2,3]` of a
 * known tensor, would learn from a pseudonym in it whose that is.
 */
export const isOrdinaryWord = (name: string): boolean => !/[a-z]{3}/.test(name) || productWords.has(name)

const at = '2026-03-01T14:02:33.000Z'
const error = { code: '', details: {} }
const absences: readonly Absence[] = [
  { name: '', why: 'offline', since: at },
  { name: '', why: 'asked' },
  { name: '', why: 'training' },
  { name: '', why: 'refused', error },
  { name: '', why: 'failed', words: null },
  { name: '', why: 'left', words: null },
  { name: '', why: 'excluded', words: null },
]
/** What the product itself and its tensors say, as words. */
const productWords: ReadonlySet<string> = new Set(
  [
    ...Object.values(catalogue).flatMap(({ cause, nextStep }) => [cause.en, nextStep.en]),
    ...absences.map((absence) => reasonOfAbsence(absence)),
    'null true false nan infinity kernel bias dense conv weight weights layer minute second',
  ].flatMap((text) => text.toLowerCase().match(/[a-z0-9-]+/g) ?? []),
)
