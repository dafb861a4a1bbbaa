"""How the drawing pad looks, in CSS.

The colours are JupyterLab's variables, with fallbacks for pages that have none; text keeps a
contrast of at least 4.5:1 in light and dark. The sheet itself stays white, as paper is.
"""

_ERASER = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='28' height='28'%3E"
    "%3Ccircle cx='14' cy='14' r='12' fill='white' fill-opacity='.6' stroke='%231f2430' "
    "stroke-width='2'/%3E%3C/svg%3E"
)
DISCONNECTED = "The kernel behind this pad has stopped. Run its cell again to draw."

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
.sketchpad-board.jupyter-widgets-disconnected {{ position: relative; }}
.sketchpad-board.jupyter-widgets-disconnected::before {{ content: "{DISCONNECTED}";
  position: absolute; z-index: 1; left: 16px; right: 16px; top: 16px; padding: 10px 14px;
  border-radius: 8px; background: #7a1f1f; color: #fff; font: 14px/1.4 system-ui, sans-serif; }}
.sketchpad-board .jupyter-widgets-disconnected::before {{ content: none; }}
.sketchpad-board.jupyter-widgets-disconnected canvas {{ opacity: .5; pointer-events: none; }}
</style>"""

# The first rule centres the page that Voilà makes of a notebook; in JupyterLab it matches nothing.
PAD_STYLE = """<style>
#rendered_cells > div { max-width: 920px; margin: 0 auto; }
.sketchpad { container-type: inline-size; padding: 2px; overflow: visible;
  --pad-text: var(--jp-ui-font-color1, #212121); --pad-pale: var(--jp-ui-font-color2, #616161);
  --pad-line: var(--jp-border-color1, #bdbdbd); --pad-paper: var(--jp-layout-color1, #fff);
  --pad-track: var(--jp-layout-color2, #eee); --pad-brand: var(--jp-brand-color1, #1976d2); }
.sketchpad .jupyter-widgets { margin: 0; }
.sketchpad.jupyter-widgets-disconnected::before, .sketchpad
  .jupyter-widgets-disconnected:not(.sketchpad-board)::before { content: none; }
.sketchpad-parts { display: flex; flex-flow: row wrap; align-items: flex-start; gap: 16px 32px;
  overflow: visible; }
.sketchpad-left { flex: 0 1 auto; max-width: 100%; overflow: visible; }
.sketchpad-right { flex: 1 1 240px; max-width: 420px; overflow: visible; padding: 4px; }
.sketchpad .widget-html, .sketchpad .widget-html-content { height: auto; line-height: 1.4;
  font-size: 15px; font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--pad-text); white-space: normal; overflow: visible; }
.sketchpad-buttons, .sketchpad-openers, .sketchpad-row { display: flex; flex-flow: row wrap;
  gap: 8px; padding: 4px; overflow: visible; align-items: center; }
.sketchpad .jupyter-button { flex: 1 1 auto; width: auto; min-width: 64px; height: 40px;
  line-height: 38px; padding: 0 10px; border-radius: 8px; font-size: 14px; box-shadow: none;
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  border: 1px solid var(--pad-line); background: var(--pad-paper); color: var(--pad-text); }
.sketchpad .jupyter-button:hover:enabled:not(.mod-active) { background: var(--pad-track); }
.sketchpad .jupyter-button:disabled { opacity: 1; color: var(--pad-pale); border-style: dashed;
  box-shadow: none; }
.sketchpad .jupyter-button.mod-active { background: #1565c0; color: #fff; border-color: #1565c0; }
.sketchpad .jupyter-button.sketchpad-opener { flex: 0 1 auto; height: 34px; line-height: 32px;
  border-radius: 17px; padding: 0 14px; background: none; }
.sketchpad .jupyter-button.sketchpad-opener.mod-active { color: var(--pad-text);
  background: var(--pad-track); border-color: var(--pad-line); }
.sketchpad .jupyter-button:focus-visible, .sketchpad input:focus-visible,
.sketchpad a:focus-visible { outline: 3px solid var(--pad-brand); outline-offset: 1px; }
.sketchpad ol { list-style: none; margin: 0; padding: 0; }
.sketchpad-guesses li { display: grid; gap: 4px 12px; align-items: center; margin-bottom: 14px;
  grid-template: "name percent" 1.4em "track track" auto / 1fr auto; }
.sketchpad-guesses li:first-child { font-weight: 600; }
.sketchpad-name { grid-area: name; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.sketchpad-percent { grid-area: percent; text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
.sketchpad-track { grid-area: track; height: 10px; border-radius: 5px; overflow: hidden;
  background: var(--pad-track); }
.sketchpad-bar { height: 100%; border-radius: 5px; background: var(--pad-brand); }
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
.sketchpad-panel a { color: var(--jp-content-link-color, #0b5cad); margin-right: 16px; }
.sketchpad .sketchpad-row { padding: 0; margin-bottom: 12px; }
.sketchpad-row .widget-inline-hbox { flex: 1 1 240px; height: auto; min-width: 0; width: auto; }
.sketchpad-row .jupyter-button { flex: 0 1 auto; }
.sketchpad-panel .widget-label { width: auto; color: var(--pad-text); font-size: 14px; }
.sketchpad-panel input[type="text"] { height: 40px; font-size: 16px; border-radius: 8px; }
@container (max-width: 600px) {
  .sketchpad-right { flex-basis: 100%; }
  .sketchpad-guesses li { grid-template: "name track percent" 1.4em /
    minmax(0, 10em) minmax(60px, 1fr) 3.6em;
    margin-bottom: 4px; }
  .sketchpad-buttons { gap: 6px; }
  .sketchpad .sketchpad-buttons .jupyter-button { min-width: 0; padding: 0 4px; font-size: 13px; }
  .sketchpad-openers { gap: 6px; }
  .sketchpad .jupyter-button.sketchpad-opener { padding: 0 10px; font-size: 13px; }
  .sketchpad-pictures figure { flex: 0 1 calc(50% - 8px); }
}
@media (hover: none) { .sketchpad-keys { display: none; } }
</style>"""
