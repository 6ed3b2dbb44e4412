import type { CatalogueEntry } from './entry.ts'

/** Federations, runs and why a run fails. */
export const runErrors = {
  federation_name_taken: {
    status: 409,
    retryable: false,
    party: 'admin',
    phase: 'configure',
    cause: { en: 'There is a federation named {name} already.', zh: '名为 {name} 的联邦已存在。' },
    nextStep: { en: 'Choose another name.', zh: '请换一个名称。' },
  },
  action_not_allowed: {
    status: 409,
    retryable: false,
    party: 'researcher',
    phase: 'any',
    cause: {
      en: 'The action {action} is not possible while the run is {state}.',
      zh: '训练任务处于 {state} 状态，不能执行 {action}。',
    },
    nextStep: { en: 'See allowedActions of the run for what is possible now.', zh: '可执行的操作见该任务的 allowedActions。' },
  },
  action_conflict: {
    status: 409,
    retryable: true,
    party: 'researcher',
    phase: 'any',
    cause: { en: 'Somebody else changed this {what} at the same moment.', zh: '另有人同时修改了该 {what}。' },
    nextStep: { en: 'Read it again and repeat the action if it is still wanted.', zh: '请重新读取，如仍需要再重复操作。' },
  },
  idempotency_key_reused: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'any',
    cause: { en: 'The idempotency key {key} was used for a different action.', zh: '幂等键 {key} 已用于另一操作。' },
    nextStep: { en: 'Use a new key for each action.', zh: '请为每个操作使用新的幂等键。' },
  },
  run_failed_below_minimum: {
    status: 0,
    retryable: false,
    party: 'institution',
    phase: 'training',
    cause: {
      en: 'Round {round} failed: {accepted} of {minimum} required updates before the deadline. Missing: {missing}.',
      zh: '第 {round} 轮失败：截止前收到 {accepted} 份更新，需要 {minimum} 份。缺：{missing}。',
    },
    nextStep: {
      en: 'Bring the missing participants back, extend the deadline or lower the minimum, then start a new run from the last model.',
      zh: '请让缺席的参与方恢复，或延长截止时间、降低最少参与方数，然后从最近的模型新建任务。',
    },
  },
  run_failed_no_participants: {
    status: 0,
    retryable: false,
    party: 'institution',
    phase: 'selecting',
    cause: {
      en: 'Round {round} could not open: {eligible} of {minimum} required participants were there.',
      zh: '第 {round} 轮未能开始：需要 {minimum} 个参与方，仅有 {eligible} 个。',
    },
    nextStep: {
      en: 'Invite more participants or lower the minimum, then start a new run.',
      zh: '请邀请更多参与方或降低最少参与方数，然后新建任务。',
    },
  },
  run_failed_aggregation: {
    status: 0,
    retryable: false,
    party: 'coordinator',
    phase: 'aggregating',
    cause: { en: 'Aggregation of round {round} failed: {reason}.', zh: '第 {round} 轮聚合失败：{reason}。' },
    nextStep: {
      en: "See the coordinator's log; the stored updates are kept. Start a new run from the last model.",
      zh: '请查看协调端日志；已存的更新不会丢失。可从最近的模型新建任务。',
    },
  },
  run_failed_evaluation: {
    status: 0,
    retryable: false,
    party: 'coordinator',
    phase: 'evaluating',
    cause: { en: 'Evaluation after round {round} failed: {reason}.', zh: '第 {round} 轮评估失败：{reason}。' },
    nextStep: {
      en: "Check the coordinator's test data; the model of this round is kept.",
      zh: '请检查协调端的测试数据；本轮模型已保存。',
    },
  },
  run_diverged: {
    status: 0,
    retryable: false,
    party: 'researcher',
    phase: 'aggregating',
    cause: {
      en: 'The model of round {round} holds numbers that are not finite (first in {tensor}).',
      zh: '第 {round} 轮的模型含非有限值（首见于 {tensor}）。',
    },
    nextStep: {
      en: 'Lower the learning rate and start a new run from the last good model.',
      zh: '请降低学习率，从最近的正常模型新建任务。',
    },
  },
  run_cancelled: {
    status: 0,
    retryable: false,
    party: 'researcher',
    phase: 'any',
    cause: { en: 'The run was cancelled: {reason}.', zh: '训练任务已取消：{reason}。' },
    nextStep: { en: 'Start a new run if this was not wanted.', zh: '如属误操作，请新建任务。' },
  },
} as const satisfies Record<string, CatalogueEntry>
