import type { CatalogueEntry } from '../entry.ts'

/** Encryption, and what the key service opens. */
export const keyErrors = {
  he_budget: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'configure',
    cause: {
      en: 'An opening would have {bits} bits of noise budget left and {needed} are needed.',
      zh: '开启时剩余噪声预算为 {bits} 位，需要 {needed} 位。',
    },
    nextStep: {
      en: 'Use fewer rows or fewer fractional bits.',
      zh: '请减少行数或小数位。',
    },
  },
  he_size: {
    status: 400,
    retryable: false,
    party: 'institution',
    phase: 'opening',
    cause: {
      en: 'A ciphertext has {actual} bytes where {expected} are right.',
      zh: '密文为 {actual} 字节，应为 {expected} 字节。',
    },
    nextStep: {
      en: "Update the sender's software to this version.",
      zh: '请将发送方软件更新到本版本。',
    },
  },
  he_malformed: {
    status: 400,
    retryable: false,
    party: 'institution',
    phase: 'opening',
    cause: {
      en: 'A ciphertext could not be used.',
      zh: '密文无法使用。',
    },
    nextStep: {
      en: "Update the sender's software to this version.",
      zh: '请将发送方软件更新到本版本。',
    },
  },
  key_mismatch: {
    status: 409,
    retryable: false,
    party: 'key-service',
    phase: 'stepping',
    cause: {
      en: 'The parties were given different public keys for step {step}.',
      zh: '第 {step} 步各方收到的公钥不同。',
    },
    nextStep: {
      en: 'Abort the run: the key service or the hub shows different keys to different parties.',
      zh: '请中止任务：密钥服务或中枢向不同参与方展示了不同公钥。',
    },
  },
  key_state: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'opening',
    cause: {
      en: 'The key service opens nothing for {name} in this state: {state}.',
      zh: '密钥服务在状态 {state} 下不为 {name} 解密。',
    },
    nextStep: {
      en: 'Wait for the next step key.',
      zh: '请等待下一步的密钥。',
    },
  },
  key_quota: {
    status: 429,
    retryable: true,
    party: 'institution',
    phase: 'opening',
    cause: {
      en: '{name} asked to open {asked} numbers and {left} are left.',
      zh: '{name} 请求解密 {asked} 个数，仅剩 {left} 个。',
    },
    nextStep: {
      en: "Create another run; its quota is counted on the run's page.",
      zh: '请创建另一个任务；配额见任务页面。',
    },
  },
  key_wrong_step: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'opening',
    cause: {
      en: 'The ciphertexts belong to the key {actual}, the open step has {expected}.',
      zh: '密文属于密钥 {actual}，当前步为 {expected}。',
    },
    nextStep: {
      en: 'Encrypt under the key of the open step.',
      zh: '请使用当前步的密钥加密。',
    },
  },
  key_lost: {
    status: 409,
    retryable: true,
    party: 'key-service',
    phase: 'stepping',
    cause: {
      en: 'The key of step {step} is lost.',
      zh: '第 {step} 步的密钥已丢失。',
    },
    nextStep: {
      en: 'Nothing to do: the step is done again under a new key.',
      zh: '无需处理：该步将用新密钥重做。',
    },
  },
} as const satisfies Record<string, CatalogueEntry>
