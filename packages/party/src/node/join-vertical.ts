import { TributaryError } from '@tributary/protocol'
import type { HubLink } from '../hub/hub-link.ts'
import { joinHub } from '../hub/join-hub.ts'
import { readPeers } from '../identity/pinned-peers.ts'
import { createJobRunner } from '../jobs/crypto-job-runner.ts'
import { openPartyStore, type PartyStore } from '../store/party-store.ts'
import { readPartyTable } from '../table/read-party-table.ts'
import type { JoinVerticalOptions } from './join-options.ts'
import { partyMachine } from './party-machine.ts'
import { type SavedOutcome, savedOutcome, saveOutcome } from './saved-outcome.ts'
import { startVerticalNode, type VerticalNode } from './vertical-node.ts'

/** A data party at work. */
export interface VerticalSession extends Omit<VerticalNode, 'outcome'> {
  /**
   * Own weights in standardised and in original units, saved as JSON in the state folder, too. Rejects with the reason of the run's
   * end. The run need not be known yet.
   */
  outcome(run: string): Promise<SavedOutcome>
}

/**
 * Takes part in vertical runs with one table, until it is closed. Every run's manifest is checked against the own table and the
 * pinned peers, and the owner is asked; after a restart with the same folder unfinished runs go on.
 * @throws TributaryError `config_invalid`, `data_*`, `secret_storage_locked`, the codes of joining, `party_keys_fixed`
 */
export async function joinVertical(options: JoinVerticalOptions): Promise<VerticalSession> {
  const { role, labelColumn, stateDir: folder, passphrase, keyFile } = options
  if (role === 'label' && labelColumn === undefined) throw invalid('labelColumn', 'the label party needs one')
  if (role === 'feature' && labelColumn !== undefined) throw invalid('labelColumn', 'a feature party has none')
  // Before the invite is spent: bad data must not cost it.
  const table = await readPartyTable(options)
  const peers = await readPeers(options.peers)
  const store = await openPartyStore({ folder, lock: passphrase !== undefined ? { passphrase } : { keyFile } })
  const jobs = options.jobs ?? createJobRunner()
  const release = async () => {
    if (options.jobs === undefined) await jobs.close()
    store.close()
  }
  try {
    const { membership = store.membership(), signal = new AbortController().signal } = options
    const hub = await joinHub({ ...options, membership, signal })
    const { approve, onEvent, clock } = options
    const node = await startVerticalNode({
      hub,
      store,
      identity: store.identity(),
      role,
      machine: partyMachine,
      jobs,
      table,
      peers,
      approve,
      onEvent,
      signal,
      clock,
    })
    return sessionOf(node, hub, store, release)
  } catch (error) {
    await release()
    throw error
  }
}

function sessionOf(node: VerticalNode, hub: HubLink, store: PartyStore, release: () => Promise<void>): VerticalSession {
  let released: Promise<void> | null = null
  const releaseOnce = () => {
    released ??= release()
    return released
  }
  const ended = async () => {
    try {
      await node.done
    } finally {
      await releaseOnce()
    }
  }
  const done = ended()
  done.catch(() => undefined)
  return {
    name: hub.name,
    fingerprint: node.fingerprint,
    store,
    done,
    async outcome(run) {
      const outcome = await node.outcome(run)
      const manifestSha256 = store.decision(run)?.charter.manifestSha256 ?? ''
      const saved = savedOutcome(run, manifestSha256, outcome)
      await saveOutcome(store.folder, saved)
      return saved
    },
    predict: (run, rows) => node.predict(run, rows),
    abort: (run, reason) => node.abort(run, reason),
    async close() {
      await node.close()
      await releaseOnce()
    },
  }
}

const invalid = (setting: string, reason: string) => new TributaryError('config_invalid', { setting, reason })
