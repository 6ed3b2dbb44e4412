import type { CatalogueEntry } from '../entry.ts'

/** Secure linear regression: its settings, its steps, and how it ends. */
export const trainingErrors = {
  slr_refused: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'approving',
    cause: {
      en: '{name} refused the run: {reason}.',
      zh: '{name} 拒绝了该任务：{reason}。',
    },
    nextStep: {
      en: 'Talk to {name}, change what it asks for, and create the run again.',
      zh: '请与 {name} 沟通，按其要求修改后重新创建任务。',
    },
  },
  slr_params: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'configure',
    cause: {
      en: 'The parameters of the run are refused: {reason}.',
      zh: '任务的参数被拒绝：{reason}。',
    },
    nextStep: {
      en: 'Create the run again with what the reason names changed; encryption weaker than the product chooses is never accepted.',
      zh: '请按原因修改后重新创建任务；弱于产品所选的加密参数不会被接受。',
    },
  },
  slr_overflow_bound: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'configure',
    cause: {
      en: '{digits} fractional bits need {needed} bits of plaintext and {available} are there.',
      zh: '{digits} 位小数需要 {needed} 位明文，而只有 {available} 位。',
    },
    nextStep: {
      en: 'Use at most {largest} fractional bits in all.',
      zh: '小数位数总计最多 {largest} 位。',
    },
  },
  slr_range: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'stepping',
    cause: {
      en: 'A value of step {step} is out of its range: {reason}.',
      zh: '第 {step} 步的数值超出范围：{reason}。',
    },
    nextStep: {
      en: 'Lower the step size, or check the table of the party that is named.',
      zh: '请降低步长，或检查所指参与方的数据表。',
    },
  },
  slr_diverged: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'stepping',
    cause: {
      en: 'The loss rose twice in a row up to step {step}.',
      zh: '到第 {step} 步损失连续两次上升。',
    },
    nextStep: {
      en: 'Lower the learning rate or take the pcg optimiser.',
      zh: '请降低学习率或使用 pcg 优化器。',
    },
  },
  slr_not_fresh: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'stepping',
    cause: {
      en: 'The label party answered with a ciphertext that is not freshly encrypted.',
      zh: '标签方返回的密文不是新鲜加密的。',
    },
    nextStep: {
      en: "Stop the run and update the label party's software: with it, residuals could be read.",
      zh: '请停止任务并更新标签方软件：否则残差可能被读取。',
    },
  },
  slr_alignment: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'aligning',
    cause: {
      en: 'The parties hold different lists of common rows: {reason}.',
      zh: '各参与方的共同行列表不同：{reason}。',
    },
    nextStep: {
      en: 'Check that all parties use one rule for ids and one run; then create the run again.',
      zh: '请检查各方使用相同的 id 规则和同一任务，然后重新创建任务。',
    },
  },
  slr_too_few_rows: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'aligning',
    cause: {
      en: '{rows} common rows are fewer than the {minimum} that are asked.',
      zh: '共同行数 {rows} 少于要求的 {minimum}。',
    },
    nextStep: {
      en: 'Use more rows or fewer columns: with few rows the columns of others could be solved for.',
      zh: '请使用更多行或更少列：行数过少时可能反推出他方数据。',
    },
  },
  slr_leverage: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'aligning',
    cause: {
      en: 'Row {row} has leverage {leverage}, a column stands for nearly one row: {column}.',
      zh: '第 {row} 行的杠杆值为 {leverage}，某列几乎只代表一行：{column}。',
    },
    nextStep: {
      en: "Drop or coarsen that column; otherwise it would read out this row's label.",
      zh: '请删除或粗化该列；否则会泄露该行的标签。',
    },
  },
  slr_equivocation: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: '{from} sent two different messages for the place {place}.',
      zh: '{from} 在位置 {place} 发送了两条不同的消息。',
    },
    nextStep: {
      en: 'Abort the run and ask {from} how its state came to be copied or lost.',
      zh: '请中止任务，并询问 {from} 其状态为何被复制或丢失。',
    },
  },
  slr_batch_changed: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'stepping',
    cause: {
      en: 'The batches were cut again for the same rows.',
      zh: '同一批数据行的批次被重新划分。',
    },
    nextStep: {
      en: 'Keep the batches of the first run of these parties; batches that are drawn again leak labels.',
      zh: '请保持首次任务的批次划分；重新抽取批次会泄露标签。',
    },
  },
  slr_secret_weights: {
    status: 422,
    retryable: false,
    party: 'researcher',
    phase: 'configure',
    cause: {
      en: 'Row weights that one party alone knows are not supported.',
      zh: '不支持仅由一方掌握的行权重。',
    },
    nextStep: {
      en: 'Give every party the same weight column.',
      zh: '请让所有参与方使用相同的权重列。',
    },
  },
  slr_timeout: {
    status: 0,
    retryable: false,
    party: 'institution',
    phase: 'stepping',
    cause: {
      en: '{name} did not answer in step {step} within {seconds} s.',
      zh: '{name} 在第 {step} 步的 {seconds} 秒内未响应。',
    },
    nextStep: {
      en: 'Look at the program of {name}, then create the run again.',
      zh: '请检查 {name} 的程序，然后重新创建任务。',
    },
  },
  slr_not_converged: {
    status: 0,
    retryable: false,
    party: 'researcher',
    phase: 'stepping',
    cause: {
      en: 'The closing step found a gradient of {ratio} of the first one.',
      zh: '收尾步测得的梯度为初始的 {ratio}。',
    },
    nextStep: {
      en: 'The result is kept and flagged: allow more steps or more fractional bits.',
      zh: '结果已保留并标记：请允许更多步数或更多小数位。',
    },
  },
  slr_state: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'A {kind} message of step {step} does not fit the state {state}.',
      zh: '第 {step} 步的 {kind} 消息与状态 {state} 不符。',
    },
    nextStep: {
      en: "Nothing to do when it was late; otherwise update the sender's software.",
      zh: '若为迟到消息则无需处理；否则请更新发送方软件。',
    },
  },
  party_declined: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'approving',
    cause: {
      en: "This party's owner declined the run's terms.",
      zh: '该参与方的所有者拒绝了任务条款。',
    },
    nextStep: {
      en: 'Talk to this party, change what it asks for, and create the run again.',
      zh: '请与该参与方沟通，按其要求修改后重新创建任务。',
    },
  },
  party_withdrew: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'A person of this party withdrew it from the run.',
      zh: '该参与方的人员让其退出了任务。',
    },
    nextStep: {
      en: 'Talk to this party; a new run needs the approval of everybody again.',
      zh: '请与该参与方沟通；新任务需要各方重新同意。',
    },
  },
  party_fault: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: 'The program of a party met a fault of its own and ended the run: {reason}.',
      zh: '某一方的程序自身出现故障并结束了任务：{reason}。',
    },
    nextStep: {
      en: "Its operator finds what happened in that program's log; create the run again when it is mended.",
      zh: '其运营者可在该程序的日志中查看原因；修复后请重新创建任务。',
    },
  },
  slr_aborted: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'any',
    cause: {
      en: '{name} aborted the run: {reason}.',
      zh: '{name} 中止了任务：{reason}。',
    },
    nextStep: {
      en: 'Mend what is named and create the run again.',
      zh: '请修正所指问题后重新创建任务。',
    },
  },
} as const satisfies Record<string, CatalogueEntry>
