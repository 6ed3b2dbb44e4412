import type { CatalogueEntry } from '../entry.ts'

/** The log of the key service, and its secrets at rest. */
export const auditErrors = {
  audit_fork: {
    status: 409,
    retryable: false,
    party: 'key-service',
    phase: 'auditing',
    cause: {
      en: 'The key service showed two logs: at {seq} the hashes {one} and {other}.',
      zh: '密钥服务展示了两份日志：在 {seq} 处哈希分别为 {one} 和 {other}。',
    },
    nextStep: {
      en: 'Stop trusting this key service; keep both signed heads as proof.',
      zh: '请停止信任该密钥服务，并保留两个签名作为证据。',
    },
  },
  audit_broken: {
    status: 409,
    retryable: false,
    party: 'key-service',
    phase: 'auditing',
    cause: {
      en: 'The audit log does not hold at entry {seq}: {reason}.',
      zh: '审计日志在第 {seq} 条处不成立：{reason}。',
    },
    nextStep: {
      en: "Ask the key service's operator for the whole log; do not use the run's result before it verifies.",
      zh: '请向密钥服务运营方索取完整日志；验证通过前不要使用结果。',
    },
  },
  secret_storage_locked: {
    status: 0,
    retryable: false,
    party: 'key-service',
    phase: 'start',
    cause: {
      en: 'The stored keys cannot be opened: {reason}.',
      zh: '无法打开已存储的密钥：{reason}。',
    },
    nextStep: {
      en: 'Give the passphrase or key file that this folder was made with.',
      zh: '请提供创建该目录时使用的口令或密钥文件。',
    },
  },
  key_service_not_separate: {
    status: 0,
    retryable: false,
    party: 'key-service',
    phase: 'start',
    cause: {
      en: 'The key service would share {what} with the coordinator.',
      zh: '密钥服务将与协调端共用 {what}。',
    },
    nextStep: {
      en: 'Give it a folder and a token of its own: one operator with both could read every row.',
      zh: '请使用独立的目录和令牌：同时掌握两者的运营方可读取所有数据行。',
    },
  },
} as const satisfies Record<string, CatalogueEntry>
