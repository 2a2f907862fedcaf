import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { progressOf } from '../../src/training/progress.ts'

describe('the bar on a terminal', () => {
  const { isTTY, columns } = process.stdout
  let written = ''

  beforeEach(() => {
    written = ''
    Object.assign(process.stdout, { isTTY: true, columns: 90 })
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written += text
      return true
    })
    vi.useFakeTimers({ toFake: ['performance'] })
  })

  afterEach(() => {
    vi.useRealTimers()
    Object.assign(process.stdout, { isTTY, columns })
  })

  it('fills, and says how long it will take', () => {
    const progress = progressOf('auto')
    progress.beginEpoch(1, 5, 400)
    vi.advanceTimersByTime(1000)
    progress.step(100, { loss: 0.25, accuracy: 0.5 })
    expect(written).toBe(
      `Epoch 2/5\n\r\u001b[2K100/400 ${'━'.repeat(5)}${'─'.repeat(15)} 3s 10ms/step - loss: 0.2500 - accuracy: 0.5000`,
    )
    written = ''
    vi.advanceTimersByTime(3000)
    progress.endEpoch(400, { loss: 0.00012 })
    expect(written).toBe(`\r\u001b[2K400/400 ${'━'.repeat(20)} 4s 10ms/step - loss: 1.2000e-4\n`)
  })

  it('is drawn ten times a second at most, and at the last step', () => {
    const progress = progressOf('bar')
    progress.beginEpoch(0, 1, 400)
    vi.advanceTimersByTime(500)
    expect(progress.wants(1)).toBe(true)
    progress.step(1, {})
    vi.advanceTimersByTime(50)
    expect(progress.wants(2)).toBe(false)
    expect(progress.wants(400)).toBe(true)
  })

  it('is cut where the terminal ends, since a wrapped line can not be drawn over', () => {
    const progress = progressOf(1)
    progress.beginEpoch(0, 1, undefined)
    progress.step(7, Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`figure_${at}`, at])))
    const line = written.split('\u001b[2K')[1]!
    expect(line).toMatch(/^7\/7 ─{20} 0s/)
    expect(line).toHaveLength(89)
  })

  it('can be a line, or nothing', () => {
    progressOf(0).beginEpoch(0, 1, 1)
    progressOf('silent').endEpoch(1, { loss: 1 })
    expect(written).toBe('')
    const log = vi.spyOn(console, 'log').mockReturnValue()
    const line = progressOf(2)
    line.beginEpoch(0, 1, 1)
    line.endEpoch(1, { loss: 1 })
    expect(log.mock.calls).toEqual([[`Epoch 1/1 - 1/1 ${'━'.repeat(20)} 0s 0us/step - loss: 1.0000`]])
  })
})
