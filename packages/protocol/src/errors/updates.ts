import type { CatalogueEntry } from './entry.ts'

/** Refusals of an update; the round is unharmed by each of them. */
export const updateErrors = {
  round_not_open: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'Round {round} takes no updates; the run is {state} in round {current}.',
      zh: '第 {round} 轮不接收更新；任务处于 {state}，当前第 {current} 轮。',
    },
    nextStep: {
      en: 'Nothing to do: the update came too late or too early. The participant stays in and is asked again.',
      zh: '无需处理：更新来得太迟或太早。参与方仍在联邦中，下轮会再次被选。',
    },
  },
  not_selected: {
    status: 403,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'The participant {participant} was not selected for round {round}.',
      zh: '参与方 {participant} 未被选入第 {round} 轮。',
    },
    nextStep: {
      en: 'Wait to be selected; send an update only for a task that was received.',
      zh: '请等待被选中；仅为收到的任务发送更新。',
    },
  },
  update_already_accepted: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'Another update of this participant was accepted in round {round}.',
      zh: '该参与方在第 {round} 轮的另一份更新已被接受。',
    },
    nextStep: { en: 'Nothing to do: one update counts in each round.', zh: '无需处理：每轮只计一份更新。' },
  },
  update_hash_mismatch: {
    status: 422,
    retryable: true,
    party: 'network',
    phase: 'upload',
    cause: {
      en: 'The bytes that arrived have SHA-256 {actual}, announced was {expected}.',
      zh: '收到的数据 SHA-256 为 {actual}，声明为 {expected}。',
    },
    nextStep: { en: 'Send the update again.', zh: '请重新发送更新。' },
  },
  update_truncated: {
    status: 422,
    retryable: true,
    party: 'network',
    phase: 'upload',
    cause: {
      en: 'The update ends after {actual} bytes; its header asks for {expected}.',
      zh: '更新在 {actual} 字节处结束，其头部要求 {expected} 字节。',
    },
    nextStep: { en: 'Send the update again, whole.', zh: '请完整地重新发送更新。' },
  },
  update_trailing_bytes: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: { en: 'The update goes on after its {expected} bytes.', zh: '更新超出其应有的 {expected} 字节。' },
    nextStep: { en: 'Encode the update with the codec of docs/protocol.md.', zh: '请按 docs/protocol.md 的编码生成更新。' },
  },
  update_too_large: {
    status: 413,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'The update has {actual} bytes; this run takes at most {limit}.',
      zh: '更新为 {actual} 字节，本任务上限为 {limit}。',
    },
    nextStep: { en: 'Check that the model is the one of the task.', zh: '请确认模型与任务一致。' },
  },
  update_malformed: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: { en: 'The update is not a container of tensors: {reason}.', zh: '更新不是有效的张量容器：{reason}。' },
    nextStep: { en: 'Encode the update with the codec of docs/protocol.md.', zh: '请按 docs/protocol.md 的编码生成更新。' },
  },
  update_samples_invalid: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: { en: 'The sample count is missing or not a positive whole number.', zh: '样本数缺失或不是正整数。' },
    nextStep: { en: 'Send the number of rows that were trained on.', zh: '请发送参与训练的行数。' },
  },
  update_wrong_run: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'The update names run {actual}, it was sent to run {expected}.',
      zh: '更新属于任务 {actual}，却发往任务 {expected}。',
    },
    nextStep: { en: 'Send each update to the run of its task.', zh: '请将更新发往其任务所属的训练任务。' },
  },
  update_wrong_round: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'The update names round {actual}, it was sent to round {expected}.',
      zh: '更新属于第 {actual} 轮，却发往第 {expected} 轮。',
    },
    nextStep: { en: 'Send each update to the round of its task.', zh: '请将更新发往其任务所属的轮次。' },
  },
  update_wrong_participant: {
    status: 403,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: { en: 'The update names another participant than the one who sent it.', zh: '更新中的参与方与发送者不符。' },
    nextStep: { en: 'Send updates with the identity that trained them.', zh: '请以训练该更新的身份发送。' },
  },
  update_wrong_form: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: { en: 'The run takes {expected}, the update holds {actual}.', zh: '任务接收 {expected}，更新为 {actual}。' },
    nextStep: { en: 'Train with the form that the task names.', zh: '请按任务指定的形式训练。' },
  },
  update_wrong_names: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'The tensors do not match the model: missing {missing}; unknown {unknown}.',
      zh: '张量与模型不符：缺 {missing}；未知 {unknown}。',
    },
    nextStep: {
      en: "Send every tensor of the task's model, by its name, and no other.",
      zh: '请按名称发送任务模型的全部张量，且不含其他张量。',
    },
  },
  update_wrong_shape: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'Tensor {tensor} has shape [{actual}], the model has [{expected}].',
      zh: '张量 {tensor} 形状为 [{actual}]，模型为 [{expected}]。',
    },
    nextStep: { en: 'Check that the model is the one of the task.', zh: '请确认模型与任务一致。' },
  },
  update_wrong_dtype: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'Tensor {tensor} has dtype {actual}; only float32 is taken.',
      zh: '张量 {tensor} 的类型为 {actual}，仅接受 float32。',
    },
    nextStep: { en: 'Convert the tensors to float32.', zh: '请将张量转换为 float32。' },
  },
  update_not_finite: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'Tensor {tensor} holds a number that is not finite (NaN or infinite).',
      zh: '张量 {tensor} 含非有限值（NaN 或无穷）。',
    },
    nextStep: {
      en: 'Lower the learning rate or look for bad values in the data; this participant sits out the round.',
      zh: '请降低学习率或检查数据中的异常值；本轮该参与方不计入。',
    },
  },
  upload_offset_mismatch: {
    status: 409,
    retryable: true,
    party: 'institution',
    phase: 'upload',
    cause: {
      en: 'The upload goes on at byte {expected}, the call began at {actual}.',
      zh: '上传应从第 {expected} 字节继续，请求从 {actual} 开始。',
    },
    nextStep: {
      en: 'Ask for the offset (HEAD) and go on from there; the SDK does this by itself.',
      zh: '请先查询偏移（HEAD）再继续；SDK 会自动处理。',
    },
  },
  training_failed: {
    status: 0,
    retryable: false,
    party: 'institution',
    phase: 'training',
    cause: { en: 'Training failed at {participant}: {reason}.', zh: '{participant} 训练失败：{reason}。' },
    nextStep: {
      en: "See that institution's log; it is asked again in the next round.",
      zh: '请查看该机构的日志；下一轮会再次邀请。',
    },
  },
} as const satisfies Record<string, CatalogueEntry>
