import './style/theme.css'
import './style/base.css'
import './style/controls.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { keptToken, tokenFromAddress } from './session/credential.ts'
import { applyTheme, readPreferences } from './style/preferences.ts'
import { speak } from './words/words.ts'

const preferences = readPreferences(localStorage, navigator.language)
applyTheme(preferences.theme, matchMedia('(prefers-color-scheme: dark)').matches)
const token = tokenFromAddress(location, history) ?? keptToken.read(sessionStorage)
const place = document.getElementById('app')
if (place === null) throw new Error('index.html has no #app')
try {
  await speak(preferences.language)
  createRoot(place).render(<App preferences={preferences} token={token} />)
} catch (error) {
  // Without words there are these alone.
  place.textContent = 'The page did not come as a whole. Please load it again. 页面未完整加载，请重新加载。'
  throw error
}
