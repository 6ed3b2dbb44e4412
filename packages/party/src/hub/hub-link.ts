import type {
  Approve,
  Mail,
  MailReceipt,
  Publish,
  putManifestSchema,
  RegisterParty,
  VerticalNotice,
  VerticalParty,
  VerticalRun,
} from '@tributary/protocol'
import type { z } from 'zod'

export type PutManifest = z.infer<typeof putManifestSchema>

/**
 * The hub as one party sees it: a post office that never sees content. Each call is one attempt; a retryable TributaryError says
 * that it may be made again (the node does, see persistentHub).
 */
export interface HubLink {
  /** Own name in the federation. */
  readonly name: string
  /** Takes one's place in vertical runs; the same call again changes nothing. @throws `party_keys_fixed` */
  register(place: RegisterParty): Promise<VerticalParty>
  /** All registered parties of the federation, with their public keys. Not to be trusted: compare fingerprints with pinned ones. */
  parties(): Promise<readonly VerticalParty[]>
  /** Vertical runs of the federation, ended ones too. */
  runs(): Promise<readonly VerticalRun[]>
  run(run: string): Promise<VerticalRun>
  /** Label party only. */
  putManifest(run: string, manifest: PutManifest): Promise<VerticalRun>
  /** Approves or refuses. */
  approve(run: string, decision: Approve): Promise<VerticalRun>
  abort(run: string, failure: { readonly code: string; readonly reason: string }): Promise<void>
  /** Key service only. */
  publish(run: string, published: Publish): Promise<void>
  /** Resolves when the hub has the envelope durably; `repeated` when it had these same bytes before. */
  send(run: string, envelope: Uint8Array): Promise<MailReceipt>
  /** Own mail after a cursor, in order of arrival; empty while the run is paused. */
  inbox(run: string, after: number): Promise<readonly Mail[]>
  /** An envelope's bytes by its hash. */
  fetch(run: string, sha256: string): Promise<Uint8Array>
  /**
   * Calls back when something may be new: for one run (`run`), or, with null, anything (after a reconnect, or at a poll).
   * @returns takes the listener away
   */
  onNotice(listener: (notice: VerticalNotice | null) => void): () => void
  close(): Promise<void>
}
