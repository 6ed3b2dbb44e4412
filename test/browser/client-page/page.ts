import {
  type ClientEvent,
  joinFederation,
  type MemoryReport,
  type Participation,
  savedParticipants,
} from '@tributary/client/browser'
import { type Dataset, readCsvText, type TableSchemaInput } from '@tributary/data'
import { wasmFiles } from '@tributary/models/wasm-addresses'
import { type ModelConfig, TributaryError } from '@tributary/protocol'

export interface PageJoin {
  readonly invite?: string
  readonly name?: string
  readonly csv: string
  readonly schema: TableSchemaInput
  readonly featureShape?: readonly number[]
  readonly holdOut?: number
}

export interface Outcome {
  readonly error: string | null
}

const events: ClientEvent[] = []
const memory: MemoryReport[] = []
let participation: Participation | null = null
const codeOf = (error: unknown): string => (error instanceof TributaryError ? error.code : String(error))
const plain = (_: string, value: unknown) => (value instanceof TributaryError ? value.toBody() : value)

/** What tests call: the client as an application would use it, without a page around it. */
const harness = {
  async join({ csv, schema, featureShape, ...options }: PageJoin): Promise<Outcome> {
    const data = async (): Promise<Dataset> => {
      const { dataset } = await readCsvText(csv, schema, 'rows.csv')
      return featureShape === undefined ? dataset : { ...dataset, featureShape }
    }
    try {
      participation = await joinFederation({
        url: location.origin,
        ...options,
        data,
        wasm: wasmFiles,
        onEvent: (event) => events.push(event),
        onMemory: (report) => memory.push(report),
      })
      return { error: null }
    } catch (error) {
      return { error: codeOf(error) }
    }
  },
  about: () => (participation === null ? null : { ...participation.participant, backend: participation.backend }),
  /** Events so far, as JSON. */
  events: (): string => JSON.stringify(events, plain),
  memory: () => memory,
  saved: () => savedParticipants(location.origin),
  close: async () => participation?.close(),
  leave: async () => participation?.leave('the test is over'),
  score: async (config: ModelConfig, sha256: string) => participation?.score(config, sha256) ?? null,
  modelBytes: async (sha256: string) => (await participation?.model(sha256))?.byteLength ?? 0,
  /** Milliseconds from each press to its handler. */
  presses: [] as number[],
}
document.querySelector('#press')?.addEventListener('click', (press) => {
  harness.presses.push(performance.now() - press.timeStamp)
})

declare global {
  var client: typeof harness
}
globalThis.client = harness
