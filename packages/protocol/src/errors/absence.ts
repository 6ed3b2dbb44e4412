import { z } from 'zod'

const words = z.string().nullable()

/** Why nothing of a participant counts in a round: a detail of an error, put into words in the reader's language. */
export const absenceSchema = z.discriminatedUnion('why', [
  /** Not connected; `since` is an ISO time, null when it was not seen since the coordinator started. */
  z.object({ name: z.string(), why: z.literal('offline'), since: z.iso.datetime().nullable() }),
  /** Connected and asked, and has not fetched the model. */
  z.object({ name: z.string(), why: z.literal('asked') }),
  /** Has fetched the model and sent nothing. */
  z.object({ name: z.string(), why: z.literal('training') }),
  /** An update came and was refused, for the reason of this code. */
  z.object({
    name: z.string(),
    why: z.literal('refused'),
    error: z.object({ code: z.string(), details: z.record(z.string(), z.unknown()) }),
  }),
  /** What the participant or the admin wrote of it. */
  z.object({ name: z.string(), why: z.enum(['failed', 'left', 'excluded']), words }),
])
export type Absence = Readonly<z.infer<typeof absenceSchema>>

type Refusal = Extract<Absence, { why: 'refused' }>['error']
type Language = 'en' | 'zh'

const said = {
  offline: { en: 'offline', zh: '离线' },
  asked: { en: 'connected, has not fetched the model', zh: '在线，未取模型' },
  training: { en: 'fetched the model, sent no update', zh: '已取模型，未交更新' },
  refused: { en: 'update refused', zh: '更新被拒' },
  failed: { en: 'its training failed', zh: '训练失败' },
  left: { en: 'left', zh: '已退出' },
  excluded: { en: 'excluded', zh: '已被排除' },
} as const

/** With the name, as `birch (offline since 2026-03-01 14:02 UTC)`. */
export const absenceInWords = (absence: Absence, language: Language, sentenceOf: (error: Refusal) => string): string => {
  const reason = absenceReason(absence, language, sentenceOf)
  return language === 'en' ? `${absence.name} (${reason})` : `${absence.name}（${reason}）`
}

/** Without the name. `sentenceOf` puts the error of a refused update into words. */
export function absenceReason(absence: Absence, language: Language, sentenceOf: (error: Refusal) => string): string {
  const what = said[absence.why][language]
  const because = (reason: string | null) => {
    if (reason === null || reason === '') return what
    return language === 'en' ? `${what}: ${reason}` : `${what}：${reason}`
  }
  switch (absence.why) {
    case 'offline': {
      if (absence.since === null) return what
      const since = `${absence.since.slice(0, 16).replace('T', ' ')} UTC`
      return language === 'en' ? `${what} since ${since}` : `${since} 起${what}`
    }
    case 'refused':
      return because(sentenceOf(absence.error).replace(/[.。]$/, ''))
    case 'failed':
    case 'left':
    case 'excluded':
      return because(absence.words)
    case 'asked':
    case 'training':
      return what
  }
}
