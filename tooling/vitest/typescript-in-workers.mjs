import { isMainThread } from 'node:worker_threads'

// A worker that a test starts is loaded by Node itself, which does not read TypeScript before 22.18.
if (!isMainThread) {
  const { register } = await import('tsx/esm/api')
  register()
}
