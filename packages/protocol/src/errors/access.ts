import type { CatalogueEntry } from './entry.ts'

/** Tokens, joining, limits. */
export const accessErrors = {
  unauthenticated: {
    status: 401,
    retryable: false,
    party: 'institution',
    phase: 'sign-in',
    cause: { en: 'No valid token came with this call.', zh: '没有有效的令牌。' },
    nextStep: {
      en: 'Send "Authorization: Bearer <token>" with the token you were given when you joined.',
      zh: '请带上加入时得到的令牌（Authorization: Bearer）。',
    },
  },
  forbidden: {
    status: 403,
    retryable: false,
    party: 'admin',
    phase: 'any',
    cause: { en: 'The role {role} may not do this ({action}).', zh: '角色 {role} 无权执行此操作（{action}）。' },
    nextStep: { en: 'Ask an admin of this federation.', zh: '请联系本联邦的管理员。' },
  },
  not_found: {
    status: 404,
    retryable: false,
    party: 'researcher',
    phase: 'any',
    cause: { en: 'There is no {what} {id} that you can see.', zh: '没有您可见的 {what} {id}。' },
    nextStep: {
      en: 'Check the id; list what there is with the command line or the API.',
      zh: '请核对编号，并用命令行或接口列出现有项。',
    },
  },
  protocol_version_unsupported: {
    status: 426,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: {
      en: 'This coordinator speaks protocol {supported}; the client speaks {offered}.',
      zh: '协调端使用协议版本 {supported}，客户端使用 {offered}。',
    },
    nextStep: { en: 'Install the client version that belongs to this coordinator.', zh: '请安装与该协调端对应版本的客户端。' },
  },
  invite_unknown: {
    status: 404,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: { en: 'This invite code is not known here.', zh: '邀请码不存在。' },
    nextStep: {
      en: 'Check that the code was copied whole, and that the address is the coordinator that issued it.',
      zh: '请确认邀请码完整，且地址是发出该邀请的协调端。',
    },
  },
  invite_used: {
    status: 410,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: { en: 'This invite has been used already.', zh: '邀请码已被使用。' },
    nextStep: {
      en: 'Each invite admits one participant. Ask the admin for a new one, or start with the identity that was saved when you joined.',
      zh: '每个邀请只能使用一次。请向管理员索取新的邀请，或使用加入时保存的身份。',
    },
  },
  invite_expired: {
    status: 410,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: { en: 'This invite expired at {expiresAt}.', zh: '邀请已于 {expiresAt} 过期。' },
    nextStep: { en: 'Ask the admin for a new invite.', zh: '请向管理员索取新的邀请。' },
  },
  invite_revoked: {
    status: 410,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: { en: 'This invite was revoked.', zh: '邀请已被撤销。' },
    nextStep: { en: 'Ask the admin for a new invite.', zh: '请向管理员索取新的邀请。' },
  },
  participant_name_taken: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: { en: 'The name {name} is taken in this federation.', zh: '名称 {name} 在本联邦中已被占用。' },
    nextStep: {
      en: 'Choose another name, or start with the identity saved under that name.',
      zh: '请换一个名称，或使用该名称已保存的身份。',
    },
  },
  participant_left: {
    status: 403,
    retryable: false,
    party: 'institution',
    phase: 'join',
    cause: { en: 'This participant has left the federation.', zh: '该参与方已退出联邦。' },
    nextStep: { en: 'Ask the admin for a new invite if you want to come back.', zh: '如需重新加入，请向管理员索取新的邀请。' },
  },
  participant_connected: {
    status: 0,
    retryable: false,
    party: 'institution',
    phase: 'sign-in',
    cause: {
      en: 'Another program takes part with this identity already, and it is alive.',
      zh: '已有另一个程序以此身份参与，且仍在运行。',
    },
    nextStep: {
      en: 'Stop the other program, or join with an invite of its own: one identity is for one running program.',
      zh: '请停止另一个程序，或使用另外的邀请加入：一个身份只供一个运行中的程序使用。',
    },
  },
  participant_excluded: {
    status: 403,
    retryable: false,
    party: 'institution',
    phase: 'training',
    cause: { en: 'An admin excluded this participant: {reason}.', zh: '管理员已移出该参与方：{reason}。' },
    nextStep: { en: 'Talk to the admin; the exclusion holds for this run.', zh: '请联系管理员；移出仅对本次训练任务有效。' },
  },
  rate_limited: {
    status: 429,
    retryable: true,
    party: 'institution',
    phase: 'any',
    cause: { en: 'Too many calls; the limit is {limit} in {window}.', zh: '请求过多：限 {window} 内 {limit} 次。' },
    nextStep: {
      en: 'Wait {retryAfter} s and go on; the SDK does this by itself.',
      zh: '请等待 {retryAfter} 秒；SDK 会自动重试。',
    },
  },
} as const satisfies Record<string, CatalogueEntry>
