/** What WebGPU runs on, in Node and in a page; SwiftShader says so. */
export async function webgpuDevice(): Promise<string> {
  const adapter = await navigator.gpu.requestAdapter()
  const { vendor, architecture, description } = adapter!.info
  return [...new Set([vendor, architecture, description])].filter(Boolean).join(' ')
}

/** What WebGL runs on, in a page. */
export function webglDevice(): string {
  const context = document.createElement('canvas').getContext('webgl2')!
  const names = context.getExtension('WEBGL_debug_renderer_info')!
  const device = String(context.getParameter(names.UNMASKED_RENDERER_WEBGL))
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return device
}
