import {
  type EnvelopeHeader,
  FIRST_PREV_HASH,
  fingerprintOf,
  type Manifest,
  manifestSchema,
  messageKindSchema,
  type ParticipantId,
  type RunId,
  VERTICAL_PROTOCOL,
  verticalEventSchema,
  verticalPhaseSchema,
  verticalSettingsSchema,
} from '@tributary/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allowedPartyActions,
  type HubEvent,
  type HubRunState,
  hubRunHasEnded,
  hubTransition,
  proposedHubRun,
  takesMail,
} from './index.ts'
import { hubTable } from './table.ts'

const names = ['alder', 'birch', 'cedar'] as const
const run = 'run_0123456789abcdef' as RunId
const keysOf = (name: string) => ({ signing: name.padEnd(43, 's'), sealing: name.padEnd(43, 'x') })
const roles = { alder: 'feature', birch: 'label', cedar: 'key-service' } as const
const settings = verticalSettingsSchema.parse({})
const proposedParties = names.map((name) => ({
  name,
  participant: `par_${name.padEnd(8, '0')}` as ParticipantId,
  role: roles[name],
  keys: keysOf(name),
  fingerprint: fingerprintOf(keysOf(name)),
  rows: name === 'cedar' ? null : 50,
  features: name === 'cedar' ? null : 2,
}))
const proposed = proposedHubRun(run, settings, proposedParties)
const manifest: Manifest = manifestSchema.parse({
  protocol: VERTICAL_PROTOCOL,
  runId: run,
  parties: proposedParties.map(({ name, role, fingerprint, features }) => ({ name, role, fingerprint, features: features ?? 0 })),
  settings,
  he: {
    ringDegree: 8192,
    plainModulus: '1099510890497',
    plainModulusBits: 40,
    primeBits: [60, 60],
    openingPrimes: 1,
    keysPerStep: 1,
  },
  rowsBound: 50,
})
const hash = 'a1'.repeat(32)
const head = { seq: 1, hash: 'cd'.repeat(32), signature: 'A'.repeat(86) }
const put: HubEvent = { type: 'manifestPut', by: 'birch', manifest, sha256: hash, signature: 'sig-b' }
const approvals = ['alder', 'cedar'].map(
  (by): HubEvent => ({ type: 'approved', by, manifestSha256: hash, signature: `sig-${by}` }),
)
const done = {
  type: 'published',
  by: 'cedar',
  seq: 1,
  event: { type: 'ended', converged: true, f: 1, loss: 1, gradientRatio: 0, steps: 1, head },
} as const satisfies HubEvent

const after = (...events: HubEvent[]): HubRunState =>
  events.reduce((state, event) => {
    const step = hubTransition(state, event)
    if (step.refusal !== null) throw step.refusal
    return step.state
  }, proposed)
const inPhase = {
  proposed,
  approving: after(put),
  running: after(put, ...approvals),
  paused: after(put, ...approvals, { type: 'pause', by: 'admin', reason: 'x' }),
  completed: after(put, ...approvals, done),
  aborted: after(put, { type: 'cancel', by: 'admin', reason: 'x' }),
}

const headerOf = (change: Partial<EnvelopeHeader> = {}): EnvelopeHeader => ({
  proto: VERTICAL_PROTOCOL,
  run: hash,
  step: 0,
  kind: 'u',
  from: 'alder',
  to: 'birch',
  seq: 1,
  prevHash: FIRST_PREV_HASH,
  ...change,
})
const message = (change: Partial<EnvelopeHeader> = {}, rest: Partial<Extract<HubEvent, { type: 'message' }>> = {}): HubEvent => ({
  type: 'message',
  by: 'alder',
  header: headerOf(change),
  sha256: 'b2'.repeat(32),
  bytes: 10,
  head: { seq: 0, sha256: FIRST_PREV_HASH },
  stored: null,
  ...rest,
})

const someEvents = {
  manifestPut: put,
  approved: approvals[0] ?? put,
  consented: { type: 'consented', by: 'alder', reason: 'r' },
  refused: { type: 'refused', by: 'alder', code: 'c', reason: 'r' },
  message: message(),
  published: { type: 'published', by: 'cedar', seq: 1, event: { type: 'aligned', rows: 40 } },
  aborted: { type: 'aborted', by: 'alder', code: 'c', reason: 'r' },
  pause: { type: 'pause', by: 'admin', reason: 'r' },
  resume: { type: 'resume', by: 'admin', reason: 'r' },
  cancel: { type: 'cancel', by: 'admin', reason: 'r' },
} as const satisfies Record<HubEvent['type'], HubEvent>

describe('every phase by every event', () => {
  it('has its answer', () => {
    const answers = verticalPhaseSchema.options.map((phase) => {
      expect(inPhase[phase].phase).toBe(phase)
      return Object.fromEntries(
        Object.entries(someEvents).map(([type, event]) => {
          const { state, refusal } = hubTransition(inPhase[phase], event)
          return [type, refusal?.code ?? (state === inPhase[phase] ? 'same' : state.phase)]
        }),
      )
    })
    const [inProposed, approving, running, paused, completed, aborted] = answers
    const late = 'vertical_not_running'
    const no = 'action_not_allowed'
    expect(inProposed).toEqual({
      manifestPut: 'approving',
      approved: late,
      consented: 'proposed',
      refused: 'aborted',
      message: late,
      published: late,
      aborted: 'aborted',
      pause: no,
      resume: no,
      cancel: 'aborted',
    })
    expect(approving).toEqual({
      manifestPut: 'same',
      approved: 'approving',
      consented: 'approving',
      refused: 'aborted',
      message: late,
      published: late,
      aborted: 'aborted',
      pause: no,
      resume: no,
      cancel: 'aborted',
    })
    expect(running).toEqual({
      manifestPut: 'same',
      approved: 'same',
      consented: late,
      refused: late,
      message: 'running',
      published: 'running',
      aborted: 'aborted',
      pause: 'paused',
      resume: no,
      cancel: 'aborted',
    })
    expect(paused).toEqual({
      manifestPut: 'same',
      approved: 'same',
      consented: late,
      refused: late,
      message: 'paused',
      published: 'paused',
      aborted: 'aborted',
      pause: no,
      resume: 'running',
      cancel: 'aborted',
    })
    expect(completed).toEqual({
      manifestPut: 'same',
      approved: 'same',
      consented: late,
      refused: late,
      message: late,
      published: 'same',
      aborted: 'same',
      pause: no,
      resume: no,
      cancel: no,
    })
    expect(aborted).toEqual({
      manifestPut: 'same',
      approved: late,
      consented: late,
      refused: 'same',
      message: late,
      published: late,
      aborted: 'same',
      pause: no,
      resume: no,
      cancel: no,
    })
    for (const phase of verticalPhaseSchema.options)
      expect(Object.keys(hubTable[phase]).sort()).toEqual(Object.keys(someEvents).sort())
  })
})

describe('a person of a party', () => {
  const consented = (by: string): HubEvent => ({ type: 'consented', by, reason: 'we agree' })

  it('says yes once, before or after the manifest, and the run still waits for the signature', () => {
    for (const state of [inPhase.proposed, inPhase.approving]) {
      const step = hubTransition(state, consented('alder'))
      expect(step.log).toEqual([{ type: 'vertical.action', data: { action: 'approve', by: 'alder', reason: 'we agree' } }])
      expect(step.state).toEqual({ ...state, consents: ['alder'] })
      expect(hubTransition(step.state, consented('alder'))).toEqual({ state: step.state, log: [], refusal: null })
    }
    const running = after(consented('alder'), put, ...approvals)
    expect(hubTransition(running, consented('alder'))).toEqual({ state: running, log: [], refusal: null })
  })

  it('may do what its phase allows', () => {
    const allowed = (state: HubRunState, name = 'alder') => allowedPartyActions(state, name)
    expect(verticalPhaseSchema.options.map((phase) => allowed(inPhase[phase]))).toEqual([
      ['approve', 'decline'],
      ['approve', 'decline'],
      ['withdraw'],
      ['withdraw'],
      [],
      [],
    ])
    expect(allowed(after(consented('alder')))).toEqual(['decline'])
    // The label party has signed with its manifest.
    expect(allowed(inPhase.approving, 'birch')).toEqual(['decline'])
    expect(allowed(inPhase.running, 'elder')).toEqual([])
  })
})

describe('mail', () => {
  it('of which kind is taken when', () => {
    const kinds = (phase: keyof typeof inPhase) => messageKindSchema.options.filter((kind) => takesMail(inPhase[phase], kind))
    expect(kinds('proposed')).toEqual([])
    expect(kinds('approving')).toEqual([])
    expect(kinds('running')).toEqual(messageKindSchema.options)
    expect(kinds('paused')).toEqual(messageKindSchema.options)
    expect(kinds('completed')).toEqual(['decide', 'done', 'predict', 'predict-share'])
    expect(kinds('aborted')).toEqual(['abort'])
  })

  it('is numbered for its receiver and counted for both', () => {
    const { state, log } = hubTransition(inPhase.running, message())
    expect(state.parties.map(({ name, cursor, bytesSent, bytesReceived }) => [name, cursor, bytesSent, bytesReceived])).toEqual([
      ['alder', 0, 10, 0],
      ['birch', 1, 0, 10],
      ['cedar', 0, 0, 0],
    ])
    expect(state.bytes).toBe(10)
    expect(log).toHaveLength(1)
  })

  it('is refused for what is wrong with it, and nothing changes', () => {
    const codeOf = (event: HubEvent, state = inPhase.running) => {
      const step = hubTransition(state, event)
      expect(step.state).toBe(state)
      expect(step.log).toEqual([])
      return step.refusal?.code
    }
    expect(codeOf(message({ from: 'birch' }))).toBe('auth_signature')
    expect(codeOf(message({ to: 'alder' }))).toBe('envelope_malformed')
    expect(codeOf(message({ to: 'elder' }))).toBe('envelope_malformed')
    expect(codeOf(message({ run: 'ff'.repeat(32) }))).toBe('manifest_mismatch')
    expect(codeOf(message({ seq: 2 }))).toBe('message_out_of_order')
    expect(codeOf(message({ prevHash: 'ee'.repeat(32) }))).toBe('slr_equivocation')
    expect(codeOf(message({}, { stored: 'dd'.repeat(32) }))).toBe('slr_equivocation')
    for (const state of Object.values(inPhase)) expect(codeOf(message({}, { stored: 'b2'.repeat(32) }), state)).toBeUndefined()
  })
})

describe('roles', () => {
  it('are one label party, one key service and features', () => {
    const without = (name: string) => proposedParties.filter((party) => party.name !== name)
    for (const name of names) expect(() => proposedHubRun(run, settings, without(name))).toThrow(/roles do not make/)
    const twice = [...proposedParties, ...proposedParties.slice(0, 1)]
    expect(() => proposedHubRun(run, settings, twice)).toThrow(/named twice/)
    expect(() => proposedHubRun(run, { ...settings, predictionReceiver: 'elder' }, proposedParties)).toThrow(/no party/)
    expect(proposedHubRun(run, settings, [...proposedParties].reverse())).toEqual(proposed)
  })
})

describe('any history', () => {
  const party = fc.constantFrom(...names)
  const anyEvent: fc.Arbitrary<HubEvent> = fc.oneof(
    fc.constant(put),
    fc.constantFrom(...approvals),
    party.map((by): HubEvent => ({ type: 'approved', by, manifestSha256: 'ff'.repeat(32), signature: 's' })),
    fc
      .record({ seq: fc.integer({ min: 1, max: 4 }), rows: fc.nat(9) })
      .map(({ seq, rows }): HubEvent => ({ type: 'published', by: 'cedar', seq, event: { type: 'aligned', rows } })),
    fc.constant(done),
    fc
      .record({
        by: party,
        from: party,
        to: party,
        seq: fc.integer({ min: 1, max: 3 }),
        kind: fc.constantFrom(...messageKindSchema.options),
      })
      .map(({ by, from, to, seq, kind }) => message({ from, to, seq, kind }, { by })),
    ...(['pause', 'resume', 'cancel'] as const).map((type) => fc.constant<HubEvent>({ type, by: 'admin', reason: 'r' })),
    fc.constant<HubEvent>(someEvents.refused),
    party.map((by): HubEvent => ({ type: 'consented', by, reason: 'r' })),
    fc.constant<HubEvent>(someEvents.aborted),
  )
  // The rare ones end a history: most begin by agreeing.
  const history = fc
    .tuple(fc.boolean(), fc.array(anyEvent, { maxLength: 25 }))
    .map(([agreed, events]) => [...(agreed ? [put, ...approvals] : []), ...events])

  it('keeps what must hold', () => {
    const reached = new Set<string>()
    fc.assert(
      fc.property(history, (events) => {
        let state = proposed
        for (const event of events) {
          const { state: next, log, refusal } = hubTransition(state, event)
          if (refusal !== null || log.length === 0) expect(next).toBe(state)
          for (const told of log) expect(verticalEventSchema.safeParse(told).success).toBe(true)
          // Each change of phase is told once, and an end is for ever.
          expect(log.filter(({ type }) => type === 'vertical.state')).toHaveLength(next.phase === state.phase ? 0 : 1)
          if (hubRunHasEnded(state)) expect(next.phase).toBe(state.phase)
          if (next.phase === 'running' || next.phase === 'paused' || next.phase === 'completed')
            expect(next.parties.every(({ signature }) => signature !== null)).toBe(true)
          expect((next.phase === 'aborted') === (next.failure !== null)).toBe(true)
          expect(next.bytes).toBe(next.parties.reduce((sum, { bytesSent }) => sum + bytesSent, 0))
          expect(next.bytes).toBe(next.parties.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0))
          expect(JSON.parse(JSON.stringify(next))).toEqual(next)
          reached.add(next.phase)
          state = next
        }
      }),
      { numRuns: 400, seed: 7 },
    )
    expect([...reached].sort()).toEqual([...verticalPhaseSchema.options].sort())
  })
})
