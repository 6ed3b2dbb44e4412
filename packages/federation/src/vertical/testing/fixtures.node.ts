import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { JoinedTable } from './cast.ts'

const folder = new URL('../../../../data/src/fixtures/vertical/', import.meta.url)

/** A split table of the data package's fixtures, rows in the order of their file. */
function read(name: string, labelName: string | null): JoinedTable & { readonly label: readonly number[] } {
  const bytes = readFileSync(new URL(name, folder))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const names = header.split(',')
  const rows = lines.map((line) => line.split(','))
  const column = (index: number) => rows.map((row) => Number(row[index]))
  const features = names.flatMap((title, index) =>
    title === 'id' || title === labelName ? [] : [[title, column(index)] as const],
  )
  return {
    ids: rows.map((row) => row[names.indexOf('id')] ?? ''),
    columns: Object.fromEntries(features),
    label: labelName === null ? [] : column(names.indexOf(labelName)),
  }
}

const split = (host: string, guest: string, label: string) => ({ host: read(host, null), guest: read(guest, label) })

export const diabetes = () => split('diabetes_host.csv', 'diabetes_guest.csv', 'progression')
export const breast = () => split('breast_hetero_host.csv', 'breast_hetero_guest.csv', 'y')
export const credit = () => split('default_credit_hetero_host.csv.gz', 'default_credit_hetero_guest.csv.gz', 'y')

/** Columns of both sides, rows in the order of the guest's file. */
export function joined({ host, guest }: ReturnType<typeof split>): { columns: number[][]; label: readonly number[] } {
  const rowOf = new Map(host.ids.map((id, row) => [id, row]))
  const order = guest.ids.map((id) => rowOf.get(id) ?? -1)
  const ofHost = Object.values(host.columns).map((column) => order.map((row) => column[row] ?? Number.NaN))
  return { columns: [...ofHost, ...Object.values(guest.columns).map((column) => [...column])], label: guest.label }
}
