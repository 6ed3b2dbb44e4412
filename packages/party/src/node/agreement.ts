import { canonicalSha256, publicKeysOf, type SecretIdentity } from '@tributary/crypto'
import { fingerprintOf, type Manifest, type PartyRole, TributaryError, type VerticalRun } from '@tributary/protocol'
import type { HubLink } from '../hub/hub-link.ts'
import type { PinnedPeers } from '../identity/pinned-peers.ts'
import type { Charter } from '../store/charter.ts'
import type { PartyStore } from '../store/party-store.ts'
import { tableSha256 } from '../table/aligned-table.ts'
import type { PartyTable } from '../table/party-table.ts'
import { composeManifest } from './compose-manifest.ts'
import { requireSignature, signManifest } from './manifest-signature.ts'
import type { PartyEvent } from './party-event.ts'
import { reviewManifest } from './review-manifest.ts'

/** What an owner says to a run; null: nothing yet, ask again when there is news of it. */
export type OwnersAnswer = boolean | null

export interface AgreementOptions {
  readonly hub: HubLink
  readonly store: PartyStore
  readonly identity: SecretIdentity
  readonly role: PartyRole
  readonly table: PartyTable | null
  readonly peers: PinnedPeers
  readonly approve: (manifest: Manifest, run: VerticalRun) => OwnersAnswer | Promise<OwnersAnswer>
  readonly emit: (event: PartyEvent) => void
}

const REASON_LENGTH = 2_000

/** How a party comes to sign a run's manifest: the label party writes it, the others examine it, every owner is asked. */
export class Agreement {
  readonly #options: AgreementOptions
  readonly #told = new Set<string>()

  constructor(options: AgreementOptions) {
    this.#options = options
  }

  /** Label party: writes the manifest, asks its owner, signs. The same call after a restart gives the same signature. */
  async propose(run: VerticalRun): Promise<void> {
    const { hub, role, store } = this.#options
    if (role !== 'label') return
    const agreed = await this.#orRefuse(run, async () => {
      const manifest = store.decision(run.id)?.charter.manifest ?? composeManifest(run, this.#me(), this.#options.peers)
      const manifestSha256 = canonicalSha256(manifest)
      const isApproved = await this.#decided({ ...run, manifest, manifestSha256 }, manifest, manifestSha256)
      return isApproved ? { manifest, manifestSha256 } : null
    })
    if (agreed === null) return
    await hub.putManifest(run.id, { manifest: agreed.manifest, signature: this.#signature(agreed.manifestSha256) })
    this.#options.emit({ type: 'approved', run: run.id, manifestSha256: agreed.manifestSha256 })
  }

  /** Everybody else: examines the manifest against the own table and pinned peers, asks the owner, signs. */
  async answer(run: VerticalRun): Promise<void> {
    const { hub } = this.#options
    const mine = run.parties.find(({ name }) => name === hub.name)
    if (mine === undefined || mine.signature !== null) return
    const manifestSha256 = await this.#orRefuse(run, async () => {
      const { manifest, manifestSha256: announced } = run
      if (manifest === null || announced === null) throw new TributaryError('manifest_mismatch', { reason: 'there is none' })
      return (await this.#decided(run, manifest, announced)) ? announced : null
    })
    if (manifestSha256 === null) return
    await hub.approve(run.id, { decision: 'approve', manifestSha256, signature: this.#signature(manifestSha256) })
    this.#options.emit({ type: 'approved', run: run.id, manifestSha256 })
  }

  #me() {
    const { hub, identity } = this.#options
    const keys = publicKeysOf(identity)
    return { name: hub.name, keys, fingerprint: fingerprintOf(keys) }
  }

  #signature(manifestSha256: string): string {
    return signManifest(this.#options.identity, manifestSha256)
  }

  /** Checks, asks, and makes the decision durable before anybody hears of it. An earlier decision stands; none yet is no yes. */
  async #decided(run: VerticalRun, manifest: Manifest, manifestSha256: string): Promise<boolean> {
    const { hub, store, role, table, peers, approve, emit } = this.#options
    const earlier = store.decision(run.id)
    if (earlier !== null) {
      if (earlier.charter.manifestSha256 !== manifestSha256)
        throw new TributaryError('manifest_mismatch', { reason: 'another manifest of this run was decided on before' })
      if (earlier.decision === 'refused') await this.#refuse(run, notApproved())
      return earlier.decision === 'approved'
    }
    const me = this.#me()
    const keys = reviewManifest(run, manifest, { ...me, role, table, peers }, await hub.parties())
    const author = manifest.parties.find((party) => party.role === 'label')?.name ?? ''
    if (author !== me.name) requireSignature(run, author, keys, manifestSha256)
    if (!this.#told.has(run.id)) emit({ type: 'proposed', run: run.id, manifest, manifestSha256 })
    this.#told.add(run.id)
    const isApproved = await approve(manifest, run)
    if (isApproved === null) return false
    const charter: Charter = { manifest, manifestSha256, keys, tableSha256: table === null ? null : tableSha256(table) }
    store.decide(run.id, isApproved ? 'approved' : 'refused', charter)
    if (!isApproved) await this.#refuse(run, notApproved())
    return isApproved
  }

  /** What a check throws is told as the reason of a refusal. */
  async #orRefuse<T>(run: VerticalRun, agree: () => Promise<T | null>): Promise<T | null> {
    try {
      return await agree()
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      await this.#refuse(run, error)
      return null
    }
  }

  async #refuse(run: VerticalRun, error: TributaryError): Promise<void> {
    const { hub, emit } = this.#options
    emit({ type: 'refused', run: run.id, error })
    const reason = error.message.slice(0, REASON_LENGTH)
    await hub.approve(run.id, { decision: 'refuse', code: error.code, reason })
  }
}

const notApproved = () => new TributaryError('party_declined')
