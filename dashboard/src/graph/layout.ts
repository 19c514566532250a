import dagre from "@dagrejs/dagre";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedNode extends Size, Point {
  readonly id: string;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly points: readonly Point[];
}

export interface Layout extends Size {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export interface GraphShape {
  readonly nodes: readonly (Size & { readonly id: string })[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

const BETWEEN_RANKS = 92;
const BETWEEN_NODES = 28;
const MARGIN = 14;

/** Where the steps of a job are drawn: sources to the left or at the top, what they feed behind them. `x` and `y` are corners. */
export function layOut({ nodes, edges }: GraphShape, direction: "LR" | "TB" = "LR"): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: direction,
    ranksep: BETWEEN_RANKS,
    nodesep: BETWEEN_NODES,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const [index, { from, to, label }] of edges.entries()) graph.setEdge(from, to, { label }, `${index}`);
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: nodes.map(({ id }) => {
      const { x, y, width, height } = graph.node(id) as PlacedNode;
      return { id, width, height, x: x - width / 2, y: y - height / 2 };
    }),
    edges: edges.map(({ from, to, label }, index) => {
      const { points } = graph.edge(from, to, `${index}`) as { points: readonly Point[] };
      return { from, to, label, points };
    }),
  };
}
