/** Light or dark: as the system is, unless the reader chose. */
import { find } from './dom.ts';
import type { Theme } from './palette.ts';

const STORE = 'report-theme';

/** Tells the theme at once, and at each change. */
export function followTheme(onTheme: (theme: Theme) => void): void {
  const choice = find('theme', HTMLSelectElement);
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  choice.value = remembered();
  const tell = (): void => {
    const chosen = choice.value;
    if (chosen === '') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = chosen;
    const isDark = chosen === 'dark' || (chosen === '' && system.matches);
    onTheme(isDark ? 'dark' : 'light');
  };
  choice.addEventListener('change', () => {
    remember(choice.value);
    tell();
  });
  system.addEventListener('change', tell);
  tell();
}

/** A file on disk has no store in some browsers; then nothing is remembered. */
function remembered(): string {
  try {
    return localStorage.getItem(STORE) ?? '';
  } catch {
    return '';
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(STORE, theme);
  } catch {
    // As said above.
  }
}
