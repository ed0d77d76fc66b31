using System.Runtime.CompilerServices;

namespace EdgeFlora.Adapters.Matrices.Kernels;

/// <summary>Products with few columns and rows of A contiguous along k: B is packed once, rows of A are read in place.</summary>
internal static unsafe class InnerProduct<TVector, TLanes>
    where TVector : struct
    where TLanes : struct, ILanes<TVector>
{
    private const int TileColumns = 4;

    // Three or six rows of A of this length stay in the first-level cache while the columns pass.
    private const int LongestK = 512;

    /// <summary>Computes the rows of <paramref name="block"/>; all of its columns are those of C.</summary>
    public static void Multiply(in Product product, Block block)
    {
        nint rows = TLanes.InnerRows;
        float* packed = Scratch.Rent(((LongestK + TLanes.Count) * product.N) + (rows * (TLanes.Count + LongestK)) + Panel.StageLength);
        float* tail = packed + ((LongestK + TLanes.Count) * product.N);
        float* widened = tail + (rows * TLanes.Count);
        float* stage = widened + (rows * LongestK);
        for (nint start = 0; start < product.K; start += LongestK)
        {
            nint length = Math.Min(LongestK, product.K - start);
            nint rest = length % TLanes.Count;
            PackColumns(product.B.From(start, 0).Transposed, length, product.N, packed, stage);
            bool add = product.Accumulate || start > 0;
            for (nint row = block.Row; row < block.RowEnd; row += rows)
            {
                nint tileRows = Math.Min(rows, block.RowEnd - row);
                Strided a = Rows(product.A.From(row, start), tileRows, length, widened);
                if (rest > 0)
                {
                    Panel.Pack(new Operand(a.From(0, length - rest)), tileRows, rest, TLanes.Count, tail, stage);
                }

                float* b = packed;
                for (nint column = 0; column < product.N; column += TileColumns)
                {
                    nint columns = Math.Min(TileColumns, product.N - column);
                    Strided c = product.C.From(row, column);
                    Tile(columns, length / TLanes.Count, a, b, c, tileRows, add);
                    b += columns * (length - rest);
                    if (rest > 0)
                    {
                        Tile(columns, 1, new Strided(tail, TLanes.Count, 1), b, c, tileRows, add: true);
                        b += columns * TLanes.Count;
                    }
                }
            }
        }
    }

    /// <summary>Rows of A where they are if they can be read there, else widened.</summary>
    private static Strided Rows(in Operand a, nint count, nint length, float* widened)
    {
        if (a.IsSingle)
        {
            return a.Singles;
        }

        for (nint row = 0; row < count; row++)
        {
            a.Widen(row, 0, new Span<float>(widened + (row * LongestK), (int)length));
        }

        return new Strided(widened, LongestK, 1);
    }

    /// <summary>Per tile of columns: register after register of k, the columns of the tile side by side.</summary>
    private static void PackColumns(Operand columns, nint length, nint count, float* target, float* stage)
    {
        for (nint first = 0; first < count; first += TileColumns)
        {
            nint tile = Math.Min(TileColumns, count - first);
            for (nint p = 0; p < length; p += TLanes.Count)
            {
                Panel.Pack(columns.From(first, p), tile, Math.Min(TLanes.Count, length - p), TLanes.Count, target, stage);
                target += tile * TLanes.Count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(nint columns, nint steps, Strided a, float* b, Strided c, nint rows, bool add)
    {
        switch (columns)
        {
            case 1:
                InnerTile<TVector, TLanes>.Multiply<Constant1>(steps, a.Values, a.RowStride, b, c, rows, add);
                break;
            case 2:
                InnerTile<TVector, TLanes>.Multiply<Constant2>(steps, a.Values, a.RowStride, b, c, rows, add);
                break;
            case 3:
                InnerTile<TVector, TLanes>.Multiply<Constant3>(steps, a.Values, a.RowStride, b, c, rows, add);
                break;
            default:
                InnerTile<TVector, TLanes>.Multiply<Constant4>(steps, a.Values, a.RowStride, b, c, rows, add);
                break;
        }
    }
}
