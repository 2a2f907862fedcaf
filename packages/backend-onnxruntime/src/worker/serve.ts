import { messageOf } from '@fn/core'
import type { Provider } from '../options.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { Runtime, RuntimeSession } from '../runtime/runtime.ts'
import type { Port, Reply, Request, StartOptions } from './messages.ts'

/** Does for another thread what a runtime that `start` gives does in this one. */
export function serve<T>(
  start: (provider: Provider, options: StartOptions) => Promise<Runtime<T>>,
  port: Port<Reply, Request>,
): void {
  let runtime: Runtime<T>
  const tensors = new Map<number, T>()
  const sessions = new Map<number, RuntimeSession<T>>()
  const tensorsOf = (ids: Readonly<Record<string, number>>): Record<string, T> =>
    Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, tensors.get(id)!]))

  const answer = async (request: Request): Promise<void> => {
    switch (request.ask) {
      case 'start': {
        runtime = inTurn(await start(request.provider, request.options))
        const { rewrites, fuses, channelBlock } = runtime
        return port.send({ reply: request.reply, answer: { rewrites, fuses, channelBlock } })
      }
      case 'tensor': {
        const { tensor, dtype, elements, shape } = request
        tensors.set(tensor, runtime.tensor(dtype, elements, shape))
        return
      }
      case 'free': {
        runtime.free(tensors.get(request.tensor)!)
        tensors.delete(request.tensor)
        return
      }
      case 'read': {
        const answer = await runtime.read(tensors.get(request.tensor)!)
        return port.send({ reply: request.reply, answer }, [answer.buffer])
      }
      case 'open': {
        sessions.set(request.session, await runtime.open(request.graph))
        return port.send({ reply: request.reply })
      }
      case 'run': {
        const outputs = Object.entries(request.outputs).map(([name, id]) => [
          name,
          id === null ? null : tensors.get(id)!,
        ])
        const session = sessions.get(request.session)!
        const results = await session.run(tensorsOf(request.inputs), Object.fromEntries(outputs))
        for (const [name, id] of Object.entries(request.made)) tensors.set(id, results[name]!)
        return port.send({ reply: request.reply })
      }
      case 'profile': {
        const answer = await sessions.get(request.session)!.profile!()
        return port.send({ reply: request.reply, answer })
      }
      case 'close': {
        sessions.get(request.session)!.close()
        sessions.delete(request.session)
        return
      }
    }
  }

  port.receive((request) => {
    answer(request).catch((error) => {
      if ('reply' in request) port.send({ reply: request.reply, error: messageOf(error) })
    })
  })
}
