import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/forms.css';
import './styles/charts.css';
import './styles/places.css';
import './styles/frame.css';
import './styles/alerts.css';
import './styles/judged.css';
import './styles/phone.css';
import { readRoute } from './address.js';
import { awaitAhead } from './ahead.js';
import { App } from './app.js';
import { loadScreen } from './screens/screens.js';

/**
 * How long the page waits to be drawn for what stands on it, once its scripts are there. Drawn together it is laid out and painted
 * once, and nothing blinks; after this time it is drawn with what there is.
 */
const TOGETHER_MS = 150;

const arrived = Promise.all([loadScreen(readRoute().place), awaitAhead()]);
const late = new Promise((resolve) => setTimeout(resolve, TOGETHER_MS));
await Promise.race([arrived, late]);
const root = document.getElementById('app');
if (root) render(<App />, root);
