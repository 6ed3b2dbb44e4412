// CommonJS, and loads by import(): see docs/decisions/0006-threads-load-by-import.md.
const loaded = import('./validate-update.ts')
module.exports = async (request) => (await loaded).validateUpdate(request)
