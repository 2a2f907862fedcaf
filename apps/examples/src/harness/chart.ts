import * as echarts from 'echarts'

const palette = ['#5470c6', '#ee6666', '#91cc75', '#9a60b4', '#fac858', '#3ba272', '#73c0de', '#ea7ccc']

/**
 * Curves over the epochs as an SVG: losses on the left axis, everything else on the right one. What was held out is
 * dashed, in the colour of what was trained on.
 */
export function trainingCurve(title: string, history: Readonly<Record<string, readonly number[]>>): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 880, height: 420 })
  const epochs = Math.max(...Object.values(history).map((values) => values.length))
  const held = (name: string): boolean => name.startsWith('val_')
  const trained = Object.keys(history).filter((name) => !held(name))
  const colourOf = (name: string): string =>
    palette[trained.indexOf(name.replace(/^val_/, '')) % palette.length] ?? '#333333'
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 'center' },
    legend: { orient: 'vertical', left: 660, top: 'middle' },
    grid: { left: 60, right: 280, top: 60, bottom: 50 },
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
      lineStyle: { type: held(name) ? 'dashed' : 'solid' },
      itemStyle: { color: colourOf(name) },
      data: [...values],
    })),
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}
