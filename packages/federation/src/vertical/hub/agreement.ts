import { type Manifest, manifestSchema, plainWords, TributaryError, verticalSettingsSchema } from '@tributary/protocol'
import type { HubEvent, HubStep } from './events.ts'
import { abortWith, move, notRunning, refuse, stay } from './outcome.ts'
import { type HubRunState, partyOf } from './state.ts'

type Of<Type extends HubEvent['type']> = Extract<HubEvent, { type: Type }>

/** The label party's manifest, which all others are then asked to sign. */
export function putManifest(state: HubRunState, { by, manifest, sha256, signature }: Of<'manifestPut'>): HubStep {
  const reason = manifestProblem(state, manifest)
  if (reason !== null) return refuse(state, 'manifest_mismatch', { reason })
  return move(state, { ...signed(state, by, signature), phase: 'approving', manifest: { content: manifest, sha256 } }, [
    { type: 'vertical.manifest', data: { by, manifestSha256: sha256 } },
  ])
}

/** The same manifest again changes nothing; another one is too late. */
export function repeatManifest(state: HubRunState, { sha256 }: Of<'manifestPut'>): HubStep {
  if (state.manifest === null) return notRunning(state)
  if (state.manifest.sha256 === sha256) return stay(state)
  return refuse(state, 'manifest_mismatch', { reason: 'this run has another manifest already' })
}

/** With the last signature the run begins. */
export function approve(state: HubRunState, event: Of<'approved'>): HubStep {
  if (state.manifest?.sha256 !== event.manifestSha256) return otherManifest(state)
  if (partyOf(state, event.by)?.signature != null) return stay(state)
  const after = signed(state, event.by, event.signature)
  const complete = after.parties.every(({ signature }) => signature !== null)
  return move(state, complete ? { ...after, phase: 'running' } : after, [{ type: 'vertical.approved', data: { name: event.by } }])
}

/** An approval whose answer was lost. Once all have signed there is none that is new. */
export function repeatApproval(state: HubRunState, event: Of<'approved'>): HubStep {
  if (state.manifest === null) return notRunning(state)
  if (state.manifest.sha256 !== event.manifestSha256) return otherManifest(state)
  return partyOf(state, event.by)?.signature == null ? notRunning(state) : stay(state)
}

/** A person's yes. The same again changes nothing. */
export function consent(state: HubRunState, { by, reason }: Of<'consented'>): HubStep {
  if (state.consents.includes(by)) return stay(state)
  return move(state, { ...state, consents: [...state.consents, by] }, [
    { type: 'vertical.action', data: { action: 'approve', by, reason } },
  ])
}

/** A yes whose answer was lost; once a run goes on or has ended there is none that is new. */
export const repeatConsent = (state: HubRunState, { by }: Of<'consented'>): HubStep =>
  state.consents.includes(by) ? stay(state) : notRunning(state)

/** One refusal ends the run: everybody signs or nobody begins. */
export function refuseRun(state: HubRunState, { by, ...given }: Of<'refused'>): HubStep {
  const [code, reason] = [plainWords(given.code), plainWords(given.reason)]
  const failure = new TributaryError('slr_refused', { name: by, reason, code }).toBody()
  return abortWith(state, failure, [{ type: 'vertical.refused', data: { name: by, code, reason } }])
}

const otherManifest = (state: HubRunState): HubStep =>
  refuse(state, 'manifest_mismatch', { reason: 'the approval is for another manifest' })

const signed = (state: HubRunState, by: string, signature: string): HubRunState => ({
  ...state,
  parties: state.parties.map((party) => (party.name === by ? { ...party, signature } : party)),
})

/** Why a manifest is not that of this run; null when it is. */
export function manifestProblem(state: HubRunState, manifest: Manifest): string | null {
  if (manifest.runId !== state.run) return `it is for the run ${manifest.runId}`
  const expected = state.parties.map(({ name, role, fingerprint, features }) => ({
    name,
    role,
    fingerprint,
    features: features ?? 0,
  }))
  for (const [index, party] of expected.entries()) {
    const actual = manifest.parties[index]
    if (actual?.name !== party.name) return 'its parties are not those of the run, in order of names'
    if (actual.role !== party.role) return `${party.name} has the role ${party.role}, not ${actual.role}`
    if (actual.fingerprint !== party.fingerprint) return `${party.name} is registered with other keys`
    if (actual.features !== party.features) return `${party.name} declared ${party.features} features, not ${actual.features}`
  }
  if (manifest.parties.length !== expected.length) return 'its parties are not those of the run, in order of names'
  // Both went through the schema, which fixes the order of keys.
  if (
    JSON.stringify(verticalSettingsSchema.parse(manifest.settings)) !==
    JSON.stringify(verticalSettingsSchema.parse(state.settings))
  )
    return 'its settings are not those that the run was created with'
  const rows = Math.min(...state.parties.flatMap((party) => party.rows ?? []))
  if (manifest.rowsBound !== rows) return `the least of the declared row counts is ${rows}, not ${manifest.rowsBound}`
  return manifestSchema.safeParse(manifest).success ? null : 'it does not fit the schema'
}
