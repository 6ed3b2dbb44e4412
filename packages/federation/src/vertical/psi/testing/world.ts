import { createSha256, type Manifest } from '@tributary/protocol'
import type { PsiTransition } from '../state.ts'
import { type Letter, TestParty } from './party.ts'
import type { PsiWork } from './work.ts'

export type Action =
  | { readonly do: 'begin'; readonly who: string }
  | { readonly do: 'deliver'; readonly letter: Letter }
  | { readonly do: 'finish'; readonly who: string; readonly job: string }

/** Parties and the mail between them. Mail may be delivered in any order: what has to come first, comes first by cause. */
export class PsiWorld {
  readonly parties: readonly TestParty[]
  readonly delivered: Letter[] = []
  readonly #under: Letter[] = []
  readonly #begun = new Set<string>()
  #letters = 0

  constructor(o: {
    manifest: Manifest
    tables: Readonly<Record<string, readonly string[]>>
    work: PsiWork
    scalarOf: (index: number) => string
  }) {
    this.parties = Object.entries(o.tables).map(
      ([name, ids], index) => new TestParty(name, ids, o.scalarOf(index), o.manifest, o.work),
    )
  }

  party(name: string): TestParty {
    const party = this.parties.find((each) => each.name === name)
    if (party === undefined) throw new Error(`there is no ${name}`)
    return party
  }

  /** Everything that could happen now. Mail waits for who has not begun: the shell begins first. */
  get possible(): readonly Action[] {
    const begin = this.parties
      .filter(({ name }) => !this.#begun.has(name))
      .map(({ name }) => ({ do: 'begin', who: name }) as const)
    const mail = this.#under.filter(({ to }) => this.#begun.has(to)).map((letter) => ({ do: 'deliver', letter }) as const)
    const jobs = this.parties.flatMap(({ name, jobs: asked }) =>
      [...asked.keys()].map((job) => ({ do: 'finish', who: name, job }) as const),
    )
    return [...begin, ...mail, ...jobs]
  }

  perform(action: Action): PsiTransition {
    if (action.do === 'begin') {
      this.#begun.add(action.who)
      return this.#post(this.party(action.who).handle({ type: 'begin' }))
    }
    if (action.do === 'finish') return this.#post(this.party(action.who).finishJob(action.job))
    this.#under.splice(this.#under.indexOf(action.letter), 1)
    this.delivered.push(action.letter)
    return this.deliver(action.letter)
  }

  /** Hands a letter over, once more if it was delivered before. */
  deliver(letter: Letter): PsiTransition {
    return this.#post(this.party(letter.to).receive(letter))
  }

  /** Letters on their way may be looked at and changed by a test. */
  get underWay(): Letter[] {
    return this.#under
  }

  /** Goes on by `choose` (of so many possible actions) until nothing is left to do. */
  run(choose: (count: number) => number, after: (world: this) => void = () => {}): void {
    for (let left = 100_000; left > 0; left -= 1) {
      const { possible } = this
      const action = possible[choose(possible.length)]
      if (action === undefined) return
      this.perform(action)
      after(this)
    }
    throw new Error('it does not end')
  }

  #post({ sent, step }: ReturnType<TestParty['handle']>): PsiTransition {
    for (const letter of sent) {
      this.#letters += 1
      const hash = createSha256().update(letter.bytes)
      this.#under.push({ ...letter, ref: hash.update(new TextEncoder().encode(`${this.#letters}`)).hex() })
    }
    return step
  }
}

/** The first that can happen. */
export const inOrder = () => 0
