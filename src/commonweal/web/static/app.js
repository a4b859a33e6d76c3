// What scripts add to pages that work without them: the components' behaviour, and live status of long work.
import { initAll } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
