import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import english from './en.json' with { type: 'json' }
import chinese from './zh.json' with { type: 'json' }

const source = fileURLToPath(new URL('..', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.startsWith('participant/'),
)
const texts = files.map((name) => readFileSync(join(source, name), 'utf8'))
const en: Record<string, string> = english
const zh: Record<string, string> = chinese
const ids = Object.keys(en)

/** Names that a message is filled with. */
const placeholders = (message: string) => [...new Set([...message.matchAll(/\{(\w+)\s*[,}]/g)].map(([, name]) => name))].sort()

describe('the words', () => {
  it('are the same ids in both languages, in order, none empty', () => {
    expect(Object.keys(zh)).toEqual(ids)
    expect(ids).toEqual([...ids].sort())
    for (const id of ids) {
      expect(en[id]?.trim(), id).not.toBe('')
      expect(zh[id]?.trim(), id).not.toBe('')
    }
  })

  it('take the same values in both languages', () => {
    for (const id of ids) expect(placeholders(zh[id] ?? ''), id).toEqual(placeholders(en[id] ?? ''))
  })

  it('are Chinese in the Chinese catalogue', () => {
    const wordless = ids.filter((id) => !/\p{Script=Han}/u.test(zh[id] ?? ''))
    expect(wordless).toEqual(['event.action', 'event.metric', 'run.updates-of'])
  })

  const literal = new Set(
    texts.flatMap((text) => [...text.matchAll(/(?<![\w.])'([a-z][\w-]*(?:\.[\w-]+)*)'/g)].map(([, id]) => id ?? '')),
  )
  const patterns = texts.flatMap((text) =>
    [...text.matchAll(/\bw\([^`;]*?`([a-z][^`\s]*\$\{[^`\s]+)`/g)].map(
      ([, pattern = '']) => new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '[\\w-]+')}$`),
    ),
  )

  it('exist wherever one is asked for by name', () => {
    const asked = texts.flatMap((text) => [...text.matchAll(/\bw\(\s*'([^']+)'/g)].map(([, id]) => id ?? ''))
    expect(asked.length).toBeGreaterThan(150)
    expect(asked.filter((id) => !(id in en))).toEqual([])
    for (const pattern of patterns)
      expect(
        ids.some((id) => pattern.test(id)),
        String(pattern),
      ).toBe(true)
  })

  it('are all asked for somewhere', () => {
    expect(ids.filter((id) => !literal.has(id) && !patterns.some((pattern) => pattern.test(id)))).toEqual([])
  })
})
