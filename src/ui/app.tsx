import { Box } from "ink";
import type { ReactElement } from "react";
import { Canvas } from "./canvas.tsx";
import { bandsOf, peersPage, pieceLines } from "./content.ts";
import { type Band, GAP, isLargeEnough, type Piece } from "./layout.ts";
import { span } from "./line.ts";
import type { Model } from "./model.ts";
import { footerLines } from "./panels/footer.ts";
import { headLines } from "./panels/head.ts";
import { tooSmallLine } from "./panels/header.ts";
import { peerGrid } from "./panels/peer-grid.ts";
import { Peers } from "./panels/peers.tsx";
import type { Theme } from "./theme.ts";

/** What a frame is made of. */
export interface AppProps {
  readonly model: Model;
  readonly theme: Theme;
}

/**
 * The whole screen, `rows - 1` lines high, but for the board, which is laid over it. It holds no state: the same model
 * gives the same frame.
 */
export function App({ model, theme }: AppProps): ReactElement {
  const { columns, rows } = model;
  if (!isLargeEnough(columns, rows))
    return <Canvas lines={[tooSmallLine(columns, rows)]} width={columns} height={1} theme={theme} />;
  const bands = bandsOf(model);
  const peers = bands.flat().find((piece) => piece.name === "peers");
  const page = peers === undefined ? "" : peersPage(peers, model).label;
  const head = headLines(model, page);
  const footer = footerLines(model);
  return (
    <Box flexDirection="column" width={columns} height={rows - 1}>
      <Canvas lines={head} width={columns} height={head.length} theme={theme} />
      {bands.map((band) => (
        <BandBox key={band.map((piece) => piece.name).join()} band={band} model={model} theme={theme} />
      ))}
      <Canvas lines={footer} width={columns} height={footer.length} theme={theme} />
    </Box>
  );
}

function BandBox({ band, model, theme }: AppProps & { band: Band }): ReactElement {
  return (
    <Box gap={GAP} height={band[0]?.height ?? 0}>
      {band.map((piece) => (
        <PieceBox key={piece.name} piece={piece} model={model} theme={theme} />
      ))}
    </Box>
  );
}

function PieceBox({ piece, model, theme }: AppProps & { piece: Piece }): ReactElement {
  if (piece.name === "peers") return <PeersBox piece={piece} model={model} theme={theme} />;
  const lines = pieceLines(piece, model, theme);
  if (piece.name === "life")
    return (
      <Box width={piece.width} height={piece.height}>
        <Canvas lines={lines} width={piece.width} height={lines.length} theme={theme} />
      </Box>
    );
  return <Canvas lines={lines} width={piece.width} height={piece.height} theme={theme} />;
}

function PeersBox({ piece, model, theme }: AppProps & { piece: Piece }): ReactElement {
  const { view, names, state } = model;
  const { page, cursor } = peersPage(piece, model);
  if (page.length === 0) {
    const nothing = [span("dim", ` no peer matches /${state.filters.peers}`)];
    return <Canvas lines={[nothing]} width={piece.width} height={piece.height} theme={theme} />;
  }
  const grid = peerGrid(page, view, names, state, cursor, piece.width, theme.glyphs);
  return (
    <Box width={piece.width} height={piece.height}>
      <Peers grid={grid} headed={piece.titled} theme={theme} />
    </Box>
  );
}
