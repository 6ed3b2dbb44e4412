import { describe, type ErrorBody, type ErrorDetails, isErrorCode, type Language, reportedFailure } from '@tributary/protocol'

const titles = {
  en: { who: 'who', phase: 'in phase', why: 'why', words: 'it wrote', nextStep: 'what to do' },
  zh: { who: '责任方', phase: '阶段', why: '原因', words: '原话', nextStep: '下一步' },
} as const

/** Which party, in which phase, why, and what to do. */
export function failureLines(failure: ErrorBody & { participants?: readonly string[] }, language: Language): string[] {
  // What a party wrote of itself is a detail: the sentence is the catalogue's.
  const reported = reportedFailure(failure, language)
  const { message, nextStep } = reported ?? textsOf(failure, language)
  const { party, phase, code } = reported ?? failure
  const names = reported === null ? (failure.participants ?? []) : [reported.by]
  const title = titles[language]
  const lines = [
    [title.who, names.length > 0 ? `${party}: ${names.join(', ')}` : party],
    [title.phase, phase],
    [title.why, `${message} (${code})`],
    ...(reported === null || reported.words === '' ? [] : [[title.words, `“${reported.words}”`]]),
    [title.nextStep, nextStep],
  ]
  return lines.map(([name = '', text = '']) => `  ${`${name}:`.padEnd(12)} ${text}`)
}

const textsOf = (failure: ErrorBody, language: Language) =>
  isErrorCode(failure.code) ? describe(failure.code, failure.details as ErrorDetails, language) : failure
