import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import main from '../../words/en.json' with { type: 'json' }
import english from './en.json' with { type: 'json' }
import chinese from './zh.json' with { type: 'json' }

const source = fileURLToPath(new URL('..', import.meta.url))
const texts = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
  .map((name) => readFileSync(join(source, name), 'utf8'))
  .join('\n')
const en: Record<string, string> = english
const zh: Record<string, string> = chinese
const ids = Object.keys(en)
const placeholders = (message = '') => [...new Set([...message.matchAll(/\{(\w+)[,}]/g)].map(([, name]) => name))].sort()
/** Ids that the source makes of a part and a state, like p(`stage.${stage}`). */
const made = [...texts.matchAll(/p\(`([\w.-]+)\$\{/g)].map(([, part = '']) => part)

describe("the participant page's words", () => {
  it('are the same ids in both languages, in order, none empty, none of the other pages', () => {
    expect(Object.keys(zh)).toEqual(ids)
    expect(ids).toEqual([...ids].sort())
    for (const id of ids) {
      expect(en[id]?.trim(), id).not.toBe('')
      expect(zh[id]?.trim(), id).not.toBe('')
      expect(main, id).not.toHaveProperty([id])
    }
  })

  it('are filled with the same values', () => {
    for (const id of ids) expect(placeholders(zh[id]), id).toEqual(placeholders(en[id]))
  })

  it('are all said, and what is said is there', () => {
    expect(made.length).toBeGreaterThan(2)
    for (const id of ids) expect(texts.includes(`'${id}'`) || made.some((part) => id.startsWith(part)), id).toBe(true)
    for (const [, id = ''] of texts.matchAll(/\bp\('([\w.-]+)'/g)) expect(en, id).toHaveProperty([id])
  })
})
