import { type PartyStore, readPartyTable } from '@tributary/party'
import { TributaryError } from '@tributary/protocol'

/** Which of a party's rows are common to all, by their places in the order of a run. */
export class CommonRows {
  readonly #store: PartyStore
  readonly #source: { readonly table: string; readonly idColumn: string }
  #ids: Promise<readonly string[]> | null = null

  constructor(store: PartyStore, source: { table: string; idColumn: string }) {
    this.#store = store
    this.#source = source
  }

  /** @throws TributaryError `not_found` when no run is done here, `config_invalid` when several are */
  onlyRun(): string {
    const done = this.#store.runs().filter((run) => this.#store.run(run).outcome() !== null)
    const [run] = done
    if (run === undefined) throw new TributaryError('not_found', { what: 'vertical run that is done', id: '(there is none)' })
    if (done.length > 1)
      throw new TributaryError('config_invalid', { setting: 'run', reason: `several are done, name one: ${done.join(', ')}` })
    return run
  }

  /** @throws TributaryError `not_found` for a run without an alignment here */
  async all(run: string): Promise<number[]> {
    return [...this.#alignment(run).keys()]
  }

  /** The ids as they stand in the own file, in the common order. */
  async ids(run: string): Promise<string[]> {
    this.#ids ??= readPartyTable(this.#source).then(({ ids }) => ids)
    const ids = await this.#ids
    return Array.from(this.#alignment(run), (row) => ids[row] ?? '')
  }

  #alignment(run: string): Uint32Array {
    const store = this.#store.run(run)
    if (!store.hasBlob('alignment')) throw new TributaryError('not_found', { what: 'alignment of the vertical run', id: run })
    const [bytes = new Uint8Array()] = store.blob('alignment')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Uint32Array.from({ length: bytes.length / 4 }, (_, place) => view.getUint32(4 * place, true))
  }
}
