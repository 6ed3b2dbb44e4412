import type { CoordinatorApi, VerticalApi } from '@tributary/client'
import type { VerticalRun } from '@tributary/protocol'
import { chooseFederation } from '../connection/federation-choice.ts'
import { chooseLanguage } from '../outcome/language.ts'
import type { Printer } from '../output/printer.ts'
import { formatTable } from '../output/table.ts'
import { formatBytes, formatMetric } from '../output/units.ts'
import { failureLines } from '../runs/failure-lines.ts'
import { schemeLine, settingsLine } from './manifest-lines.ts'

interface Apis {
  readonly coordinator: CoordinatorApi
  readonly api: VerticalApi
}

const count = (value: number | null): string => (value === null ? '' : String(value))

/** Prints a vertical run as the coordinator knows it, and for an ended one the reason. */
export async function showVerticalRun({ api }: Pick<Apis, 'api'>, id: string, printer: Printer, asked?: string): Promise<void> {
  const run = await api.run(id)
  printer.result(run, verticalRunLines(run, asked))
}

export function verticalRunLines(run: VerticalRun, asked: string | undefined): string[] {
  const { settings, manifest, rows, step, f, head, failure } = run
  const columns = [
    { title: 'party' },
    { title: 'role' },
    { title: 'rows', align: 'right' },
    { title: 'columns', align: 'right' },
    { title: 'signed' },
    { title: 'sent', align: 'right' },
    { title: 'received', align: 'right' },
    { title: 'fingerprint' },
  ] as const
  return [
    `${run.name} (${run.id}): ${run.phase}`,
    settingsLine(settings),
    ...(manifest === null ? [] : [`encrypted: ${schemeLine(manifest.he)}`, `manifest sha256 ${run.manifestSha256}`]),
    ...(rows === null ? [] : [`common rows ${rows}, step ${step ?? '-'}, f ${formatMetric(f)}`]),
    ...(head === null ? [] : [`audit head ${head.seq} ${head.hash}`]),
    `possible now: ${run.allowedActions.join(', ') || 'nothing'}`,
    ...(failure === null ? [] : ['', ...failureLines(failure, chooseLanguage(asked, process.env))]),
    '',
    ...formatTable(
      columns,
      run.parties.map((party) => [
        party.name,
        party.role,
        count(party.rows),
        count(party.features),
        party.approved ? 'yes' : 'no',
        formatBytes(party.bytesSent),
        formatBytes(party.bytesReceived),
        party.fingerprint,
      ]),
    ),
  ]
}

export async function listVerticalRuns(
  { coordinator, api }: Apis,
  federation: string | undefined,
  printer: Printer,
): Promise<void> {
  const runs = await api.runs(federation === undefined ? undefined : (await chooseFederation(coordinator, federation)).id)
  const columns = [
    { title: 'id' },
    { title: 'name' },
    { title: 'task' },
    { title: 'phase' },
    { title: 'rows', align: 'right' },
    { title: 'step', align: 'right' },
    { title: 'f', align: 'right' },
    { title: 'created' },
  ] as const
  const cells = runs.map(({ id, name, settings, phase, rows, step, f, createdAt }) => [
    id,
    name,
    settings.task,
    phase,
    count(rows),
    count(step),
    formatMetric(f),
    createdAt,
  ])
  printer.result(runs, formatTable(columns, cells))
}

export async function listVerticalParties(
  { coordinator, api }: Apis,
  federation: string | undefined,
  printer: Printer,
): Promise<void> {
  const parties = await api.parties((await chooseFederation(coordinator, federation)).id)
  const columns = [
    { title: 'name' },
    { title: 'role' },
    { title: 'rows', align: 'right' },
    { title: 'columns', align: 'right' },
    { title: 'online' },
    { title: 'fingerprint, as the coordinator says' },
  ] as const
  const cells = parties.map(({ name, role, rows, features, online, fingerprint }) => [
    name,
    role,
    count(rows),
    count(features),
    online ? 'yes' : 'no',
    fingerprint,
  ])
  printer.result(parties, formatTable(columns, cells))
}
