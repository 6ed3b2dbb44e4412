import { describe, type ErrorBody, type ErrorDetails, isErrorCode, type Language } from '@tributary/protocol'

const titles = {
  en: { who: 'who', phase: 'in phase', why: 'why', nextStep: 'what to do' },
  zh: { who: '责任方', phase: '阶段', why: '原因', nextStep: '下一步' },
} as const

/** Which party, in which phase, why, and what to do. */
export function failureLines(failure: ErrorBody & { participants?: readonly string[] }, language: Language): string[] {
  const known = isErrorCode(failure.code) ? describe(failure.code, failure.details as ErrorDetails, language) : failure
  const names = failure.participants ?? []
  const title = titles[language]
  const lines = [
    [title.who, names.length > 0 ? `${failure.party}: ${names.join(', ')}` : failure.party],
    [title.phase, failure.phase],
    [title.why, `${known.message} (${failure.code})`],
    [title.nextStep, known.nextStep],
  ]
  return lines.map(([name = '', text = '']) => `  ${`${name}:`.padEnd(12)} ${text}`)
}
