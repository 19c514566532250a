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
  const placed = new Map(
    nodes.map(({ id }): [string, PlacedNode] => {
      const { x, y, width, height } = graph.node(id) as PlacedNode;
      return [id, { id, width, height, x: x - width / 2, y: y - height / 2 }];
    }),
  );
  const between = edges.map(({ from, to }, index) => {
    const { points } = graph.edge(from, to, `${index}`) as { points: readonly Point[] };
    // The outer two lie where a straight line would meet the cards; ports look better.
    return points.slice(1, -1);
  });
  return {
    width,
    height,
    nodes: [...placed.values()],
    edges: edges.map(({ from, to, label }, index) => {
      const out = portOf(index, edges, between, "from", direction);
      const into = portOf(index, edges, between, "to", direction);
      const start = sideOf(placed.get(from)!, direction, "end", out);
      const end = sideOf(placed.get(to)!, direction, "start", into);
      return { from, to, label, points: [start, ...between[index]!, end] };
    }),
  };
}

const BETWEEN_PORTS = 20;

/** How far from the middle of its side an edge begins or ends, so that those of one step do not cross. */
function portOf(
  index: number,
  edges: GraphShape["edges"],
  between: readonly (readonly Point[])[],
  end: "from" | "to",
  direction: "LR" | "TB",
): number {
  const across = (edge: number): number => {
    const point = end === "from" ? between[edge]![0]! : between[edge]!.at(-1)!;
    return direction === "LR" ? point.y : point.x;
  };
  const siblings = edges.map((_, edge) => edge).filter((edge) => edges[edge]![end] === edges[index]![end]);
  const order = siblings.sort((a, b) => across(a) - across(b) || a - b).indexOf(index);
  return (order - (siblings.length - 1) / 2) * BETWEEN_PORTS;
}

function sideOf(
  { x, y, width, height }: PlacedNode,
  direction: "LR" | "TB",
  side: "start" | "end",
  shift: number,
): Point {
  const along = side === "end" ? 1 : 0;
  if (direction === "LR") return { x: x + along * width, y: y + height / 2 + shift };
  return { x: x + width / 2 + shift, y: y + along * height };
}
