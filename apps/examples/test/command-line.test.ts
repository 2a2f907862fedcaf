import { describe, expect, it } from 'vitest'
import { requestOf } from '../src/harness/command-line.ts'
import type { Program } from '../src/harness/program.ts'

const program = (name: string): Program => ({
  name,
  title: name,
  run: () => Promise.reject(new Error('It is not to be run.')),
})
const all = [program('dense'), program('headline')]
const request = (...args: string[]) => requestOf(args, all)

describe('the command line', () => {
  it('names programs, or all of them', () => {
    expect(request('headline')).toEqual({ programs: [all[1]], backend: 'wasm', quick: false })
    expect(request('all').programs).toEqual(all)
    expect(request('--quick', 'dense', 'headline', '--backend', 'cpu')).toEqual({
      programs: all,
      backend: 'cpu',
      quick: true,
    })
    expect(request('dense', '--backend=onnxruntime').backend).toBe('onnxruntime')
  })

  it('says in one sentence what there is', () => {
    const message = (...args: string[]): string => {
      try {
        request(...args)
      } catch (error) {
        return (error as Error).message
      }
      return 'no error'
    }
    expect(message()).toMatchInlineSnapshot(
      `"Expected the names of programs: all, or any of dense, headline. Received: none."`,
    )
    expect(message('inceptoin')).toMatchInlineSnapshot(
      `"Expected the names of programs: all, or any of dense, headline. Received: inceptoin."`,
    )
    expect(message('dense', '--backend', 'gpu')).toMatchInlineSnapshot(
      `"Expected a backend, one of wasm, cpu, onnxruntime, reference. Received: gpu."`,
    )
    expect(message('dense', '--backend')).toMatchInlineSnapshot(
      `"Expected a backend, one of wasm, cpu, onnxruntime, reference. Received: none."`,
    )
    expect(message('dense', '--backend', '--quick')).toMatchInlineSnapshot(
      `"Expected a backend, one of wasm, cpu, onnxruntime, reference. Received: --quick."`,
    )
    expect(message('dense', '--fast')).toMatchInlineSnapshot(
      `"Expected an option, --backend NAME or --quick. Received: --fast."`,
    )
    expect(message('dense', '--quick=no')).toMatchInlineSnapshot(
      `"Expected an option, --backend NAME or --quick. Received: --quick=no."`,
    )
  })
})
