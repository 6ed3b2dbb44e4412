import { TributaryError } from '@tributary/protocol'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { type IdentityStore, identitySchema, matching } from './identity.ts'
import { pendingJoinSchema } from './pending-join.ts'
import { newSealingKey, type SealedRecord, seal, unseal } from './sealed-records.browser.ts'

interface Records extends DBSchema {
  keys: { key: string; value: CryptoKey }
  identities: { key: string; value: SealedRecord }
  joins: { key: string; value: SealedRecord }
}

const SEALING_KEY = 'sealing'

/**
 * Identities in this origin's IndexedDB, sealed by a WebCrypto key that cannot be exported: what reads the records alone learns
 * nothing from them. Whoever holds the whole profile of the browser holds the key too: browsers keep it there.
 * Resolved writes are on disk (durability "strict").
 * @throws TributaryError `browser_unfit` from all methods where the browser keeps nothing, or where a record cannot be opened
 */
export function indexedDbIdentityStore(database = 'tributary'): IdentityStore {
  let opened: Promise<{ db: IDBPDatabase<Records>; key: CryptoKey }> | null = null
  const open = () => {
    opened ??= openRecords(database).catch((error: unknown) => {
      opened = null
      throw error
    })
    return opened
  }
  const put = async (store: 'identities' | 'joins', id: string, content: unknown) => {
    const { db, key } = await open()
    const record = await seal(key, id, content)
    const transaction = db.transaction(store, 'readwrite', { durability: 'strict' })
    await Promise.all([transaction.store.put(record, id), transaction.done])
  }
  const remove = async (store: 'identities' | 'joins', id: string) => (await open()).db.delete(store, id)
  const joinId = (url: string, inviteSha256: string) => `${url}\n${inviteSha256}`
  return {
    async find(url, name) {
      const { db, key } = await open()
      const records = await db.getAll('identities')
      return matching(await Promise.all(records.map((record) => unseal(key, identitySchema, record))), url, name)
    },
    save: (identity) => put('identities', `${identity.url}\n${identity.participant}`, identity),
    remove: ({ url, participant }) => remove('identities', `${url}\n${participant}`),
    async findPendingJoin(url, inviteSha256) {
      const { db, key } = await open()
      const record = await db.get('joins', joinId(url, inviteSha256))
      return record === undefined ? null : unseal(key, pendingJoinSchema, record)
    },
    savePendingJoin: (pending) => put('joins', joinId(pending.url, pending.inviteSha256), pending),
    removePendingJoin: ({ url, inviteSha256 }) => remove('joins', joinId(url, inviteSha256)),
  }
}

async function openRecords(name: string): Promise<{ db: IDBPDatabase<Records>; key: CryptoKey }> {
  try {
    const db = await openDB<Records>(name, 1, {
      upgrade(fresh) {
        for (const store of ['keys', 'identities', 'joins'] as const) fresh.createObjectStore(store)
      },
    })
    return { db, key: await sealingKey(db) }
  } catch (cause) {
    const reason = `it keeps no data for this page (${cause instanceof Error ? cause.message : String(cause)})`
    throw new TributaryError('browser_unfit', { reason }, { cause })
  }
}

/** Another tab may make one at the same time: whoever writes first wins. */
async function sealingKey(db: IDBPDatabase<Records>): Promise<CryptoKey> {
  const known = await db.get('keys', SEALING_KEY)
  if (known !== undefined) return known
  const fresh = await newSealingKey()
  const transaction = db.transaction('keys', 'readwrite', { durability: 'strict' })
  const first = await transaction.store.get(SEALING_KEY)
  if (first === undefined) await transaction.store.put(fresh, SEALING_KEY)
  await transaction.done
  return first ?? fresh
}
