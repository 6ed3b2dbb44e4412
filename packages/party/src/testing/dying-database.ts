import { PartyDatabase, StoreFailure } from '../store/database.ts'

/** Where a process dies: with a transaction's statements done but not committed, or right after it is durable. */
export type Death = 'before' | 'after'

export class Killed extends StoreFailure {
  override readonly name = 'Killed'
}

/** Which commits of a party have seen their death; it outlives the process that dies. */
export class Fate {
  readonly #death: Death | null
  readonly #met = new Set<string>()
  commits = 0
  sent = 0

  /** @param death null: it lives */
  constructor(death: Death | null) {
    this.#death = death
  }

  get deaths(): number {
    return this.#met.size
  }

  /** Once at each point. */
  strikes(moment: Death, point: string): boolean {
    if (moment !== this.#death || this.#met.has(point)) return false
    this.#met.add(point)
    return true
  }
}

/** A store whose process dies once at each of its commits and at each message that it marks as sent. */
export class DyingDatabase extends PartyDatabase {
  readonly #fate: Fate
  #dead = false

  constructor(folder: string, fate: Fate) {
    super(folder)
    this.#fate = fate
  }

  override atomically(change: () => void): void {
    this.#requireLife()
    const point = `commit ${this.#fate.commits}`
    super.atomically(() => {
      change()
      if (this.#fate.strikes('before', point)) this.#die()
    })
    this.#fate.commits += 1
    if (this.#fate.strikes('after', point)) this.#die()
  }

  override change(
    sql: string,
    ...values: Parameters<PartyDatabase['change']> extends [string, ...infer Rest] ? Rest : never
  ): void {
    this.#requireLife()
    const marks = sql.startsWith('UPDATE outbox')
    const point = `sent ${this.#fate.sent}`
    if (marks && this.#fate.strikes('before', point)) this.#die()
    super.change(sql, ...values)
    if (!marks) return
    this.#fate.sent += 1
    if (this.#fate.strikes('after', point)) this.#die()
  }

  #requireLife(): void {
    if (this.#dead) throw new Killed()
  }

  #die(): never {
    this.#dead = true
    throw new Killed()
  }
}
