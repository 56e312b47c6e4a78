import type { ThemeChoice } from './theme.ts';
import { chooseTheme, useThemeChoice } from './theme.ts';

const CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark'];

export function ThemeSwitch() {
  const choice = useThemeChoice();
  return (
    <label className="theme-switch">
      <span className="visually-hidden">Theme</span>
      <select
        value={choice}
        onChange={(event) => {
          chooseTheme(event.target.value as ThemeChoice);
        }}
      >
        {CHOICES.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}
