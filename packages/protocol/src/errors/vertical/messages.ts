import type { CatalogueEntry } from '../entry.ts'

/** Parties, their sealed messages, and the manifest that they agree on. */
export const messageErrors = {
  envelope_malformed: {
    status: 400,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'The sealed message cannot be read: {reason}.',
      zh: '密封消息无法读取：{reason}。',
    },
    nextStep: {
      en: 'Send messages with the SDK of this version.',
      zh: '请使用本版本的 SDK 发送消息。',
    },
  },
  message_malformed: {
    status: 400,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'The content of a {kind} message is invalid: {reason}.',
      zh: '{kind} 消息内容无效：{reason}。',
    },
    nextStep: {
      en: "Update the sender's software to this version; the message was dropped and nothing changed.",
      zh: '请将发送方软件更新到本版本；该消息已丢弃，状态未变。',
    },
  },
  message_out_of_order: {
    status: 409,
    retryable: true,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'Message {seq} from {from} to {to} came where {expected} was expected.',
      zh: '从 {from} 到 {to} 的第 {seq} 条消息到达，而应为第 {expected} 条。',
    },
    nextStep: {
      en: 'Send the messages again in their order.',
      zh: '请按顺序重新发送消息。',
    },
  },
  auth_signature: {
    status: 403,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'A message in the name of {from} is not signed by its key.',
      zh: '以 {from} 名义发送的消息不是由其密钥签名。',
    },
    nextStep: {
      en: 'Compare fingerprints with {from} out of band; somebody may have altered the message on its way.',
      zh: '请通过其他渠道与 {from} 核对指纹；消息可能在途中被篡改。',
    },
  },
  party_keys_fixed: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: {
      en: '{name} is registered with other keys.',
      zh: '{name} 已用其他密钥注册。',
    },
    nextStep: {
      en: 'Start with the state folder that holds its identity, or join under a new name.',
      zh: '请使用保存其身份的状态目录启动，或以新名称加入。',
    },
  },
  party_not_registered: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'configure',
    cause: {
      en: '{name} has not registered as a party of this federation.',
      zh: '{name} 尚未注册为该联邦的参与方。',
    },
    nextStep: {
      en: 'Start its program with a role first: tributary join --role.',
      zh: '请先以角色启动其程序：tributary join --role。',
    },
  },
  party_fingerprint_unknown: {
    status: 403,
    retryable: false,
    party: 'institution',
    phase: 'approving',
    cause: {
      en: 'The keys of {name} have the fingerprint {actual}, pinned is {expected}.',
      zh: '{name} 的密钥指纹为 {actual}，已固定的是 {expected}。',
    },
    nextStep: {
      en: 'Ask {name} for its fingerprint by telephone and pin it with --peer; approve nothing before.',
      zh: '请致电 {name} 核对指纹并用 --peer 固定；在此之前不要批准。',
    },
  },
  vertical_roles_invalid: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'configure',
    cause: {
      en: 'The roles do not make a vertical run: {reason}.',
      zh: '角色无法组成纵向任务：{reason}。',
    },
    nextStep: {
      en: 'Take one label party, one key service and at least one feature party.',
      zh: '请选择一个标签方、一个密钥服务和至少一个特征方。',
    },
  },
  vertical_not_running: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'The vertical run is {phase}.',
      zh: '纵向任务处于 {phase}。',
    },
    nextStep: {
      en: 'Wait until it runs; an ended run takes no messages.',
      zh: '请等待其运行；已结束的任务不接收消息。',
    },
  },
  vertical_mail_full: {
    status: 413,
    retryable: false,
    party: 'admin',
    phase: 'any',
    cause: {
      en: 'The mail of this run has reached {limit} bytes.',
      zh: '该任务的消息已达到 {limit} 字节上限。',
    },
    nextStep: {
      en: 'Abort the run and create it again with fewer rows or steps.',
      zh: '请中止任务，并以更少的行或步数重新创建。',
    },
  },
  manifest_mismatch: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'approving',
    cause: {
      en: 'The manifest does not fit: {reason}.',
      zh: '任务清单不符：{reason}。',
    },
    nextStep: {
      en: 'Read the manifest, mend the setting that is named, and create the run again.',
      zh: '请查看清单，修正所指出的设置，然后重新创建任务。',
    },
  },
} as const satisfies Record<string, CatalogueEntry>
