import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue, type ErrorCode } from './catalogue.ts'
import type { CatalogueEntry } from './entry.ts'
import { retiredCodes } from './retired.ts'

const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')
const [current = '', retired = ''] = page.split('## Retired codes')

/** Rows of all tables of a text, without their heads; reads Markdown, knows nothing of the script that wrote it. */
const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\\|', '|').replaceAll('&lt;', '<').replaceAll('&gt;', '>')),
    )

const unquoted = (cell: string | undefined): string => cell?.replaceAll('`', '') ?? ''

describe('docs/errors.md', () => {
  it('has a row for every code and no other, each code once', () => {
    const codes = rows(current).map(([code]) => unquoted(code))
    expect([...codes].sort()).toEqual(Object.keys(catalogue).sort())
  })

  it.each(rows(current).map((row) => [unquoted(row[0]), row] as const))('says of %s what the catalogue says', (code, row) => {
    const { status, retryable, party, phase, cause, nextStep }: CatalogueEntry = catalogue[code as ErrorCode]
    expect(row.slice(1)).toEqual([
      status === 0 ? '—' : String(status),
      retryable ? 'yes' : 'no',
      party,
      phase,
      `${cause.en}<br>${cause.zh}`,
      `${nextStep.en}<br>${nextStep.zh}`,
    ])
  })

  it('lists the retired codes, none of which is in use', () => {
    expect(rows(retired).map(([code]) => unquoted(code))).toEqual(Object.keys(retiredCodes))
    if (Object.keys(retiredCodes).length === 0) expect(retired).toContain('None so far.')
    for (const code of Object.keys(retiredCodes)) expect(catalogue).not.toHaveProperty(code)
  })
})
