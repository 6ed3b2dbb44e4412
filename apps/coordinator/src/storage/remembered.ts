/** More answers than this are not kept. */
const LARGEST = 10_000

/**
 * Answers of the database that are asked for again and again. Only for a database that no other process changes: whoever
 * changes what they say calls `forget` before it is acknowledged.
 */
export class Remembered<Value> {
  readonly #answers = new Map<string, Promise<Value | null>>()
  readonly #keeps: boolean

  /** @param keeps false: each question goes to the database */
  constructor(keeps: boolean) {
    this.#keeps = keeps
  }

  /** @param read asks the database; null, "there is none", is not kept, nor is a failure */
  get(key: string, read: () => Promise<Value | null>): Promise<Value | null> {
    const known = this.#answers.get(key)
    if (known !== undefined) return known
    const answer = read()
    if (!this.#keeps) return answer
    if (this.#answers.size >= LARGEST) this.#answers.clear()
    this.#answers.set(key, answer)
    const drop = (): void => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key)
    }
    answer.then((value) => value === null && drop(), drop)
    return answer
  }

  /** Also what is being read now: it may be from before the change. */
  forget(): void {
    this.#answers.clear()
  }
}
