/** Measures work inside this process. */

/** Runs `work` until it is warm, then measures it. `work` handles `records` records a call and returns the bytes it made. */
export async function measure(
  name: string,
  records: number,
  work: () => Promise<number> | number,
): Promise<void> {
  const rounds = Math.max(5, Math.ceil(200_000 / records));
  for (let round = 0; round < 5; round += 1) await work();
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let bytes = 0;
  for (let round = 0; round < rounds; round += 1) bytes += await work();
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startMs;
  const perMillion = 1e6 / (rounds * records);
  const figures = [
    `${(((cpu.user + cpu.system) / 1e6) * perMillion).toFixed(2)} CPU s`,
    `${((wallMs / 1000) * perMillion).toFixed(2)} s wall`,
    `${(bytes / (rounds * records)).toFixed(1)} B/record`,
  ];
  console.log(`${name}: ${figures.join(', ')} per million records`);
}
