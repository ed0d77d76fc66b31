namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>
/// Products of few rows with a B that lies in no cache: B is gone through once, a few of its rows at a time and in the order in which they lie, while
/// all sums are kept.
/// </summary>
/// <remarks>
/// Memory delivers rows in order almost twice as fast as many at once. While some rows are worked on, the next are called into the cache.
/// </remarks>
internal static unsafe class OrderedProduct<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<TVector>
{
    // 32 rows of this length take 256 kB; two such chunks and the sums of 24 rows, 192 kB, fit into the second-level cache.
    private const int Steps = 32;
    private const int BlockColumns = 2048;

    private static int Width => 2 * TLanes.Count;

    /// <summary>Computes <paramref name="block"/> of C; all of its rows are those of C.</summary>
    public static void Multiply(in Product product, Block block)
    {
        for (nint column = block.Column; column < block.ColumnEnd; column += BlockColumns)
        {
            Multiply(product, column, Math.Min(BlockColumns, block.ColumnEnd - column));
        }
    }

    private static void Multiply(in Product product, nint column, nint columns)
    {
        nint panels = (columns + Width - 1) / Width;
        float* sums = Scratch.Rent((product.M * panels * Width) + (Steps * Width) + Panel.StageLength);
        float* packed = sums + (product.M * panels * Width);
        float* stage = packed + (Steps * Width);
        for (nint start = 0; start < product.K; start += Steps)
        {
            nint steps = Math.Min(Steps, product.K - start);
            Operand b = product.B.From(start, column);
            for (nint panel = 0; panel < panels; panel++)
            {
                nint lanes = Math.Min(Width, columns - (panel * Width));
                bool inPlace = b.IsSingle && OuterProduct<TVector, TLanes>.IsWhole(lanes);
                if (!inPlace)
                {
                    Panel.Pack(b.From(0, panel * Width), steps, lanes, OuterProduct<TVector, TLanes>.PanelWidth(lanes), packed, stage);
                }

                // Panel by panel, as many lines of the next rows as this one has, in the order in which they lie, half of them with each half of the
                // tiles: asked for all at once they would hold up what is read now.
                nint next = panel * steps;
                var panelOfB = new Strided(
                    inPlace ? b.Singles.At(0, panel * Width) : packed, inPlace ? b.RowStride : OuterProduct<TVector, TLanes>.PanelWidth(lanes), 1);
                float* ahead = b.IsSingle ? b.Singles.At(steps + (next / panels), next % panels * Width) : panelOfB.Values;
                Tiles(product.A.Singles.From(0, start), product.M, steps, panelOfB, lanes, sums + (panel * product.M * Width), start > 0, ahead);
            }
        }

        for (nint panel = 0; panel < panels; panel++)
        {
            nint lanes = Math.Min(Width, columns - (panel * Width));
            OuterProduct<TVector, TLanes>.Merge(
                sums + (panel * product.M * Width), product.M, lanes, product.C.From(0, column + (panel * Width)), product.Accumulate);
        }
    }

    /// <summary>All rows of one panel.</summary>
    private static void Tiles(Strided a, nint allRows, nint steps, Strided b, nint lanes, float* sums, bool add, float* ahead)
    {
        if (lanes <= TLanes.Count)
        {
            Tiles<Constant1>(a, allRows, steps, b, sums, add, ahead);
        }
        else
        {
            Tiles<Constant2>(a, allRows, steps, b, sums, add, ahead);
        }
    }

    private static void Tiles<TRegisters>(Strided a, nint allRows, nint steps, Strided b, float* sums, bool add, float* ahead)
        where TRegisters : struct, IConstant
    {
        nint rows;
        for (nint row = 0; row < allRows; row += rows)
        {
            rows = OuterProduct<TVector, TLanes>.NextRows(allRows - row);
            float* target = sums + (row * Width);
            float* lines = row == 0 ? ahead : ahead + (steps * OuterTile<TVector, TLanes>.CacheLine);
            OuterProduct<TVector, TLanes>.Tile<TRegisters>(
                rows,
                steps,
                a.At(row, 0),
                a.RowStride,
                a.ColumnStride,
                b.Values,
                b.RowStride,
                target,
                Width,
                add,
                lines,
                OuterTile<TVector, TLanes>.CacheLine);
        }
    }
}
