import type { Language } from '@tributary/protocol'

type Environment = Readonly<Record<string, string | undefined>>

/** The language of error texts: the one asked for, else as LC_ALL, LC_MESSAGES or LANG say (in POSIX's order), else English. */
export function chooseLanguage(asked: string | undefined, environment: Environment): Language {
  const locale = asked || environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || 'en'
  return /^zh\b|^zh_/i.test(locale) ? 'zh' : 'en'
}
