using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Blocked products: panels of B stay in the second-level cache, strips of A in the first, tiles of C in registers.</summary>
internal static unsafe class OuterProduct<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<TVector>
{
    // How far to the right of a tile C is called into the cache: some five tiles of sixteen steps, which take longer than memory does to answer.
    private const int ColumnsAhead = 192;

    private static int Width => 2 * TLanes.Count;

    /// <summary>Computes <paramref name="block"/> of C.</summary>
    public static void Multiply(in Product product, Block block, in Blocking blocking)
    {
        if (blocking.Triple)
        {
            MultiplyTriple(product, block, blocking.K);
            return;
        }

        nint tileRows = TLanes.TileRows;
        nint panelsLength = blocking.K * (blocking.N + Width);
        float* tile = Scratch.Rent((tileRows * Width) + Panel.StageLength + panelsLength + (product.Addend.K * blocking.N));
        float* stage = tile + (tileRows * Width);
        float* panels = stage + Panel.StageLength;
        float* addendPanels = panels + panelsLength;
        // The addend's panels are always packed, and its tiles are in the cache already.
        Blocking addendBlocking = blocking with { PackB = true, Stream = false, FetchC = false };
        for (nint start = 0; start < product.K; start += blocking.K)
        {
            nint steps = Math.Min(blocking.K, product.K - start);
            bool add = product.Accumulate || start > 0;
            for (nint column = block.Column; column < block.ColumnEnd; column += blocking.N)
            {
                nint columns = Math.Min(blocking.N, block.ColumnEnd - column);
                Operand b = product.B.From(start, column);
                PackPanels(b, steps, columns, blocking.PackB, panels, stage);
                float* bias = start == 0 && product.Addend.Row is not null ? product.Addend.Row + column : null;
                nint addendSteps = start + steps == product.K ? product.Addend.K : 0;
                if (addendSteps > 0)
                {
                    PackPanels(new Operand(product.Addend.G.From(0, column)), addendSteps, columns, all: true, addendPanels, stage);
                }

                nint rows;
                for (nint row = block.Row; row < block.RowEnd; row += rows)
                {
                    rows = NextRows(block.RowEnd - row);
                    Strided c = product.C.From(row, column);
                    if (bias is not null)
                    {
                        Fill(bias, c, rows, columns);
                    }

                    Strip(rows, steps, blocking, product.A.Singles.From(row, start), b.Singles, columns, panels, c, tile, add || bias is not null);
                    if (addendSteps > 0)
                    {
                        Strip(rows, addendSteps, addendBlocking, product.Addend.H.From(row, 0), default, columns, addendPanels, c, tile, add: true);
                    }
                }
            }
        }

        if (blocking.Stream && Sse.IsSupported)
        {
            // What went past the caches is in memory before anyone is told that the product is done.
            Sse.StoreFence();
        }
    }

    /// <summary>
    /// Three registers beside each other leave room for the sums of two thirds of the rows, and still do three times the work with each value of A.
    /// </summary>
    private static void MultiplyTriple(in Product product, Block block, nint longest)
    {
        nint tileRows = TLanes.TileRows * 2 / 3;
        for (nint start = 0; start < product.K; start += longest)
        {
            nint steps = Math.Min(longest, product.K - start);
            Strided b = product.B.Singles.From(start, 0);
            bool add = product.Accumulate || start > 0;
            nint rows;
            for (nint row = block.Row; row < block.RowEnd; row += rows)
            {
                rows = NextRows(block.RowEnd - row, tileRows);
                Strided a = product.A.Singles.From(row, start);
                TripleTile<TVector, TLanes>.Multiply(rows, steps, a, b.Values, b.RowStride, product.C.At(row, 0), product.C.RowStride, add);
            }
        }
    }

    private static void Fill(float* source, Strided c, nint rows, nint columns)
    {
        for (nint row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(source, (int)columns).CopyTo(new Span<float>(c.At(row, 0), (int)columns));
        }
    }

    // Rows that are left are shared out evenly: 16 as 8 + 8 keeps more sums in flight than 12 + 4.
    public static nint NextRows(nint left) => NextRows(left, TLanes.TileRows);

    private static nint NextRows(nint left, nint tileRows)
    {
        nint tiles = (left + tileRows - 1) / tileRows;
        return (left + tiles - 1) / tiles;
    }

    /// <summary>Packs the panels that can't be read in place: all, or only a last one whose registers would reach beyond B.</summary>
    private static void PackPanels(in Operand b, nint steps, nint columns, bool all, float* panels, float* stage)
    {
        for (nint column = 0; column < columns; column += Width)
        {
            nint lanes = Math.Min(Width, columns - column);
            if (all || !IsWhole(lanes))
            {
                Panel.Pack(b.From(0, column), steps, lanes, PanelWidth(lanes), panels + (all ? column * steps : 0), stage);
            }
        }
    }

    public static bool IsWhole(nint lanes) => lanes == Width || lanes == TLanes.Count;

    public static nint PanelWidth(nint lanes) => lanes <= TLanes.Count ? TLanes.Count : Width;

    /// <summary>One strip of A against every panel of B.</summary>
    private static void Strip(
        nint rows, nint steps, in Blocking blocking, Strided a, Strided b, nint columns, float* panels, Strided c, float* tile, bool add)
    {
        (bool packed, bool stream, bool fetch) = (blocking.PackB, blocking.Stream, blocking.FetchC);
        for (nint column = 0; column < columns; column += Width)
        {
            nint lanes = Math.Min(Width, columns - column);
            bool inPlace = !packed && IsWhole(lanes);
            float* panel = inPlace ? b.At(0, column) : panels + (packed ? column * steps : 0);
            nint bStep = inPlace ? b.RowStride : PanelWidth(lanes);
            bool direct = c.ColumnStride == 1 && IsWhole(lanes) && !stream;
            float* target = direct ? c.At(0, column) : tile;
            nint ldc = direct ? c.RowStride : Width;
            bool addHere = direct && add;

            // What a thin product reads from far away, and the processor does not foresee: C to the right of here, the block of B to the right, or
            // the next strip of A.
            float* ahead = panel;
            nint aheadStep = 0;
            if (fetch && direct)
            {
                nint next = column + ColumnsAhead;
                ahead = next < columns ? c.At(0, next) : c.At(rows, next - columns);
                aheadStep = c.RowStride;
            }
            else if (inPlace)
            {
                ahead += blocking.N;
                aheadStep = b.RowStride;
            }
            else if (columns <= Width && a.RowStride == steps)
            {
                ahead = a.At(rows, 0);
                aheadStep = rows;
            }

            if (lanes <= TLanes.Count)
            {
                Tile<Constant1>(rows, steps, a.Values, a.RowStride, a.ColumnStride, panel, bStep, target, ldc, addHere, ahead, aheadStep);
            }
            else
            {
                Tile<Constant2>(rows, steps, a.Values, a.RowStride, a.ColumnStride, panel, bStep, target, ldc, addHere, ahead, aheadStep);
            }

            if (stream && Stream.Fits(c.From(0, column), lanes))
            {
                Stream.Write(tile, Width, c.From(0, column), rows, lanes);
            }
            else if (!direct)
            {
                Merge(tile, rows, lanes, c.From(0, column), add);
            }
        }
    }

    /// <summary>Takes a tile over into C where it could not be written in place: at an edge, or because C lies across.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge(float* tile, nint rows, nint lanes, Strided c, bool add)
    {
        nint row = 0;
        if (c.RowStride == 1)
        {
            for (; row <= rows - 4; row += 4)
            {
                nint lane = 0;
                for (; lane <= lanes - 4; lane += 4)
                {
                    Quad.Transpose(tile + (row * Width) + lane, Width, c.At(row, lane), c.ColumnStride, add);
                }

                MergeByOne(tile + (row * Width), 4, lane, lanes, c.From(row, 0), add);
            }
        }

        if (c.ColumnStride == 1)
        {
            for (; row < rows; row++)
            {
                nint lane = 0;
                for (; lane <= lanes - TLanes.Count; lane += TLanes.Count)
                {
                    TVector values = TLanes.Load(tile + (row * Width) + lane);
                    TLanes.Store(add ? TLanes.Add(TLanes.Load(c.At(row, lane)), values) : values, c.At(row, lane));
                }

                MergeByOne(tile + (row * Width), 1, lane, lanes, c.From(row, 0), add);
            }
        }

        MergeByOne(tile + (row * Width), rows - row, 0, lanes, c.From(row, 0), add);
    }

    private static void MergeByOne(float* tile, nint rows, nint firstLane, nint lanes, Strided c, bool add)
    {
        for (nint row = 0; row < rows; row++)
        {
            for (nint lane = firstLane; lane < lanes; lane++)
            {
                float* target = c.At(row, lane);
                float value = tile[(row * Width) + lane];
                *target = add ? *target + value : value;
            }
        }
    }

    /// <summary>
    /// One tile of up to <see cref="ILanes{TVector}.TileRows"/> rows and one or two registers: <see cref="OuterTile{TVector, TLanes}.Multiply"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Tile<TRegisters>(
        nint rows, nint steps, float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint ldc, bool add, float* ahead, nint aheadStep)
        where TRegisters : struct, IConstant
    {
        switch (rows)
        {
            case 1:
                OuterTile<TVector, TLanes>.Multiply<Constant1, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 2:
                OuterTile<TVector, TLanes>.Multiply<Constant2, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 3:
                OuterTile<TVector, TLanes>.Multiply<Constant3, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 4:
                OuterTile<TVector, TLanes>.Multiply<Constant4, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 5:
                OuterTile<TVector, TLanes>.Multiply<Constant5, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 6:
                OuterTile<TVector, TLanes>.Multiply<Constant6, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 7:
                OuterTile<TVector, TLanes>.Multiply<Constant7, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 8:
                OuterTile<TVector, TLanes>.Multiply<Constant8, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 9:
                OuterTile<TVector, TLanes>.Multiply<Constant9, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 10:
                OuterTile<TVector, TLanes>.Multiply<Constant10, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            case 11:
                OuterTile<TVector, TLanes>.Multiply<Constant11, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
            default:
                OuterTile<TVector, TLanes>.Multiply<Constant12, TRegisters>(steps, a, aRow, aStep, b, bStep, c, ldc, add, ahead, aheadStep);
                break;
        }
    }
}
