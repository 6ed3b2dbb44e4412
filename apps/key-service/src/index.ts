export { requireOwnFolder } from './access/separation.ts'
export { type KeyServiceOptions, type RunningKeyService, startKeyService } from './key-service.ts'
export { type AuditLog, auditLogSchema, type RunAccount, runAccountSchema } from './rest/run-account.ts'
