import { Timer } from '@fn/core'
import { afterEach, describe, expect, it, vi } from 'vitest'

afterEach(() => vi.restoreAllMocks())

/** A clock that the test sets. */
function clock(): { now: number } {
  const own = { now: 0 }
  vi.spyOn(performance, 'now').mockImplementation(() => own.now)
  return own
}

describe('Timer', () => {
  it('counts what is timed inside of something else for itself alone', () => {
    const time = clock()
    const timer = new Timer()
    timer.run(() => {
      time.now += 1
      timer.measure({ path: 'lstm', op: 'scan' }, () => {
        time.now += 2
        for (let step = 0; step < 3; step++) {
          timer.measure({ path: 'lstm/cell', op: 'dot' }, () => {
            time.now += 10
          })
        }
      })
      timer.measure({ path: 'head', op: 'dot' }, () => {
        time.now += 5
      })
    })
    expect(timer.timings).toEqual({
      runs: 1,
      milliseconds: 38,
      kernels: [
        { path: 'lstm/cell', op: 'dot', calls: 3, milliseconds: 30 },
        { path: 'lstm', op: 'scan', calls: 1, milliseconds: 2 },
        { path: 'head', op: 'dot', calls: 1, milliseconds: 5 },
      ],
    })
  })

  it('takes the time of what fails too', () => {
    const time = clock()
    const timer = new Timer()
    const fail = (): never => {
      time.now += 4
      throw new Error('no')
    }
    expect(() => timer.run(() => timer.measure({ path: 'a', op: 'log' }, fail))).toThrow('no')
    expect(timer.timings).toMatchObject({ runs: 1, milliseconds: 4, kernels: [{ milliseconds: 4 }] })
  })

  it('gives times that later runs do not change', () => {
    const timer = new Timer()
    timer.add({ path: 'a', op: 'dot' }, 2, 3)
    const { kernels } = timer.timings
    timer.add({ path: 'a', op: 'dot' }, 2, 3)
    expect(kernels).toEqual([{ path: 'a', op: 'dot', calls: 2, milliseconds: 3 }])
  })
})
