import type { Dataset } from '@tributary/data'
import type { WasmFiles, WebGpuRefusal } from '@tributary/models'
import { type ErrorBody, type ModelConfig, TributaryError } from '@tributary/protocol'
import type { ClientEvent } from '../client-event.ts'
import type { CoreJoinOptions, Participation } from '../participation.ts'

/** What the page asks its worker. */
export interface Asks {
  join: {
    readonly ask: {
      readonly options: Pick<CoreJoinOptions, 'url' | 'invite' | 'token' | 'name' | 'firstContactSeconds' | 'holdOut'>
      readonly wasm: WasmFiles
      readonly webgpu: boolean
      readonly data: Dataset
    }
    readonly answer: Pick<Participation, 'participant' | 'backend'> & { readonly webgpuRefusal: WebGpuRefusal | null }
  }
  leave: { readonly ask: string | undefined; readonly answer: undefined }
  close: { readonly ask: undefined; readonly answer: undefined }
  model: { readonly ask: string; readonly answer: Awaited<ReturnType<Participation['model']>> }
  score: {
    readonly ask: { readonly config: ModelConfig; readonly sha256: string }
    readonly answer: Awaited<ReturnType<Participation['score']>>
  }
}
export type AskName = keyof Asks
export type Ask = { [Name in AskName]: { readonly id: number; readonly name: Name; readonly ask: Asks[Name]['ask'] } }[AskName]

export interface MemoryReport {
  /** Tensors that are held after a round, and their bytes. */
  readonly tensors: number
  readonly bytes: number
}

/** What the worker says. */
export type Saying =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'event'; readonly event: ClientEvent; readonly error: PlainError | null }
  | { readonly type: 'memory'; readonly memory: MemoryReport }
  | { readonly type: 'ended'; readonly error: PlainError | null }

/** An error that keeps its code over a port, which structured clones do not. */
export type PlainError = { readonly body: ErrorBody } | { readonly name: string; readonly message: string }

export function toPlain(error: unknown): PlainError {
  if (error instanceof TributaryError) return { body: error.toBody() }
  return error instanceof Error ? { name: error.name, message: error.message } : { name: 'Error', message: String(error) }
}

export function fromPlain(error: PlainError): Error {
  if ('body' in error) return TributaryError.fromBody(error.body)
  if (error.name === 'AbortError') return new DOMException(error.message, error.name)
  return new TributaryError('unexpected', { reason: `${error.name}: ${error.message}` })
}

/** An event's error travels beside it. */
export function eventToSaying(event: ClientEvent): Saying {
  if (!('error' in event) || !(event.error instanceof TributaryError)) return { type: 'event', event, error: null }
  const { error, ...rest } = event
  return { type: 'event', event: rest as ClientEvent, error: toPlain(error) }
}

export const eventFromSaying = ({ event, error }: Extract<Saying, { type: 'event' }>): ClientEvent =>
  error === null ? event : ({ ...event, error: fromPlain(error) } as ClientEvent)
