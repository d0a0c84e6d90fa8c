/** How far work is as one line of less than 80 columns: a bar, the share, the rate and the time that is left. */

const WIDTH = 24;

/** `before` was there from the start and took no time; `seconds` are those since. */
export function progressBar(
  { done, all, before = 0, seconds }: { done: number; all: number; before?: number; seconds: number },
  what: string,
): string {
  const share = all === 0 ? 1 : Math.min(1, done / all);
  const full = Math.floor(share * WIDTH);
  const rate = seconds > 0 ? (done - before) / seconds : 0;
  const left = rate > 0 ? `, ${timeText((all - done) / rate)} left` : "";
  const bar = `${"█".repeat(full)}${"░".repeat(WIDTH - full)}`;
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${countText(rate)} ${what}/s${left}`;
}

/** `1.2 M`: three digits at most. */
export function countText(count: number): string {
  const steps = [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ] as const;
  for (const [size, unit] of steps) if (count >= size) return `${digits(count / size)}${unit}`;
  return String(Math.round(count));
}

function digits(count: number): string {
  return count >= 100 ? count.toFixed(0) : count.toFixed(1);
}

function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
