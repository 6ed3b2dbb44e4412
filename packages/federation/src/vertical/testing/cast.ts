import { type HeParameters, type Manifest, manifestSchema, type VerticalSettingsInput } from '@tributary/protocol'
import type { MockTable } from './mock-jobs.ts'

/** t of 60 bits, so that any test fits; the lengths of ciphertexts are those of N = 8192. */
export const MOCK_HE: HeParameters = {
  ringDegree: 8192,
  plainModulus: '1152921504606830593',
  plainModulusBits: 60,
  primeBits: [60, 60, 60, 38],
  openingPrimes: 1,
  keysPerStep: 2,
}

/** Rows of a table with names of their columns, before they are split. */
export interface JoinedTable {
  readonly ids: readonly string[]
  readonly columns: Readonly<Record<string, readonly number[]>>
}

export interface CastOptions {
  readonly settings?: VerticalSettingsInput
  readonly he?: Partial<HeParameters>
  readonly rowWeights?: readonly number[] | null
}

/** A run of feature parties by name, a label party `guest` and a key service `keys`. */
export function cast(
  features: Readonly<Record<string, JoinedTable>>,
  guest: JoinedTable & { readonly label: readonly number[] },
  { settings = {}, he = {}, rowWeights = null }: CastOptions = {},
): { readonly manifest: Manifest; readonly tables: Readonly<Record<string, MockTable>> } {
  const weightOf = new Map(guest.ids.map((id, index) => [id, rowWeights?.[index] ?? 1]))
  const tableOf = (table: JoinedTable, label: readonly number[] | null): MockTable => ({
    ids: table.ids,
    names: Object.keys(table.columns),
    columns: Object.values(table.columns).map((column) => Float64Array.from(column)),
    label: label === null ? null : Float64Array.from(label),
    rowWeights: rowWeights === null ? null : Float64Array.from(table.ids, (id) => weightOf.get(id) ?? 1),
  })
  const place = (name: string, role: 'feature' | 'label' | 'key-service', count: number) => ({
    name,
    role,
    fingerprint: 'cd'.repeat(32),
    features: count,
  })
  const parties = [
    ...Object.entries(features).map(([name, table]) => place(name, 'feature', Object.keys(table.columns).length)),
    place('guest', 'label', Object.keys(guest.columns).length),
    place('keys', 'key-service', 0),
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
  const manifest = manifestSchema.parse({
    protocol: 'tributary-slr/1',
    runId: 'run_0123456789abcdef',
    parties,
    settings,
    he: { ...MOCK_HE, ...he },
    rowsBound: guest.ids.length,
  })
  const tables = Object.fromEntries(Object.entries(features).map(([name, table]) => [name, tableOf(table, null)]))
  return { manifest, tables: { ...tables, guest: tableOf(guest, guest.label) } }
}
