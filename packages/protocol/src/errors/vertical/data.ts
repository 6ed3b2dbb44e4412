import type { CatalogueEntry } from '../entry.ts'

/** Ids and their alignment, tables, and predictions. */
export const dataErrors = {
  psi_bad_id: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'aligning',
    cause: {
      en: 'The id in line {line} is empty or longer than 256 bytes.',
      zh: '第 {line} 行的 id 为空或超过 256 字节。',
    },
    nextStep: {
      en: 'Mend that line of the table.',
      zh: '请修正数据表中的该行。',
    },
  },
  psi_duplicate_id: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'aligning',
    cause: {
      en: '{count} ids occur more than once, first in lines {lines}.',
      zh: '{count} 个 id 重复出现，最先在第 {lines} 行。',
    },
    nextStep: {
      en: 'Keep one row for each id.',
      zh: '每个 id 只保留一行。',
    },
  },
  psi_rule_mismatch: {
    status: 409,
    retryable: false,
    party: 'institution',
    phase: 'aligning',
    cause: {
      en: '{name} normalises ids by another rule.',
      zh: '{name} 使用不同的 id 规范化规则。',
    },
    nextStep: {
      en: 'Use the rule of the manifest on all sides.',
      zh: '请各方统一使用清单中的规则。',
    },
  },
  psi_too_many_ids: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'aligning',
    cause: {
      en: '{name} brings {actual} ids; the manifest allows {limit}.',
      zh: '{name} 提供了 {actual} 个 id，清单允许 {limit} 个。',
    },
    nextStep: {
      en: 'Bring fewer rows, or create the run with a higher --maximum-ids, which all parties sign.',
      zh: '请减少行数，或以更高的 --maximum-ids 创建任务并由各方签署。',
    },
  },
  psi_bad_point: {
    status: 400,
    retryable: false,
    party: 'institution',
    phase: 'aligning',
    cause: {
      en: 'A point that {name} sent is not on the curve.',
      zh: '{name} 发送的点不在曲线上。',
    },
    nextStep: {
      en: 'Update the software of {name} to this version.',
      zh: '请将 {name} 的软件更新到本版本。',
    },
  },
  data_not_finite: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'configure',
    cause: {
      en: 'Column {column} is not a finite number in line {line}.',
      zh: '第 {line} 行的列 {column} 不是有限数。',
    },
    nextStep: {
      en: 'Fill or remove that cell.',
      zh: '请填补或删除该单元格。',
    },
  },
  slr_label: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'configure',
    cause: {
      en: 'The label cannot be learned: {reason}.',
      zh: '标签无法学习：{reason}。',
    },
    nextStep: {
      en: 'Take a label with several values; logistic regression takes exactly two, 0 and 1 or -1 and 1.',
      zh: '请使用有多个取值的标签；逻辑回归只接受两个取值：0 和 1，或 -1 和 1。',
    },
  },
  slr_row_weights: {
    status: 422,
    retryable: false,
    party: 'institution',
    phase: 'configure',
    cause: {
      en: 'The row weights cannot be used: {reason}.',
      zh: '行权重无法使用：{reason}。',
    },
    nextStep: {
      en: 'Give every row a positive weight, the same at all parties, or leave row weights off.',
      zh: '请为每行提供各方一致的正权重，或关闭行权重。',
    },
  },
  predict_unknown_row: {
    status: 404,
    retryable: false,
    party: 'institution',
    phase: 'predicting',
    cause: {
      en: 'There is no row {row}; the run aligned {rows}.',
      zh: '没有第 {row} 行；该任务对齐了 {rows} 行。',
    },
    nextStep: {
      en: 'Ask for rows from 0 up to the number of aligned rows.',
      zh: '请在对齐行数范围内（从 0 开始）请求。',
    },
  },
  predict_quota: {
    status: 429,
    retryable: true,
    party: 'institution',
    phase: 'predicting',
    cause: {
      en: '{asked} predictions were asked and {left} are left.',
      zh: '请求了 {asked} 个预测，仅剩 {left} 个。',
    },
    nextStep: {
      en: 'Ask for fewer rows.',
      zh: '请减少请求的行数。',
    },
  },
  predict_not_receiver: {
    status: 403,
    retryable: false,
    party: 'institution',
    phase: 'predicting',
    cause: {
      en: '{name} is not the one who receives predictions.',
      zh: '{name} 不是预测结果的接收方。',
    },
    nextStep: {
      en: 'Ask the receiver that the manifest names: {receiver}.',
      zh: '请由清单指定的接收方 {receiver} 发起。',
    },
  },
} as const satisfies Record<string, CatalogueEntry>
