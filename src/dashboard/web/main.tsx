import { render } from 'preact';
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
import { App } from './app.js';

const root = document.getElementById('app');
if (root) render(<App />, root);
