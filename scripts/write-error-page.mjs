// Writes docs/errors.md out of the error catalogue. The catalogue is TypeScript, which Node reads from version 22 on.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { pinnedNodePath } from './pinned-node.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
if (Number(process.versions.node.split('.')[0]) < 22) {
  const node = pinnedNodePath(root)
  if (node === null) throw new Error('Node 22 is needed; "npm start" installs it')
  process.exit(spawnSync(node, [fileURLToPath(import.meta.url)], { stdio: 'inherit' }).status ?? 1)
}

const errors = pathToFileURL(join(root, 'packages/protocol/src/errors/'))
const { accessErrors } = await import(new URL('access.ts', errors))
const { peopleErrors } = await import(new URL('people.ts', errors))
const { runErrors } = await import(new URL('runs.ts', errors))
const { updateErrors } = await import(new URL('updates.ts', errors))
const { platformErrors } = await import(new URL('platform.ts', errors))
const { verticalErrors } = await import(new URL('vertical.ts', errors))
const { retiredCodes } = await import(new URL('retired.ts', errors))

const sections = [
  ['Signing in, joining, limits', { ...accessErrors, ...peopleErrors }],
  ['Federations and runs', runErrors],
  ['Updates', updateErrors],
  ['Vertical runs', verticalErrors],
  ['Requests, starting up, local data', platformErrors],
]

/** Markdown would take these for a column or a tag. */
const escaped = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const both = ({ en, zh }) => `${escaped(en)}<br>${escaped(zh)}`
const row = ([code, { status, retryable, party, phase, cause, nextStep }]) =>
  `| \`${code}\` | ${status || '—'} | ${retryable ? 'yes' : 'no'} | ${party} | ${phase} | ${both(cause)} | ${both(nextStep)} |`

const retired = Object.entries(retiredCodes)
const page = `# Errors

Every refusal has a code, and every code has one row here. Programs match codes, never texts: a code keeps its meaning for ever,
texts may get better. This page is written by \`node scripts/write-error-page.mjs\` out of \`packages/protocol/src/errors\`; a test
compares both.

An error travels as \`{ code, message, nextStep, retryable, party, phase, details }\`; \`{name}\` in a text is filled from
\`details\`, so that each end can say it in its user's language.

- **status**: of the HTTP answer; — when the code is never an HTTP answer (it stands in an event, in a run's failure or on a local
  console).
- **retry**: yes when the same call may succeed later without a change.
- **party**: who can mend it. **phase**: where in the life of a federation it happens.
${sections
  .map(
    ([title, entries]) => `
## ${title}

| code | status | retry | party | phase | cause | next step |
| --- | --- | --- | --- | --- | --- | --- |
${Object.entries(entries).map(row).join('\n')}
`,
  )
  .join('')}
## Retired codes

A code that is no longer sent stays reserved: an old client may still know it, so it is never given another meaning.

${
  retired.length === 0
    ? 'None so far.'
    : `| code | retired in | instead |\n| --- | --- | --- |\n${retired.map(([code, { since, instead }]) => `| \`${code}\` | ${since} | ${escaped(instead)} |`).join('\n')}`
}
`
writeFileSync(join(root, 'docs/errors.md'), page)
