"""How the drawing pad looks, in CSS.

The colours are JupyterLab's variables, with fallbacks for pages that have none; text keeps a
contrast of at least 4.5:1 in light and dark. The sheet itself stays white, as paper is.
"""

_ERASER = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='28' height='28'%3E"
    "%3Ccircle cx='14' cy='14' r='12' fill='white' fill-opacity='.6' stroke='%231f2430' "
    "stroke-width='2'/%3E%3C/svg%3E"
)

# The broken chains of ipywidgets are for where no heartbeat watches the connection.
BOARD_STYLE = f"""<style>
.sketchpad-board {{ margin: 0; padding: 4px; overflow: visible; max-width: 100%; }}
.sketchpad-board .jupyter-widgets {{ margin: 0; }}
.sketchpad-board .sketchpad-paper {{ background: #fff; overflow: hidden; border-radius: 12px;
  border: 1px solid var(--jp-border-color1, #bdbdbd); box-shadow: 0 1px 6px rgba(0, 0, 0, .12); }}
.sketchpad-board canvas {{ display: block; margin: 0; cursor: crosshair; touch-action: none;
  outline: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none;
  -webkit-tap-highlight-color: transparent; }}
.sketchpad-board .sketchpad-paper:has(canvas:focus-visible) {{ outline-offset: 1px;
  outline: 3px solid var(--jp-brand-color1, #1976d2); }}
.sketchpad-board .sketchpad-erasing canvas {{ cursor: url("{_ERASER}") 14 14, cell; }}
.sketchpad-board .sketchpad-resting canvas {{ cursor: default; }}
.jupyter-widgets-disconnected .sketchpad-board canvas {{ opacity: .5; pointer-events: none; }}
.sketchpad-heard {{ position: relative; }}
.jupyter-widgets-disconnected:is(.sketchpad-heard, :has(.sketchpad-heard))::before,
  .sketchpad-heard .jupyter-widgets-disconnected::before {{ content: none; }}
.sketchpad-lost {{ position: absolute; z-index: 10; left: 8px; top: 8px; padding: 10px 14px;
  max-width: 380px; border-radius: 8px; background: #7a1f1f; color: #fff;
  font: 15px/1.4 system-ui, sans-serif; box-shadow: 0 2px 12px rgba(0, 0, 0, .4); }}
#rendered_cells > .sketchpad-lost {{ position: fixed; }}
</style>"""

# Sheet, tools and guesses are in view at once: below one another on a narrow page, on a low one the
# guesses and tools beside the sheet. `--sheet-room` is what is left for that; `paper` asks for it.
PAD_STYLE = """<style>
.sketchpad { container-type: inline-size; padding: 2px; overflow: visible;
  --pad-text: var(--jp-ui-font-color1, #212121); --pad-pale: var(--jp-ui-font-color2, #616161);
  --pad-line: var(--jp-border-color1, #bdbdbd); --pad-paper: var(--jp-layout-color1, #fff);
  --pad-track: var(--jp-layout-color2, #eee); --pad-brand: var(--jp-brand-color1, #1976d2); }
.sketchpad .jupyter-widgets { margin: 0; }
.sketchpad-parts { display: grid; gap: 0 24px; justify-content: start; align-items: start;
  grid-template: "sheet guesses" auto "tools guesses" 1fr / auto minmax(200px, 400px); }
.sketchpad-left { display: contents; }
.sketchpad-board { grid-area: sheet; }
.sketchpad-buttons { grid-area: tools; }
.sketchpad-right { grid-area: guesses; overflow: visible; padding: 4px; }
.sketchpad .widget-html, .sketchpad .widget-html-content { height: auto; line-height: 1.4;
  font-size: 15px; font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--pad-text); white-space: normal; overflow: visible; }
.sketchpad-buttons, .sketchpad-openers, .sketchpad-row { display: flex; flex-flow: row wrap;
  gap: 8px; padding: 4px; overflow: visible; align-items: center; }
.sketchpad .jupyter-button { flex: 1 1 auto; width: auto; min-width: 64px; height: 44px;
  line-height: 42px; margin: 0; padding: 0 10px; border-radius: 8px; font-size: 14px;
  box-shadow: none;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  border: 1px solid var(--pad-line); background: var(--pad-paper); color: var(--pad-text); }
.sketchpad .jupyter-button:is(:hover, :focus, :active):enabled { box-shadow: none; }
@media (hover: hover) {
  .sketchpad .jupyter-button:hover:enabled:not(.mod-active) { background: var(--pad-track); }
}
.sketchpad .jupyter-button:disabled { opacity: 1; color: var(--pad-pale); border-style: dashed;
  box-shadow: none; }
.sketchpad .jupyter-button.mod-active { background: #1565c0; color: #fff; border-color: #1565c0; }
.sketchpad .jupyter-button.sketchpad-opener { flex: 0 1 auto; border-radius: 22px;
  padding: 0 14px; background: none; }
.sketchpad .jupyter-button.sketchpad-opener.mod-active { color: var(--pad-text);
  background: var(--pad-track); border-color: var(--pad-line); }
.sketchpad .jupyter-button:focus-visible, .sketchpad input:focus-visible,
.sketchpad a:focus-visible { outline: 3px solid var(--pad-brand); outline-offset: 1px; }
.sketchpad ol { list-style: none; margin: 0; padding: 0; }
.sketchpad-guesses li { display: grid; gap: 4px 12px; align-items: center; margin-bottom: 14px;
  grid-template: "name percent" 1.4em "track track" 10px / 1fr auto; }
.sketchpad-guesses li:first-child { font-weight: 600; }
.sketchpad-name { grid-area: name; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.sketchpad-percent { grid-area: percent; text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
.sketchpad-guesses meter { grid-area: track; appearance: none; display: block; width: 100%;
  height: 10px; border: 0; border-radius: 5px; overflow: hidden; background: var(--pad-track); }
.sketchpad-guesses ::-webkit-meter-inner-element { display: grid; grid-template-rows: 1fr; }
.sketchpad-guesses ::-webkit-meter-bar { grid-row: 1; border: 0; border-radius: 5px;
  background: var(--pad-track); }
.sketchpad-guesses ::-webkit-meter-optimum-value { border-radius: 5px;
  background: var(--pad-brand); }
.sketchpad-guesses ::-moz-meter-bar { background: var(--pad-brand); border-radius: 5px; }
.sketchpad-pale, .sketchpad-status { color: var(--pad-pale); font-size: 13px; }
.sketchpad-problem { color: var(--jp-error-color1, #c62828); font-size: 14px; }
.sketchpad-announcer { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
.sketchpad-panels { overflow: visible; max-width: 860px; }
.sketchpad .sketchpad-panel { overflow: visible; margin: 4px; padding: 12px 14px;
  border: 1px solid var(--pad-line); border-radius: 12px; }
.sketchpad-panel p { margin: 0 0 8px; }
.sketchpad-pictures { display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: flex-start; }
.sketchpad-pictures figure { margin: 0; }
.sketchpad-pictures figcaption { font-size: 13px; color: var(--pad-pale); }
.sketchpad-pictures svg { display: block; max-width: 100%; height: auto; }
.sketchpad-pictures p { flex: 1 1 180px; }
.sketchpad-key { display: inline-block; width: 1.6em; height: .5em; border-radius: .25em;
  margin-right: .4em; }
.sketchpad-panel a { color: var(--jp-content-link-color, #0b5cad); margin-right: 16px;
  display: inline-block; min-width: 44px; line-height: 44px; }
.sketchpad .sketchpad-row { padding: 0; margin-bottom: 12px; }
.sketchpad-row .widget-inline-hbox { flex: 1 1 240px; height: auto; min-width: 0; width: auto; }
.sketchpad-row .jupyter-button { flex: 0 1 auto; }
.sketchpad-panel .widget-label { width: auto; color: var(--pad-text); font-size: 14px; }
.sketchpad-panel input[type="text"] { height: 44px; font-size: 16px; border-radius: 8px; }
.sketchpad-tabs { overflow: visible; --jp-widgets-horizontal-tab-height: 44px;
  --jp-widgets-horizontal-tab-width: 96px; }
.jupyter-widgets.sketchpad-tabs > .widget-tab-contents { padding: 4px 0 0; border: 0;
  border-top: 1px solid var(--jp-border-color1, #bdbdbd); overflow: visible; background: none; }
.jupyter-widgets.sketchpad-tabs > .lm-TabBar { min-height: 44px; }
.jupyter-widgets.sketchpad-tabs > .lm-TabBar .lm-TabBar-tab { min-height: 44px;
  line-height: 44px; margin: 0; font-size: 16px; text-align: center; transform: none;
  border-radius: 8px 8px 0 0; color: var(--jp-ui-font-color1, #212121); }
@container (max-width: 600px) {
  .sketchpad-pictures figure { flex: 0 1 calc(50% - 8px); }
}
@media (max-width: 640px) and (orientation: portrait) {
  .sketchpad { --sheet-room: calc(100svh - 302px); }
  .sketchpad-parts { grid-template: "sheet" "tools" "guesses" / minmax(0, 400px); }
}
@media (max-height: 520px) and (orientation: landscape) {
  .sketchpad { --sheet-room: calc(100svh - 88px); }
  .sketchpad-parts { grid-template: "sheet guesses" auto "sheet tools" 1fr / auto minmax(0, 400px);
    gap: 0 12px; }
}
@media (max-width: 640px) and (orientation: portrait), (max-height: 520px) {
  .sketchpad-guesses li { grid-template: "name track percent" 22px /
    minmax(0, 9em) minmax(40px, 1fr) 3.6em; gap: 0 8px; margin: 0; }
  .sketchpad-buttons { gap: 4px; padding: 4px; }
  .sketchpad .sketchpad-buttons .jupyter-button { min-width: 44px; padding: 0 4px;
    font-size: 13px; }
  .sketchpad-openers { gap: 6px; }
  .sketchpad-right { padding: 0 4px; }
  .sketchpad-keys { display: none; }
}
@media (hover: none) { .sketchpad-keys { display: none; } }
</style>"""
