import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const contract = fileURLToPath(new URL('./type-contract.types.ts', import.meta.url))
const configFile = fileURLToPath(new URL('../../../tsconfig.json', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What the compiler says of the contract with this text. */
function complaints(text: string): string[] {
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(configFile, ts.sys.readFile).config, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const original = host.getSourceFile
  host.getSourceFile = (file, ...rest) =>
    file === contract ? ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) : original.call(host, file, ...rest)
  const program = ts.createProgram([contract], options, host)
  const source = program.getSourceFile(contract)
  if (source === undefined) throw new Error('the contract was not compiled')
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  )
}

describe('the type contract', () => {
  const text = readFileSync(contract, 'utf8')

  it('refuses all that it says it refuses, and takes the rest', () => {
    // One refusal of something right is added: its complaint shows that the compiler looked.
    const added = '// @ts-expect-error nothing is wrong here\nexport const right: RunId | null = null\n'
    expect(complaints(`${text}\n${added}`)).toEqual(["Unused '@ts-expect-error' directive."])
  }, 120_000)

  it('gives a reason for each refusal', () => {
    const refusals = text.split('\n').filter((line) => line.includes('@ts-expect-error'))
    expect(refusals.length).toBeGreaterThanOrEqual(25)
    for (const line of refusals) expect(line).toMatch(/@ts-expect-error \S+ \S+/)
  })
})
