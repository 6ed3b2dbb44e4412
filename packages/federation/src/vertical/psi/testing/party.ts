import { decodeContent, encodeContent, type Manifest, TributaryError } from '@tributary/protocol'
import type { VerticalEffect, VerticalMachineEvent, VerticalSurroundings } from '../../effects.ts'
import type { Job, JobResult } from '../../jobs.ts'
import { newPsi, psiRecovery, psiTransition } from '../machine.ts'
import type { PsiFailure, PsiState, PsiTransition } from '../state.ts'
import { RUN } from './cast.ts'
import type { PsiWork } from './work.ts'

export interface Letter {
  readonly from: string
  readonly to: string
  readonly ref: string
  readonly step: number
  readonly kind: 'psi-set' | 'psi-final' | 'psi-common'
  readonly bytes: Uint8Array
}
type SentLetter = Omit<Letter, 'ref'>
type Blob = Uint8Array | Uint32Array

/** A party's shell in memory: the state lives as JSON, jobs are lost by a crash, mail and blobs are not. */
export class TestParty {
  readonly name: string
  readonly ids: readonly string[]
  readonly blobs = new Map<string, Blob>()
  /** Bytes of mail that the state still needs. */
  readonly mail = new Map<string, readonly Uint8Array[]>()
  readonly jobs = new Map<string, Job>()
  /** Every state that it was in. */
  readonly states: string[] = []
  readonly events: VerticalMachineEvent[] = []
  failure: PsiFailure | null = null
  readonly around: VerticalSurroundings
  readonly #work: PsiWork
  #stored: string

  constructor(name: string, ids: readonly string[], scalar: string, manifest: Manifest, work: PsiWork) {
    this.name = name
    this.ids = ids
    this.#work = work
    this.around = surroundingsOf(name, manifest)
    this.#stored = JSON.stringify(newPsi(scalar))
  }

  get state(): PsiState {
    return JSON.parse(this.#stored) as PsiState
  }

  /** One step; what it sent. The rules of every step are checked here. */
  handle(event: VerticalMachineEvent): { sent: readonly SentLetter[]; step: PsiTransition } {
    const before = this.state
    const frozen = this.#stored
    const step = psiTransition(before, event, this.around)
    if (JSON.stringify(before) !== frozen) throw new Error('the state was changed in place')
    if (step.refusal !== undefined && (step.state !== before || step.effects.length > 0 || step.failure !== undefined)) {
      throw new Error(`a refused ${event.type} changed something`)
    }
    this.#stored = JSON.stringify(step.state)
    this.states.push(this.#stored)
    this.events.push(event)
    if (step.failure !== undefined) this.failure = step.failure
    return { sent: step.effects.flatMap((effect) => this.#run(effect)), step }
  }

  receive(letter: Letter): { sent: readonly SentLetter[]; step: PsiTransition } {
    const { kind, body, parts } = decodeContent(letter.kind, letter.bytes)
    this.mail.set(letter.ref, parts)
    const content = { kind, body, partBytes: parts.map((part) => part.length), partsSha256: null }
    const done = this.handle({ type: 'message', from: letter.from, step: letter.step, ref: letter.ref, content })
    if (done.step.refusal !== undefined && !JSON.stringify(this.state).includes(letter.ref)) this.mail.delete(letter.ref)
    return done
  }

  finishJob(id: string): { sent: readonly SentLetter[]; step: PsiTransition } {
    const job = this.jobs.get(id)
    if (job === undefined) throw new Error(`${this.name} runs no job ${id}`)
    this.jobs.delete(id)
    try {
      return this.handle({ type: 'jobDone', job: id, result: this.#compute(job) })
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      return this.handle({ type: 'jobFailed', job: id, error: error.toBody() })
    }
  }

  /** The process dies and comes back: running jobs are gone, the machine asks again. */
  crash(): void {
    this.jobs.clear()
    for (const effect of psiRecovery(this.state, this.around)) this.#run(effect)
  }

  #run(effect: VerticalEffect): readonly SentLetter[] {
    if (effect.type === 'send') {
      const { kind } = effect.content
      if (kind !== 'psi-set' && kind !== 'psi-final' && kind !== 'psi-common') throw new Error(`it sent ${kind}`)
      const bytes = encodeContent(effect.content)
      return effect.to.map((to) => ({ from: this.name, to, step: effect.step, kind, bytes }))
    }
    if (effect.type === 'job') this.jobs.set(effect.id, effect.job)
    else if (effect.type === 'forget') {
      for (const ref of effect.messages) if (!this.mail.delete(ref)) throw new Error(`it forgot ${ref}, which it did not have`)
      for (const blob of effect.blobs) this.blobs.delete(blob)
    } else throw new Error(`it did ${effect.type}`)
    return []
  }

  #compute(job: Job): JobResult {
    const work = this.#work
    switch (job.kind) {
      case 'psi-own': {
        const { chunks, total, order } = work.own({ ...job, ids: this.ids })
        this.blobs.set('psi-order', order)
        return { kind: 'psi-own', chunks, total }
      }
      case 'psi-mask':
        return { kind: 'psi-mask', points: work.mask(this.#letter(job.set), job.scalar) }
      case 'psi-sort': {
        const { chunks, total, full } = work.sort(
          job.chunks.map((ref) => this.#letter(ref)),
          job.chunk,
        )
        this.blobs.set('psi-full', full)
        return { kind: 'psi-sort', chunks, total }
      }
      case 'psi-intersect': {
        const sets = job.sets.map((refs) => refs.map((ref) => this.#letter(ref)))
        const { chunks, total, common } = work.intersect({ full: this.#bytes('psi-full'), sets, chunk: job.chunk })
        this.blobs.set('psi-common', common)
        return { kind: 'psi-intersect', chunks, total }
      }
      case 'psi-rows': {
        const common = job.common === null ? [this.#bytes('psi-common')] : job.common.map((ref) => this.#letter(ref))
        const order = this.blobs.get('psi-order')
        if (!(order instanceof Uint32Array)) throw new Error('there is no psi-order')
        const { rows, listSha256, alignment } = work.rows({ common, full: this.#bytes('psi-full'), order })
        this.blobs.set('alignment', alignment)
        return { kind: 'psi-rows', rows, listSha256, weightsSha256: null }
      }
      default:
        throw new Error(`it asked for ${job.kind}`)
    }
  }

  #letter(ref: string): Uint8Array {
    const [points] = this.mail.get(ref) ?? []
    if (points === undefined) throw new Error(`${this.name} has no message ${ref}`)
    return points
  }

  #bytes(blob: string): Uint8Array {
    const bytes = this.blobs.get(blob)
    if (!(bytes instanceof Uint8Array)) throw new Error(`${this.name} has no blob ${blob}`)
    return bytes
  }
}

/** The alignment looks at name, manifest and run alone: everything else throws. */
export function surroundingsOf(me: string, manifest: Manifest): VerticalSurroundings {
  const never = () => {
    throw new Error('the alignment needs no such thing')
  }
  return { now: 0, me, manifest, run: RUN, table: null, sign: never, verify: never, auditHash: never, pairMask: never }
}
