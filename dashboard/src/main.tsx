import "@fontsource-variable/instrument-sans/wght.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/frame.css";
import "./style/graph.css";
import "./style/checkpoints.css";
import "./style/state.css";
import "./style/pages.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { followTheme } from "./frame/theme.ts";

followTheme();
render(<App />, document.getElementById("app")!);
