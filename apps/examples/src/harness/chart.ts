import * as echarts from 'echarts'

/** Curves over the epochs as an SVG: losses on the left axis, everything else on the right one. */
export function trainingCurve(title: string, history: Readonly<Record<string, readonly number[]>>): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 720, height: 420 })
  const epochs = Math.max(...Object.values(history).map((values) => values.length))
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 'center' },
    legend: { bottom: 0 },
    grid: { left: 60, right: 60, top: 50, bottom: 70 },
    xAxis: {
      type: 'category',
      name: 'epoch',
      nameLocation: 'middle',
      nameGap: 28,
      data: Array.from({ length: epochs }, (_, at) => at + 1),
    },
    yAxis: [
      { type: 'value', name: 'loss', scale: true },
      { type: 'value', name: 'metric', scale: true, splitLine: { show: false } },
    ],
    series: Object.entries(history).map(([name, values]) => ({
      name,
      type: 'line',
      yAxisIndex: name.endsWith('loss') ? 0 : 1,
      data: [...values],
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
